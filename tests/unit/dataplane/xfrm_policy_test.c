#include "dataplane/xfrm_policy.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <libmnl/libmnl.h>

#include "dataplane/mark.h"
#include "dataplane/xfrm_request.h"
#include "policy_material.h"
#include "support/test.h"

static const char *const direction_names[] = {
    [XFRM_POLICY_IN] = "in",
    [XFRM_POLICY_OUT] = "out",
    [XFRM_POLICY_FWD] = "fwd",
};

static struct address address_back(const xfrm_address_t *address, uint16_t family)
{
    struct address out;

    assert_int_equal(address_from_view(view_of(address, family == AF_INET ? 4 : 16), &out),
                     STATUS_OK);
    return out;
}

static void put_side(struct text *out, const xfrm_address_t *address, unsigned bits, uint16_t port,
                     uint16_t mask, uint16_t family)
{
    struct address value = address_back(address, family);
    char text[ADDRESS_TEXT_BYTES];

    text_add(out, " %s/%u", address_text(&value, text), bits);
    if (mask != 0)
        text_add(out, ":%u", (unsigned)ntohs(port));
    if (mask != 0 && mask != 0xffff)
        text_add(out, "/%x", (unsigned)ntohs(mask));
}

static void put_template(struct text *out, const struct xfrm_user_tmpl *template)
{
    char text[ADDRESS_TEXT_BYTES];

    assert_int_equal(template->optional, 0); /* required */
    assert_int_equal(template->aalgos & template->ealgos & template->calgos, UINT32_MAX);
    text_add(out, " %s", template->id.proto == IPPROTO_ESP ? "esp" : "ah");
    if (template->mode == XFRM_MODE_TUNNEL) {
        struct address source = address_back(&template->saddr, template->family);
        struct address destination = address_back(&template->id.daddr, template->family);
        text_add(out, "[%s", address_text(&source, text));
        text_add(out, " %s]", address_text(&destination, text));
    }
    text_add(out, "#%u", (unsigned)xfrm_reqid_back(template->reqid));
}

/* "out 192.0.2.1/32 10.0.0.0/8:80 tcp made-here esp#1" */
static void put_policy(struct text *out, const struct xfrm_policy *policy)
{
    const struct xfrm_selector *selector = &policy->info.sel;

    text_add(out, "%s", direction_names[policy->info.dir]);
    put_side(out, &selector->saddr, selector->prefixlen_s, selector->sport, selector->sport_mask,
             selector->family);
    put_side(out, &selector->daddr, selector->prefixlen_d, selector->dport, selector->dport_mask,
             selector->family);
    if (selector->proto != 0)
        text_add(out, " %u", (unsigned)selector->proto);
    if (policy->mark.m != 0)
        text_add(out,
                 policy->mark.m == MARK_FORWARDED && policy->mark.v == 0 ? " made-here" : " ?mark");
    if (policy->info.action == XFRM_POLICY_BLOCK)
        text_add(out, " block");
    else if (policy->template_count == 0)
        text_add(out, " pass");
    for (size_t i = 0; i < policy->template_count; i++)
        put_template(out, &policy->templates[i]);
    text_add(out, "\n");
}

static struct xfrm_policies policies_of(const struct ipsec_policy *policy)
{
    struct xfrm_policies policies;
    char error[256] = "";

    if (xfrm_policies_of(policy, &policies, error, sizeof error) != STATUS_OK)
        fail_msg("refused: %s", error);
    return policies;
}

static void check_policies(const char *name, const struct ipsec_policy *policy, const char *wanted)
{
    struct xfrm_policies policies = policies_of(policy);
    char buffer[8192];
    struct text text = text_over(buffer, sizeof buffer);

    for (size_t i = 0; i < policies.count; i++)
        put_policy(&text, &policies.items_own[i]);
    if (strcmp(buffer, wanted) != 0)
        fail_msg("%s:\n%swanted:\n%s", name, buffer, wanted);
    xfrm_policies_clear(&policies);
}

