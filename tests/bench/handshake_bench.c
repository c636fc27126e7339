/*
 * Main Mode and Quick Mode with PFS between two engines in one process, without sockets, beside the
 * bare OpenSSL operations of the same key exchanges: a key pair and a derivation for each side of
 * each exchange, with the range check only. Then memory: octets of engine heap for an ISAKMP SA
 * with one child and for a half-open one, and whether the 10,000th handshake costs what the 100th
 * did. The program's allocator is wrapped; OpenSSL's own memory is not counted.
 */
#include <assert.h>
#include <malloc.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "bare.h"
#include "bench.h"
#include "config/ike_config.h"
#include "config/ipsecinit.h"
#include "config/preshared.h"
#include "crypto/crypto.h"
#include "crypto/key_exchange.h"
#include "engine/engine.h"
#include "ikev1/ikev1.h"
#include "policy/ruleset.h"

#define SAS_MOST 10000u
#define BATCH 100u /* handshakes a measurement */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void __wrap_free(void *block);

static int64_t heap_bytes; /* of the program, as the allocator rounds it */

static void *counted(void *block)
{
    heap_bytes += block ? (int64_t)malloc_usable_size(block) : 0;
    return block;
}

void *__wrap_malloc(size_t bytes)
{
    return counted(__real_malloc(bytes));
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return counted(__real_calloc(count, bytes));
}

void *__wrap_realloc(void *block, size_t bytes)
{
    heap_bytes -= block ? (int64_t)malloc_usable_size(block) : 0;
    return counted(__real_realloc(block, bytes));
}

void __wrap_free(void *block)
{
    heap_bytes -= block ? (int64_t)malloc_usable_size(block) : 0;
    __real_free(block);
}

/* One end: an engine, its keyring, answers and datagrams on their way to it. */
#define QUEUE_MOST 64u

struct parcel {
    struct path path; /* as the receiver sees it */
    size_t bytes;
    uint8_t octets[2048];
};

struct answer {
    uint64_t ticket;
    struct secret result;
};

struct end {
    struct engine *engine;
    struct ruleset *rules;
    struct keyring *keyring;
    struct end *peer;
    struct parcel *parcels;
    size_t parcel_first, parcel_count;
    struct answer answers[QUEUE_MOST];
    size_t answer_count;
    uint64_t established; /* children */
};

struct pair {
    struct crypto *crypto;
    struct end ends[2];
    struct instant now;
    uint32_t source; /* counts the peers */
};

static const struct protocol *const protocols[] = {&ikev1_protocol, NULL};

/* Drawn in blocks: a single small draw costs more than many octets, and that is the source's
 * matter, not the engine's. */
static void draw(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    static uint8_t block[4096];
    static size_t left_bytes;

    (void)arg;
    (void)ike_sa;
    if (bytes > left_bytes) {
        if (RAND_bytes(block, sizeof block) != 1)
            abort();
        left_bytes = sizeof block;
    }
    left_bytes -= bytes;
    memcpy(out, block + left_bytes, bytes);
}

static struct ruleset *load(const char *config, const char *policy, struct keyring **keyring)
{
    struct config_errors errors;
    struct ike_rules *rules = NULL;
    struct ipsec_policy *entries = NULL;
    struct credential_index *index = NULL;
    struct ruleset *ruleset = NULL;
    const char *preshared =
        "{ localidtype prefix localid 10.0.0.0/8 remoteidtype prefix remoteid 10.0.0.0/8 key "
        "5d1c0e9a77b3426f8e0d41c6a2f5937b60e8d2149cfb3a5716e4 }\n";

    config_errors_init(&errors);
    if (ike_config_parse(view_of_text(config), "config", CONFIG_ENTENTE, &rules, &errors) ==
            STATUS_OK &&
        preshared_parse(view_of_text(preshared), "ike.preshared", CONFIG_ENTENTE, keyring, &index,
                        &errors) == STATUS_OK &&
        ipsecinit_parse(view_of_text(policy), "ipsecinit.conf", CONFIG_ENTENTE, NULL, &entries,
                        &errors) == STATUS_OK)
        ruleset = ruleset_new_take(rules, entries, index);
    for (size_t i = 0; !ruleset && i < errors.count; i++) {
        char line[CONFIG_ERROR_LINE_BYTES];
        fprintf(stderr, "%s\n", config_error_line(&errors.items_own[i], line));
    }
    if (!ruleset)
        abort();
    credential_index_drop(index);
    config_errors_clear(&errors);
    return ruleset;
}

