#ifndef ENTENTE_PKI_DISTINGUISHED_NAME_PRIVATE_H
#define ENTENTE_PKI_DISTINGUISHED_NAME_PRIVATE_H

#include <openssl/x509.h>

#include "pki/distinguished_name.h"

/* As distinguished_name_encode; *out is the caller's to free. */
enum status distinguished_name_parse(struct view text, X509_NAME **out);

/* A Name and nothing else, the caller's to free; NULL: it is none. */
X509_NAME *distinguished_name_decode(struct view der);

/* The same for names that are equal: of OpenSSL's canonical form. 0 for NULL. */
uint32_t distinguished_name_hash(const X509_NAME *name);

#endif
