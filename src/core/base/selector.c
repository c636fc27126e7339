#include "base/selector.h"

#include "base/protocol.h"
#include "base/text.h"

static void protocol_add(struct text *text, uint8_t protocol)
{
    const char *name = protocol_name(protocol);

    if (name)
        text_add(text, " %s", name);
    else
        text_add(text, " protocol %u", (unsigned)protocol);
}

const char *selector_text(const struct selector *selector, char out[SELECTOR_TEXT_BYTES])
{
    struct text text = text_over(out, SELECTOR_TEXT_BYTES);
    char local[ADDRESS_TEXT_BYTES];
    char remote[ADDRESS_TEXT_BYTES];

    text_add(&text, "%s - %s", address_range_text(&selector->local, local),
             address_range_text(&selector->remote, remote));
    if (selector->protocol != PROTOCOL_ANY)
        protocol_add(&text, selector->protocol);
    if (selector->local_port != PORT_ANY)
        text_add(&text, " from/%u", (unsigned)selector->local_port);
    if (selector->remote_port != PORT_ANY)
        text_add(&text, "%s/%u", selector->local_port != PORT_ANY ? " to" : "",
                 (unsigned)selector->remote_port);
    return out;
}

bool selector_equal(const struct selector *a, const struct selector *b)
{
    return a->protocol == b->protocol && a->local_port == b->local_port &&
           a->remote_port == b->remote_port && address_range_equal(&a->local, &b->local) &&
           address_range_equal(&a->remote, &b->remote);
}

static bool number_covers(unsigned outer, unsigned inner)
{
    return outer == 0 || outer == inner;
}

bool selector_covers(const struct selector *outer, const struct selector *inner)
{
    return number_covers(outer->protocol, inner->protocol) &&
           number_covers(outer->local_port, inner->local_port) &&
           number_covers(outer->remote_port, inner->remote_port) &&
           address_range_covers(&outer->local, &inner->local) &&
           address_range_covers(&outer->remote, &inner->remote);
}
