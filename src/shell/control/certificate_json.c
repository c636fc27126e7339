#include "control/record_json.h"
#include "policy/ruleset.h"

static json_t *name_json(void (*print)(const struct certificate *, struct text *),
                         const struct certificate *certificate)
{
    char line[CERTIFICATE_NAME_TEXT_BYTES];
    struct text text = text_over(line, sizeof line);

    print(certificate, &text);
    return json_string(line);
}

/* What cert_root or cert_trust names. */
static bool is_trusted(const struct ike_globals *globals, const struct cert_row *row)
{
    return cert_selectors_take(&globals->cert_root, row->certificate, row->slot) ||
           cert_selectors_take(&globals->cert_trust, row->certificate, row->slot);
}

json_t *certificate_json(const struct ruleset *rules, const struct cert_row *row, size_t number)
{
    const struct certificate *certificate = row->certificate;

    return json_pack("{s:s, s:I, s:s, s:o, s:o, s:b, s:b, s:I, s:I}", "record", "certificate", "id",
                     (json_int_t)number, "slot", row->slot, "subject",
                     name_json(certificate_subject_text, certificate), "issuer",
                     name_json(certificate_issuer_text, certificate), "trusted",
                     (int)is_trusted(ruleset_globals(rules), row), "private_key",
                     (int)(row->key_handle != 0), "not_before_s",
                     (json_int_t)certificate_not_before_s(certificate), "not_after_s",
                     (json_int_t)certificate_not_after_s(certificate));
}
