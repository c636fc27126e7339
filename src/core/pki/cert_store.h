#ifndef ENTENTE_PKI_CERT_STORE_H
#define ENTENTE_PKI_CERT_STORE_H

#include "pki/cert_selector.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "registry/method.h"

/*
 * What lies in publickeys and crls, and which private keys of the keyring belong to it: no secret.
 * Immutable, counted. The shell makes it and gives it away; the engine asks it synchronously. A
 * look-up costs the same however many there are.
 */
struct cert_store;

struct cert_row {
    struct certificate *certificate; /* held by the store */
    const char *slot;                /* name of its file: "0", "1"; copied */
    uint32_t key_handle;             /* names its private key in ASK_SIGN; from 1; 0: none */
};

struct crl_row {
    struct crl *crl;  /* held by the store */
    const char *slot; /* name of its file; copied */
};

#define CERT_STORE_MOST_ROWS 100000u
#define CERT_STORE_MOST_SLOT_BYTES 255u

/*
 * Makes a store of rows, kept in their order; the same certificate may stand in several slots.
 * Returns STATUS_OK, STATUS_LIMIT or STATUS_NO_MEMORY. Starts with one hold, the caller's.
 */
enum status cert_store_new(const struct cert_row *rows, size_t row_count,
                           const struct crl_row *crls, size_t crl_count, struct cert_store **out);
struct cert_store *cert_store_hold(struct cert_store *store);
void cert_store_drop(struct cert_store *store); /* NULL is harmless */

size_t cert_store_count(const struct cert_store *store);
const struct cert_row *cert_store_at(const struct cert_store *store, size_t i);
size_t cert_store_crl_count(const struct cert_store *store);
const struct crl_row *cert_store_crl_at(const struct cert_store *store, size_t i);

/*
 * The look-ups give rows one at a time, in the order of the store: `after` is the row given before,
 * NULL to begin; NULL at the end.
 */
const struct cert_row *cert_store_find_subject(const struct cert_store *store, struct view subject,
                                               const struct cert_row *after);
/* By an ID: its certificate has the subject or alternative name (pki/binding.h). */
const struct cert_row *cert_store_find_identity(const struct cert_store *store,
                                                const struct identity *identity,
                                                const struct cert_row *after);
/* What one selector names. */
const struct cert_row *cert_store_find_selector(const struct cert_store *store,
                                                const struct cert_selector *selector,
                                                const struct cert_row *after);
const struct cert_row *cert_store_find_slot(const struct cert_store *store, const char *slot);
/* The row of the very same certificate. */
const struct cert_row *cert_store_find_same(const struct cert_store *store,
                                            const struct certificate *certificate);
const struct cert_row *cert_store_find_key(const struct cert_store *store, uint32_t key_handle);
const struct crl_row *cert_store_find_crl(const struct cert_store *store, struct view issuer,
                                          const struct crl_row *after);

/*
 * Our own certificate for a rule: the first, in the order of the store, that the selectors
 * (`local_id`) take, with a private key that the method can use and that may do what the method
 * needs, and valid at wall_s; when none is valid, the first that only time is against. NULL: none.
 */
const struct cert_row *cert_store_find_own(const struct cert_store *store,
                                           const struct cert_selectors *selectors,
                                           enum auth_method method, int64_t wall_s);

/* What the key of a method is used for: encryption for methods 4 and 5, else signatures. */
enum certificate_use cert_store_use_of(enum auth_method method);

/* "slot 3 <C=US, CN=x>" for messages; of a certificate in no slot: "sent by the peer <...>". */
#define CERT_TEXT_BYTES (CERTIFICATE_NAME_TEXT_BYTES + 64u)
const char *cert_store_text(const struct cert_store *store, const struct certificate *certificate,
                            char out[CERT_TEXT_BYTES]);

/* The whole store as octets and back (traces, the process seam): no private key in it. Decoding
 * gives MALFORMED, LIMIT or NO_MEMORY. */
enum status cert_store_encode(const struct cert_store *store, struct bytes *out);
enum status cert_store_decode(struct view octets, struct cert_store **out);

#endif
