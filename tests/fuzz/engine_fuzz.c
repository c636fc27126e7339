/*
 * A live engine with an established ISAKMP SA whose keys are known, and a list of things that
 * happen to it: raw datagrams, messages sealed with the right keys (so that the mutation happens
 * inside the encryption), time, limits, traffic. What was sent without the keys must change
 * nothing; whatever was sent, engine and data plane agree in the end.
 *
 * Input: one octet (how far the negotiation is), then operations: one octet, its arguments.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "crypto/crypto.h"
#include "registry/exchange.h"
#include "sim/insider.h"
#include "sim/kernel.h"
#include "sim/network.h"
#include "sim/verdict.h"

#define OPERATIONS_MOST 24u
#define CAPTURED_MOST 32u
#define MESSAGE_BYTES 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define CONFIG(local, remote)                                                                      \
    "{ label \"peer\" local_addr " local " remote_addr " remote " p2_pfs 19 p1_xform { "           \
    "auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes } }\n"
#define PRESHARED(local, remote)                                                                   \
    "{ localid " local " remoteid " remote                                                         \
    " key 1894375f8c7e8ea84924087090bbfc098e83f8d391147ee7ddcdb594 }\n"
#define POLICY(local, remote)                                                                      \
    "{ laddr " local " raddr " remote " } ipsec { auth_algs sha1 encr_algs aes(256) "              \
    "encr_auth_algs sha256 } or ipsec { encr_algs aes(256) encr_auth_algs sha256 } or ipsec { "    \
    "auth_algs sha1 }\n"

static const struct sim_setup east_setup = {
    .config = CONFIG("192.0.2.1", "192.0.2.2"),
    .preshared = PRESHARED("192.0.2.1", "192.0.2.2"),
    .ipsecinit = POLICY("192.0.2.1", "192.0.2.2"),
    .debug = CATEGORY_ALL, /* lines too are made of what a peer sent */
};
static const struct sim_setup west_setup = {
    .config = CONFIG("192.0.2.2", "192.0.2.1"),
    .preshared = PRESHARED("192.0.2.2", "192.0.2.1"),
    .ipsecinit = POLICY("192.0.2.2", "192.0.2.1"),
    .debug = CATEGORY_ALL,
};

struct world {
    struct sim *sim;
    struct sim_host *east, *west;
    struct endpoint from, to;
    struct insider insider;
    bool has_insider;
    bool is_touched; /* something with a right to change SAs has happened */
    struct bytes captured[CAPTURED_MOST];
    size_t captured_count;
};

static enum sim_verdict capture(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct world *world = arg;

    (void)sim;
    if (world->captured_count < CAPTURED_MOST &&
        bytes_copy(view_of(datagram->octets, datagram->bytes),
                   &world->captured[world->captured_count]) == STATUS_OK)
        world->captured_count++;
    return SIM_PASS;
}

static struct view take_octets(struct reader *reader)
{
    size_t bytes = reader_u16(reader) % MESSAGE_BYTES;

    return reader_take(reader, bytes < reader_left(reader) ? bytes : reader_left(reader));
}

static void send_sealed(struct world *world, struct reader *reader, enum insider_hash hash)
{
    uint8_t sealed[2 * MESSAGE_BYTES];
    size_t bytes = 0;
    struct insider_message message = {
        .exchange = reader_u8(reader),
        .message_id = 1u + reader_u8(reader),
        .first_payload = reader_u8(reader),
        .hash = hash,
    };

    message.chain = take_octets(reader);
    if (world->has_insider &&
        insider_seal(&world->insider, &message, sealed, sizeof sealed, &bytes) == STATUS_OK)
        sim_deliver(world->sim, &world->from, &world->to, false, view_of(sealed, bytes));
    world->is_touched |= hash == INSIDER_HASH_RIGHT;
}

static void do_raw(struct world *world, struct reader *reader)
{
    sim_deliver(world->sim, &world->from, &world->to, false, take_octets(reader));
}

static void do_right(struct world *world, struct reader *reader)
{
    send_sealed(world, reader, INSIDER_HASH_RIGHT);
}

