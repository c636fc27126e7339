#include "esp/sad.h"

#include <pthread.h>

#include "esp/sad_private.h"
#include "pair.h"
#include "support/test.h"

static int reset(void **state)
{
    pair_reset(*state);
    return 0;
}

static struct esp_sa *east_sa(const struct pair *pair)
{
    return sad_next(pair->east_own, NULL);
}

/* Seals one packet in east at an instant. */
static enum esp_verdict send_one(struct pair *pair, uint64_t now_us, struct pair_packet *packet)
{
    packet_tunnelled(packet, 72); /* 100 octets */
    (void)esp_seal(&pair->east, now_us, &packet->packet, 1);
    return packet->packet.verdict;
}

static void expect_event(struct sad *sad, enum esp_event_kind kind, enum esp_limit limit)
{
    struct esp_event event;

    assert_true(sad_event(sad, &event));
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.limit, limit);
    assert_int_equal(event.spi, PAIR_SPI);
    assert_int_equal(event.reqid, PAIR_REQID);
}

static void expect_silence(struct sad *sad)
{
    struct esp_event event;
    assert_false(sad_event(sad, &event));
}

static void an_spi_is_taken_once(void **state)
{
    struct pair *pair = *state;
    uint64_t handle;

    pair_add(pair);
    assert_int_equal(sad_add(pair->west_own, &pair->config, &handle), STATUS_EXISTS);
    struct esp_sa_config outbound = pair->config;
    outbound.way = PACKET_OUTBOUND; /* the number of another peer: its own space */
    assert_int_equal(sad_add(pair->west_own, &outbound, &handle), STATUS_OK);
    assert_int_equal(sad_add(pair->west_own, &outbound, &handle), STATUS_EXISTS);
    outbound.path.remote.address = address_of("192.0.2.9");
    assert_int_equal(sad_add(pair->west_own, &outbound, &handle), STATUS_OK);
    assert_int_equal(sad_count(pair->west_own), 3);
    assert_ptr_equal(sad_find_handle(pair->west_own, handle),
                     sad_find_outbound(pair->west_own, IPSEC_PROTOCOL_ESP, PAIR_SPI,
                                       &outbound.path.remote.address));
}

static void what_cannot_be_installed_changes_nothing(void **state)
{
    struct pair *pair = *state;
    struct esp_sa_config config = pair->config;
    uint64_t handle = 99;

    config.spi = 255;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_MALFORMED);
    config = pair->config;
    config.selector_count = 0;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_MALFORMED);
    config = pair->config;
    config.mode = CHILD_TRANSPORT;
    config.path.local.address = address_of("2001:db8::2");
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_MALFORMED);
    config = pair->config;
    config.cipher.encryption_key.bytes--;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_LIMIT);
    for (uint32_t spi = 0; spi < 8; spi++) {
        config = pair->config;
        config.spi = 256 + spi;
        assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_OK);
    }
    config.spi = 999;
    handle = 99;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_LIMIT);
    assert_int_equal(handle, 99);
    assert_int_equal(sad_count(pair->west_own), 8);
    assert_int_equal(
        sad_remove(pair->west_own, sad_find_inbound(pair->west_own, IPSEC_PROTOCOL_ESP, 999)),
        STATUS_ABSENT);
}

static void soft_limits_tell_once_and_hard_limits_end(void **state)
{
    static const struct {
        const char *name;
        struct esp_limits limits;
        enum esp_limit limit;
    } cases[] = {
        {"bytes", {.soft_bytes = 150, .hard_bytes = 450}, ESP_LIMIT_BYTES},
        {"packets", {.soft_packets = 2, .hard_packets = 5}, ESP_LIMIT_PACKETS},
    };
    struct pair *pair = *state;
    struct pair_packet packet;

    for (size_t i = 0; i < COUNT(cases); i++) {
        pair_reset(pair);
        pair->config.limits = cases[i].limits;
        pair_add(pair);
        assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
        expect_silence(pair->east_own);
        assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
        expect_event(pair->east_own, ESP_EVENT_SOFT, cases[i].limit);
        assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
        assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
        expect_silence(pair->east_own);
        assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
        expect_event(pair->east_own, ESP_EVENT_HARD, cases[i].limit);
        assert_int_equal(send_one(pair, 1, &packet), ESP_ACQUIRE);
        expect_silence(pair->east_own);
        assert_true(east_sa(pair)->usage.packets == 5);
    }
}

