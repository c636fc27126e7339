/*
 * The kernel's data plane over a kernel that has ESP, in a network of its own: what a fake one
 * cannot say. Skipped where there is none.
 */
#include <errno.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>
#include <libmnl/libmnl.h>

#include "contract/event.h"
#include "dataplane/xfrm_address.h"
#include "dataplane/xfrm_probe.h"
#include "policy/ruleset.h"
#include "xfrm_plane.h"

#define OUT_SPI 0x2002u
#define AH_SPI 0x3003u
#define FLOOD 6000u /* messages; more than the socket of the groups can hold */

/* A plane whose kernel is this one. `kernel` and `groups` of the struct are not there. */
static void open_real(struct plane *plane)
{
    char error[256] = "";

    plane_open_real(plane, error, sizeof error);
    if (!plane->backend)
        fail_msg("%s", error);
}

/* Runs the loop until `count` inputs have come, for `wait_ms` at most. */
static void run_for(struct plane *plane, size_t count, long wait_ms)
{
    for (long i = 0; i < wait_ms && plane->input_count < count; i += 10) {
        struct timeval pause = {.tv_usec = 10000};
        (void)event_base_loopexit(plane->loop, &pause);
        (void)event_base_dispatch(plane->loop);
    }
}

static enum status add(struct plane *plane, const struct ask_sa_add *ask)
{
    const struct input *answer = NULL;

    plane_forget(plane);
    backend_xfrm.sa_add(plane->backend, 1, ask);
    run_for(plane, 1, 1000);
    assert_int_equal(plane_inputs(plane, IN_ANSWER, &answer), 1);
    return answer->answer.status;
}

static bool read_take(void *arg, const struct nlmsghdr *message)
{
    struct xfrm_message *copy = arg;

    assert_true(message->nlmsg_len <= sizeof copy->octets);
    memcpy(copy->octets, message, message->nlmsg_len);
    copy->bytes = message->nlmsg_len;
    return true;
}

/* The SA as the kernel has it; NULL: it has none. */
static const struct nlmsghdr *read_sa(struct plane *plane, const struct xfrm_sa_name *name,
                                      struct xfrm_message *copy)
{
    struct xfrm_message request;
    int error;

    copy->bytes = 0;
    xfrm_sa_encode_name(XFRM_MSG_GETSA, name, &request);
    (void)netlink_get(plane->other, (struct nlmsghdr *)request.octets, read_take, copy, &error);
    return copy->bytes ? (const struct nlmsghdr *)copy->octets : NULL;
}

static void ask_suite(struct ask_sa_add *ask, const struct transform *cipher, uint16_t bits,
                      const struct transform *integrity)
{
    static const uint8_t key[64] = "an octet is as good as the next one, for this test";
    bool is_null = cipher && !cipher->key_bits[0] && !cipher->fixed_key_bytes;

    ask->cipher = cipher;
    ask->cipher_bits = bits;
    ask->cipher_key_view =
        view_of(key, !cipher || is_null ? 0 : transform_keymat_bytes(cipher, bits));
    ask->integrity = cipher && (cipher->flags & TRANSFORM_AEAD) ? NULL : integrity;
    ask->integrity_key_view = view_of(key, ask->integrity ? ask->integrity->fixed_key_bytes : 0);
}

/* Puts one SA in and takes it out again. */
static void come_and_go(struct plane *plane, const struct ask_sa_add *ask, const char *what)
{
    struct effect_sa_delete end = plane_delete(ask);
    struct xfrm_sa_name name = {ask->spi, ask->protocol, end.destination};
    struct xfrm_message copy;
    enum status status = add(plane, ask);

    if (status != STATUS_OK)
        fail_msg("%s: %s", what, status_name(status));
    assert_non_null(read_sa(plane, &name, &copy));
    backend_xfrm.sa_delete(plane->backend, &end);
    assert_null(read_sa(plane, &name, &copy));
}

static void ask_ipv6(struct ask_sa_add *ask)
{
    struct address *local = &ask->path.local.address, *remote = &ask->path.remote.address;

    assert_int_equal(address_parse(view_of_text("2001:db8::1"), local), STATUS_OK);
    assert_int_equal(address_parse(view_of_text("2001:db8::2"), remote), STATUS_OK);
    ask->selector.local = address_range_host(local);
    ask->selector.remote = address_range_host(remote);
}

