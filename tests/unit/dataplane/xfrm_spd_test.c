#include "dataplane/xfrm_spd.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>

#include "dataplane/policy_plane.h"
#include "dataplane/xfrm_probe.h"
#include "dataplane/xfrm_request.h"
#include "policy_material.h"
#include "support/test.h"

struct bench {
    struct fake_kernel *kernel;
    struct netlink *netlink;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);

    bench->kernel = fake_kernel_new();
    bench->netlink = fake_kernel_open(bench->kernel);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    netlink_close(bench->netlink);
    fake_kernel_free(bench->kernel);
    free(bench);
    return 0;
}

static struct xfrm_policies policies_of(const struct ipsec_policy *policy)
{
    struct xfrm_policies policies;
    char error[256] = "";

    assert_int_equal(xfrm_policies_of(policy, &policies, error, sizeof error), STATUS_OK);
    return policies;
}

static struct xfrm_policies policies_of_text(const char *text)
{
    struct ipsec_policy *policy = policy_of_text(text);
    struct xfrm_policies policies = policies_of(policy);

    ipsec_policy_free(policy);
    return policies;
}

static void check_replaced(struct netlink *netlink, const struct xfrm_policies *want)
{
    struct xfrm_spd_failure failure;
    enum status status = xfrm_spd_replace(netlink, want, &failure);

    if (status != STATUS_OK)
        fail_msg("%s: %s", status_name(status), strerror(failure.error));
    assert_true(xfrm_spd_is(netlink, want));
}

/* Somebody else's: outside our band, or with a template of another reqid. */
static void hold_foreign(struct netlink *netlink)
{
    struct xfrm_policies foreign = policies_of_text(
        "{raddr 203.0.113.1 dir out} pass {}\n"
        "{raddr 203.0.113.2 dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n");

    foreign.items_own[0].info.priority = 7;
    foreign.items_own[1].templates[0].reqid = 7;
    kernel_hold(netlink, &foreign);
    xfrm_policies_clear(&foreign);
}

#define FOREIGN 2u

static void a_policy_is_loaded_replaced_and_emptied_and_what_is_foreign_stays(void **state)
{
    struct bench *bench = *state;
    struct xfrm_policies first =
        policies_of_text("{} ipsec {encr_algs aes encr_auth_algs sha256}\n{lport 22} pass {}\n");
    struct xfrm_policies second =
        policies_of_text("{lport 22} ipsec {encr_algs aes encr_auth_algs sha256}\n{} drop {}\n");
    const struct xfrm_policies none = {0};

    hold_foreign(bench->netlink);
    check_replaced(bench->netlink, &first);
    assert_int_equal(fake_kernel_count(bench->kernel, FAKE_POLICIES), FOREIGN + first.count);
    assert_false(xfrm_spd_is(bench->netlink, &second));
    check_replaced(bench->netlink, &second);
    assert_int_equal(fake_kernel_count(bench->kernel, FAKE_POLICIES), FOREIGN + second.count);
    check_replaced(bench->netlink, &none);
    assert_int_equal(fake_kernel_count(bench->kernel, FAKE_POLICIES), FOREIGN);
    xfrm_policies_clear(&first);
    xfrm_policies_clear(&second);
}

static void what_is_there_already_is_not_sent_again(void **state)
{
    struct bench *bench = *state;
    struct xfrm_policies policies = policies_of_text("{} drop {}\n{lport 22} pass {}\n");
    struct xfrm_spd_failure failure;
    size_t before;

    check_replaced(bench->netlink, &policies);
    before = fake_kernel_requests(bench->kernel);
    assert_int_equal(xfrm_spd_replace(bench->netlink, &policies, &failure), STATUS_OK);
    assert_int_equal(fake_kernel_requests(bench->kernel), before + 1); /* the dump */
    xfrm_policies_clear(&policies);
}

