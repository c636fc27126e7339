#include "engine/engine.h"

#include <stdlib.h>

#include "base/secret.h"
#include "crypto/crypto.h"
#include "engine/child_sa.h"
#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "engine/peer.h"
#include "engine/walker.h"
#include "engine/want.h"
#include "policy/phase2.h"
#include "wire/message.h"

#define VERSION_OFFSET 17u

/* Every table of the engine, for making and clearing them. */
static struct map *engine_map(struct engine *engine, size_t i)
{
    struct map *maps[] = {
        &engine->by_cookie,    &engine->by_address,       &engine->by_first,  &engine->by_spi_in,
        &engine->by_ah_spi_in, &engine->by_child_address, &engine->by_ticket, &engine->by_identity,
    };
    return i < COUNT(maps) ? maps[i] : NULL;
}

static enum status engine_init(struct engine *engine)
{
    const struct randomness *random = &engine->options.random;
    struct map *map = NULL;
    uint8_t key[16];

    list_init(&engine->ike_sas);
    list_init(&engine->children);
    list_init(&engine->peers);
    deadline_heap_init(&engine->deadlines);
    randomness_fill(random, 0, engine->digest_key, sizeof engine->digest_key);
    randomness_fill(random, 0, key, sizeof key);
    for (size_t i = 0; (map = engine_map(engine, i)) != NULL; i++) {
        if (map_init(map, key) != STATUS_OK)
            return STATUS_NO_MEMORY;
    }
    return effects_init(&engine->effects);
}

struct engine *engine_new(const struct engine_options *options, struct ruleset *rules)
{
    struct engine *engine = calloc(1, sizeof *engine);

