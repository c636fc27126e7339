#include "ikev1/peer_certificate.h"

#include "engine/engine_state.h"
#include "pki/binding.h"
#include "pki/certificate_bundle.h"
#include "pki/signature.h"
#include "policy/ruleset.h"
#include "wire/cert.h"

void peer_certificates_clear(struct peer_certificates *certificates)
{
    for (size_t i = 0; i < certificates->count; i++)
        certificate_drop(certificates->certificates_own[i]);
    for (size_t i = 0; i < certificates->crl_count; i++)
        crl_drop(certificates->crls_own[i]);
    *certificates = (struct peer_certificates){0};
}

/* What cannot be read or has no place any more is passed over. */
static enum status add(void *arg, enum bundle_item item, struct view der)
{
    struct peer_certificates *out = arg;
    enum status status = STATUS_OK;

    if (item == BUNDLE_CERTIFICATE && out->count < COUNT(out->certificates_own)) {
        status = certificate_read(der, &out->certificates_own[out->count]);
        out->count += status == STATUS_OK;
    } else if (item == BUNDLE_CRL && out->crl_count < COUNT(out->crls_own)) {
        status = crl_read(der, &out->crls_own[out->crl_count]);
        out->crl_count += status == STATUS_OK;
    }
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static enum status read_one(const struct cert_payload *cert, struct peer_certificates *out)
{
    if (cert->data.bytes > PEER_MOST_CERT_BYTES)
        return STATUS_LIMIT;
    switch (cert->encoding) {
    case CERTIFICATE_X509_SIGNATURE:
        return add(out, BUNDLE_CERTIFICATE, cert->data);
    case CERTIFICATE_CRL:
        return add(out, BUNDLE_CRL, cert->data);
    case CERTIFICATE_PKCS7:
        return certificate_bundle_read(cert->data, add, out);
    default:
        return STATUS_UNEXPECTED;
    }
}

enum status peer_certificates_read(const struct payload_chain *chain, struct peer_certificates *out)
{
    for (size_t i = 0; i < PEER_MOST_CERT_PAYLOADS; i++) {
        const struct payload *payload = chain_find(chain, PAYLOAD_CERT, i);
        struct cert_payload cert;

        if (!payload)
            break;
        if (cert_decode(payload, &cert, NULL) == STATUS_OK &&
            read_one(&cert, out) == STATUS_NO_MEMORY)
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* How well a certificate serves: 0 not at all. */
static unsigned fitness(const struct certificate *certificate, const struct ike_sa *sa,
                        const struct identity *identity)
{
    int64_t wall_s = sa->engine_back->now.wall_s;

    if (!signature_method_takes((enum auth_method)sa->method, certificate_key_kind(certificate)) ||
        !binding_holds(certificate, identity))
        return 0;
    return 1u + (certificate_may_sign(certificate) ? 2u : 0u) +
           (certificate_not_before_s(certificate) <= wall_s &&
                    wall_s <= certificate_not_after_s(certificate)
                ? 1u
                : 0u);
}

struct certificate *peer_certificates_signer(const struct peer_certificates *certificates,
                                             const struct ike_sa *sa,
                                             const struct identity *identity)
{
    const struct cert_store *store = ruleset_certificates(sa->rules_ref);
    struct certificate *best = NULL;
    unsigned best_fitness = 0;

    for (size_t i = 0; i < certificates->count; i++) {
        struct certificate *sent = certificates->certificates_own[i];
        unsigned fit = fitness(sent, sa, identity);

        if (fit > best_fitness) {
            best = sent;
            best_fitness = fit;
        }
    }
    if (best || !store)
        return best;
    for (const struct cert_row *row = cert_store_find_identity(store, identity, NULL); row;
         row = cert_store_find_identity(store, identity, row)) {
        unsigned fit = fitness(row->certificate, sa, identity);

        if (fit > best_fitness) {
            best = row->certificate;
            best_fitness = fit;
        }
    }
    return best;
}

enum status peer_certificates_verify(const struct peer_certificates *certificates,
                                     const struct ike_sa *sa, const struct certificate *leaf,
                                     enum certificate_use use, struct path_verdict *out)
{
    const struct ike_globals *globals = ruleset_globals(sa->rules_ref);
    const struct path_query query = {
        .store = ruleset_certificates(sa->rules_ref),
        .roots = globals->cert_root,
        .trusted = globals->cert_trust,
        .leaf = (struct certificate *)(uintptr_t)leaf, /* holds it for the call */
        .sent = certificates->certificates_own,
        .sent_count = certificates->count,
        .crls = certificates->crls_own,
        .crl_count = certificates->crl_count,
        .use = use,
        .wall_s = sa->engine_back->now.wall_s,
        .ignores_crls = globals->ignores_crls,
    };

    return path_verify(&query, out);
}
