// How far a socket's peer has taken what was sent. Apart from the rest, as linux/tcp.h and netinet/tcp.h exclude each other.

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
    // Older kernels know less (bytes_acked is from 4.1 on).
    if (size < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) return 0;
    if (ioctl(socket, SIOCOUTQ, &waiting) != 0) return 0;
    *acknowledged = info.tcpi_bytes_acked;
    *queued = waiting > 0 ? (uint64_t)waiting : 0;
    return 1;
}