static void inbound_limits_end_too(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    pair_add(pair);
    sad_find_inbound(pair->west_own, IPSEC_PROTOCOL_ESP, PAIR_SPI)->limits.hard_packets = 2;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
        assert_int_equal(pair_open(pair, &packet), i < 2 ? ESP_DROP_NONE : ESP_DROP_EXPIRED);
    }
    expect_event(pair->west_own, ESP_EVENT_HARD, ESP_LIMIT_PACKETS);
}

static void time_limits_come_with_the_clock_or_with_a_packet(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    pair->config.limits = (struct esp_limits){.soft_at_us = 1000, .hard_at_us = 2000};
    pair_add(pair);
    assert_true(sad_deadline(pair->east_own) == 1000);
    sad_expire(pair->east_own, 999);
    expect_silence(pair->east_own);
    sad_expire(pair->east_own, 1000);
    expect_event(pair->east_own, ESP_EVENT_SOFT, ESP_LIMIT_TIME);
    assert_true(sad_deadline(pair->east_own) == 2000);
    assert_int_equal(send_one(pair, 1999, &packet), ESP_PASS);
    assert_int_equal(send_one(pair, 2000, &packet), ESP_ACQUIRE); /* nobody called expire */
    expect_event(pair->east_own, ESP_EVENT_HARD, ESP_LIMIT_TIME);
    sad_expire(pair->east_own, 3000);
    expect_silence(pair->east_own);
    assert_true(sad_deadline(pair->east_own) == DEADLINE_NONE);
}

static void sec_182_the_last_number_ends_the_sa_and_none_wraps(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    pair->config.sequence = UINT32_MAX - 3;
    pair_add(pair);
    for (uint32_t last = UINT32_MAX - 2; last != 0; last++) {
        assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
        const uint8_t *header = packet.buffer + packet.packet.offset;
        assert_int_equal((uint32_t)header[4] << 24 | (uint32_t)header[5] << 16 |
                             (uint32_t)header[6] << 8 | header[7],
                         last);
        assert_int_equal(pair_open(pair, &packet), ESP_DROP_NONE);
    }
    expect_event(pair->east_own, ESP_EVENT_SOFT, ESP_LIMIT_SEQUENCE);
    expect_event(pair->east_own, ESP_EVENT_HARD, ESP_LIMIT_SEQUENCE);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(send_one(pair, 1, &packet), ESP_ACQUIRE);
}

/* What one thread of sec_182 takes. */
struct taker {
    struct esp_sa *sa;
    uint64_t sum;
    uint64_t count;
};

static void *take_all(void *arg)
{
    struct taker *taker = arg;
    uint32_t sequence;

    while (esp_sa_take_sequence(taker->sa, &sequence)) {
        taker->sum += sequence;
        taker->count++;
    }
    return NULL;
}

