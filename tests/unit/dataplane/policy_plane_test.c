#include "dataplane/policy_plane.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/guard.h"
#include "dataplane/mark.h"
#include "dataplane/nft.h"
#include "dataplane/xfrm_spd.h"
#include "policy_material.h"
#include "support/test.h"

struct network {
    bool has_xfrm;
    bool has_nftables;
};

/* A network of our own, or what a test needs is left out. */
static int open_network(void **state)
{
    static struct network network;
    struct netlink *netlink = NULL;

    *state = &network;
    if (unshare(CLONE_NEWNET) < 0)
        return 0;
    netlink = netlink_open(NETLINK_XFRM, 0);
    network.has_xfrm = netlink != NULL;
    network.has_nftables = nft_run("add table inet trial\n", NULL, 0) == STATUS_OK;
    netlink_close(netlink);
    return 0;
}

static void need_network(void **state)
{
    const struct network *network = *state;

    if (!network->has_xfrm || !network->has_nftables)
        skip();
}

static void set_forwarding(char value)
{
    int fd = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY | O_CLOEXEC);

    /* /proc may be read-only here: then the file says what the machine forwards. */
    if (fd < 0 || write(fd, &value, sizeof value) != sizeof value)
        skip();
    close(fd);
}

static void load(const struct policy_plane *plane, const struct ipsec_policy *policy)
{
    char line[512] = "";

    if (plane->load(policy, line, sizeof line) != STATUS_OK)
        fail_msg("%s: %s", plane->name, line);
    assert_string_equal(line, "");
}

static void a_plane_holds_what_it_was_given_until_it_is_removed(void **state)
{
    static const struct policy_plane *const planes[] = {&policy_plane_user, &policy_plane_xfrm};
    struct ipsec_policy *policy = policy_of_text("{raddr 192.0.2.1} drop {}\n");
    char line[512] = "";

    need_network(state);
    for (size_t i = 0; i < COUNT(planes); i++) {
        assert_ptr_equal(policy_plane_by_name(planes[i]->name), planes[i]);
        assert_false(planes[i]->is_loaded(policy));
        load(planes[i], policy);
        assert_true(planes[i]->is_loaded(policy));
        assert_int_equal(planes[i]->remove(line, sizeof line), STATUS_OK);
        assert_false(planes[i]->is_loaded(policy));
        assert_int_equal(planes[i]->remove(line, sizeof line), STATUS_OK); /* absent is success */
    }
    assert_null(policy_plane_by_name("tun"));
    ipsec_policy_free(policy);
}

static void leaving_a_plane_empties_it_and_not_the_other(void **state)
{
    struct ipsec_policy *policy = policy_of_text("{raddr 192.0.2.1} drop {}\n");
    char line[512] = "";

    need_network(state);
    load(&policy_plane_user, policy);
    load(&policy_plane_xfrm, policy);
    assert_int_equal(policy_plane_remove_others(&policy_plane_xfrm, line, sizeof line), STATUS_OK);
    assert_false(guard_is_loaded());
    assert_true(policy_plane_xfrm.is_loaded(policy));
    load(&policy_plane_user, policy);
    assert_int_equal(policy_plane_remove_others(&policy_plane_user, line, sizeof line), STATUS_OK);
    assert_true(guard_is_loaded());
    assert_false(policy_plane_xfrm.is_loaded(policy));
    assert_int_equal(policy_plane_user.remove(line, sizeof line), STATUS_OK);
    ipsec_policy_free(policy);
}

static void a_foreign_policy_in_the_same_place_is_said_with_the_entry(void **state)
{
    struct ipsec_policy *policy = policy_of_text("{raddr 192.0.2.1 dir out} drop {}\n");
    struct xfrm_policies foreign;
    struct netlink *netlink;
    char line[512] = "";

    need_network(state);
    netlink = netlink_open(NETLINK_XFRM, 0);
    assert_int_equal(xfrm_policies_of(policy, &foreign, line, sizeof line), STATUS_OK);
    foreign.items_own[0].info.priority = 7;
    kernel_hold(netlink, &foreign);
    assert_int_equal(policy_plane_xfrm.load(policy, line, sizeof line), STATUS_REFUSED);
    assert_string_equal(line, "a policy of another program is in the kernel in the place of one "
                              "of { raddr 192.0.2.1/32 dir out } drop { }");
    netlink_close(netlink);
    xfrm_policies_clear(&foreign);
    ipsec_policy_free(policy);
}

static void a_mark_that_was_flushed_away_is_missed_where_something_is_forwarded(void **state)
{
    struct ipsec_policy *policy = policy_of_text("{raddr 192.0.2.2} drop {}\n");
    char line[512] = "";

    need_network(state);
    set_forwarding('1');
    load(&policy_plane_xfrm, policy);
    assert_true(policy_plane_xfrm.is_loaded(policy));
    assert_int_equal(nft_run("flush ruleset\n", NULL, 0), STATUS_OK);
    assert_false(policy_plane_xfrm.is_loaded(policy));
    set_forwarding('0');
    assert_true(policy_plane_xfrm.is_loaded(policy));
    set_forwarding('1');
    load(&policy_plane_xfrm, policy);
    assert_true(policy_plane_xfrm.is_loaded(policy));
    assert_int_equal(policy_plane_xfrm.remove(line, sizeof line), STATUS_OK);
    assert_int_not_equal(nft_run("list table inet " FORWARD_TABLE "\n", NULL, 0), STATUS_OK);
    ipsec_policy_free(policy);
}

static void where_there_can_be_no_mark_none_is_missed_and_a_remark_says_so(void **state)
{
    const struct network *network = *state;
    struct ipsec_policy *policy;
    char line[512] = "";

    if (!network->has_xfrm || network->has_nftables)
        skip();
    set_forwarding('1');
    policy = policy_of_text("{raddr 192.0.2.2} drop {}\n");
    assert_int_equal(policy_plane_xfrm.load(policy, line, sizeof line), STATUS_OK);
    assert_non_null(strstr(line, "without nftables in the kernel"));
    assert_true(policy_plane_xfrm.is_loaded(policy));
    ipsec_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plane_holds_what_it_was_given_until_it_is_removed),
        cmocka_unit_test(leaving_a_plane_empties_it_and_not_the_other),
        cmocka_unit_test(a_foreign_policy_in_the_same_place_is_said_with_the_entry),
        cmocka_unit_test(a_mark_that_was_flushed_away_is_missed_where_something_is_forwarded),
        cmocka_unit_test(where_there_can_be_no_mark_none_is_missed_and_a_remark_says_so),
    };

    return cmocka_run_group_tests(tests, open_network, NULL);
}