#define ESP "ipsec {encr_algs aes encr_auth_algs sha256}\n"
#define TUNNEL                                                                                     \
    "{tunnel t negotiate tunnel laddr 10.1.0.0/16 raddr 10.2.0.0/16 tsrc 192.0.2.1 tdst 192.0.2.2"

static const struct {
    const char *name, *text, *wanted;
} entries[] = {
    {"two hosts", "{laddr 192.0.2.1 raddr 192.0.2.2} " ESP,
     "out 192.0.2.1/32 192.0.2.2/32 made-here esp#1\n"
     "in 192.0.2.2/32 192.0.2.1/32 esp#1\n"},
    {"everything: both families", "{} " ESP,
     "out 0.0.0.0/0 0.0.0.0/0 made-here esp#1\n"
     "in 0.0.0.0/0 0.0.0.0/0 esp#1\n"
     "out ::/0 ::/0 made-here esp#1\n"
     "in ::/0 ::/0 esp#1\n"},
    {"a port and a protocol", "{raddr 192.0.2.0/24 rport 80 ulp tcp} " ESP,
     "out 0.0.0.0/0 192.0.2.0/24:80 6 made-here esp#1\n"
     "in 192.0.2.0/24:80 0.0.0.0/0 6 esp#1\n"},
    {"a port of any protocol that has ports", "{laddr 2001:db8::1 lport 53 dir in} drop {}",
     "in ::/0 2001:db8::1/128:53 6 block\n"
     "in ::/0 2001:db8::1/128:53 17 block\n"
     "in ::/0 2001:db8::1/128:53 33 block\n"
     "in ::/0 2001:db8::1/128:53 132 block\n"
     "in ::/0 2001:db8::1/128:53 136 block\n"
     "in ::/0:0 2001:db8::1/128:0 33 block\n"}, /* it shows the kernel no ports */
    {"one direction", "{raddr 192.0.2.1 dir out} bypass {}",
     "out 0.0.0.0/0 192.0.2.1/32 made-here pass\n"},
    {"ICMP types, of their own family", "{ulp ipv6-icmp type 133-137 dir in} pass {}",
     "in ::/0:133 ::/0 58 pass\n"
     "in ::/0:134/fffe ::/0 58 pass\n"
     "in ::/0:136/fffe ::/0 58 pass\n"},
    {"ICMP type and code stand in this order in both directions",
     "{raddr 192.0.2.1 ulp icmp type 3 code 4} drop {}",
     "out 0.0.0.0/0:3 192.0.2.1/32:4 1 made-here block\n"
     "in 192.0.2.1/32:3 0.0.0.0/0:4 1 block\n"},
    {"ICMP without a type", "{raddr 192.0.2.1 ulp icmp dir in} drop {}",
     "in 192.0.2.1/32 0.0.0.0/0 1 block\n"},
    {"a tunnel holds what is forwarded too", TUNNEL "} " ESP,
     "out 10.1.0.0/16 10.2.0.0/16 esp[192.0.2.1 192.0.2.2]#1\n"
     "in 10.2.0.0/16 10.1.0.0/16 esp[192.0.2.2 192.0.2.1]#1\n"
     "fwd 10.2.0.0/16 10.1.0.0/16 esp[192.0.2.2 192.0.2.1]#1\n"},
    {"fragments in transit show no ports", TUNNEL " ulp udp rport 53} " ESP,
     "out 10.1.0.0/16 10.2.0.0/16:53 17 esp[192.0.2.1 192.0.2.2]#1\n"
     "in 10.2.0.0/16:53 10.1.0.0/16 17 esp[192.0.2.2 192.0.2.1]#1\n"
     "fwd 10.2.0.0/16:53 10.1.0.0/16 17 esp[192.0.2.2 192.0.2.1]#1\n"
     "out 10.1.0.0/16:0 10.2.0.0/16:0 17 block\n"
     "fwd 10.2.0.0/16:0 10.1.0.0/16:0 17 block\n"},
    {"a bypass of a tunnel needs no such thing", TUNNEL " ulp udp rport 53} bypass {}",
     "out 10.1.0.0/16 10.2.0.0/16:53 17 pass\n"
     "in 10.2.0.0/16:53 10.1.0.0/16 17 pass\n"
     "fwd 10.2.0.0/16:53 10.1.0.0/16 17 pass\n"},
    {"bypass before protect before drop, then as written",
     "{raddr 192.0.2.3 dir out} drop {}\n{raddr 192.0.2.2 dir out} " ESP
     "{raddr 192.0.2.1 dir out} pass {}\n{raddr 192.0.2.4 dir out} " ESP,
     "out 0.0.0.0/0 192.0.2.1/32 made-here pass\n"
     "out 0.0.0.0/0 192.0.2.2/32 made-here esp#2\n"
     "out 0.0.0.0/0 192.0.2.4/32 made-here esp#4\n"
     "out 0.0.0.0/0 192.0.2.3/32 made-here block\n"},
    {"what coincides is the first one's",
     "{raddr 192.0.2.1 dir out} " ESP "{raddr 192.0.2.1 dir both} " ESP
     "{raddr 192.0.2.1 dir in} pass {}\n",
     "in 192.0.2.1/32 0.0.0.0/0 pass\n"
     "out 0.0.0.0/0 192.0.2.1/32 made-here esp#1\n"},
    {"or pass", "{raddr 192.0.2.1 dir out} ipsec {encr_algs aes encr_auth_algs sha256} or pass {}",
     "out 0.0.0.0/0 192.0.2.1/32 made-here pass\n"},
    {"an interface that does not exist", "{interface nosuch0} " ESP, ""},
    {"no entry", "", ""},
};

