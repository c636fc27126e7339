#include "identity/identity.h"

#include "registry/identity_type.h"
#include "wire/id.h"

struct identity identity_of_address(const struct address *address)
{
    return (struct identity){
        .type = address->family == ADDRESS_IPV6 ? IDENTITY_IPV6 : IDENTITY_IPV4,
        .data = address_view(address),
    };
}

enum status identity_range(const struct identity *identity, struct address_range *out)
{
    const struct id_payload id = {.type = identity->type, .data = identity->data};

    return id_range(&id, out);
}

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + ('a' - 'A')) : octet;
}

/* From the last '@' on (a DNS name as a whole) letters are of either case. */
static bool names_equal(struct view a, struct view b, size_t exact_bytes)
{
    if (a.bytes != b.bytes)
        return false;
    for (size_t i = 0; i < a.bytes; i++) {
        bool equal =
            i < exact_bytes ? a.data[i] == b.data[i] : lower(a.data[i]) == lower(b.data[i]);

        if (!equal)
            return false;
    }
    return true;
}

static size_t local_part_bytes(struct view mailbox)
{
    size_t bytes = mailbox.bytes;

    while (bytes > 0 && mailbox.data[bytes - 1] != '@')
        bytes--;
    return bytes;
}

bool identity_equal(const struct identity *a, const struct identity *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == IDENTITY_FQDN)
        return names_equal(a->data, b->data, 0);
    if (a->type == IDENTITY_USER_FQDN)
        return names_equal(a->data, b->data, local_part_bytes(a->data));
    return view_equal(a->data, b->data);
}

void identity_text(const struct identity *identity, struct text *out)
{
    const struct identity_kind *kind = identity_by_number(identity->type);
    struct address_range range;
    char text[ADDRESS_TEXT_BYTES];

    if (identity_range(identity, &range) == STATUS_OK) {
        text_add(out, "%s", address_range_text(&range, text));
        return;
    }
    if (kind && kind->form == IDENTITY_FORM_TEXT) {
        text_add_escaped(out, identity->data);
        return;
    }
    text_add(out, "type %u: ", identity->type);
    text_add_hex(out, identity->data);
}
