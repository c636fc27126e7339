#ifndef ENTENTE_IKEV1_KEY_SCHEDULE_PRIVATE_H
#define ENTENTE_IKEV1_KEY_SCHEDULE_PRIVATE_H

#include "crypto/hash.h"

/*
 * out = K1 | K2 | ... cut to out->used_bytes: K1 = prf(key, parts), and in Kn the value Kn-1 stands
 * in the place of the first part. That part is empty for KEYMAT (RFC 2409 section 5.5) and one zero
 * octet for Ka (appendix B). `parts` is changed.
 */
enum status prf_chain(struct crypto *crypto, const struct prf_key *key, struct view *parts,
                      size_t count, struct secret *out);

#endif