static void do_wrong(struct world *world, struct reader *reader)
{
    send_sealed(world, reader, INSIDER_HASH_WRONG);
}

static void do_absent(struct world *world, struct reader *reader)
{
    send_sealed(world, reader, INSIDER_HASH_ABSENT);
}

static void do_time(struct world *world, struct reader *reader)
{
    sim_run(world->sim, reader_u16(reader));
    world->is_touched = true; /* what is under way may come to its end */
}

static void do_expire(struct world *world, struct reader *reader)
{
    uint8_t choice = reader_u8(reader);
    enum sa_direction direction = choice & 1 ? SA_OUTBOUND : SA_INBOUND;
    const struct sim_sa *sa = sim_sa_at(world->west, direction, choice >> 2 & 3);

    if (sa)
        sim_expire(world->west, direction, sa->ask.spi, choice & 2 ? EXPIRE_HARD : EXPIRE_SOFT);
    world->is_touched = true;
}

static void do_acquire(struct world *world, struct reader *reader)
{
    (void)reader;
    sim_acquire(world->sim, world->west, world->east);
    world->is_touched = true;
}

/* A captured message again, with one octet altered. */
static void do_altered(struct world *world, struct reader *reader)
{
    size_t which = reader_u8(reader);
    size_t at = reader_u16(reader);
    uint8_t change = reader_u8(reader);
    struct bytes copy = {0};

    if (world->captured_count == 0)
        return;
    if (bytes_copy(bytes_view(&world->captured[which % world->captured_count]), &copy) != STATUS_OK)
        return;
    copy.data_own[at % copy.bytes] ^= change;
    sim_deliver(world->sim, &world->from, &world->to, false, bytes_view(&copy));
    bytes_clear(&copy);
}

static void (*const operations[])(struct world *world, struct reader *reader) = {
    do_raw, do_right, do_wrong, do_absent, do_time, do_expire, do_acquire, do_altered,
};

static struct world world_new(struct crypto *crypto)
{
    struct world world = {.sim = sim_new_with(1, crypto)};

    assert(world.sim);
    world.east = sim_host_add(world.sim, "192.0.2.1", &east_setup);
    world.west = sim_host_add(world.sim, "192.0.2.2", &west_setup);
    if (!world.east || !world.west) {
        fprintf(stderr, "%s\n", sim_failure(world.sim));
        abort();
    }
    world.from = (struct endpoint){*sim_host_address(world.east), IKE_PORT};
    world.to = (struct endpoint){*sim_host_address(world.west), IKE_PORT};
    return world;
}

static void world_free(struct world *world)
{
    if (world->has_insider)
        insider_clear(&world->insider);
    for (size_t i = 0; i < world->captured_count; i++)
        bytes_clear(&world->captured[i]);
    sim_free(world->sim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct crypto *crypto; /* of the process: nothing of a run is kept in it */
    struct reader reader = reader_over(view_of(data, bytes));
    uint8_t progress = reader_u8(&reader);
    uint8_t before[32], after[32];

    if (!crypto && crypto_new(&crypto) != STATUS_OK)
        abort();
    struct world world = world_new(crypto);
    sim_set_tap(world.sim, capture, &world);
    sim_acquire(world.sim, world.east, world.west);
    /* 0: established; else that many milliseconds into the negotiation */
    sim_run(world.sim, progress ? progress : 2000);
    world.is_touched = progress != 0;
    world.has_insider = insider_init(&world.insider, world.west) == STATUS_OK;
    sim_status_digest(world.west, before);
    for (size_t i = 0; i < OPERATIONS_MOST && reader_left(&reader) > 0; i++)
        operations[reader_u8(&reader) % COUNT(operations)](&world, &reader);
    sim_status_digest(world.west, after);
    assert(world.is_touched || memcmp(before, after, sizeof after) == 0);
    sim_set_tap(world.sim, NULL, NULL);
    sim_run(world.sim, 400000);
    if (sim_failure(world.sim)[0] || !sim_kernel_agrees(world.west, NULL) ||
        !sim_kernel_agrees(world.east, NULL))
        abort();
    world_free(&world);
    return 0;
}
