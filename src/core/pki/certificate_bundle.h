#ifndef ENTENTE_PKI_CERTIFICATE_BUNDLE_H
#define ENTENTE_PKI_CERTIFICATE_BUNDLE_H

#include "base/status.h"
#include "base/view.h"

/* What lies in a bundle, and a call for each; a status other than OK ends the reading. */
enum bundle_item {
    BUNDLE_CERTIFICATE,
    BUNDLE_CRL,
};
typedef enum status bundle_each_fn(void *arg, enum bundle_item item, struct view der);

/*
 * Reads a PKCS#7 SignedData that only carries certificates and lists, as some peers wrap them
 * (CERT encoding 1). Its own signatures are not looked at: what it carries is believed as little as
 * what is sent bare.
 *
 * der   one whole ContentInfo and nothing else.
 * each  gets the DER of one item at a time, for the call.
 *
 * Returns STATUS_OK; STATUS_MALFORMED for what is no such bundle; STATUS_NO_MEMORY; or what `each`
 * ended with.
 */
enum status certificate_bundle_read(struct view der, bundle_each_fn *each, void *arg);

#endif
