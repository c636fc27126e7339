#include "policy/phase1.h"
#include "policy/phase2.h"

static void add_cipher(const struct transform *cipher, uint16_t bits, struct text *out)
{
    text_add(out, "%s", cipher->name);
    if (bits > 0)
        text_add(out, "(%u)", bits);
}

const char *phase1_suite_text(const struct phase1_suite *suite, char out[PHASE1_SUITE_TEXT_BYTES])
{
    const struct method *method = method_by_number(suite->method);
    struct text text = text_over(out, PHASE1_SUITE_TEXT_BYTES);

    add_cipher(suite->cipher, suite->cipher_bits, &text);
    text_add(&text, ", %s, %s, %s", suite->hash->name, suite->group->name,
             method && method->words[0] ? method->words[0] : "unknown method");
    return out;
}

const char *phase2_suite_text(const struct phase2_agreed *agreed, char out[PHASE2_SUITE_TEXT_BYTES])
{
    struct text text = text_over(out, PHASE2_SUITE_TEXT_BYTES);

    if (agreed->ah_integrity)
        text_add(&text, "esp ");
    if (agreed->cipher)
        add_cipher(agreed->cipher, agreed->cipher_bits, &text);
    if (agreed->integrity)
        text_add(&text, "%s%s", agreed->cipher ? ", " : "ah ", agreed->integrity->name);
    if (agreed->ah_integrity)
        text_add(&text, " in ah %s", agreed->ah_integrity->name);
    if (agreed->is_esn)
        text_add(&text, ", esn");
    if (agreed->pfs_group)
        text_add(&text, ", pfs %s", agreed->pfs_group->name);
    else
        text_add(&text, ", no pfs");
    return out;
}