static void sec_214_the_kernel_takes_every_suite(void **state)
{
    const struct transform *sha256 = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256");
    const struct transform *aes = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    struct plane plane;
    uint32_t spi = 0x5000;

    (void)state;
    open_real(&plane);
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        bool is_cipher = row->kind == TRANSFORM_ENCRYPTION;
        if (row->kind == TRANSFORM_HASH || (!row->esp1 && !row->ah1))
            continue;
        for (size_t k = 0; k == 0 || (k < COUNT(row->key_bits) && row->key_bits[k]); k++) {
            for (unsigned form = 0; form < 8; form++) {
                struct ask_sa_add ask = plane_ask(form & 1 ? SA_INBOUND : SA_OUTBOUND, spi++);
                ask_suite(&ask, is_cipher ? row : aes, is_cipher ? row->key_bits[k] : 256,
                          is_cipher ? sha256 : row);
                ask.mode = form & 2 ? CHILD_TUNNEL : CHILD_TRANSPORT;
                ask.is_esn = form & 4;
                if (form & 1)
                    ask_ipv6(&ask);
                come_and_go(&plane, &ask, row->name);
            }
        }
    }
    plane_close_real(&plane);
}

static void ah_bundles_and_udp_are_taken(void **state)
{
    const struct transform *sha = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha512");
    struct ask_sa_add bundle = plane_ask_bundle(SA_OUTBOUND, OUT_SPI, AH_SPI);
    struct ask_sa_add ask = plane_ask(SA_INBOUND, OUT_SPI);
    struct xfrm_sa_name ah = {AH_SPI, IPSEC_PROTOCOL_AH, bundle.path.remote.address};
    struct xfrm_message copy;
    struct plane plane;

    (void)state;
    open_real(&plane);
    for (enum child_mode mode = CHILD_TRANSPORT; mode <= CHILD_TUNNEL; mode++) {
        bundle.mode = mode;
        come_and_go(&plane, &bundle, "bundle");
        assert_null(read_sa(&plane, &ah, &copy));
    }
    for (unsigned i = 0; i < 2; i++) {
        struct ask_sa_add alone = plane_ask(i ? SA_INBOUND : SA_OUTBOUND, AH_SPI);
        alone.protocol = IPSEC_PROTOCOL_AH;
        ask_suite(&alone, NULL, 0, sha);
        if (i)
            ask_ipv6(&alone);
        come_and_go(&plane, &alone, "AH");
    }
    ask.path.is_encapsulated = true;
    ask.path.local.port = ask.path.remote.port = IKE_NAT_PORT;
    come_and_go(&plane, &ask, "ESP in UDP");
    ask.replay_window = XFRM_REPLAY_MOST;
    come_and_go(&plane, &ask, "the widest window");
    plane_close_real(&plane);
}

static void sec_167_the_kernel_takes_an_spi_once(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct plane first, second;

    (void)state;
    open_real(&first);
    plane_foreign(&first, OUT_SPI, 42);
    open_real(&second);
    assert_int_equal(add(&second, &out), STATUS_EXISTS);
    plane_close_real(&second);
    plane_close_real(&first);
}

static void sec_174_the_hard_limit_in_seconds_is_told(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct plane plane;

    (void)state;
    open_real(&plane);
    out.hard_s = 1;
    assert_int_equal(add(&plane, &out), STATUS_OK);
    run_for(&plane, 2, 4000);
    assert_int_equal(plane_expiries(&plane, OUT_SPI, EXPIRE_HARD), 1);
    plane_close_real(&plane);
}

static void say_flush(struct plane *plane)
{
    struct xfrm_message message = {0};
    struct nlmsghdr *header = mnl_nlmsg_put_header(message.octets);
    struct xfrm_usersa_flush flush = {.proto = IPPROTO_ESP};
    size_t failed;
    int error;

    header->nlmsg_type = XFRM_MSG_FLUSHSA;
    memcpy(mnl_nlmsg_put_extra_header(header, sizeof flush), &flush, sizeof flush);
    assert_int_equal(
        netlink_do(plane->other, view_of(message.octets, header->nlmsg_len), &failed, &error),
        STATUS_OK);
}