static void what_is_missing_altered_or_too_much_is_seen(void **state)
{
    struct bench *bench = *state;
    struct xfrm_policies policies = policies_of_text(
        "{} ipsec {encr_algs aes encr_auth_algs sha256}\n{raddr 192.0.2.1 dir in} drop {}\n");
    struct xfrm_policies altered = policies_of_text(
        "{} ipsec {encr_algs aes encr_auth_algs sha256}\n{raddr 192.0.2.1 dir in} drop {}\n");
    struct xfrm_policies less = {policies.items_own, policies.count - 1};

    check_replaced(bench->netlink, &policies);
    fake_kernel_remove(bench->kernel, FAKE_POLICIES, 2);
    assert_false(xfrm_spd_is(bench->netlink, &policies));
    check_replaced(bench->netlink, &policies);
    assert_false(xfrm_spd_is(bench->netlink, &less));
    altered.items_own[0].templates[0].reqid++;
    assert_false(xfrm_spd_is(bench->netlink, &altered));
    fake_kernel_flush(bench->kernel, FAKE_POLICIES);
    assert_false(xfrm_spd_is(bench->netlink, &policies));
    check_replaced(bench->netlink, &policies);
    xfrm_policies_clear(&policies);
    xfrm_policies_clear(&altered);
}

/* Two policies and packets, looked at after every single change of the kernel's tables. */
#define PACKETS 60u

enum fate {
    FATE_GOES, /* no entry, or a bypass */
    FATE_HELD,
};

struct watch {
    struct fake_kernel *kernel;
    struct test_packet packets[PACKETS];
    enum fate old_fates[PACKETS];
    enum fate new_fates[PACKETS];
    size_t moments;
    size_t checks[2]; /* by fate, of packets that both treat alike */
};

static enum fate fate_of(const struct fake_kernel *kernel, const struct test_packet *packet)
{
    const struct nlmsghdr *found = fake_kernel_decide(kernel, packet->direction, &packet->flow);

    if (!found)
        return FATE_GOES;
    return fake_policy_info(found)->action == XFRM_POLICY_ALLOW &&
                   view_is_empty(fake_attribute(found, XFRMA_TMPL))
               ? FATE_GOES
               : FATE_HELD;
}

static void look(void *arg)
{
    struct watch *watch = arg;

    watch->moments++;
    for (size_t i = 0; i < PACKETS; i++) {
        enum fate fate = fate_of(watch->kernel, &watch->packets[i]);
        if (watch->old_fates[i] != watch->new_fates[i])
            continue;
        watch->checks[fate]++;
        if (fate != watch->old_fates[i])
            fail_msg("moment %zu: packet %zu %s", watch->moments, i,
                     fate == FATE_GOES ? "leaves in clear" : "is lost");
    }
}

/* The fates under each policy, found in a kernel that holds nothing else. */
static void find_fates(struct watch *watch, const struct xfrm_policies *policies, enum fate *out)
{
    struct fake_kernel *kernel = fake_kernel_new();
    struct netlink *netlink = fake_kernel_open(kernel);

    kernel_hold(netlink, policies);
    for (size_t i = 0; i < PACKETS; i++)
        out[i] = fate_of(kernel, &watch->packets[i]);
    netlink_close(netlink);
    fake_kernel_free(kernel);
}

/* One replacement of random policies; `prepare` sets faults. Clears what it made. */
struct replacement {
    struct fake_kernel *kernel;
    struct netlink *netlink;
    struct xfrm_policies old_policies;
    struct xfrm_policies new_policies;
    struct watch watch;
};

