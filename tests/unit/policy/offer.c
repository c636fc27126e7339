#include "offer.h"

#include "base/writer.h"

#define CONFIG                                                                                     \
    "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n"              \
    "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 %s}\n"

static void set(struct sa_transform *transform, enum attribute attribute, uint64_t value)
{
    if (value == 0)
        return;
    transform->present = (uint16_t)(transform->present | BIT(attribute));
    transform->values[attribute] = value;
}

/* Rows of the same number and protocol that follow each other are transforms of one proposal. */
void offer_make(struct offer *offer, const struct row *rows, size_t most)
{
    size_t count = 0;

    *offer = (struct offer){.payload = {.doi = DOI_IPSEC, .situation = SITUATION_IDENTITY_ONLY}};
    for (size_t i = 0; i < most && rows[i].number != 0; i++) {
        const struct row *row = &rows[i];
        struct sa_transform *transform = &offer->transforms[i];
        struct sa_proposal *last = count > 0 ? &offer->proposals[count - 1] : NULL;

        transform->number = (uint8_t)(i + 1);
        transform->id = row->id;
        set(transform, ATTRIBUTE_KEY_BITS, row->bits);
        set(transform, ATTRIBUTE_INTEGRITY, row->integrity);
        set(transform, ATTRIBUTE_GROUP, row->group);
        set(transform, ATTRIBUTE_ENCAPSULATION, row->encapsulation);
        set(transform, ATTRIBUTE_ESN, row->esn);
        set(transform, ATTRIBUTE_LIFE_SECONDS, row->life_s);
        if (last && last->number == row->number && last->protocol == row->protocol && !row->spi) {
            last->transform_count++;
            continue;
        }
        struct writer writer = writer_over(offer->spis[i], 4);
        writer_u32(&writer, row->spi ? row->spi : 0x1000 + (uint32_t)i);
        offer->proposals[count++] = (struct sa_proposal){
            .number = row->number,
            .protocol = row->protocol,
            .spi = view_of(offer->spis[i], 4),
            .transforms = transform,
            .transform_count = 1,
        };
    }
    offer->payload.proposals = offer->proposals;
    offer->payload.proposal_count = count;
}

struct phase2_request offer_request(const struct ruleset *rules)
{
    return (struct phase2_request){
        .rule = ruleset_rule(rules, 0),
        .local = material_address("192.0.2.1"),
        .remote = material_address("198.51.100.7"),
        .selector = material_selector("192.0.2.1", "198.51.100.7", 0, 0, 0),
        .encapsulation = ENCAPSULATION_TRANSPORT,
    };
}

struct ruleset *offer_rules(const char *rule, const char *properties)
{
    char config[256], policy[4096];

    (void)snprintf(config, sizeof config, CONFIG, rule);
    (void)snprintf(policy, sizeof policy, "{raddr 198.51.100.7} ipsec {%s}\n", properties);
    return material_ruleset(config, NULL, policy);
}
