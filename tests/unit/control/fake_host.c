#include "fake_host.h"

#include <stdlib.h>
#include <unistd.h>

#include "contract/event.h"
#include "contract/record.h"
#include "engine/engine.h"
#include "policy/ruleset.h"
#include "support/test.h"

#define IPV4(a, b, c, d)                                                                           \
    {                                                                                              \
        ADDRESS_IPV4,                                                                              \
        {                                                                                          \
            (a), (b), (c), (d)                                                                     \
        }                                                                                          \
    }

static const uint8_t key[20] = {0xaa, 0xbb, 0xcc};

static struct ike_sa_record active_sa(void)
{
    return (struct ike_sa_record){
        .initiator_cookie = 0xd16f8b3a2f4b9c01,
        .responder_cookie = 0x5be1c0f26a7d8e90,
        .role = ROLE_INITIATOR,
        .phase = IKE_SA_ACTIVE,
        .path = {.local = {IPV4(192, 168, 116, 16), 500}, .remote = {IPV4(192, 168, 13, 213), 500}},
        .method = METHOD_PRESHARED,
        .cipher = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc"),
        .cipher_bits = 128,
        .hash = transform_by_name(TRANSFORM_HASH, "sha1"),
        .group = group_by_number(5),
        .pfs_group = group_by_number(5),
        .label_view = "enigma-partym",
        .local_id_type = 2,
        .local_id_view = view_of_text("enigma.example.com"),
        .remote_id_type = 2,
        .remote_id_view = view_of_text("party\nm"),
        .lifetime_s = 3600,
        .created_wall_s = 1000000,
        .created_us = 0,
        .expires_us = 3600 * SECOND_US,
        .quick_modes_created = 2,
        .keying_uses = 1,
        .peer_has_dpd = true,
        .skeyid_d_view = {key, sizeof key},
    };
}

bool engine_visit(const struct engine *engine, enum record_kind kind, engine_visit_fn *each,
                  void *arg)
{
    struct ike_sa_record active = active_sa();
    const struct ike_sa_record first = {.role = ROLE_RESPONDER, .label_view = ""};
    const struct child_sa_record child = {
        .protocol = IPSEC_PROTOCOL_AH,
        .spi_in = 0x12345678,
        .spi_out = 0x9abcdef0,
        .mode = CHILD_TUNNEL,
        .path = active.path,
        .cipher = active.cipher,
        .cipher_bits = 256,
        .integrity = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha1"),
        .label_view = "enigma-partym",
        .reqid = 3,
        .created_us = 134 * SECOND_US,
        .soft_us = 1000 * SECOND_US,
        .hard_us = 28944 * SECOND_US,
        .is_current = true,
    };
    struct child_sa_record bundle = child;
    const struct statistics_record statistics = {
        .p1_total = {21, 27}, .p1_attempted = {21, 27}, .rx_drop = {[DROP_HASH] = 4}};

    (void)engine;
    bundle.protocol = IPSEC_PROTOCOL_ESP;
    bundle.ah_spi_in = 0x11111111;
    bundle.ah_spi_out = 0x22222222;
    bundle.ah_integrity = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256");
    bundle.is_esn = true;
    switch (kind) {
    case RECORD_IKE_SA:
        return each(arg, &active) && each(arg, &first);
    case RECORD_CHILD_SA:
        return each(arg, &child) && each(arg, &bundle);
    case RECORD_STATISTICS:
        return each(arg, &statistics);
    }
    return false;
}

static const struct engine *engine(void *arg)
{
    (void)arg;
    return NULL;
}

static const struct ruleset *rules(void *arg)
{
    const struct fake_host *fake = arg;

    return fake->rules;
}

static struct instant now(void *arg)
{
    (void)arg;
    return (struct instant){.mono_us = 144 * SECOND_US, .wall_s = 1000144};
}

static uint32_t debug(void *arg)
{
    const struct fake_host *fake = arg;

    return fake->debug_bits;
}

static enum status set_debug(void *arg, uint32_t bits, int descriptor, struct text *error)
{
    struct fake_host *fake = arg;

    (void)error;
    fake->debug_bits = bits;
    fake->descriptor = descriptor;
    return STATUS_OK;
}

static enum privilege privilege(void *arg)
{
    const struct fake_host *fake = arg;

    return fake->privilege;
}

static void set_privilege(void *arg, enum privilege level)
{
    struct fake_host *fake = arg;

    fake->privilege = level;
}

static enum status reload(void *arg, struct text *error)
{
    struct fake_host *fake = arg;

    fake->reloads++;
    if (!fake->reload_error)
        return STATUS_OK;
    text_add(error, "%s", fake->reload_error);
    return STATUS_REFUSED;
}

void fake_host_init(struct fake_host *fake)
{
    *fake = (struct fake_host){
        .host =
            {
                .arg = fake,
                .engine = engine,
                .rules = rules,
                .now = now,
                .debug = debug,
                .set_debug = set_debug,
                .privilege = privilege,
                .set_privilege = set_privilege,
                .reload = reload,
            },
        .debug_bits = CATEGORY_OP,
        .privilege = PRIVILEGE_MODKEYS,
        .descriptor = -1,
        .rules = ruleset_new_take(ike_rules_new("config"), NULL, NULL),
    };
    assert_non_null(fake->rules);
}

void fake_host_clear(struct fake_host *fake)
{
    ruleset_drop(fake->rules);
    if (fake->descriptor >= 0)
        close(fake->descriptor);
}