static void end_init(struct end *end, struct crypto *crypto, unsigned group)
{
    char config[512];
    const char *policy = "{ laddr 10.0.0.0/8 raddr 10.0.0.0/8 } ipsec { encr_algs aes(256) "
                         "encr_auth_algs sha256 sa shared }\n";
    struct engine_options options = {
        .protocols = protocols,
        .crypto_back = crypto,
        .random = {NULL, draw},
        .limits = {.half_open_count = SAS_MOST + 10,
                   .half_open_per_prefix = SAS_MOST + 10,
                   .half_open_bytes = UINT64_C(1) << 30},
    };

    snprintf(config, sizeof config,
             "{ label \"bench\" local_addr 10.0.0.0/8 remote_addr 10.0.0.0/8 p2_pfs %u p1_xform { "
             "auth_method preshared oakley_group %u auth_alg sha256 encr_alg aes } }\n",
             group, group);
    end->rules = load(config, policy, &end->keyring);
    end->engine = engine_new(&options, end->rules);
    end->parcels = calloc(QUEUE_MOST, sizeof *end->parcels);
    if (!end->engine || !end->parcels)
        abort();
}

static void end_clear(struct end *end)
{
    engine_free(end->engine);
    ruleset_drop(end->rules);
    keyring_free(end->keyring);
    free(end->parcels);
}

static void take_send(struct end *end, const struct effect_send *send)
{
    struct end *peer = end->peer;
    struct parcel *parcel = &peer->parcels[(peer->parcel_first + peer->parcel_count) % QUEUE_MOST];

    if (!peer->engine || peer->parcel_count == QUEUE_MOST ||
        send->bytes_view.bytes > sizeof parcel->octets)
        return;
    parcel->path = (struct path){send->path.remote, send->path.local, send->path.is_encapsulated};
    parcel->bytes = send->bytes_view.bytes;
    memcpy(parcel->octets, send->bytes_view.data, parcel->bytes);
    peer->parcel_count++;
}

static void take_ask(struct pair *pair, struct end *end, const struct effect_ask *ask)
{
    struct answer *answer = &end->answers[end->answer_count++];

    assert(end->answer_count < QUEUE_MOST);
    *answer = (struct answer){.ticket = ask->ticket};
    if (ask->kind == ASK_PSK &&
        keyring_answer(end->keyring, pair->crypto, ask->psk.credential, ask->psk.prf,
                       ask->psk.data_view, &answer->result) != STATUS_OK)
        abort();
}

static void feed(struct pair *pair, struct end *end, const struct input *input)
{
    const struct effect *effect;

    engine_input(end->engine, pair->now, input);
    while ((effect = engine_effect(end->engine))) {
        if (effect->kind == FX_SEND)
            take_send(end, &effect->send);
        else if (effect->kind == FX_ASK)
            take_ask(pair, end, &effect->ask);
        else if (effect->kind == FX_EVENT && effect->event.kind == EVENT_CHILD_ESTABLISHED)
            end->established++;
    }
}

/* One thing that waits for this end; false when there is none. */
static bool step(struct pair *pair, struct end *end)
{
    if (end->answer_count) {
        struct answer answer = end->answers[0];
        memmove(end->answers, end->answers + 1, --end->answer_count * sizeof *end->answers);
        feed(pair, end,
             &(struct input){
                 .kind = IN_ANSWER,
                 .answer = {.ticket = answer.ticket, .result_view = secret_view(&answer.result)}});
        secret_clear(&answer.result);
        return true;
    }
    if (end->parcel_count) {
        const struct parcel *parcel = &end->parcels[end->parcel_first];
        feed(pair, end,
             &(struct input){.kind = IN_DATAGRAM,
                             .datagram = {.path = parcel->path,
                                          .bytes_view = view_of(parcel->octets, parcel->bytes)}});
        end->parcel_first = (end->parcel_first + 1) % QUEUE_MOST;
        end->parcel_count--;
        return true;
    }
    if (engine_deadline(end->engine) <= pair->now.mono_us) {
        feed(pair, end, &(struct input){.kind = IN_TIMER});
        return true;
    }
    return false;
}

static struct address address_of(uint32_t number)
{
    return (struct address){
        .family = ADDRESS_IPV4,
        .octets = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number},
    };
}

/* Traffic of the next pair of addresses asks for an SA: every ISAKMP SA has a peer of its own. */
static void begin(struct pair *pair)
{
    struct address local = address_of(++pair->source);
    struct address remote = address_of(0x800000 + pair->source);

    feed(pair, &pair->ends[0],
         &(struct input){.kind = IN_ACQUIRE,
                         .acquire = {.sequence = pair->source,
                                     .reqid = 1,
                                     .packet = {.local = address_range_host(&local),
                                                .remote = address_range_host(&remote)},
                                     .local = local,
                                     .remote = remote}});
}

