#include "pki/certificate.h"
#include "pki/certificate_bundle.h"
#include "pki/crl.h"

/* Any octets as certificates wrapped in PKCS#7, as a CERT payload has them: no crash, no leak. */

#define MOST_ITEMS 64u

static enum status use(void *arg, enum bundle_item item, struct view der)
{
    struct certificate *certificate = NULL;
    struct crl *crl = NULL;
    size_t *count = arg;

    if (der.bytes == 0 || *count >= MOST_ITEMS)
        __builtin_trap();
    (*count)++;
    if (item == BUNDLE_CERTIFICATE && certificate_read(der, &certificate) == STATUS_OK)
        certificate_drop(certificate);
    if (item == BUNDLE_CRL && crl_read(der, &crl) == STATUS_OK)
        crl_drop(crl);
    return *count < MOST_ITEMS ? STATUS_OK : STATUS_LIMIT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t count = 0;

    (void)certificate_bundle_read(view_of(data, bytes), use, &count);
    return 0;
}
