#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>

static int socket_family(const struct address *address)
{
    return address->family == ADDRESS_IPV4 ? AF_INET : AF_INET6;
}

size_t address_bytes(const struct address *address)
{
    switch (address->family) {
    case ADDRESS_IPV4:
        return 4;
    case ADDRESS_IPV6:
        return 16;
    default:
        return 0;
    }
}

struct view address_view(const struct address *address)
{
    return (struct view){address->octets, address_bytes(address)};
}

bool address_equal(const struct address *a, const struct address *b)
{
    return address_compare(a, b) == 0;
}

int address_compare(const struct address *a, const struct address *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->octets, b->octets, sizeof a->octets);
}

enum status address_from_view(struct view view, struct address *out)
{
    struct address address = {0};

    if (view.bytes != 4 && view.bytes != 16)
        return STATUS_MALFORMED;
    address.family = view.bytes == 4 ? ADDRESS_IPV4 : ADDRESS_IPV6;
    memcpy(address.octets, view.data, view.bytes);
    *out = address;
    return STATUS_OK;
}

static bool address_is_mapped(const struct address *address)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(address->octets, prefix, sizeof prefix) == 0;
}

enum status address_parse(struct view text, struct address *out)
{
    char copy[INET6_ADDRSTRLEN];
    struct address address = {0};

    if (text.bytes == 0 || text.bytes >= sizeof copy || memchr(text.data, '\0', text.bytes))
        return STATUS_MALFORMED;
    memcpy(copy, text.data, text.bytes);
    copy[text.bytes] = '\0';
    address.family = strchr(copy, ':') ? ADDRESS_IPV6 : ADDRESS_IPV4;
    if (inet_pton(socket_family(&address), copy, address.octets) != 1)
        return STATUS_MALFORMED;
    /* A mapped address would be a second name of an IPv4 address. SEC-215 */
    if (address.family == ADDRESS_IPV6 && address_is_mapped(&address))
        return STATUS_MALFORMED;
    *out = address;
    return STATUS_OK;
}

const char *address_text(const struct address *address, char out[ADDRESS_TEXT_BYTES])
{
    if (address->family == ADDRESS_NONE ||
        !inet_ntop(socket_family(address), address->octets, out, ADDRESS_TEXT_BYTES))
        (void)snprintf(out, ADDRESS_TEXT_BYTES, "none");
    return out;
}

const char *endpoint_text(const struct endpoint *endpoint, char out[ADDRESS_TEXT_BYTES])
{
    char text[ADDRESS_TEXT_BYTES];
    bool bracket = endpoint->address.family == ADDRESS_IPV6;

    (void)snprintf(out, ADDRESS_TEXT_BYTES, "%s%.48s%s:%u", bracket ? "[" : "",
                   address_text(&endpoint->address, text), bracket ? "]" : "",
                   (unsigned)endpoint->port);
    return out;
}

bool address_is_unspecified(const struct address *address)
{
    static const uint8_t zeros[16];

    return memcmp(address->octets, zeros, sizeof zeros) == 0;
}

bool address_is_multicast(const struct address *address)
{
    static const uint8_t broadcast[4] = {0xff, 0xff, 0xff, 0xff};

    if (address->family == ADDRESS_IPV6)
        return address->octets[0] == 0xff;
    return address->family == ADDRESS_IPV4 &&
           (address->octets[0] >> 4 == 0xe || memcmp(address->octets, broadcast, 4) == 0);
}

bool address_is_loopback(const struct address *address)
{
    static const uint8_t loopback[16] = {[15] = 1};

    if (address->family == ADDRESS_IPV4)
        return address->octets[0] == 127;
    return address->family == ADDRESS_IPV6 && memcmp(address->octets, loopback, 16) == 0;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

bool path_equal(const struct path *a, const struct path *b)
{
    return a->is_encapsulated == b->is_encapsulated && endpoint_equal(&a->local, &b->local) &&
           endpoint_equal(&a->remote, &b->remote);
}