static void replacement_init(struct replacement *out, uint64_t seed, unsigned entries)
{
    struct ipsec_policy *old_policy = policy_of_seed(&seed, 1 + draw(&seed, entries));
    struct ipsec_policy *new_policy = policy_of_seed(&seed, 1 + draw(&seed, entries));

    memset(out, 0, sizeof *out);
    out->kernel = fake_kernel_new();
    out->netlink = fake_kernel_open(out->kernel);
    /* Some entries stay, so that updates happen too. */
    for (size_t i = 0; i < old_policy->entry_count; i++)
        if (draw(&seed, 2))
            assert_int_equal(ipsec_policy_add_entry(new_policy, &old_policy->entries_own[i]),
                             STATUS_OK);
    out->old_policies = policies_of(old_policy);
    out->new_policies = policies_of(new_policy);
    out->watch.kernel = out->kernel;
    for (size_t i = 0; i < PACKETS; i++)
        out->watch.packets[i] = packet_of_seed(&seed);
    find_fates(&out->watch, &out->old_policies, out->watch.old_fates);
    find_fates(&out->watch, &out->new_policies, out->watch.new_fates);
    hold_foreign(out->netlink);
    check_replaced(out->netlink, &out->old_policies);
    fake_kernel_watch(out->kernel, look, &out->watch);
    ipsec_policy_free(old_policy);
    ipsec_policy_free(new_policy);
}

static void replacement_clear(struct replacement *replacement)
{
    xfrm_policies_clear(&replacement->old_policies);
    xfrm_policies_clear(&replacement->new_policies);
    netlink_close(replacement->netlink);
    fake_kernel_free(replacement->kernel);
}

static void no_moment_of_a_replacement_is_clear_or_lost(void **state)
{
    size_t moments = 0;
    size_t checks[2] = {0};

    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct replacement replacement;
        replacement_init(&replacement, seed, 10);
        check_replaced(replacement.netlink, &replacement.new_policies);
        moments += replacement.watch.moments;
        checks[FATE_GOES] += replacement.watch.checks[FATE_GOES];
        checks[FATE_HELD] += replacement.watch.checks[FATE_HELD];
        replacement_clear(&replacement);
    }
    assert_true(moments > 3000);
    assert_true(checks[FATE_GOES] > 10000 && checks[FATE_HELD] > 10000);
}

/* SEC-168: whichever request fails, with whatever reason. */
static const struct {
    const char *name;
    enum fake_fault fault;
    int error;
    enum status status;
} faults[] = {
    {"no memory", FAKE_REFUSES, ENOMEM, STATUS_REFUSED},
    {"no buffers", FAKE_REFUSES, ENOBUFS, STATUS_REFUSED},
    {"it exists", FAKE_REFUSES, EEXIST, STATUS_REFUSED},
    {"not permitted", FAKE_REFUSES, EPERM, STATUS_REFUSED},
    {"the answer is lost", FAKE_OVERRUN, 0, STATUS_SYSTEM},
    {"no answer", FAKE_SILENT, 0, STATUS_SYSTEM},
    {"a late answer", FAKE_LATE, 0, STATUS_SYSTEM},
    {"a cut answer", FAKE_CUT, 0, STATUS_SYSTEM},
};

/* The number of requests that the same replacement takes without a fault. */
static size_t requests_of(uint64_t seed)
{
    struct replacement replacement;
    struct xfrm_spd_failure failure;
    size_t before;
    size_t after;

    replacement_init(&replacement, seed, 4);
    before = fake_kernel_requests(replacement.kernel);
    assert_int_equal(xfrm_spd_replace(replacement.netlink, &replacement.new_policies, &failure),
                     STATUS_OK);
    after = fake_kernel_requests(replacement.kernel);
    replacement_clear(&replacement);
    return after - before;
}

