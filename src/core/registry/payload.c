#include "registry/payload.h"

#include "base/view.h"

/* IKEv2's payload numbers, which no version 1 message may carry. RFC 7296 section 3.2 */
#define PAYLOAD_IKE2_FIRST 33u
#define PAYLOAD_IKE2_LAST 53u

const struct payload_kind payload_table[] = {
    {
        .number = PAYLOAD_SA,
        .set_bit = PAYLOAD_SA,
        .name = "SA",
        .least_bytes = 8,
        .most_count = 4,
        .rfc = "RFC 2408 section 3.4",
    },
    {
        .number = PAYLOAD_PROPOSAL,
        .set_bit = PAYLOAD_PROPOSAL,
        .name = "P",
        .least_bytes = 4,
        .is_nested = true,
        .rfc = "RFC 2408 section 3.5",
    },
    {
        .number = PAYLOAD_TRANSFORM,
        .set_bit = PAYLOAD_TRANSFORM,
        .name = "T",
        .least_bytes = 4,
        .is_nested = true,
        .rfc = "RFC 2408 section 3.6",
    },
    {
        .number = PAYLOAD_KE,
        .set_bit = PAYLOAD_KE,
        .name = "KE",
        .least_bytes = 1,
        .most_count = 4,
        .rfc = "RFC 2408 section 3.7",
    },
    {
        .number = PAYLOAD_ID,
        .set_bit = PAYLOAD_ID,
        .name = "ID",
        .least_bytes = 4,
        .most_count = 4,
        .rfc = "RFC 2408 section 3.8, RFC 2407 section 4.6.2",
    },
    {
        .number = PAYLOAD_CERT,
        .set_bit = PAYLOAD_CERT,
        .name = "CERT",
        .least_bytes = 1,
        .most_count = 32,
        .rfc = "RFC 2408 section 3.9",
    },
    {
        .number = PAYLOAD_CERTREQ,
        .set_bit = PAYLOAD_CERTREQ,
        .name = "CERTREQ",
        .least_bytes = 1,
        .most_count = 32,
        .rfc = "RFC 2408 section 3.10",
    },
    {
        .number = PAYLOAD_HASH,
        .set_bit = PAYLOAD_HASH,
        .name = "HASH",
        .least_bytes = 1,
        .most_count = 4,
        .rfc = "RFC 2408 section 3.11",
    },
    {
        .number = PAYLOAD_SIG,
        .set_bit = PAYLOAD_SIG,
        .name = "SIG",
        .least_bytes = 1,
        .most_count = 4,
        .rfc = "RFC 2408 section 3.12",
    },
    {
        .number = PAYLOAD_NONCE,
        .set_bit = PAYLOAD_NONCE,
        .name = "NONCE",
        .least_bytes = 8,
        .most_count = 4,
        .rfc = "RFC 2408 section 3.13",
    },
    {
        .number = PAYLOAD_NOTIFY,
        .set_bit = PAYLOAD_NOTIFY,
        .name = "N",
        .least_bytes = 8,
        .most_count = 32,
        .rfc = "RFC 2408 section 3.14",
    },
    {
        .number = PAYLOAD_DELETE,
        .set_bit = PAYLOAD_DELETE,
        .name = "D",
        .least_bytes = 8,
        .most_count = 32,
        .rfc = "RFC 2408 section 3.15",
    },
    {
        .number = PAYLOAD_VENDOR,
        .set_bit = PAYLOAD_VENDOR,
        .name = "VID",
        .most_count = 32,
        .rfc = "RFC 2408 section 3.16",
    },
    {
        .number = PAYLOAD_ATTRIBUTES,
        .set_bit = PAYLOAD_ATTRIBUTES,
        .name = "ATTR",
        .least_bytes = 4,
        .most_count = 4,
        .rfc = "draft-dukes-ike-mode-cfg-02 section 3.2",
    },
    {
        .number = PAYLOAD_NAT_D,
        .set_bit = PAYLOAD_NAT_D,
        .name = "NAT-D",
        .least_bytes = 1,
        .most_count = 32,
        .rfc = "RFC 3947 section 3.2",
    },
    {
        .number = PAYLOAD_NAT_OA,
        .set_bit = PAYLOAD_NAT_OA,
        .name = "NAT-OA",
        .least_bytes = 8,
        .most_count = 4,
        .rfc = "RFC 3947 section 5.2",
    },
    {
        .number = PAYLOAD_NAT_D_DRAFT,
        .set_bit = PAYLOAD_SET_NAT_D_DRAFT,
        .name = "NAT-D (draft)",
        .least_bytes = 1,
        .most_count = 32,
        .rfc = "draft-ietf-ipsec-nat-t-ike-03 section 3.2",
    },
    {
        .number = PAYLOAD_NAT_OA_DRAFT,
        .set_bit = PAYLOAD_SET_NAT_OA_DRAFT,
        .name = "NAT-OA (draft)",
        .least_bytes = 8,
        .most_count = 4,
        .rfc = "draft-ietf-ipsec-nat-t-ike-03 section 5.2",
    },
    {
        .number = PAYLOAD_FRAGMENT,
        .set_bit = PAYLOAD_SET_FRAGMENT,
        .name = "FRAGMENT",
        .least_bytes = 4,
        .most_count = 1,
        .rfc = "[MS-IKEE] section 2.2.3",
    },
};

const size_t payload_count = COUNT(payload_table);

const struct payload_kind *payload_by_number(unsigned number)
{
    for (size_t i = 0; i < payload_count; i++) {
        if (payload_table[i].number == number)
            return &payload_table[i];
    }
    return NULL;
}

const char *payload_name(unsigned number)
{
    const struct payload_kind *row = payload_by_number(number);

    return row ? row->name : "payload";
}

uint64_t payload_bit(unsigned number)
{
    const struct payload_kind *row = payload_by_number(number);

    return row ? BIT(row->set_bit) : 0;
}

bool payload_is_ike2(unsigned number)
{
    return number >= PAYLOAD_IKE2_FIRST && number <= PAYLOAD_IKE2_LAST;
}
