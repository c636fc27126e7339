#include "pki/certificate_bundle.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "pki/certificate.h"

static enum status give(unsigned char *der, int bytes, enum bundle_item item, bundle_each_fn *each,
                        void *arg)
{
    enum status status = STATUS_NO_MEMORY;

    if (bytes > 0)
        status = each(arg, item, view_of(der, (size_t)bytes));
    OPENSSL_free(der);
    return status;
}

static enum status give_all(const PKCS7_SIGNED *signed_data, bundle_each_fn *each, void *arg)
{
    enum status status = STATUS_OK;

    for (int i = 0; status == STATUS_OK && i < sk_X509_num(signed_data->cert); i++) {
        unsigned char *der = NULL;
        int bytes = i2d_X509(sk_X509_value(signed_data->cert, i), &der);

        status = give(der, bytes, BUNDLE_CERTIFICATE, each, arg);
    }
    for (int i = 0; status == STATUS_OK && i < sk_X509_CRL_num(signed_data->crl); i++) {
        unsigned char *der = NULL;
        int bytes = i2d_X509_CRL(sk_X509_CRL_value(signed_data->crl, i), &der);

        status = give(der, bytes, BUNDLE_CRL, each, arg);
    }
    return status;
}

enum status certificate_bundle_read(struct view der, bundle_each_fn *each, void *arg)
{
    const uint8_t *at = der.data;
    PKCS7 *envelope = NULL;
    enum status status = STATUS_MALFORMED;

    if (der.bytes == 0 || der.bytes > CERTIFICATE_MOST_BYTES)
        return STATUS_MALFORMED;
    envelope = d2i_PKCS7(NULL, &at, (long)der.bytes);
    if (envelope && at == der.data + der.bytes && PKCS7_type_is_signed(envelope) &&
        envelope->d.sign)
        status = give_all(envelope->d.sign, each, arg);
    PKCS7_free(envelope);
    ERR_clear_error();
    return status;
}