static void sec_175_a_flush_by_another_is_told(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct plane plane;

    (void)state;
    open_real(&plane);
    assert_int_equal(add(&plane, &out), STATUS_OK);
    say_flush(&plane);
    run_for(&plane, 2, 2000);
    assert_int_equal(plane_expiries(&plane, OUT_SPI, EXPIRE_HARD), 1);
    plane_close_real(&plane);
}

/* The groups run over while nobody reads; in the midst of it our SA goes. */
static void sec_166_a_flooded_group_loses_nothing(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct plane plane;

    (void)state;
    open_real(&plane);
    assert_int_equal(add(&plane, &out), STATUS_OK);
    for (uint32_t i = 0; i < FLOOD; i++) {
        if (i == FLOOD - 10)
            say_flush(&plane);
        plane_foreign(&plane, 0x10000 + i, 42);
    }
    plane.warning_count = 0;
    run_for(&plane, 2, 5000);
    assert_true(plane.warning_count >= 1); /* it did run over */
    assert_int_equal(plane_expiries(&plane, OUT_SPI, EXPIRE_HARD), 1);
    plane_close_real(&plane);
}

/* Sets the numbers of an SA as traffic would have. */
static void set_numbers(struct plane *plane, const struct xfrm_sa_name *name,
                        const struct xfrm_replay_state_esn *replay,
                        const struct xfrm_lifetime_cur *used)
{
    struct xfrm_message message = {0};
    struct nlmsghdr *header = mnl_nlmsg_put_header(message.octets);
    struct xfrm_aevent_id id = {
        .sa_id =
            {
                .daddr = xfrm_address_of(&name->destination),
                .spi = htonl(name->spi),
                .family = AF_INET,
                .proto = IPPROTO_ESP,
            },
    };
    size_t failed;
    int error = 0;

    header->nlmsg_type = XFRM_MSG_NEWAE;
    header->nlmsg_flags = NLM_F_REPLACE;
    memcpy(mnl_nlmsg_put_extra_header(header, sizeof id), &id, sizeof id);
    mnl_attr_put(header, XFRMA_REPLAY_ESN_VAL, sizeof *replay + replay->bmp_len * sizeof(uint32_t),
                 replay);
    mnl_attr_put(header, XFRMA_LTIME_VAL, sizeof *used, used);
    if (netlink_do(plane->other, view_of(message.octets, header->nlmsg_len), &failed, &error) !=
        STATUS_OK)
        fail_msg("NEWAE: %s", strerror(error));
}

static void a_moved_sa_goes_on_where_it_was(void **state)
{
    union {
        struct xfrm_replay_state_esn head;
        uint32_t words[sizeof(struct xfrm_replay_state_esn) / sizeof(uint32_t) + 2];
    } replay = {.head = {.bmp_len = 2, .seq = 0x12345, .seq_hi = 1, .replay_window = 64}};
    struct xfrm_lifetime_cur used = {
        .bytes = 777, .packets = 7, .add_time = 1000, .use_time = 2000};
    struct ask_sa_add in = plane_ask(SA_INBOUND, OUT_SPI);
    struct xfrm_sa_name name = {OUT_SPI, IPSEC_PROTOCOL_ESP, in.path.local.address};
    struct sa_move move = {SA_INBOUND, IPSEC_PROTOCOL_ESP, OUT_SPI, name.destination, in.path};
    const struct nlmsghdr *moved;
    struct xfrm_message copy;
    struct view got;
    struct plane plane;

    (void)state;
    replay.words[COUNT(replay.words) - 1] = 0x80000001;
    open_real(&plane);
    in.is_esn = true;
    in.hard_s = 0;
    assert_int_equal(add(&plane, &in), STATUS_OK);
    set_numbers(&plane, &name, &replay.head, &used);
    move.path.local.address.octets[3] = 99;
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_OK);
    assert_null(read_sa(&plane, &name, &copy));
    name.destination = move.path.local.address;
    moved = read_sa(&plane, &name, &copy);
    assert_non_null(moved);
    got = fake_attribute(moved, XFRMA_REPLAY_ESN_VAL);
    test_view_equal("numbers", got, view_of(&replay, sizeof replay));
    assert_memory_equal(&fake_sa_info(moved)->curlft, &used, sizeof used);
    assert_int_equal(fake_attribute(moved, XFRMA_ALG_AUTH_TRUNC).bytes,
                     sizeof(struct xfrm_algo_auth) + 32);
    plane_close_real(&plane);
}

