#pragma once

#include <gnutls/abstract.h>

/// Hands GnuTLS the certificate that `cmhd_use_certificate` stored (`gnutls_certificate_retrieve_function3`).
int cmhd_retrieve_certificate(
    gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **certificates,
    unsigned int *count, gnutls_ocsp_data_st **ocsp, unsigned int *ocsp_count, gnutls_privkey_t *private_key,
    unsigned int *flags);
