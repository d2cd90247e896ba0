// libmicrohttpd and nothing else: what a reply costs at least. Answers any request with 15 bytes, or with 304 where an
// If-None-Match is given.
//
//   cc -O2 bare.c -o bare -lmicrohttpd && ./bare PORT THREADS

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct MHD_Response *whole, *empty;

static enum MHD_Result answer(
    void *context, struct MHD_Connection *connection, const char *target, const char *method, const char *version,
    const char *body, size_t *size, void **request) {
    (void)context, (void)target, (void)method, (void)version, (void)body, (void)size;
    // Once the head is there, and again for what may be a body.
    if (*request == NULL) {
        *request = connection;
        return MHD_YES;
    }
    const char *tag = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-None-Match");
    return tag == NULL ? MHD_queue_response(connection, 200, whole) : MHD_queue_response(connection, 304, empty);
}

int main(int count, char **words) {
    if (count != 3) return 2;
    static char text[] = "{\"status\":\"ok\"}";
    whole = MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(whole, "Content-Type", "application/json");
    empty = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(empty, "ETag", "\"1\"");
    int threads = atoi(words[2]);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)atoi(words[1]), NULL, NULL, answer, NULL,
        MHD_OPTION_CONNECTION_LIMIT, 1024u, threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END,
        (unsigned int)threads, MHD_OPTION_END);
    if (daemon == NULL) return 1;
    pause();
    return 0;
}
