#include "unit/pki/chain.h"

#include <stdio.h>
#include <stdlib.h>

#define ROOT_NAME "C=US, O=Authority, CN=Root"

static const char *name_of(size_t at, size_t count, char out[64])
{
    if (at + 1 == count)
        return ROOT_NAME;
    (void)snprintf(out, 64,
                   at == 0 ? "C=US, O=Peer, CN=gateway" : "C=US, O=Authority, CN=Below %zu", at);
    return out;
}

/* Text that lives as long as the program. */
static const char *kept(const char *text)
{
    static char texts[CHAIN_MOST][64];
    size_t i = 0;

    while (texts[i][0] != '\0' && strcmp(texts[i], text) != 0)
        i++;
    (void)snprintf(texts[i], sizeof texts[i], "%s", text);
    return texts[i];
}

void chain_init(struct chain *chain, const struct chain_keys *keys, size_t count)
{
    *chain = (struct chain){.count = count, .is_root_named = true, .wall_s = CHAIN_NOW_S};
    for (size_t i = 0; i < count; i++) {
        struct certificate_draft *draft = &chain->drafts[i];
        char name[64];

        *draft = (struct certificate_draft){
            .subject = kept(name_of(i, count, name)),
            .not_before_s = CHAIN_NOW_S - 30 * CHAIN_DAY_S,
            .not_after_s = CHAIN_NOW_S + 300 * CHAIN_DAY_S,
            .serial = 100 + (long)i,
            .key = keys->keys[i],
        };
        draft_extend(draft, "subjectKeyIdentifier", "hash");
        draft_extend(draft, "authorityKeyIdentifier", i + 1 < count ? "keyid" : "");
        draft_extend(draft, "basicConstraints", i > 0 ? "critical,CA:TRUE" : "");
        draft_extend(draft, "keyUsage",
                     i > 0 ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
        draft_extend(draft, "subjectAltName",
                     i > 0 ? ""
                           : "DNS:Gw.example.org,email:gw@example.org,IP:192.0.2.1,"
                             "URI:http://gw.example.org/x");
        chain->is_listed[i] = i > 0;
        chain->lists[i] = (struct crl_draft){
            .this_update_s = CHAIN_NOW_S - CHAIN_DAY_S,
            .next_update_s = CHAIN_NOW_S + CHAIN_DAY_S,
            .revoked = 7,
        };
    }
}

bool chain_can_have(const struct chain_defect *defect, const char *kind, size_t count, size_t at)
{
    unsigned place = at == 0           ? CHAIN_AT_LEAF
                     : at + 1 == count ? CHAIN_AT_ROOT
                                       : CHAIN_AT_INTERMEDIATE;

    return (defect->places & place) != 0 && count >= defect->least &&
           (!defect->kind || strcmp(defect->kind, kind) == 0);
}

void chain_spoil(struct chain *chain, const struct chain_keys *keys,
                 const struct chain_defect *defect, size_t at)
{
    if (defect->extension)
        draft_extend(&chain->drafts[at], defect->extension, defect->value);
    if (defect->apply)
        defect->apply(chain, keys, at);
}

void chain_make(const struct chain *chain, const struct chain_keys *keys, struct chain_made *out)
{
    *out = (struct chain_made){.count = chain->count};
    for (size_t n = chain->count; n > 0; n--) {
        struct certificate_draft draft = chain->drafts[n - 1];

        if (n < chain->count) {
            draft.signer = out->x509[n];
            draft.signer_key = draft.signer_key ? draft.signer_key : keys->keys[n];
        }
        out->x509[n - 1] = authority_certificate(&draft);
        if (chain->is_listed[n - 1]) {
            struct crl_draft list = chain->lists[n - 1];

            list.issuer = out->x509[n - 1];
            list.key = list.key ? list.key : keys->keys[n - 1];
            out->crls[n - 1] = authority_crl(&list);
        }
    }
    if (chain->is_impostor_there) {
        struct certificate_draft draft = chain->drafts[1];

        draft.signer = chain->count > 2 ? out->x509[2] : NULL;
        draft.signer_key = chain->count > 2 ? keys->keys[2] : keys->other;
        draft.key = keys->other;
        draft.serial = 900;
        draft_extend(&draft, "subjectKeyIdentifier", "");
        draft_extend(&draft, "authorityKeyIdentifier", "");
        out->x509[chain->count] = authority_certificate(&draft);
    }
}

void chain_made_clear(struct chain_made *made)
{
    for (size_t i = 0; i < COUNT(made->x509); i++)
        X509_free(made->x509[i]);
    for (size_t i = 0; i < COUNT(made->crls); i++)
        X509_CRL_free(made->crls[i]);
}

/* What is stored and what is sent, as our own objects. */
struct parts {
    struct cert_row rows[CHAIN_MOST + 1];
    size_t row_count;
    struct crl_row crls[CHAIN_MOST];
    size_t crl_count;
    struct certificate *leaf;
    struct certificate *sent[CHAIN_MOST];
    size_t sent_count;
};

static bool take_certificate(X509 *x509, struct certificate **out)
{
    struct bytes der = authority_der(x509);
    bool is_read = certificate_read(bytes_view(&der), out) == STATUS_OK;

    bytes_clear(&der);
    return is_read;
}

static bool take_crl(X509_CRL *x509, struct crl_row *out)
{
    struct bytes der = authority_crl_der(x509);
    bool is_read = crl_read(bytes_view(&der), &out->crl) == STATUS_OK;

    bytes_clear(&der);
    out->slot = "0";
    return is_read;
}

static bool row_add(struct parts *parts, X509 *x509, const char *slot)
{
    struct cert_row *row = &parts->rows[parts->row_count];

    *row = (struct cert_row){.slot = slot};
    if (!take_certificate(x509, &row->certificate))
        return false;
    parts->row_count++;
    return true;
}

static bool parts_fill(const struct chain *chain, const struct chain_made *made,
                       struct parts *parts)
{
    bool is_read = take_certificate(made->x509[0], &parts->leaf);

    if (made->x509[chain->count])
        is_read = row_add(parts, made->x509[chain->count], "9") && is_read;
    if (chain->is_leaf_named)
        is_read = row_add(parts, made->x509[0], "1") && is_read;
    for (size_t i = 1; i < chain->count; i++) {
        bool is_stored = i + 1 == chain->count && !chain->is_root_sent;

        if (chain->is_left_out[i])
            continue;
        if (is_stored)
            is_read = row_add(parts, made->x509[i], "0") && is_read;
        else if (take_certificate(made->x509[i], &parts->sent[parts->sent_count]))
            parts->sent_count++;
        else
            is_read = false;
    }
    for (size_t i = 0; i < chain->count; i++) {
        if (made->crls[i] && take_crl(made->crls[i], &parts->crls[parts->crl_count]))
            parts->crl_count++;
        else if (made->crls[i])
            is_read = false;
    }
    return is_read;
}

static void parts_clear(struct parts *parts)
{
    certificate_drop(parts->leaf);
    for (size_t i = 0; i < parts->row_count; i++)
        certificate_drop(parts->rows[i].certificate);
    for (size_t i = 0; i < parts->sent_count; i++)
        certificate_drop(parts->sent[i]);
    for (size_t i = 0; i < parts->crl_count; i++)
        crl_drop(parts->crls[i].crl);
}

bool chain_judge(const struct chain *chain, const struct chain_made *made, struct path_verdict *out)
{
    const struct cert_selector root = {
        .kind = CERT_SUBJECT,
        .value_view = chain->is_root_named ? ROOT_NAME : "C=US, CN=Nobody",
    };
    const struct cert_selector leaf = {
        .kind = CERT_SUBJECT,
        .value_view = chain->is_leaf_named ? chain->drafts[0].subject : "C=US, CN=Nobody",
    };
    struct path_query query = {
        .roots = {&root, 1},
        .trusted = {&leaf, 1},
        .use = chain->use,
        .wall_s = chain->wall_s,
        .ignores_crls = chain->ignores_crls,
        .is_sha1_taken = chain->is_sha1_taken,
    };
    struct parts parts = {0};
    struct cert_store *store = NULL;
    bool is_read = parts_fill(chain, made, &parts);

    if (is_read) {
        if (cert_store_new(parts.rows, parts.row_count, parts.crls, parts.crl_count, &store) !=
            STATUS_OK)
            abort();
        query.store = store;
        query.leaf = parts.leaf;
        query.sent = parts.sent;
        query.sent_count = parts.sent_count;
        if (path_verify(&query, out) != STATUS_OK)
            abort();
    }
    cert_store_drop(store);
    parts_clear(&parts);
    return is_read;
}
