#include "config/cert_selector.h"

#include <strings.h>

static const struct {
    const char *tag;
    enum cert_selector_kind kind;
} tags[] = {
    {"SUBJECT=", CERT_SUBJECT}, {"ISSUER=", CERT_ISSUER}, {"SLOT=", CERT_SLOT},
    {"EMAIL=", CERT_EMAIL},     {"IP=", CERT_IP},         {"DNS=", CERT_DNS},
    {"DN=", CERT_DN},           {"URI=", CERT_URI},       {"RID=", CERT_RID},
};

static bool is_all_of(const char *text, const char *set)
{
    return text[0] != '\0' && text[strspn(text, set)] == '\0';
}

static bool is_address(const char *text)
{
    struct address address;

    return address_parse(view_of_text(text), &address) == STATUS_OK;
}

static enum cert_selector_kind guess(const char *text)
{
    const char *name_end;

    if (text[0] == '\0')
        return CERT_ANY;
    if (is_all_of(text, "0123456789"))
        return CERT_SLOT;
    if (is_address(text))
        return CERT_IP;
    if (strchr(text, '@') && !strchr(text, '='))
        return CERT_EMAIL;
    name_end =
        text + strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.0123456789");
    return name_end > text && *name_end == '=' ? CERT_SUBJECT : CERT_DNS;
}

static const char *fault(const struct cert_selector *selector)
{
    switch (selector->kind) {
    case CERT_SLOT:
        return is_all_of(selector->value_view, "0123456789") ? NULL : "SLOT= with a number";
    case CERT_IP:
        return is_address(selector->value_view) ? NULL : "IP= with an address";
    case CERT_EMAIL:
        return strchr(selector->value_view, '@') ? NULL : "EMAIL= with a mailbox, name@domain";
    case CERT_RID:
        return is_all_of(selector->value_view, "0123456789.") ? NULL : "RID= with numbers and dots";
    case CERT_SUBJECT:
    case CERT_ISSUER:
    case CERT_DN:
        return strchr(selector->value_view, '=') ? NULL : "a distinguished name, TAG=value, ...";
    case CERT_DNS:
    case CERT_URI:
        return selector->value_view[0] != '\0' ? NULL : "a name after the tag";
    case CERT_ANY:
        break;
    }
    return selector->is_excluded ? "a selector after \"!\"" : NULL;
}

const char *cert_selector_parse(const char *text, struct cert_selector *out)
{
    struct cert_selector selector = {.is_excluded = text[0] == '!'};
    const char *rest = selector.is_excluded ? text + 1 : text;

    selector.kind = guess(rest);
    selector.value_view = rest;
    for (size_t i = 0; i < COUNT(tags); i++) {
        if (strncasecmp(rest, tags[i].tag, strlen(tags[i].tag)) == 0) {
            selector.kind = tags[i].kind;
            selector.value_view = rest + strlen(tags[i].tag);
            break;
        }
    }
    *out = selector;
    return fault(&selector);
}
