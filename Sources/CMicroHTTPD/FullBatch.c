#define _GNU_SOURCE

#include <stddef.h>
#include <sys/epoll.h>

// libmicrohttpd (daemon.c, MHD_epoll, in 0.9.75 and in 1.0) takes up to 128 events at a time and, where it gets that
// many, asks for more with the same timeout before it handles any of them: when exactly 128 connections become ready,
// all of them wait for a 129th, for up to the idle timeout. The executable's own epoll_wait takes precedence over
// libc's in every library it loads. It differs in one thing: after a batch that filled its array, the same thread's
// next call on the same set doesn't block, which only means that there are no further events yet.
static _Thread_local int full_set = -1;

int epoll_wait(int set, struct epoll_event *events, int capacity, int timeout) {
    int count = epoll_pwait(set, events, capacity, set == full_set ? 0 : timeout, NULL);
    full_set = count > 0 && count == capacity ? set : -1;
    return count;
}
