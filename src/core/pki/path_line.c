#include <inttypes.h>

#include <openssl/objects.h>
#include <openssl/x509.h>

#include "pki/certificate_private.h"
#include "pki/path_private.h"

#define DAY_S INT64_C(86400)
#define ERA_DAYS 146097        /* four hundred years */
#define ERA_OFFSET_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

/* "2026-11-24 16:10:00 GMT", of any wall_s: the Gregorian calendar counted from March. */
static void time_text(int64_t wall_s, struct text *out)
{
    int64_t days = wall_s / DAY_S - (wall_s % DAY_S < 0 ? 1 : 0);
    int64_t seconds = wall_s - days * DAY_S;
    int64_t shifted = days + ERA_OFFSET_DAYS;
    int64_t era = (shifted >= 0 ? shifted : shifted - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t day = shifted - era * ERA_DAYS;
    int64_t year = (day - day / 1460 + day / 36524 - day / (ERA_DAYS - 1)) / 365;
    int64_t year_day = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * year_day + 2) / 153; /* from March, 0 to 11 */

    int64_t month_day = year_day - (153 * month + 2) / 5 + 1;

    year += era * 400 + (month >= 10 ? 1 : 0);
    month += month < 10 ? 3 : -9;
    text_add(out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year, month, month_day);
    text_add(out, " %02" PRId64 ":%02" PRId64 ":%02" PRId64 " GMT", seconds / 3600,
             seconds / 60 % 60, seconds % 60);
}

static void key_text(const struct certificate *certificate, struct text *out)
{
    static const char *const names[] = {
        [CERTIFICATE_RSA] = "RSA",     [CERTIFICATE_DSA] = "DSA",
        [CERTIFICATE_P256] = "ECDSA",  [CERTIFICATE_P384] = "ECDSA",
        [CERTIFICATE_P521] = "ECDSA",  [CERTIFICATE_ED25519] = "Ed25519",
        [CERTIFICATE_ED448] = "Ed448",
    };

    text_add(out, " (%s, %u bits)", names[certificate_key_kind(certificate)],
             certificate_key_bits(certificate));
}

static void hash_text(const struct certificate *certificate, struct text *out)
{
    int hash = NID_undef;

    if (X509_get_signature_info(certificate->x509_own, &hash, NULL, NULL, NULL) &&
        hash != NID_undef)
        text_add(out, " (%s)", OBJ_nid2sn(hash));
}

static void issuer_text(const struct certificate *certificate, struct text *out)
{
    text_add(out, " (issuer <");
    certificate_issuer_text(certificate, out);
    text_add(out, ">)");
}

static void crl_text(const struct certificate *certificate, struct text *out)
{
    issuer_text(certificate, out);
    if (!view_is_empty(certificate_crl_url(certificate))) {
        text_add(out, ", it says that it is at ");
        text_add_escaped(out, certificate_crl_url(certificate));
    }
}

static void detail_text(const struct path_query *query, const struct path_fault *fault,
                        const struct certificate *certificate, struct text *out)
{
    switch (fault->detail) {
    case DETAIL_NONE:
        break;
    case DETAIL_KEY:
        key_text(certificate, out);
        break;
    case DETAIL_HASH:
        hash_text(certificate, out);
        break;
    case DETAIL_NOT_BEFORE:
        text_add(out, " (from ");
        time_text(certificate_not_before_s(certificate), out);
        text_add(out, " on; here it is ");
        time_text(query->wall_s, out);
        text_add(out, ")");
        break;
    case DETAIL_NOT_AFTER:
        text_add(out, " (at ");
        time_text(certificate_not_after_s(certificate), out);
        text_add(out, ")");
        break;
    case DETAIL_ISSUER:
        issuer_text(certificate, out);
        break;
    case DETAIL_CRL:
        crl_text(certificate, out);
        break;
    }
}

void path_line_write(const struct path_query *query, const struct path_fault *fault,
                     struct path_verdict *verdict)
{
    const struct certificate *certificate = verdict->chain_own[verdict->failed_at];
    struct text line = text_over(verdict->line, sizeof verdict->line);
    char where[CERT_TEXT_BYTES];

    text_add(&line, "certificate %s: %s: %s", cert_store_text(query->store, certificate, where),
             path_check_name(fault->check), fault->what);
    detail_text(query, fault, certificate, &line);
    text_add(&line, "; %s", fault->mend);
}
