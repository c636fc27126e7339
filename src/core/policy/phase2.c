#include "policy/phase2.h"

#include "base/reader.h"
#include "base/writer.h"
#include "policy/phase2_private.h"
#include "wire/sa_v1.h"

#define SPI_BYTES 4u
#define SPI_LEAST 256u /* 1 to 255 are reserved, 0 is none. RFC 2406 section 2.1 */

enum child_mode encapsulation_mode(enum encapsulation encapsulation)
{
    switch (encapsulation) {
    case ENCAPSULATION_TRANSPORT:
    case ENCAPSULATION_UDP_TRANSPORT:
    case ENCAPSULATION_UDP_TRANSPORT_DRAFT:
        return CHILD_TRANSPORT;
    case ENCAPSULATION_TUNNEL:
    case ENCAPSULATION_UDP_TUNNEL:
    case ENCAPSULATION_UDP_TUNNEL_DRAFT:
        break;
    }
    return CHILD_TUNNEL;
}

bool encapsulation_is_udp(enum encapsulation encapsulation)
{
    return encapsulation != ENCAPSULATION_TUNNEL && encapsulation != ENCAPSULATION_TRANSPORT;
}

enum encapsulation encapsulation_of(enum child_mode mode, bool is_udp)
{
    if (mode == CHILD_TUNNEL)
        return is_udp ? ENCAPSULATION_UDP_TUNNEL : ENCAPSULATION_TUNNEL;
    return is_udp ? ENCAPSULATION_UDP_TRANSPORT : ENCAPSULATION_TRANSPORT;
}

static const enum encapsulation known_encapsulations[] = {
    ENCAPSULATION_TUNNEL,        ENCAPSULATION_TRANSPORT,        ENCAPSULATION_UDP_TUNNEL,
    ENCAPSULATION_UDP_TRANSPORT, ENCAPSULATION_UDP_TUNNEL_DRAFT, ENCAPSULATION_UDP_TRANSPORT_DRAFT,
};

static bool encapsulation_known(uint64_t value, enum encapsulation *out)
{
    for (size_t i = 0; i < COUNT(known_encapsulations); i++) {
        if (value == (uint64_t)known_encapsulations[i]) {
            *out = known_encapsulations[i];
            return true;
        }
    }
    return false;
}

enum status phase2_offered_encapsulation(const struct sa_payload *offer, enum encapsulation *out)
{
    enum encapsulation found = ENCAPSULATION_TUNNEL;
    bool is_found = false;

    for (size_t i = 0; i < offer->proposal_count; i++) {
        for (size_t j = 0; j < offer->proposals[i].transform_count; j++) {
            const struct sa_transform *transform = &offer->proposals[i].transforms[j];
            enum encapsulation said = ENCAPSULATION_TUNNEL;

            if (transform->flaw != TRANSFORM_SOUND ||
                offer->proposals[i].protocol != IPSEC_PROTOCOL_ESP)
                continue;
            if (transform->present & BIT(ATTRIBUTE_ENCAPSULATION) &&
                !encapsulation_known(transform->values[ATTRIBUTE_ENCAPSULATION], &said))
                continue;
            if (is_found && said != found)
                return STATUS_MALFORMED;
            found = said;
            is_found = true;
        }
    }
    if (!is_found)
        return STATUS_MALFORMED;
    *out = found;
    return STATUS_OK;
}

static void offer_set(struct sa_transform *transform, enum attribute attribute, uint64_t value)
{
    transform->present = (uint16_t)(transform->present | BIT(attribute));
    transform->values[attribute] = value;
}

struct sa_transform phase2_offer_transform(const struct phase2_want *want,
                                           const struct esp_suite *suite, size_t number)
{
    struct sa_transform transform = {
        .number = (uint8_t)number,
        .id = (uint8_t)suite->cipher->esp1,
    };

    offer_set(&transform, ATTRIBUTE_ENCAPSULATION, want->encapsulation);
    offer_set(&transform, ATTRIBUTE_LIFE_SECONDS, want->rule->p2.hard_s);
    if (want->rule->p2.hard_kb > 0)
        offer_set(&transform, ATTRIBUTE_LIFE_KILOBYTES, want->rule->p2.hard_kb);
    if (suite->cipher_bits > 0)
        offer_set(&transform, ATTRIBUTE_KEY_BITS, suite->cipher_bits);
    if (suite->integrity)
        offer_set(&transform, ATTRIBUTE_INTEGRITY, suite->integrity->esp1);
    if (want->rule->p2_pfs)
        offer_set(&transform, ATTRIBUTE_GROUP, want->rule->p2_pfs->number);
    return transform;
}

static enum status offer_proposal(const struct phase2_want *want, const struct esp_suite *suites,
                                  size_t count, struct arena *arena, struct sa_proposal *out)
{
    struct sa_transform *transforms = arena_take(arena, count * sizeof *transforms);
    uint8_t spi[SPI_BYTES];
    struct writer writer = writer_over(spi, sizeof spi);

    if (!transforms)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        transforms[i] = phase2_offer_transform(want, &suites[i], i + 1);
    writer_u32(&writer, want->spi);
    *out = (struct sa_proposal){
        .number = out->number,
        .protocol = IPSEC_PROTOCOL_ESP,
        .spi = arena_copy(arena, view_of(spi, sizeof spi)),
        .transforms = transforms,
        .transform_count = count,
    };
    return out->spi.bytes == SPI_BYTES ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status phase2_offer(const struct phase2_want *want, struct arena *arena,
                         struct sa_payload *out)
{
    size_t alternatives = want->entry->alternative_count;
    struct sa_proposal *proposals = arena_take(arena, alternatives * sizeof *proposals);
    struct esp_suite suites[ESP_SUITES_MOST];
    size_t filled = 0;

    if (!proposals)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < alternatives; i++) {
        size_t count = esp_suites(&want->entry->alternatives[i], suites);

        if (count == 0)
            continue;
        proposals[filled].number = (uint8_t)(filled + 1);
        if (offer_proposal(want, suites, count, arena, &proposals[filled]) != STATUS_OK)
            return STATUS_NO_MEMORY;
        filled++;
    }
    if (filled == 0)
        return STATUS_REFUSED;
    *out = (struct sa_payload){
        .doi = DOI_IPSEC,
        .situation = SITUATION_IDENTITY_ONLY,
        .proposals = proposals,
        .proposal_count = filled,
    };
    return STATUS_OK;
}

uint16_t phase2_offered_bits(const struct sa_transform *offered, const struct transform *cipher)
{
    uint64_t bits = offered->values[ATTRIBUTE_KEY_BITS];

    if (offered->present & BIT(ATTRIBUTE_KEY_BITS))
        return bits > UINT16_MAX ? UINT16_MAX : (uint16_t)bits;
    /* Left out it means 128 in ESP, for AES and Blowfish alike: ikev1.md 4.4. */
    return cipher->flags & TRANSFORM_KEY_LENGTH ? cipher->key_bits[0] : 0;
}

bool phase2_spi_is_good(const struct sa_proposal *proposal)
{
    struct reader reader = reader_over(proposal->spi);
    uint32_t spi = reader_u32(&reader);

    return reader_at_end(&reader) && spi >= SPI_LEAST;
}