static void an_entry_becomes_these_policies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(entries); i++) {
        struct ipsec_policy *policy = policy_of_text(entries[i].text);
        check_policies(entries[i].name, policy, entries[i].wanted);
        ipsec_policy_free(policy);
    }
}

static struct ipsec_alternative alternative_of(bool uses_esp, bool uses_ah)
{
    return (struct ipsec_alternative){
        .action = IPSEC_PROTECT,
        .esp_cipher.is_any = uses_esp,
        .ah_auth.is_any = uses_ah,
    };
}

static void check_protocols(const char *name, const char *text, bool uses_esp, bool uses_ah,
                            const char *wanted)
{
    struct ipsec_policy *policy = policy_of_text(text);

    policy->entries_own[0].alternatives[0] = alternative_of(uses_esp, uses_ah);
    check_policies(name, policy, wanted);
    ipsec_policy_free(policy);
}

static void esp_comes_before_ah_and_only_the_inner_one_is_the_tunnel(void **state)
{
    static const char host[] = "{raddr 192.0.2.1 dir out} " ESP;
    static const char tunnel[] = TUNNEL " dir in} " ESP;

    (void)state;
    check_protocols("AH", host, false, true, "out 0.0.0.0/0 192.0.2.1/32 made-here ah#1\n");
    check_protocols("ESP and AH", host, true, true,
                    "out 0.0.0.0/0 192.0.2.1/32 made-here esp#1 ah#1\n");
    check_protocols("AH tunnel", tunnel, false, true,
                    "in 10.2.0.0/16 10.1.0.0/16 ah[192.0.2.2 192.0.2.1]#1\n"
                    "fwd 10.2.0.0/16 10.1.0.0/16 ah[192.0.2.2 192.0.2.1]#1\n");
    check_protocols("ESP and AH tunnel", tunnel, true, true,
                    "in 10.2.0.0/16 10.1.0.0/16 esp[192.0.2.2 192.0.2.1]#1 ah#1\n"
                    "fwd 10.2.0.0/16 10.1.0.0/16 esp[192.0.2.2 192.0.2.1]#1 ah#1\n");
}