static void handshake(void *arg)
{
    struct pair *pair = arg;
    uint64_t wanted = pair->ends[1].established + 1;

    begin(pair);
    while (step(pair, &pair->ends[0]) || step(pair, &pair->ends[1]))
        continue;
    /* what an end holds back for some milliseconds */
    pair->now.mono_us += 100000;
    while (step(pair, &pair->ends[0]) || step(pair, &pair->ends[1]))
        continue;
    if (pair->ends[0].established != wanted || pair->ends[1].established != wanted)
        abort();
}

static void pair_init(struct pair *pair, struct crypto *crypto, unsigned group)
{
    *pair = (struct pair){.crypto = crypto, .now = {.mono_us = 3600000000u, .wall_s = 1700000000}};
    end_init(&pair->ends[0], crypto, group);
    end_init(&pair->ends[1], crypto, group);
    pair->ends[0].peer = &pair->ends[1];
    pair->ends[1].peer = &pair->ends[0];
}

static void pair_clear(struct pair *pair)
{
    end_clear(&pair->ends[0]);
    end_clear(&pair->ends[1]);
}

struct compared {
    struct pair *pair;
    struct bare *bare;
    bench_step *bare_step;
};

static void ours_step(void *arg)
{
    handshake(((struct compared *)arg)->pair);
}

static void bare_step(void *arg)
{
    struct compared *compared = arg;

    compared->bare_step(compared->bare);
}

static void compare(struct crypto *crypto, const char *name, unsigned group, bench_step *bare_of)
{
    struct pair pair;
    struct bare bare;
    struct compared compared = {&pair, &bare, bare_of};

    pair_init(&pair, crypto, group);
    bare_init(&bare);
    bench_compare(name, ours_step, bare_step, &compared, 20);
    bare_clear(&bare);
    pair_clear(&pair);
}

/* The 10,000th handshake beside the 100th, and what an SA with a child keeps. */
static void scale(struct crypto *crypto)
{
    struct pair pair;
    double early_us, late_us;
    int64_t before;

    pair_init(&pair, crypto, 19);
    for (unsigned i = 0; i < BATCH; i++)
        handshake(&pair);
    before = heap_bytes;
    early_us = bench_turn_us(handshake, &pair, BATCH);
    while (pair.source < SAS_MOST - BATCH)
        handshake(&pair);
    late_us = bench_turn_us(handshake, &pair, BATCH);
    printf("%-36s %10.3f %10.3f %6.2f\n", "10,000th handshake beside the 100th", late_us, early_us,
           late_us / early_us);
    printf("%-36s %10.0f octets (bar 2048)\n", "ISAKMP SA with one child, one side",
           (double)(heap_bytes - before) / 2 / (SAS_MOST - BATCH));
    pair_clear(&pair);
}

/* First messages that nobody goes on with: what the responder keeps of each. */
static void half_open(struct crypto *crypto)
{
    struct pair pair;
    struct end nobody = {.engine = NULL};
    size_t message_bytes = 0;
    int64_t responder_bytes = 0;

    pair_init(&pair, crypto, 19);
    pair.ends[1].peer = &nobody; /* message 2 goes nowhere */
    for (unsigned i = 0; i < SAS_MOST; i++) {
        begin(&pair);
        message_bytes = pair.ends[1].parcels[pair.ends[1].parcel_first].bytes;
        int64_t before = heap_bytes;
        while (step(&pair, &pair.ends[1]))
            continue;
        responder_bytes += heap_bytes - before;
    }
    printf("%-36s %10.0f octets (bar 1024 + first message of %zu)\n", "half-open ISAKMP SA",
           (double)responder_bytes / SAS_MOST, message_bytes);
    pair_clear(&pair);
}

int main(void)
{
    struct crypto *crypto = NULL;

    if (crypto_new(&crypto) != STATUS_OK)
        return 1;
    bench_header("Main Mode and Quick Mode with PFS");
    compare(crypto, "modp2048 (bar 1.25)", 14, bare_modp);
    compare(crypto, "ecp256 (bar 1.25)", 19, bare_evp);
    compare(crypto, "ecp256, beside point products only", 19, bare_ecp);
    scale(crypto);
    half_open(crypto);
    crypto_free(crypto);
    return 0;
}