static void check_failure(uint64_t seed, size_t n, size_t row)
{
    struct replacement replacement;
    struct xfrm_spd_failure failure = {0};
    enum status status;

    replacement_init(&replacement, seed, 4);
    fake_kernel_fault(replacement.kernel, n, faults[row].fault, faults[row].error);
    status = xfrm_spd_replace(replacement.netlink, &replacement.new_policies, &failure);
    if (status != faults[row].status || failure.is_broken)
        fail_msg("seed %u, request %zu, %s: %s", (unsigned)seed, n, faults[row].name,
                 status_name(status));
    if (faults[row].fault == FAKE_REFUSES && failure.error != faults[row].error)
        fail_msg("seed %u, request %zu, %s: %s is told", (unsigned)seed, n, faults[row].name,
                 strerror(failure.error));
    if (!xfrm_spd_is(replacement.netlink, &replacement.old_policies))
        fail_msg("seed %u, request %zu, %s: not put back", (unsigned)seed, n, faults[row].name);
    assert_int_equal(fake_kernel_count(replacement.kernel, FAKE_POLICIES),
                     FOREIGN + replacement.old_policies.count);
    replacement_clear(&replacement);
}

static void whichever_request_fails_what_was_is_put_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        size_t requests = requests_of(seed);
        for (size_t n = 0; n < requests; n++)
            for (size_t row = 0; row < COUNT(faults); row++)
                check_failure(seed, n, row);
    }
}

static void a_kernel_that_fails_on_and_on_is_said_to_be_broken_and_still_holds(void **state)
{
    struct replacement replacement;
    struct xfrm_spd_failure failure = {0};

    (void)state;
    replacement_init(&replacement, 1, 10);
    for (size_t n = 3; n < 60; n++)
        fake_kernel_fault(replacement.kernel, n, FAKE_REFUSES, ENOMEM);
    assert_int_equal(xfrm_spd_replace(replacement.netlink, &replacement.new_policies, &failure),
                     STATUS_REFUSED);
    assert_int_equal(failure.error, ENOMEM);
    assert_true(failure.is_broken);
    look(&replacement.watch);
    assert_true(replacement.watch.checks[FATE_HELD] > 0);
    replacement_clear(&replacement);
}

static void what_stands_in_our_place_is_named_and_stays(void **state)
{
    struct bench *bench = *state;
    struct xfrm_policies policies =
        policies_of_text("{raddr 192.0.2.1 dir out} pass {}\n{raddr 192.0.2.2 dir out} pass {}\n");
    struct xfrm_policies foreign = policies_of_text("{raddr 192.0.2.2 dir out} pass {}\n");
    struct xfrm_spd_failure failure = {0};

    foreign.items_own[0].info.priority = 7;
    kernel_hold(bench->netlink, &foreign);
    assert_int_equal(xfrm_spd_replace(bench->netlink, &policies, &failure), STATUS_REFUSED);
    assert_int_equal(failure.error, EEXIST);
    assert_ptr_equal(failure.policy_view, &policies.items_own[1]);
    assert_int_equal(fake_kernel_count(bench->kernel, FAKE_POLICIES), 1);
    assert_int_equal(fake_policy_info(fake_kernel_at(bench->kernel, FAKE_POLICIES, 0))->priority,
                     7);
    xfrm_policies_clear(&policies);
    xfrm_policies_clear(&foreign);
}

/* Removes the last object when the first one goes: another program flushes at the same time. */
static void flush_too(void *arg)
{
    struct fake_kernel *kernel = arg;

    if (fake_kernel_count(kernel, FAKE_POLICIES) % 3 == 0 &&
        fake_kernel_count(kernel, FAKE_POLICIES) > 0)
        fake_kernel_remove(kernel, FAKE_POLICIES, 0);
}

static void what_somebody_else_removes_meanwhile_is_removed(void **state)
{
    struct bench *bench = *state;
    struct xfrm_policies policies = policies_of_text(
        "{lport 1} drop {}\n{lport 2} drop {}\n{lport 3} drop {}\n{lport 4} pass {}\n");
    const struct xfrm_policies none = {0};

    check_replaced(bench->netlink, &policies);
    fake_kernel_watch(bench->kernel, flush_too, bench->kernel);
    check_replaced(bench->netlink, &none);
    assert_int_equal(fake_kernel_count(bench->kernel, FAKE_POLICIES), 0);
    xfrm_policies_clear(&policies);
}