static void a_tunnel_whose_far_end_is_not_known_blocks(void **state)
{
    struct ipsec_policy *policy = policy_of_text(TUNNEL "} " ESP);

    (void)state;
    policy->entries_own[0].tunnel_destination = (struct address){0};
    check_policies("no far end", policy,
                   "out 10.1.0.0/16 10.2.0.0/16 block\n"
                   "in 10.2.0.0/16 10.1.0.0/16 block\n"
                   "fwd 10.2.0.0/16 10.1.0.0/16 block\n");
    ipsec_policy_free(policy);
}

/* What a bypass lets out leaves by its interface alone; what is protected or dropped may be wider.
 * Of what comes in the kernel knows no device. */
static void what_a_bypass_of_an_interface_lets_out_leaves_by_that_device(void **state)
{
    static const struct {
        const char *text;
        int device;
    } rows[] = {
        {"{interface lo raddr 10.0.0.1} pass {}\n", 1},
        {"{interface lo raddr 10.0.0.1} drop {}\n", 0},
        {"{interface no-such raddr 10.0.0.1} drop {}\n", 0},
        {"{raddr 10.0.0.1} pass {}\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipsec_policy *policy = policy_of_text(rows[i].text);
        struct xfrm_policies policies;
        char error[128];

        policy->entries_own[0].local_is_of_interface = true; /* as interface_policy_expand does */
        assert_int_equal(xfrm_policies_of(policy, &policies, error, sizeof error), STATUS_OK);
        assert_true(policies.count > 0);
        for (size_t k = 0; k < policies.count; k++) {
            const struct xfrm_userpolicy_info *info = &policies.items_own[k].info;
            if (info->sel.ifindex != (info->dir == XFRM_POLICY_OUT ? rows[i].device : 0))
                fail_msg("%s: %s %d", rows[i].text, direction_names[info->dir], info->sel.ifindex);
        }
        xfrm_policies_clear(&policies);
        ipsec_policy_free(policy);
    }
}

static void a_range_of_icmp_types_is_covered_once_and_nothing_else_is(void **state)
{
    struct ipsec_policy *policy = policy_of_text("{ulp icmp type 8 dir in} drop {}");

    (void)state;
    for (unsigned low = 0; low < 256; low++) {
        for (unsigned high = low; high < 256; high += 1 + (low & 3)) {
            unsigned held[257] = {0};
            struct xfrm_policies policies;
            policy->entries_own[0].icmp_type =
                (struct icmp_range){true, (uint8_t)low, (uint8_t)high};
            policies = policies_of(policy);
            for (size_t i = 0; i < policies.count; i++) {
                const struct xfrm_selector *selector = &policies.items_own[i].info.sel;
                for (unsigned type = 0; type <= 256; type++)
                    if (((htons((uint16_t)type) ^ selector->sport) & selector->sport_mask) == 0)
                        held[type]++;
            }
            for (unsigned type = 0; type <= 256; type++)
                if (held[type] != (type >= low && type <= high))
                    fail_msg("%u-%u: type %u is held %u times", low, high, type, held[type]);
            xfrm_policies_clear(&policies);
        }
    }
    ipsec_policy_free(policy);
}

/* 300 policies of 12 entries, 200 packets each. */
static void the_look_up_finds_the_entry_that_the_policy_means(void **state)
{
    size_t counts[XFRM_POLICY_MAX] = {0};
    size_t undecided = 0;

    (void)state;
    for (uint64_t number = 1; number <= 300; number++) {
        uint64_t seed = number;
        struct ipsec_policy *policy = policy_of_seed(&seed, 12);
        struct xfrm_policies policies = policies_of(policy);
        struct fake_kernel *kernel = fake_kernel_new();
        struct netlink *netlink = fake_kernel_open(kernel);
        kernel_hold(netlink, &policies);
        for (size_t i = 0; i < 200; i++) {
            struct test_packet packet = packet_of_seed(&seed);
            int meant = policy_decides(policy, &packet);
            int found = kernel_decides(kernel, &packet);
            if (meant != found)
                fail_msg("seed %u, packet %zu, %s: entry %d is meant and %d found",
                         (unsigned)number, i, direction_names[packet.direction], meant, found);
            counts[packet.direction] += meant >= 0;
            undecided += meant < 0;
        }
        netlink_close(netlink);
        fake_kernel_free(kernel);
        xfrm_policies_clear(&policies);
        ipsec_policy_free(policy);
    }
    /* Neither all nor nothing: a test of both. */
    assert_in_range(undecided, 6000, 54000);
    for (size_t i = 0; i < XFRM_POLICY_MAX; i++)
        assert_in_range(counts[i], 2000, 30000);
}

static void all_of_ours_is_in_our_band(void **state)
{
    struct ipsec_policy *policy = ipsec_policy_new("f");
    struct xfrm_policies policies;
    uint32_t before = XFRM_PRIORITY_FIRST;

    (void)state;
    for (uint32_t i = 0; i < IPSEC_ENTRIES_MOST; i++) {
        struct ipsec_entry entry = {
            .reqid = i + 1, .mode = CHILD_TRANSPORT, .alternative_count = 1};
        entry.pattern.remote.first =
            (struct address){ADDRESS_IPV4, {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        entry.pattern.remote.last = entry.pattern.remote.first;
        entry.alternatives[0].action = (enum ipsec_action)(i % 3);
        assert_int_equal(ipsec_policy_add_entry(policy, &entry), STATUS_OK);
    }
    policies = policies_of(policy);
    assert_int_equal(policies.count, 2 * IPSEC_ENTRIES_MOST);
    for (size_t i = 0; i < policies.count; i++) {
        assert_true(policies.items_own[i].info.priority >= before);
        before = policies.items_own[i].info.priority;
    }
    assert_true(before <= XFRM_PRIORITY_LAST);
    xfrm_policies_clear(&policies);
    ipsec_policy_free(policy);
}

static const struct {
    uint16_t type;
    size_t fixed_bytes;
} requests[] = {
    {XFRM_MSG_NEWPOLICY, sizeof(struct xfrm_userpolicy_info)},
    {XFRM_MSG_UPDPOLICY, sizeof(struct xfrm_userpolicy_info)},
    {XFRM_MSG_DELPOLICY, sizeof(struct xfrm_userpolicy_id)},
};

/* SEC-177: every request has the sizes that the kernel's headers say, and no more. */
static void a_request_has_the_sizes_of_the_kernel(void **state)
{
    struct ipsec_policy *policy = policy_of_text("{raddr 192.0.2.1 dir out} " ESP);
    struct xfrm_policies policies;

    (void)state;
    policy->entries_own[0].alternatives[0] = alternative_of(true, true);
    policies = policies_of(policy);
    for (size_t i = 0; i < COUNT(requests); i++) {
        struct bytes out = {0};
        const struct nlmsghdr *message;
        bool is_deletion = requests[i].type == XFRM_MSG_DELPOLICY;
        size_t wanted = NLMSG_HDRLEN + NLMSG_ALIGN(requests[i].fixed_bytes) +
                        sizeof(struct nlattr) + sizeof(struct xfrm_mark);
        if (!is_deletion)
            wanted += sizeof(struct nlattr) + 2 * sizeof(struct xfrm_user_tmpl);
        assert_true(xfrm_policy_put(&out, requests[i].type, &policies.items_own[0]));
        message = (const struct nlmsghdr *)out.data_own;
        assert_int_equal(out.bytes, wanted);
        assert_int_equal(message->nlmsg_len, wanted);
        assert_int_equal(message->nlmsg_type, requests[i].type);
        bytes_clear(&out);
    }
    xfrm_policies_clear(&policies);
    ipsec_policy_free(policy);
}

/* What the kernel says is read with bounds: cut anywhere it is not ours, and never read past. */
static void only_a_whole_policy_of_our_band_is_taken_for_ours(void **state)
{
    struct ipsec_policy *policy = policy_of_text("{raddr 192.0.2.1 dir out} " ESP);
    struct xfrm_policies policies = policies_of(policy);
    struct xfrm_policy *item = &policies.items_own[0];
    struct xfrm_policy taken;
    struct bytes out = {0};
    struct nlmsghdr *message;

    (void)state;
    assert_true(xfrm_policy_put(&out, XFRM_MSG_NEWPOLICY, item));
    message = (struct nlmsghdr *)out.data_own;
    assert_true(xfrm_policy_take(message, &taken));
    assert_true(xfrm_policy_equal(item, &taken));
    assert_int_equal(taken.reqid, 1);
    for (size_t bytes = NLMSG_HDRLEN; bytes < out.bytes; bytes++) {
        struct nlmsghdr *cut = malloc(bytes); /* ASan watches its end */
        memcpy(cut, message, bytes);
        cut->nlmsg_len = (uint32_t)bytes;
        /* Without its template or mark it may still be one, but another one. */
        if (xfrm_policy_take(cut, &taken))
            assert_false(xfrm_policy_equal(item, &taken));
        free(cut);
    }
    bytes_clear(&out);
    item->info.priority = XFRM_PRIORITY_LAST + 1;
    assert_true(xfrm_policy_put(&out, XFRM_MSG_NEWPOLICY, item));
    assert_false(xfrm_policy_take((const struct nlmsghdr *)out.data_own, &taken));
    bytes_clear(&out);
    item->info.priority = XFRM_PRIORITY_FIRST;
    item->templates[0].reqid = XFRM_REQID_LAST + 1;
    assert_true(xfrm_policy_put(&out, XFRM_MSG_NEWPOLICY, item));
    assert_false(xfrm_policy_take((const struct nlmsghdr *)out.data_own, &taken));
    bytes_clear(&out);
    xfrm_policies_clear(&policies);
    ipsec_policy_free(policy);
}

static void a_reqid_of_ours_goes_there_and_back(void **state)
{
    (void)state;
    assert_int_equal(xfrm_reqid_back(xfrm_reqid(1)), 1);
    assert_int_equal(xfrm_reqid_back(xfrm_reqid(IPSEC_ENTRIES_MOST)), IPSEC_ENTRIES_MOST);
    assert_int_equal(xfrm_reqid_back(1), 0);
    assert_int_equal(xfrm_reqid_back(XFRM_REQID_BASE), 0);
    assert_int_equal(xfrm_reqid_back(XFRM_REQID_LAST + 1), 0);
}

/* From now on this process is on a kernel without IPv6. */
static bool take_ipv6_away(void)
{
    struct sock_filter rows[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = COUNT(rows), .filter = rows};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* The last one: it does not come back. */
static void a_kernel_without_ipv6_is_given_none_of_it(void **state)
{
    struct ipsec_policy *policy = policy_of_text("{} drop {}\n{laddr 2001:db8::1} drop {}\n");

    (void)state;
    assert_true(take_ipv6_away());
    check_policies("without IPv6", policy,
                   "out 0.0.0.0/0 0.0.0.0/0 made-here block\n"
                   "in 0.0.0.0/0 0.0.0.0/0 block\n");
    ipsec_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_becomes_these_policies),
        cmocka_unit_test(esp_comes_before_ah_and_only_the_inner_one_is_the_tunnel),
        cmocka_unit_test(a_tunnel_whose_far_end_is_not_known_blocks),
        cmocka_unit_test(what_a_bypass_of_an_interface_lets_out_leaves_by_that_device),
        cmocka_unit_test(a_range_of_icmp_types_is_covered_once_and_nothing_else_is),
        cmocka_unit_test(the_look_up_finds_the_entry_that_the_policy_means),
        cmocka_unit_test(all_of_ours_is_in_our_band),
        cmocka_unit_test(a_request_has_the_sizes_of_the_kernel),
        cmocka_unit_test(only_a_whole_policy_of_our_band_is_taken_for_ours),
        cmocka_unit_test(a_reqid_of_ours_goes_there_and_back),
        cmocka_unit_test(a_kernel_without_ipv6_is_given_none_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
