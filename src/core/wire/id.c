#include "wire/id.h"

#include "base/reader.h"
#include "registry/protocol_number.h"

#define IP_PROTOCOL_UDP 17u

/* Two addresses of the kind's family stand in the data of a subnet or a range. */
static enum status data_addresses(const struct identity_kind *kind, struct view data,
                                  struct address *first, struct address *second)
{
    struct reader reader = reader_over(data);
    enum status status = address_from_view(reader_take(&reader, kind->address_bytes), first);

    if (status == STATUS_OK && kind->form != IDENTITY_FORM_ADDRESS)
        status = address_from_view(reader_take(&reader, kind->address_bytes), second);
    if (status == STATUS_OK && !reader_at_end(&reader))
        status = STATUS_MALFORMED;
    return status;
}

enum status id_range(const struct id_payload *id, struct address_range *out)
{
    const struct identity_kind *kind = identity_by_number(id->type);
    struct address first;
    struct address second;
    enum status status;

    if (!kind || kind->address_bytes == 0)
        return STATUS_UNEXPECTED;
    status = data_addresses(kind, id->data, &first, &second);
    if (status != STATUS_OK)
        return status;
    if (kind->form == IDENTITY_FORM_SUBNET)
        return address_range_mask(&first, &second, out);
    if (kind->form == IDENTITY_FORM_ADDRESS)
        second = first;
    if (address_compare(&first, &second) > 0)
        return STATUS_MALFORMED;
    *out = (struct address_range){first, second};
    return STATUS_OK;
}

/* Why the data is not what the type says, or NULL. */
static const char *id_fault(const struct id_payload *id)
{
    const struct identity_kind *kind = identity_by_number(id->type);
    struct address_range range;

    if (!kind)
        return NULL;
    if (kind->address_bytes > 0)
        return id_range(id, &range) == STATUS_OK ? NULL : "no address, mask or range of its type";
    if (view_is_empty(id->data))
        return "empty identity";
    if (kind->form == IDENTITY_FORM_TEXT && memchr(id->data.data, '\0', id->data.bytes))
        return "NUL in a name";
    return NULL;
}

enum status id_decode(const struct payload *payload, struct id_payload *out,
                      struct wire_error *error)
{
    struct reader reader = reader_over(payload->body);
    struct id_payload id = {0};
    const char *fault;

    id.type = reader_u8(&reader);
    id.protocol = reader_u8(&reader);
    id.port = reader_u16(&reader);
    id.data = reader_rest(&reader);
    fault = reader_at_end(&reader) ? id_fault(&id) : "shorter than its fixed fields";
    if (fault)
        return payload_error(payload, 0, STATUS_MALFORMED, fault, error);
    *out = id;
    return STATUS_OK;
}

void id_encode(struct writer *writer, const struct id_payload *id)
{
    writer_u8(writer, id->type);
    writer_u8(writer, id->protocol);
    writer_u16(writer, id->port);
    writer_view(writer, id->data);
}

bool id_port_fits_phase_1(const struct id_payload *id)
{
    static const struct {
        uint8_t protocol;
        uint16_t port;
    } pairs[] = {
        {PROTOCOL_ANY, PORT_ANY},        {IP_PROTOCOL_UDP, IKE_PORT}, {IP_PROTOCOL_UDP, PORT_ANY},
        {IP_PROTOCOL_UDP, IKE_NAT_PORT}, {PROTOCOL_ANY, IKE_PORT},
    };

    for (size_t i = 0; i < COUNT(pairs); i++) {
        if (id->protocol == pairs[i].protocol && id->port == pairs[i].port)
            return true;
    }
    return false;
}

/* The types of host, subnet and range in a family. */
static const uint8_t range_types[][3] = {
    {IDENTITY_IPV4, IDENTITY_IPV4_SUBNET, IDENTITY_IPV4_RANGE},
    {IDENTITY_IPV6, IDENTITY_IPV6_SUBNET, IDENTITY_IPV6_RANGE},
};

struct id_payload id_of_range(const struct address_range *range, uint8_t protocol, uint16_t port,
                              uint8_t storage[ID_ADDRESS_DATA_BYTES])
{
    const uint8_t *types = range_types[range->first.family == ADDRESS_IPV6];
    struct writer writer = writer_over(storage, ID_ADDRESS_DATA_BYTES);
    size_t bytes = address_bytes(&range->first);
    int prefix_bits = address_range_prefix_bits(range);
    struct id_payload id = {.protocol = protocol, .port = port};

    writer_view(&writer, address_view(&range->first));
    if (prefix_bits < 0) {
        id.type = types[2];
        writer_view(&writer, address_view(&range->last));
    } else if ((size_t)prefix_bits == bytes * 8) {
        id.type = types[0];
    } else {
        id.type = types[1];
        /* A prefix differs from its last address in the host bits alone: the rest is the mask. */
        for (size_t i = 0; i < bytes; i++)
            writer_u8(&writer, (uint8_t) ~(range->first.octets[i] ^ range->last.octets[i]));
    }
    id.data = writer_view_written(&writer);
    return id;
}

enum status selector_of_ids(const struct id_payload *local, const struct id_payload *remote,
                            struct selector *out)
{
    struct selector selector = {
        .protocol = local->protocol,
        .local_port = local->port,
        .remote_port = remote->port,
    };

    if (local->protocol != remote->protocol)
        return STATUS_UNEXPECTED;
    if (id_range(local, &selector.local) != STATUS_OK ||
        id_range(remote, &selector.remote) != STATUS_OK ||
        selector.local.first.family != selector.remote.first.family)
        return STATUS_UNEXPECTED;
    *out = selector;
    return STATUS_OK;
}
