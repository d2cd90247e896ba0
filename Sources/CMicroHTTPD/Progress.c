// How much of what was sent a socket's peer has acknowledged. In a file of its own, since linux/tcp.h and netinet/tcp.h
// exclude each other.

#include "CMicroHTTPD.h"

#include <linux/in.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int cmhd_send_progress(int socket, uint64_t *acknowledged, uint64_t *queued) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    int waiting = 0;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
    // Older kernels report less (bytes_acked since 4.1).
    if (size < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) return 0;
    if (ioctl(socket, SIOCOUTQ, &waiting) != 0) return 0;
    *acknowledged = info.tcpi_bytes_acked;
    *queued = waiting > 0 ? (uint64_t)waiting : 0;
    return 1;
}