static void sec_182_eight_threads_never_take_one_number_twice(void **state)
{
    enum {
        THREADS = 8
    };
    const uint64_t numbers = 400000;
    struct pair *pair = *state;
    struct taker takers[THREADS] = {{0}};
    pthread_t threads[THREADS];
    uint64_t sum = 0;
    uint64_t count = 0;

    pair->config.sequence = (uint32_t)(UINT32_MAX - numbers);
    pair_add(pair);
    for (size_t i = 0; i < THREADS; i++) {
        takers[i].sa = east_sa(pair);
        assert_int_equal(pthread_create(&threads[i], NULL, take_all, &takers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        sum += takers[i].sum;
        count += takers[i].count;
    }
    /* Each number of the range once: the count and the sum say so. */
    assert_true(count == numbers);
    assert_true(sum == numbers * UINT32_MAX - numbers * (numbers - 1) / 2);
}

static void traffic_moves_to_the_newest_sa(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    pair_add(pair);
    assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
    assert_int_equal(packet.packet.sa->spi, PAIR_SPI);
    pair->config.spi = PAIR_SPI + 1;
    pair_add(pair);
    assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
    assert_int_equal(packet.packet.sa->spi, PAIR_SPI + 1);
    struct address west = pair->config.path.local.address;
    struct esp_sa *newest =
        sad_find_outbound(pair->east_own, IPSEC_PROTOCOL_ESP, PAIR_SPI + 1, &west);
    assert_int_equal(sad_remove(pair->east_own, newest), STATUS_OK);
    assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
    assert_int_equal(packet.packet.sa->spi, PAIR_SPI);
}

static void an_sa_of_one_host_is_not_for_another(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;
    struct address host = address_of("10.2.0.9");

    pair->selector.local = address_range_host(&host); /* east's remote */
    pair_add(pair);
    assert_int_equal(send_one(pair, 1, &packet), ESP_ACQUIRE);
    packet_between(&packet, "10.1.0.1", "10.2.0.9", 1);
    assert_int_equal(esp_seal(&pair->east, 1, &packet.packet, 1), 1);
    struct selector wide = {.local = pair->selector.local, .remote = pair->selector.remote};
    struct address prefix = address_of("10.2.0.0");
    assert_int_equal(address_range_prefix(&prefix, 16, &wide.local), STATUS_OK);
    pair->config.spi++;
    pair->config.selectors = &wide;
    pair_add(pair); /* newer and wider: now both go there */
    assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
    packet_between(&packet, "10.1.0.1", "10.2.0.9", 1);
    assert_int_equal(esp_seal(&pair->east, 1, &packet.packet, 1), 1);
    assert_int_equal(packet.packet.sa->spi, PAIR_SPI + 1);
}

static void the_peer_is_followed_by_its_newest_authentic_packet(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packets[4];
    struct esp_event event;
    struct path moved = pair->config.path;

    pair_add(pair);
    moved.remote.port = 40000;
    for (size_t i = 0; i < COUNT(packets); i++)
        assert_int_equal(send_one(pair, 1, &packets[i]), ESP_PASS);
    assert_int_equal(pair_open(pair, &packets[1]), ESP_DROP_NONE);
    expect_silence(pair->west_own);
    packets[0].packet.path = moved; /* older than the newest: it may have been under way */
    assert_int_equal(esp_open(&pair->west, 1, &packets[0].packet, 1), 1);
    expect_silence(pair->west_own);
    struct pair_packet forged = packets[2];
    forged.packet.buffer = forged.buffer;
    forged.packet.path = moved;
    forged.buffer[forged.packet.offset + 30] ^= 1;
    assert_int_equal(esp_open(&pair->west, 1, &forged.packet, 1), 0);
    expect_silence(pair->west_own);
    packets[2].packet.path = moved;
    assert_int_equal(esp_open(&pair->west, 1, &packets[2].packet, 1), 1);
    assert_true(sad_event(pair->west_own, &event));
    assert_int_equal(event.kind, ESP_EVENT_ENDPOINT);
    assert_int_equal(event.endpoint.port, 40000);
    packets[3].packet.path = moved; /* told already */
    assert_int_equal(esp_open(&pair->west, 1, &packets[3].packet, 1), 1);
    expect_silence(pair->west_own);
}

static void a_moved_sa_sends_to_the_new_address(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    pair_add(pair);
    struct esp_sa *sa = east_sa(pair);
    struct path path = sa->path;
    struct address old = path.remote.address;
    path.remote = (struct endpoint){address_of("198.51.100.1"), 4501};
    assert_int_equal(sad_move(pair->east_own, sa, &path), STATUS_OK);
    assert_null(sad_find_outbound(pair->east_own, IPSEC_PROTOCOL_ESP, PAIR_SPI, &old));
    assert_ptr_equal(
        sad_find_outbound(pair->east_own, IPSEC_PROTOCOL_ESP, PAIR_SPI, &path.remote.address), sa);
    assert_int_equal(send_one(pair, 1, &packet), ESP_PASS);
    assert_true(endpoint_equal(&packet.packet.path.remote, &path.remote));
    assert_int_equal(pair_open(pair, &packet), ESP_DROP_NONE); /* keys and numbers go on */
}

static void every_reason_has_a_name(void **state)
{
    (void)state;
    for (int reason = 0; reason < ESP_DROP_COUNT; reason++)
        assert_true(strlen(esp_drop_name((enum esp_drop)reason)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_spi_is_taken_once, reset),
        cmocka_unit_test_setup(what_cannot_be_installed_changes_nothing, reset),
        cmocka_unit_test_setup(soft_limits_tell_once_and_hard_limits_end, reset),
        cmocka_unit_test_setup(inbound_limits_end_too, reset),
        cmocka_unit_test_setup(time_limits_come_with_the_clock_or_with_a_packet, reset),
        cmocka_unit_test_setup(sec_182_the_last_number_ends_the_sa_and_none_wraps, reset),
        cmocka_unit_test_setup(sec_182_eight_threads_never_take_one_number_twice, reset),
        cmocka_unit_test_setup(traffic_moves_to_the_newest_sa, reset),
        cmocka_unit_test_setup(an_sa_of_one_host_is_not_for_another, reset),
        cmocka_unit_test_setup(the_peer_is_followed_by_its_newest_authentic_packet, reset),
        cmocka_unit_test_setup(a_moved_sa_sends_to_the_new_address, reset),
        cmocka_unit_test_setup(every_reason_has_a_name, reset),
    };
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
