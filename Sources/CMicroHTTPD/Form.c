// Forms of type multipart/form-data, as libmicrohttpd's post processor reads them.

#include "CMicroHTTPD.h"

#include <microhttpd.h>
#include <stdlib.h>

// What the post processor passes back, since it keeps one pointer only.
struct form_context {
    cmhd_form_bytes take;
    void *context;
};

struct cmhd_form {
    struct MHD_PostProcessor *processor;
    struct form_context context;
};

static enum MHD_Result take(
    void *pointer, enum MHD_ValueKind kind, const char *name, const char *file_name, const char *content_type,
    const char *encoding, const char *bytes, uint64_t offset, size_t size) {
    (void)kind;
    const struct form_context *context = pointer;
    const uint8_t *start = (const uint8_t *)bytes;
    return context->take(context->context, name, file_name, content_type, encoding, start, offset, size) ? MHD_YES : MHD_NO;
}

struct cmhd_form *cmhd_form_begin(struct MHD_Connection *connection, cmhd_form_bytes take_bytes, void *context) {
    struct cmhd_form *form = calloc(1, sizeof *form);
    if (form == NULL) return NULL;
    form->context = (struct form_context){take_bytes, context};
    // It takes a boundary of at most a quarter of this, and passes on slices of about this size.
    form->processor = MHD_create_post_processor(connection, 32 << 10, take, &form->context);
    if (form->processor != NULL) return form;
    free(form);
    return NULL;
}

int cmhd_form_read(struct cmhd_form *form, const uint8_t *bytes, size_t size) {
    return MHD_post_process(form->processor, (const char *)bytes, size) == MHD_YES;
}

int cmhd_form_end(struct cmhd_form *form) {
    int is_whole = MHD_destroy_post_processor(form->processor) == MHD_YES;
    free(form);
    return is_whole;
}