static void a_probe_finds_esp_and_leaves_nothing(void **state)
{
    struct bench *bench = *state;

    assert_true(xfrm_probe_esp(bench->netlink));
    assert_int_equal(fake_kernel_requests(bench->kernel), 2);
    assert_int_equal(fake_kernel_count(bench->kernel, FAKE_SAS), 0);
    fake_kernel_lacks(bench->kernel, IPPROTO_ESP, EPROTONOSUPPORT);
    assert_false(xfrm_probe_esp(bench->netlink));
    assert_int_equal(fake_kernel_requests(bench->kernel), 3);
}

/* The real kernel, in a network of our own; left out where it has no XFRM. */
static void a_kernel_takes_replaces_and_empties_thousands(void **state)
{
    struct xfrm_policies policies = {0};
    struct xfrm_policies others = {0};
    struct netlink *netlink;
    const struct xfrm_policies none = {0};

    (void)state;
    if (unshare(CLONE_NEWNET) < 0)
        skip();
    netlink = netlink_open(NETLINK_XFRM, 0);
    if (!netlink)
        skip();
    for (size_t turn = 0; turn < 2; turn++) {
        struct ipsec_policy *policy = ipsec_policy_new("f");
        for (uint32_t i = 0; i < 2000; i++) {
            struct ipsec_entry entry = {
                .reqid = i + 1, .mode = CHILD_TRANSPORT, .alternative_count = 1};
            struct address address = {ADDRESS_IPV4,
                                      {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
            entry.pattern.remote = address_range_host(&address);
            entry.alternatives[0].action = (enum ipsec_action)((i + turn) % 3);
            entry.alternatives[0].esp_cipher.is_any = true;
            entry.alternatives[0].ah_auth.is_any = i % 2 == 0;
            assert_int_equal(ipsec_policy_add_entry(policy, &entry), STATUS_OK);
        }
        *(turn == 0 ? &policies : &others) = policies_of(policy);
        ipsec_policy_free(policy);
    }
    hold_foreign(netlink);
    check_replaced(netlink, &policies);
    check_replaced(netlink, &others);
    check_replaced(netlink, &policies);
    check_replaced(netlink, &none);
    netlink_close(netlink);
    xfrm_policies_clear(&policies);
    xfrm_policies_clear(&others);
}

/* Every kind of policy that we make goes through a kernel and comes back as it was. */
static void a_kernel_gives_back_what_it_was_given(void **state)
{
    struct netlink *netlink;

    (void)state;
    if (unshare(CLONE_NEWNET) < 0)
        skip();
    netlink = netlink_open(NETLINK_XFRM, 0);
    if (!netlink)
        skip();
    for (uint64_t number = 1; number <= 100; number++) {
        uint64_t seed = number;
        struct ipsec_policy *policy = policy_of_seed(&seed, 30);
        struct xfrm_policies policies = policies_of(policy);
        check_replaced(netlink, &policies);
        xfrm_policies_clear(&policies);
        ipsec_policy_free(policy);
    }
    netlink_close(netlink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_policy_is_loaded_replaced_and_emptied_and_what_is_foreign_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_there_already_is_not_sent_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_missing_altered_or_too_much_is_seen, set_up,
                                        tear_down),
        cmocka_unit_test(no_moment_of_a_replacement_is_clear_or_lost),
        cmocka_unit_test(whichever_request_fails_what_was_is_put_back),
        cmocka_unit_test(a_kernel_that_fails_on_and_on_is_said_to_be_broken_and_still_holds),
        cmocka_unit_test_setup_teardown(what_stands_in_our_place_is_named_and_stays, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_somebody_else_removes_meanwhile_is_removed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_probe_finds_esp_and_leaves_nothing, set_up, tear_down),
        cmocka_unit_test(a_kernel_takes_replaces_and_empties_thousands),
        cmocka_unit_test(a_kernel_gives_back_what_it_was_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
