#ifndef ENTENTE_PKI_CERT_SELECTOR_PRIVATE_H
#define ENTENTE_PKI_CERT_SELECTOR_PRIVATE_H

#include "base/address.h"
#include "pki/cert_selector.h"
#include "pki/general_name.h"

/* What a selector names, as it stands in certificates; `name` points into the rest or into the
 * selector, so it stays where it was made. */
struct selector_name {
    struct general_name name;
    struct bytes der;
    struct address address;
};

/* OK; ABSENT for slots and ""; else as distinguished_name_encode and address_parse. `out` zeroed,
 * cleared by the caller in any case. */
enum status selector_name_make(const struct cert_selector *selector, struct selector_name *out);
void selector_name_clear(struct selector_name *name);

/* Slot names; "3" is "03". */
bool slot_equal(const char *a, const char *b);

#endif