/* Words of ip(8), up to six, the unused ones NULL. */
static bool ip(const char *const words[6])
{
    char *argv[8] = {"ip"};
    int status = -1;
    pid_t child;

    for (size_t i = 0; i < 6 && words[i]; i++)
        argv[i + 1] = (char *)words[i];
    return posix_spawnp(&child, "ip", NULL, NULL, argv, environ) == 0 &&
           waitpid(child, &status, 0) == child && status == 0;
}

/* Twenty datagrams wait for their SA; it comes, and they leave at once and in order. */
static void what_waited_leaves_at_once(void **state)
{
    static const char *const wire[][6] = {
        {"link", "add", "wire", "type", "dummy"},
        {"link", "set", "wire", "up"},
        {"addr", "add", "192.0.2.1/24", "dev", "wire"},
        {"route", "add", "default", "dev", "wire"},
    };
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct xfrm_sa_name name = {OUT_SPI, IPSEC_PROTOCOL_ESP, out.path.remote.address};
    struct endpoint peer = {out.path.remote.address, 9};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    const struct input *acquire = NULL;
    struct xfrm_message copy;
    char line[256] = "";
    struct plane plane;
    int fd;

    (void)state;
    for (size_t i = 0; i < COUNT(wire); i++)
        assert_true(ip(wire[i]));
    open_real(&plane);
    assert_int_equal(policy_plane_xfrm.load(ruleset_policy(plane.rules), line, sizeof line),
                     STATUS_OK);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(&to.sin_addr, peer.address.octets, 4);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    run_for(&plane, 1, 2000);
    assert_true(plane_inputs(&plane, IN_ACQUIRE, &acquire) >= 1); /* a look may find it too */
    assert_int_equal(acquire->acquire.reqid, PLANE_REQID);
    assert_int_equal(acquire->acquire.packet.remote_port, 9);
    out.acquire_sequence = acquire->acquire.sequence;
    usleep(1000000); /* the kernel's own timer runs at 0.1, 0.3, 0.7 and then at 1.5 s */
    assert_int_equal(add(&plane, &out), STATUS_OK);
    usleep(100000);
    assert_non_null(read_sa(&plane, &name, &copy));
    assert_int_equal(fake_sa_info((struct nlmsghdr *)copy.octets)->curlft.packets, 20);
    close(fd);
    assert_int_equal(policy_plane_xfrm.remove(line, sizeof line), STATUS_OK);
    plane_close_real(&plane);
}

/* A network of its own for each test; what is in it goes with it. */
static int network_new(void **state)
{
    static const char *const up[6] = {"link", "set", "lo", "up"};

    (void)state;
    return unshare(CLONE_NEWNET) == 0 && ip(up) ? 0 : -1;
}

static bool has_esp(void)
{
    struct netlink *netlink = netlink_open(NETLINK_XFRM, 0);
    bool has = netlink && xfrm_probe_esp(netlink);

    netlink_close(netlink);
    return has;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sec_214_the_kernel_takes_every_suite, network_new),
        cmocka_unit_test_setup(ah_bundles_and_udp_are_taken, network_new),
        cmocka_unit_test_setup(sec_167_the_kernel_takes_an_spi_once, network_new),
        cmocka_unit_test_setup(sec_174_the_hard_limit_in_seconds_is_told, network_new),
        cmocka_unit_test_setup(sec_175_a_flush_by_another_is_told, network_new),
        cmocka_unit_test_setup(sec_166_a_flooded_group_loses_nothing, network_new),
        cmocka_unit_test_setup(a_moved_sa_goes_on_where_it_was, network_new),
        cmocka_unit_test_setup(what_waited_leaves_at_once, network_new),
    };

    if (!has_esp()) {
        printf("1..0 # SKIP this kernel has no ESP\n");
        return EXIT_SUCCESS;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