    if (!engine)
        return NULL;
    engine->options = *options;
    admission_default_limits(&engine->options.limits);
    engine->rules_ref = ruleset_hold(rules);
    if (engine_init(engine) != STATUS_OK) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

void engine_free(struct engine *engine)
{
    struct map *map = NULL;

    if (!engine)
        return;
    LIST_EACH (item, &engine->ike_sas)
        ike_sa_free(CONTAINER_OF(item, struct ike_sa, link));
    while (!list_is_empty(&engine->children))
        child_sa_free(CONTAINER_OF(list_first(&engine->children), struct child_sa, link));
    (void)crypto_forget(engine->options.crypto_back);
    for (size_t i = 0; (map = engine_map(engine, i)) != NULL; i++)
        map_clear(map);
    admission_clear(&engine->admission);
    deadline_heap_clear(&engine->deadlines);
    effects_clear(&engine->effects);
    ruleset_drop(engine->rules_ref);
    secret_wipe_memory(engine, sizeof *engine);
    free(engine);
}

static const struct protocol *protocol_of(const struct engine *engine, uint8_t major)
{
    const struct protocol *const *protocol = engine->options.protocols;

    while (*protocol && (*protocol)->version != major)
        protocol++;
    return *protocol;
}

static void input_datagram(struct engine *engine, const struct input *input)
{
    const struct path *path = &input->datagram.path;
    struct view datagram = input->datagram.bytes_view;

    engine->statistics.rx_datagrams++;
    if (datagram.bytes < ISAKMP_HEADER_BYTES) {
        report_drop(engine, NULL, path, DROP_RUNT);
        return;
    }
    if (!admission_source_is_usable(path)) {
        report_drop(engine, NULL, path, DROP_SOURCE);
        return;
    }
    const struct protocol *protocol = protocol_of(engine, datagram.data[VERSION_OFFSET] >> 4);
    if (protocol)
        protocol->receive(engine, path, datagram);
    else
        report_drop(engine, NULL, path, DROP_VERSION);
}

static void input_timer(struct engine *engine, const struct input *input)
{
    struct deadline *due = NULL;

    (void)input;
    while ((due = deadline_first(&engine->deadlines)) != NULL &&
           due->at_us <= engine->now.mono_us) {
        struct alarm *alarm = CONTAINER_OF(due, struct alarm, deadline);
        if (alarm->owner == ALARM_IKE_SA)
            ike_sa_due(CONTAINER_OF(alarm, struct ike_sa, alarm));
        else
            child_sa_due(CONTAINER_OF(alarm, struct child_sa, alarm));
    }
}

static void input_acquire(struct engine *engine, const struct input *input)
{
    want_acquire(engine, &input->acquire);
}

/* By the SPI of either direction: a limit of the outbound one is told by the peer's SPI, which may
 * be another peer's too in the other protocol. */
static struct child_sa *expired_child(struct engine *engine, const struct input_expire *expire)
{
    if (expire->spi == 0)
        return NULL;
    if (expire->direction == SA_INBOUND)
        return child_sa_find(engine, expire->spi);
    LIST_EACH (item, &engine->children) {
        struct child_sa *child = CONTAINER_OF(item, struct child_sa, link);
        if (child_spi(&child->spis, SA_OUTBOUND, expire->protocol) == expire->spi)
            return child;
    }
    return NULL;
}

bool engine_is_spi_gone(const struct engine *engine, uint32_t spi)
{
    for (size_t i = 0; i < ENGINE_GONE_MOST; i++) {
        if (engine->gone_spis[i] == spi)
            return spi != 0;
    }
    return false;
}

static void input_expire(struct engine *engine, const struct input *input)
{
    struct child_sa *child = expired_child(engine, &input->expire);

    if (!child) {
        if (input->expire.kind == EXPIRE_HARD && input->expire.direction == SA_INBOUND)
            engine->gone_spis[engine->gone_count++ % ENGINE_GONE_MOST] = input->expire.spi;
        return;
    }
    if (input->expire.kind == EXPIRE_HARD)
        child_sa_end(child, CHILD_TELL_PEER, "hard limit of the data plane");
    else
        child_sa_rekey(child, "bytes");
}

static void input_answer(struct engine *engine, const struct input *input)
{
    struct view key = view_of(&input->answer.ticket, sizeof input->answer.ticket);
    struct map_entry *entry = map_find(&engine->by_ticket, key);
    struct trigger trigger = {.kind = TRIGGER_ANSWER, .answer = &input->answer};

    if (!entry)
        return; /* late or unknown: what it was for is gone */
    struct exchange *exchange = CONTAINER_OF(entry, struct exchange, by_ticket);
    uint64_t tag = ike_sa_tag(exchange->ike_sa_back);
    exchange_unpark(exchange, true);
    walker_run(exchange, &trigger, PROTECTION_CLEAR);
    ike_sa_settle(engine, tag);
}

/* Peers hear of everything that they have with us, and then it is forgotten. */
static void shutdown_all(struct engine *engine)
{
    LIST_EACH (item, &engine->peers) {
        const struct peer *peer = CONTAINER_OF(item, struct peer, link);
        struct ike_sa *newest = peer_ike_sa(peer);
        if (newest)
            newest->protocol_view->send_goodbye(newest);
        LIST_EACH (other_item, &peer->ike_sas) {
            struct ike_sa *other = CONTAINER_OF(other_item, struct ike_sa, peer_link);
            if (other != newest && other->phase != IKE_SA_DELETED)
                other->protocol_view->send_delete_ike(other);
        }
    }
    while (!list_is_empty(&engine->children))
        child_sa_end(CONTAINER_OF(list_first(&engine->children), struct child_sa, link),
                     CHILD_SILENT, "shutdown");
    while (!list_is_empty(&engine->ike_sas))
        ike_sa_free(CONTAINER_OF(list_first(&engine->ike_sas), struct ike_sa, link));
}

static void input_command(struct engine *engine, const struct input *input)
{
    switch (input->command.verb) {
    case COMMAND_SHUTDOWN:
        shutdown_all(engine);
        break;
    case COMMAND_DEBUG:
        engine->options.debug = input->command.argument;
        break;
    case COMMAND_VERB_COUNT:
        break;
    }
}

/* Why the policy does not want this pair any longer; NULL: it does. */
static const char *child_is_unwanted(const struct engine *engine, const struct child_sa *child)
{
    const struct ipsec_entry *entry =
        ruleset_entry_of_reqid(engine->rules_ref, child->reqid, &child->selector);
    const struct phase2_protection protection = {
        .protocol = child->spis.protocol,
        .cipher = child->cipher_view,
        .cipher_bits = child->cipher_bits,
        .integrity = child->integrity_view,
        .ah_integrity = child->ah_integrity_view,
    };

    if (!entry || ipsec_entry_action(entry) != IPSEC_PROTECT || entry->mode != child->mode)
        return "its policy entry is gone";
    return phase2_is_held(entry, &protection) ? NULL : "its policy entry wants other algorithms";
}

/* New negotiations use the new rules; SAs under the old ones live on with theirs, but for pairs
 * that the policy does not want any longer. */
static void input_rules(struct engine *engine, const struct input *input)
{
    struct ruleset *old = engine->rules_ref;

    engine->rules_ref = ruleset_hold(input->rules.rules_ref);
    LIST_EACH (item, &engine->children) {
        struct child_sa *child = CONTAINER_OF(item, struct child_sa, link);
        const char *why = child_is_unwanted(engine, child);
        if (why)
            child_sa_end(child, CHILD_TELL_PEER, why);
    }
    engine->refused = (struct want_refused){0};
    ruleset_drop(old);
}

static void (*const input_table[INPUT_KIND_COUNT])(struct engine *, const struct input *) = {
    [IN_DATAGRAM] = input_datagram, [IN_TIMER] = input_timer,   [IN_ACQUIRE] = input_acquire,
    [IN_EXPIRE] = input_expire,     [IN_ANSWER] = input_answer, [IN_COMMAND] = input_command,
    [IN_RULES] = input_rules,
};

/* What an SA or exchange that has ended computed with goes out of the working contexts too. While
 * they live, a context holds nothing that the SA does not. */
static void forget(struct engine *engine)
{
    struct ike_event event = report_begin(EVENT_CRYPTO_FAILED, NULL, NULL);

    engine->must_forget = false;
    if (crypto_forget(engine->options.crypto_back) == STATUS_OK)
        return;
    event.text_view = "a key may have stayed in memory";
    report_event(engine, &event);
}

void engine_input(struct engine *engine, struct instant now, const struct input *input)
{
    engine->now = now;
    input_table[input->kind](engine, input);
    if (engine->must_forget)
        forget(engine);
    if (engine->effects.has_failed) {
        struct ike_event event = report_begin(EVENT_NO_MEMORY, NULL, NULL);
        report_event(engine, &event);
    }
}

const struct effect *engine_effect(struct engine *engine)
{
    return effects_next(&engine->effects);
}

uint64_t engine_deadline(const struct engine *engine)
{
    const struct deadline *first = deadline_first(&engine->deadlines);
    return first ? first->at_us : DEADLINE_NONE;
}

uint32_t engine_draw_spi(struct engine *engine, uint64_t tag)
{
    const struct engine_options *options = &engine->options;
    uint32_t spi = 0;
    uint8_t octets[4];

    do {
        randomness_fill(&options->random, tag, octets, sizeof octets);
        if (options->shard_count)
            octets[0] = (uint8_t)(options->shard_first + octets[0] % options->shard_count);
        spi = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
              octets[3];
        /* 0 to 255 are reserved (RFC 4303 section 2.1), whatever the shard */
    } while ((spi & 0x00ffffffu) < 256 || child_sa_find(engine, spi));
    return spi;
}

uint32_t engine_jitter(const struct engine *engine, uint64_t what, uint32_t which)
{
    uint8_t octets[sizeof what + sizeof which];
    struct writer writer = writer_over(octets, sizeof octets);

    writer_u64(&writer, what);
    writer_u32(&writer, which);
    return (uint32_t)(map_hash(engine->digest_key, writer_view_written(&writer)) % 1024u);
}
