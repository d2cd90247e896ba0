#define _GNU_SOURCE

#include "CMicroHTTPD.h"
#include "Certificate.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

_Static_assert((int)cmhd_completed_ok == (int)MHD_REQUEST_TERMINATED_COMPLETED_OK, "termination code");
_Static_assert((int)cmhd_completed_with_error == (int)MHD_REQUEST_TERMINATED_WITH_ERROR, "termination code");
_Static_assert((int)cmhd_completed_timeout == (int)MHD_REQUEST_TERMINATED_TIMEOUT_REACHED, "termination code");
_Static_assert((int)cmhd_completed_shutdown == (int)MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN, "termination code");
_Static_assert((int)cmhd_completed_read_error == (int)MHD_REQUEST_TERMINATED_READ_ERROR, "termination code");
_Static_assert((int)cmhd_completed_client_abort == (int)MHD_REQUEST_TERMINATED_CLIENT_ABORT, "termination code");
_Static_assert((ptrdiff_t)MHD_CONTENT_READER_END_OF_STREAM == -1, "end of stream");
_Static_assert((ptrdiff_t)MHD_CONTENT_READER_END_WITH_ERROR == -2, "end with error");
_Static_assert(MHD_SIZE_UNKNOWN == UINT64_MAX, "unknown length");

static void log_message(void *context, const char *format, va_list arguments) {
    const cmhd_callbacks *callbacks = context;
    char text[512];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0) return;
    size_t end = strlen(text);
    while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == ' ')) text[--end] = '\0';
    callbacks->log(callbacks->context, text);
}

static void *request_line(void *context, const char *uri, struct MHD_Connection *connection) {
    const cmhd_callbacks *callbacks = context;
    return callbacks->request_began(
        callbacks->context, uri, uri == NULL ? 0 : strlen(uri), connection);
}

static enum MHD_Result request_step(
    void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *body, size_t *length, void **request) {
    (void)url;  // already percent-decoded as a whole, so a coded slash can't be told from a slash
    const cmhd_callbacks *callbacks = context;
    int go_on = callbacks->request_step(
        callbacks->context, *request, connection, method, version, (const uint8_t *)body, length);
    return go_on ? MHD_YES : MHD_NO;
}

static void request_ended(
    void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode reason) {
    (void)connection;
    const cmhd_callbacks *callbacks = context;
    void *ended = *request;
    *request = NULL;
    callbacks->request_ended(callbacks->context, ended, (int)reason);
}

static void connection_changed(
    void *context, struct MHD_Connection *connection, void **connection_context,
    enum MHD_ConnectionNotificationCode change) {
    const cmhd_callbacks *callbacks = context;
    if (change == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *connection_context = callbacks->connection_opened(
            callbacks->context, connection, info == NULL ? -1 : info->connect_fd);
    } else {
        callbacks->connection_closed(callbacks->context, *connection_context);
        *connection_context = NULL;
    }
}

// The library's state is undefined after a panic (MHD_set_panic_func), so all that can be done is to say why.
static void panic(void *context, const char *file, unsigned int line, const char *reason) {
    (void)context;
    fprintf(stderr, "libmicrohttpd panics at %s:%u: %s\n", file, line, reason == NULL ? "no reason given" : reason);
    abort();
}

