#ifndef ENTENTE_PKI_CRL_H
#define ENTENTE_PKI_CRL_H

#include "base/text.h"

struct certificate;

/* A list of revoked certificates, read once; counted, not for two threads. */
struct crl;

#define CRL_MOST_BYTES (64u * 1024u * 1024u)

/* As certificate_read: OK, MALFORMED, LIMIT, NO_MEMORY. Nothing of it is believed before the path
 * has checked its signature. */
enum status crl_read(struct view der, struct crl **out);
struct crl *crl_hold(struct crl *crl);
void crl_drop(struct crl *crl); /* NULL is harmless */

/* Views live as long as the list. */
struct view crl_der(const struct crl *crl);
struct view crl_issuer(const struct crl *crl);    /* DER of the Name */
int64_t crl_this_update_s(const struct crl *crl); /* of wall_s */
bool crl_has_next_update(const struct crl *crl);
int64_t crl_next_update_s(const struct crl *crl);
size_t crl_entry_count(const struct crl *crl);
void crl_issuer_text(const struct crl *crl, struct text *out);

#endif
