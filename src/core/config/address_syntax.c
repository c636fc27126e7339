#include "config/address_syntax_private.h"
#include "config/number_private.h"

static enum status refuse(struct address_syntax *out, const char *fault)
{
    out->fault = fault;
    return STATUS_MALFORMED;
}

/* Text that resolves elsewhere in another way is said by name (SEC-215). */
static const char *address_fault(struct view text)
{
    struct view before;
    struct view after;

    if (view_split(text, "%", &before, &after))
        return "an address without zone";
    if (view_split(text, "::ffff:", &before, &after) ||
        view_split(text, "::FFFF:", &before, &after))
        return "an IPv4 address in its own form, not mapped into IPv6";
    return "an IPv4 or IPv6 address in canonical form";
}

static enum status parse_prefix(const struct address *address, struct view length,
                                struct address_syntax *out)
{
    struct address mask;
    uint64_t bits;

    if (address_parse(length, &mask) == STATUS_OK) {
        out->form = ADDRESS_FORM_MASK;
        if (address_range_mask(address, &mask, &out->range) != STATUS_OK)
            return refuse(out, "an address with a mask of its family, ones before zeros");
    } else {
        out->form = ADDRESS_FORM_PREFIX;
        if (!number_decimal(length, 128, &bits) ||
            address_range_prefix(address, (unsigned)bits, &out->range) != STATUS_OK)
            return refuse(out, address->family == ADDRESS_IPV4 ? "an IPv4 prefix of 0 to 32 bits"
                                                               : "an IPv6 prefix of 0 to 128 bits");
    }
    out->has_host_bits = !address_equal(address, &out->range.first);
    return STATUS_OK;
}

static enum status parse_range(const struct address *first, struct view text,
                               struct address_syntax *out)
{
    struct address last;

    out->form = ADDRESS_FORM_RANGE;
    if (address_parse(text, &last) != STATUS_OK || last.family != first->family ||
        address_compare(first, &last) > 0)
        return refuse(out, "a range FIRST-LAST of one family, first not above last");
    out->range = (struct address_range){*first, last};
    return STATUS_OK;
}

enum status address_syntax_parse(struct view text, struct address_syntax *out)
{
    struct view head = text;
    struct view tail = {0};
    struct address address;
    bool is_prefix = view_split(text, "/", &head, &tail);
    bool is_range = !is_prefix && view_split(text, "-", &head, &tail);

    *out = (struct address_syntax){0};
    if (address_parse(head, &address) != STATUS_OK)
        return refuse(out, address_fault(head));
    if (is_prefix)
        return parse_prefix(&address, tail, out);
    if (is_range)
        return parse_range(&address, tail, out);
    out->range = address_range_host(&address);
    return STATUS_OK;
}
