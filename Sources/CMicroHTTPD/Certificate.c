// The certificate of all TLS listeners of this process, which can be replaced while they run.
//
// Each handshake gets a copy of its own, which GnuTLS frees (GNUTLS_CERT_RETR_DEINIT_ALL), so that the stored one can
// be replaced at any time.

#include "CMicroHTTPD.h"
#include "Certificate.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { chain_limit = 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// Copies of the PEM texts; without them there is no certificate.
static gnutls_datum_t stored_chain, stored_key;

static int import(
    const gnutls_datum_t *chain, const gnutls_datum_t *key, gnutls_pcert_st *certificates, unsigned int *count,
    gnutls_privkey_t *private_key) {
    *count = chain_limit;
    int status = gnutls_pcert_list_import_x509_raw(certificates, count, chain, GNUTLS_X509_FMT_PEM, 0);
    if (status < 0) return status;
    if ((status = gnutls_privkey_init(private_key)) >= 0) {
        status = gnutls_privkey_import_x509_raw(*private_key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
        if (status >= 0) return 0;
        gnutls_privkey_deinit(*private_key);
    }
    for (unsigned int index = 0; index < *count; index++) gnutls_pcert_deinit(&certificates[index]);
    return status;
}

// Whether the first certificate belongs to the key, by their identifiers.
static int belong_together(gnutls_pcert_st *certificate, gnutls_privkey_t private_key) {
    gnutls_pubkey_t public_key;
    if (gnutls_pubkey_init(&public_key) < 0) return 0;
    unsigned char first[64], second[64];
    size_t first_size = sizeof first, second_size = sizeof second;
    int is_same = gnutls_pubkey_import_privkey(public_key, private_key, 0, 0) >= 0 &&
                  gnutls_pubkey_get_key_id(public_key, 0, first, &first_size) >= 0 &&
                  gnutls_pubkey_get_key_id(certificate->pubkey, 0, second, &second_size) >= 0 &&
                  first_size == second_size && memcmp(first, second, first_size) == 0;
    gnutls_pubkey_deinit(public_key);
    return is_same;
}

static gnutls_datum_t copy(const uint8_t *bytes, size_t size) {
    gnutls_datum_t datum = {gnutls_malloc(size + 1), (unsigned int)size};
    if (datum.data != NULL) memcpy(datum.data, bytes, size);
    return datum;
}

static void discard(gnutls_datum_t *datum) {
    if (datum->data != NULL) gnutls_memset(datum->data, 0, datum->size);
    gnutls_free(datum->data);
    datum->size = 0;
}

int cmhd_use_certificate(
    const uint8_t *chain, size_t chain_size, const uint8_t *key, size_t key_size, char *problem, size_t capacity) {
    gnutls_datum_t new_chain = copy(chain, chain_size), new_key = copy(key, key_size);
    gnutls_pcert_st certificates[chain_limit];
    unsigned int count = 0;
    gnutls_privkey_t private_key = NULL;
    int status = new_chain.data == NULL || new_key.data == NULL
                     ? GNUTLS_E_MEMORY_ERROR
                     : import(&new_chain, &new_key, certificates, &count, &private_key);
    if (status < 0) {
        snprintf(problem, capacity, "%s", gnutls_strerror(status));
    } else {
        if (!belong_together(&certificates[0], private_key)) {
            snprintf(problem, capacity, "the key isn't that of the first certificate");
            status = GNUTLS_E_CERTIFICATE_KEY_MISMATCH;
        }
        for (unsigned int index = 0; index < count; index++) gnutls_pcert_deinit(&certificates[index]);
        gnutls_privkey_deinit(private_key);
    }
    if (status >= 0) {
        pthread_mutex_lock(&lock);
        gnutls_datum_t old_chain = stored_chain, old_key = stored_key;
        stored_chain = new_chain;
        stored_key = new_key;
        pthread_mutex_unlock(&lock);
        new_chain = old_chain;
        new_key = old_key;
    }
    discard(&new_chain);
    discard(&new_key);
    return status >= 0;
}

int cmhd_retrieve_certificate(
    gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **certificates,
    unsigned int *count, gnutls_ocsp_data_st **ocsp, unsigned int *ocsp_count, gnutls_privkey_t *private_key,
    unsigned int *flags) {
    (void)session;
    (void)info;
    *ocsp = NULL;
    *ocsp_count = 0;
    *certificates = gnutls_calloc(chain_limit, sizeof **certificates);
    if (*certificates == NULL) return -1;
    pthread_mutex_lock(&lock);
    int status = stored_chain.data == NULL
                     ? GNUTLS_E_NO_CERTIFICATE_FOUND
                     : import(&stored_chain, &stored_key, *certificates, count, private_key);
    pthread_mutex_unlock(&lock);
    if (status < 0) {
        gnutls_free(*certificates);
        return -1;
    }
    *flags = GNUTLS_CERT_RETR_DEINIT_ALL;
    return 0;
}
