#include "CMicroHTTPD.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// RFC 9110 §5.6.2: tchar
static int is_token_character(unsigned char c) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return 1;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static int is_token(const char *text, size_t length) {
    if (length == 0) return 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_token_character((unsigned char)text[i])) return 0;
    }
    return 1;
}

static int has_control_character(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return 1;
    }
    return 0;
}

// RFC 3986 §3.2.2: the characters of a host and port. Userinfo ("@") is an error in Host.
static int is_authority(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) continue;
        if (c == '\0' || strchr("-._~!$&'()*+;=:[]%", c) == NULL) return 0;
    }
    return 1;
}

static int named(const cmhd_field *field, const char *name) {
    return field->name_length == strlen(name) && strncasecmp(field->name, name, field->name_length) == 0;
}

struct collection {
    cmhd_field *fields;
    size_t capacity;
    size_t count;
};

static enum MHD_Result collect(
    void *context, enum MHD_ValueKind kind, const char *name, size_t name_length, const char *value,
    size_t value_length) {
    (void)kind;
    struct collection *collection = context;
    if (collection->count < collection->capacity) {
        collection->fields[collection->count] =
            (cmhd_field){name, name_length, value == NULL ? "" : value, value == NULL ? 0 : value_length};
    }
    collection->count++;
    return MHD_YES;
}

// libmicrohttpd 0.9.x leaves the head where it was received and only overwrites the separators with NUL: the space, the
// colon, and both CR and LF. So a field that ended with a bare LF, was folded (its line is moved) or held a NUL leaves
// a gap or an overlap, though the strings themselves show none of this. 1.0 refuses such fields by itself.
static int lines_are_unbroken(const char *start, const char *end, const cmhd_field *fields, size_t count) {
    const char *line = start;
    for (size_t i = 0; i < count; i++) {
        const cmhd_field *field = &fields[i];
        if (field->name != line) return 0;
        const char *value = field->name + field->name_length + 1;
        while (value < end && (*value == ' ' || *value == '\t')) value++;
        if (field->value != value) return 0;
        line = field->value + field->value_length + 2;
        if (line > end || line[-2] != '\0' || line[-1] != '\0') return 0;
    }
    return line + 2 == end;
}

static int keeps_head_in_place(void) {
    return strncmp(MHD_get_version(), "0.9.", 4) == 0;
}

static int inspect_lines(
    struct MHD_Connection *connection, const char *method, const char *target, size_t target_length,
    const char *version, const cmhd_field *fields, size_t count) {
    if (!keeps_head_in_place()) return cmhd_head_accepted;
    if (method + strlen(method) + 1 != target) return cmhd_head_request_line;
    if (target + target_length + 1 != version) return cmhd_head_request_line;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info == NULL) return cmhd_head_line_framing;
    const char *end = method + info->header_size;
    const char *first = version + strlen(version) + 2;
    if (first > end || first[-1] != '\0') return cmhd_head_line_framing;
    return lines_are_unbroken(first, end, fields, count) ? cmhd_head_accepted : cmhd_head_line_framing;
}

static int inspect_framing(const cmhd_field *fields, size_t count, int minor_version, cmhd_head *head) {
    size_t hosts = 0, lengths = 0, encodings = 0;
    const cmhd_field *length = NULL, *encoding = NULL;
    for (size_t i = 0; i < count; i++) {
        if (named(&fields[i], "Host")) {
            hosts++;
            if (!is_authority(fields[i].value, fields[i].value_length)) return cmhd_head_host_malformed;
        } else if (named(&fields[i], "Content-Length")) {
            lengths++;
            length = &fields[i];
        } else if (named(&fields[i], "Transfer-Encoding")) {
            encodings++;
            encoding = &fields[i];
        }
    }
    if (hosts > 1) return cmhd_head_host_repeated;
    if (hosts == 0 && minor_version >= 1) return cmhd_head_host_missing;
    if (lengths > 0 && encodings > 0) return cmhd_head_length_with_encoding;
    if (lengths > 1) return cmhd_head_length_repeated;
    if (encodings > 0) {
        // RFC 9112 §6.1: HTTP/1.0 has no transfer codings, so the framing is faulty.
        if (encodings > 1 || minor_version < 1) return cmhd_head_encoding_unknown;
        if (encoding->value_length != 7 || strncasecmp(encoding->value, "chunked", 7) != 0) {
            return cmhd_head_encoding_unknown;
        }
        head->chunked = 1;
    }
    if (length != NULL) {
        // Eighteen digits stay below 2^63.
        if (length->value_length == 0 || length->value_length > 18) return cmhd_head_length_malformed;
        int64_t value = 0;
        for (size_t i = 0; i < length->value_length; i++) {
            char digit = length->value[i];
            if (digit < '0' || digit > '9') return cmhd_head_length_malformed;
            value = value * 10 + (digit - '0');
        }
        head->content_length = value;
    }
    return cmhd_head_accepted;
}

int cmhd_inspect(
    struct MHD_Connection *connection, const char *method, const char *target, size_t target_length,
    const char *version, cmhd_field *fields, size_t capacity, cmhd_head *head) {
    head->field_count = 0;
    head->content_length = -1;
    head->chunked = 0;

    struct collection collection = {fields, capacity, 0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, collect, &collection);
    head->field_count = collection.count < capacity ? collection.count : capacity;

    if (!is_token(method, strlen(method))) return cmhd_head_request_line;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) return cmhd_head_request_line;
    if (collection.count > capacity) return cmhd_head_too_many_fields;

    int reason = inspect_lines(connection, method, target, target_length, version, fields, collection.count);
    if (reason != cmhd_head_accepted) return reason;

    for (size_t i = 0; i < collection.count; i++) {
        if (!is_token(fields[i].name, fields[i].name_length)) return cmhd_head_field_name;
        // libmicrohttpd leaves whitespace after the value, which isn't part of it (RFC 9110 §5.5).
        while (fields[i].value_length > 0 && strchr(" \t", fields[i].value[fields[i].value_length - 1]) != NULL) {
            // For the two fields that frame the body, what libmicrohttpd compared must be what is compared here.
            if (named(&fields[i], "Transfer-Encoding")) return cmhd_head_encoding_unknown;
            fields[i].value_length--;
        }
        if (has_control_character(fields[i].value, fields[i].value_length)) return cmhd_head_field_value;
    }
    return inspect_framing(fields, collection.count, version[7] - '0', head);
}

size_t cmhd_copy_fields(const cmhd_field *fields, size_t count, uint8_t *bytes, size_t capacity) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) size += fields[i].name_length + fields[i].value_length + 2;
    if (size > capacity) return 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(bytes, fields[i].name, fields[i].name_length);
        bytes += fields[i].name_length;
        *bytes++ = '\0';
        memcpy(bytes, fields[i].value, fields[i].value_length);
        bytes += fields[i].value_length;
        *bytes++ = '\0';
    }
    return size;
}

int cmhd_fields_equal(const cmhd_field *fields, size_t count, const uint8_t *bytes, size_t size) {
    const uint8_t *end = bytes + size;
    for (size_t i = 0; i < count; i++) {
        size_t name = fields[i].name_length, value = fields[i].value_length;
        if ((size_t)(end - bytes) < name + value + 2) return 0;
        // The NULs are compared too, or fields of other lengths could have the same bytes.
        if (memcmp(bytes, fields[i].name, name) != 0 || bytes[name] != '\0') return 0;
        bytes += name + 1;
        if (memcmp(bytes, fields[i].value, value) != 0 || bytes[value] != '\0') return 0;
        bytes += value + 1;
    }
    return bytes == end;
}