struct MHD_Daemon *cmhd_start(const cmhd_configuration *configuration, const cmhd_callbacks *callbacks) {
    MHD_set_panic_func(panic, NULL);
    if (dlsym(RTLD_DEFAULT, "epoll_wait") != (void *)(intptr_t)epoll_wait) {
        callbacks->log(callbacks->context, "the program doesn't export its epoll_wait, without which requests may hang");
        return NULL;
    }
    struct MHD_OptionItem options[10];
    size_t count = 0;
    options[count++] = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, configuration->listen_socket, NULL};
    options[count++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_LIMIT, configuration->connection_limit, NULL};
    options[count++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_TIMEOUT, configuration->idle_timeout, NULL};
    options[count++] = (struct MHD_OptionItem){
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)configuration->connection_memory, NULL};
    // All that level 1 adds in 0.9.75 is to refuse a missing Host, with a reply whose head is sent twice, and a blank
    // in the target, without any reply. The filter refuses both itself.
    options[count++] = (struct MHD_OptionItem){MHD_OPTION_STRICT_FOR_CLIENT, 0, NULL};
    // A pool means two threads or more; asking for a pool of one is an error.
    if (configuration->threads > 1) {
        options[count++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, configuration->threads, NULL};
    }
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (configuration->is_secure) {
        flags |= MHD_USE_TLS;
        options[count++] = (struct MHD_OptionItem){
            MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"};
        options[count++] = (struct MHD_OptionItem){
            MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)(uintptr_t)cmhd_retrieve_certificate};
    }
    options[count++] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};

    // The callbacks are only read.
    void *context = (void *)(uintptr_t)callbacks;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, request_step,
        context,
        // Comes first, or messages about the options after it go to stderr (microhttpd.h, MHD_OPTION_EXTERNAL_LOGGER).
        MHD_OPTION_EXTERNAL_LOGGER, log_message, context,
        MHD_OPTION_URI_LOG_CALLBACK, request_line, context,
        MHD_OPTION_NOTIFY_COMPLETED, request_ended, context,
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, context,
        MHD_OPTION_ARRAY, options,
        MHD_OPTION_END);
}

void cmhd_stop(struct MHD_Daemon *daemon) {
    MHD_stop_daemon(daemon);
}

unsigned int cmhd_connection_count(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info == NULL ? 0 : info->num_connections;
}

const char *cmhd_version(void) {
    return MHD_get_version();
}

void *cmhd_connection_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

int cmhd_client_address(struct MHD_Connection *connection, char *text, size_t capacity) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL) return 0;
    const struct sockaddr *address = info->client_addr;
    const void *bytes = NULL;
    if (address->sa_family == AF_INET) bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    if (address->sa_family == AF_INET6) bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (bytes == NULL) return 0;
    return inet_ntop(address->sa_family, bytes, text, (socklen_t)capacity) != NULL;
}

void cmhd_suspend(struct MHD_Connection *connection) {
    MHD_suspend_connection(connection);
}

void cmhd_resume(struct MHD_Connection *connection) {
    MHD_resume_connection(connection);
}

struct MHD_Response *cmhd_response_copying(const void *bytes, size_t length) {
    // libmicrohttpd takes a void * even for constant bytes.
    return MHD_create_response_from_buffer(length, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
}

struct MHD_Response *cmhd_response_borrowing(
    const void *bytes, size_t length, void (*release)(void *owner), void *owner) {
    return MHD_create_response_from_buffer_with_free_callback_cls(length, (void *)(uintptr_t)bytes, release, owner);
}

struct MHD_Response *cmhd_response_file(int descriptor, uint64_t offset, uint64_t length) {
    return MHD_create_response_from_fd_at_offset64(length, descriptor, offset);
}

struct MHD_Response *cmhd_response_stream(
    uint64_t length, size_t block,
    ptrdiff_t (*read)(void *source, uint64_t position, char *buffer, size_t capacity), void *source,
    void (*release)(void *source)) {
    return MHD_create_response_from_callback(length, block, read, source, release);
}

static ptrdiff_t read_nothing(void *source, uint64_t position, char *buffer, size_t capacity) {
    (void)source, (void)position, (void)buffer, (void)capacity;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

struct MHD_Response *cmhd_response_bodiless(uint64_t length) {
    struct MHD_Response *response = MHD_create_response_from_callback(length, 1024, read_nothing, NULL, NULL);
    if (response != NULL && length == MHD_SIZE_UNKNOWN) {
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    }
    return response;
}

int cmhd_add_header(struct MHD_Response *response, const char *name, const char *value) {
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

int cmhd_replace_header(
    struct MHD_Response *response, const char *name, const char *value, const char *replacement) {
    return MHD_del_response_header(response, name, value) == MHD_YES && cmhd_add_header(response, name, replacement);
}

int cmhd_queue(struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response) {
    return MHD_queue_response(connection, status, response) == MHD_YES;
}

void cmhd_destroy(struct MHD_Response *response) {
    MHD_destroy_response(response);
}

unsigned int cmhd_usable_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (unsigned int)count;
}
