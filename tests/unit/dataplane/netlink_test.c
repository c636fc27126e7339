#include "dataplane/netlink.h"

#include <errno.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "support/fake_kernel.h"
#include "support/test.h"

#define REQUESTS_MOST 4096u

/* Requests of one kind, one after the other: policies for 10.0.0.0, 10.0.0.1 and so on. */
struct requests {
    struct {
        struct nlmsghdr header;
        struct xfrm_userpolicy_info info;
    } items[REQUESTS_MOST];
};

static struct view requests_of(struct requests *out, uint16_t type, size_t count)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        out->items[i].header.nlmsg_len = sizeof out->items[i];
        out->items[i].header.nlmsg_type = type;
        out->items[i].info.sel.family = AF_INET;
        out->items[i].info.sel.prefixlen_d = 32;
        out->items[i].info.sel.daddr.a4 = htonl(0x0a000000u + (uint32_t)i);
        out->items[i].info.dir = XFRM_POLICY_OUT;
        out->items[i].info.lft.hard_byte_limit = XFRM_INF;
        out->items[i].info.lft.soft_byte_limit = XFRM_INF;
        out->items[i].info.lft.hard_packet_limit = XFRM_INF;
        out->items[i].info.lft.soft_packet_limit = XFRM_INF;
    }
    return view_of(out->items, count * sizeof out->items[0]);
}

struct bench {
    struct fake_kernel *kernel;
    struct netlink *netlink;
    struct requests *requests;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);

    bench->kernel = fake_kernel_new();
    bench->netlink = fake_kernel_open(bench->kernel);
    bench->requests = calloc(1, sizeof *bench->requests);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    netlink_close(bench->netlink);
    fake_kernel_free(bench->kernel);
    free(bench->requests);
    free(bench);
    return 0;
}

static void many_requests_go_in_few_datagrams_and_all_are_done(void **state)
{
    struct bench *bench = *state;
    struct view requests = requests_of(bench->requests, XFRM_MSG_NEWPOLICY, 300);
    size_t failed = 4711;
    int error = 4711;

    assert_int_equal(netlink_do(bench->netlink, requests, &failed, &error), STATUS_OK);
    assert_int_equal(failed, 4711);
    assert_int_equal(error, 4711);
    assert_int_equal(fake_kernel_count(bench->kernel, FAKE_POLICIES), 300);
    assert_int_equal(fake_kernel_datagrams(bench->kernel),
                     (300 + NETLINK_BATCH_MESSAGES - 1) / NETLINK_BATCH_MESSAGES);
}

static void the_first_refused_request_is_named_and_no_further_datagram_is_sent(void **state)
{
    struct bench *bench = *state;
    struct view requests = requests_of(bench->requests, XFRM_MSG_NEWPOLICY, 300);
    size_t failed = 0;
    int error = 0;

    fake_kernel_fault(bench->kernel, 200, FAKE_REFUSES, ENOMEM);
    fake_kernel_fault(bench->kernel, 230, FAKE_REFUSES, EEXIST);
    assert_int_equal(netlink_do(bench->netlink, requests, &failed, &error), STATUS_REFUSED);
    assert_int_equal(failed, 200);
    assert_int_equal(error, ENOMEM);
    assert_int_equal(fake_kernel_requests(bench->kernel), 2 * (size_t)NETLINK_BATCH_MESSAGES);
}

static const struct {
    const char *name;
    enum fake_fault fault;
    int fault_error;
    enum status status;
    int error;
} answers[] = {
    /* what a stranger or an older answer says changes nothing (SEC-166) */
    {"a stranger says no first", FAKE_STRANGER, EPERM, STATUS_OK, 0},
    {"a stranger says yes first", FAKE_STRANGER, 0, STATUS_OK, 0},
    {"another number says no first", FAKE_WRONG_ORDER, EPERM, STATUS_OK, 0},
    {"the answer comes twice", FAKE_TWICE, 0, STATUS_OK, 0},
    {"the answer comes late", FAKE_LATE, 0, STATUS_SYSTEM, ETIMEDOUT},
    {"there is no answer", FAKE_SILENT, 0, STATUS_SYSTEM, ETIMEDOUT},
    {"the answer is lost", FAKE_OVERRUN, 0, STATUS_SYSTEM, ENOBUFS},
    {"the answer is cut", FAKE_CUT, 0, STATUS_SYSTEM, EMSGSIZE},
    {"the kernel has no memory", FAKE_REFUSES, ENOMEM, STATUS_REFUSED, ENOMEM},
};

static void an_answer_counts_when_the_kernel_gives_it_to_this_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        void *own;
        struct bench *bench;
        size_t failed = 99;
        int error = 0;
        enum status status;
        set_up(&own);
        bench = own;
        fake_kernel_fault(bench->kernel, 1, answers[i].fault, answers[i].fault_error);
        status = netlink_do(bench->netlink, requests_of(bench->requests, XFRM_MSG_NEWPOLICY, 3),
                            &failed, &error);
        if (status != answers[i].status || error != answers[i].error)
            fail_msg("%s: %s, %s", answers[i].name, status_name(status), strerror(error));
        if (status != STATUS_OK && failed != 1)
            fail_msg("%s: request %zu is named", answers[i].name, failed);
        /* What is left in the socket does not confuse the next one. */
        status = netlink_do(bench->netlink, requests_of(bench->requests, XFRM_MSG_UPDPOLICY, 3),
                            &failed, &error);
        if (status != STATUS_OK)
            fail_msg("after \"%s\": %s, %s", answers[i].name, status_name(status), strerror(error));
        tear_down(&own);
    }
}

static void octets_that_are_no_messages_are_not_sent(void **state)
{
    struct bench *bench = *state;
    struct view good = requests_of(bench->requests, XFRM_MSG_NEWPOLICY, 2);
    static const uint32_t lengths[] = {0, 15, 0x10000, 0xffffffffu, 0xfffffffdu};
    size_t failed;
    int error;

    for (size_t i = 0; i < COUNT(lengths); i++) {
        bench->requests->items[1].header.nlmsg_len = lengths[i];
        assert_int_equal(netlink_do(bench->netlink, good, &failed, &error), STATUS_MALFORMED);
        assert_int_equal(failed, 1);
    }
    good.bytes -= sizeof bench->requests->items[0] - 4;
    assert_int_equal(netlink_do(bench->netlink, good, &failed, &error), STATUS_MALFORMED);
    assert_int_equal(fake_kernel_datagrams(bench->kernel), 0);
}

/* Counts what a dump or a group gives; `stop_at` 0: all of it. */
struct counter {
    size_t count;
    size_t stop_at;
};

static bool count_message(void *arg, const struct nlmsghdr *message)
{
    struct counter *counter = arg;

    assert_int_equal(message->nlmsg_type, XFRM_MSG_NEWPOLICY);
    return ++counter->count != counter->stop_at;
}

static const struct nlmsghdr dump_policies = {
    .nlmsg_len = NLMSG_HDRLEN,
    .nlmsg_type = XFRM_MSG_GETPOLICY,
};

static const struct {
    const char *name;
    enum fake_fault fault;
    int fault_error;
    enum status status;
    int error;
    size_t count; /* of 100 */
} dumps[] = {
    {"a stranger ends it", FAKE_STRANGER, 0, STATUS_OK, 0, 100},
    {"a stranger refuses it", FAKE_STRANGER, EPERM, STATUS_OK, 0, 100},
    {"it changed under way", FAKE_INTERRUPTED, 0, STATUS_OK, 0, 199},
    {"the kernel refuses", FAKE_REFUSES, EPERM, STATUS_REFUSED, EPERM, 0},
    {"no answer", FAKE_SILENT, 0, STATUS_SYSTEM, ETIMEDOUT, 0},
    {"the answer is lost", FAKE_OVERRUN, 0, STATUS_SYSTEM, ENOBUFS, 0},
    {"the answer is cut", FAKE_CUT, 0, STATUS_SYSTEM, EMSGSIZE, 0},
};

static void a_dump_is_whole_or_fails(void **state)
{
    struct bench *bench = *state;
    size_t failed;
    int error = 0;

    assert_int_equal(netlink_do(bench->netlink,
                                requests_of(bench->requests, XFRM_MSG_NEWPOLICY, 100), &failed,
                                &error),
                     STATUS_OK);
    for (size_t i = 0; i < COUNT(dumps); i++) {
        struct counter counter = {0};
        enum status status;
        error = 0;
        fake_kernel_fault(bench->kernel, 0, dumps[i].fault, dumps[i].fault_error);
        status = netlink_dump(bench->netlink, &dump_policies, count_message, &counter, &error);
        if (status != dumps[i].status || error != dumps[i].error || counter.count != dumps[i].count)
            fail_msg("%s: %s, %s, %zu objects", dumps[i].name, status_name(status), strerror(error),
                     counter.count);
    }
}

static void a_dump_that_never_holds_still_fails(void **state)
{
    struct bench *bench = *state;
    struct counter counter = {0};
    int error = 0;

    for (size_t i = 0; i < 16; i++)
        fake_kernel_fault(bench->kernel, i, FAKE_INTERRUPTED, 0);
    assert_int_equal(netlink_dump(bench->netlink, &dump_policies, count_message, &counter, &error),
                     STATUS_SYSTEM);
    assert_int_equal(error, EINTR);
}

static void a_dump_that_is_ended_early_does_not_disturb_the_next(void **state)
{
    struct bench *bench = *state;
    struct counter first = {.stop_at = 3};
    struct counter second = {0};
    size_t failed;
    int error;

    assert_int_equal(netlink_do(bench->netlink,
                                requests_of(bench->requests, XFRM_MSG_NEWPOLICY, 100), &failed,
                                &error),
                     STATUS_OK);
    assert_int_equal(netlink_dump(bench->netlink, &dump_policies, count_message, &first, &error),
                     STATUS_OK);
    assert_int_equal(first.count, 3);
    assert_int_equal(netlink_dump(bench->netlink, &dump_policies, count_message, &second, &error),
                     STATUS_OK);
    assert_int_equal(second.count, 100);
}

static void only_the_kernel_is_heard_on_a_group_and_losses_are_told(void **state)
{
    struct bench *bench = *state;
    struct counter counter = {0};
    const struct nlmsghdr *message;

    (void)requests_of(bench->requests, XFRM_MSG_NEWPOLICY, 1);
    message = &bench->requests->items[0].header;
    assert_int_equal(netlink_read(bench->netlink, count_message, &counter), STATUS_OK);
    fake_kernel_emit(bench->kernel, message, 4711);
    fake_kernel_emit(bench->kernel, message, 0);
    fake_kernel_emit(bench->kernel, message, 1);
    assert_int_equal(netlink_read(bench->netlink, count_message, &counter), STATUS_OK);
    assert_int_equal(counter.count, 1);
    fake_kernel_emit(bench->kernel, message, 0);
    fake_kernel_overrun(bench->kernel);
    fake_kernel_emit(bench->kernel, message, 0);
    assert_int_equal(netlink_read(bench->netlink, count_message, &counter), STATUS_LIMIT);
    assert_int_equal(counter.count, 3); /* what is there is heard all the same */
}

/* The real kernel: a network of our own, or the test is left out. */
static void a_flooded_group_says_that_messages_were_lost(void **state)
{
    struct bench *bench = *state;
    struct netlink *group;
    struct netlink *netlink;
    struct counter counter = {0};
    struct counter dumped = {0};
    struct view requests = requests_of(bench->requests, XFRM_MSG_NEWPOLICY, REQUESTS_MOST);
    size_t failed;
    int error;

    if (unshare(CLONE_NEWNET) < 0)
        skip();
    group = netlink_open(NETLINK_XFRM, 1U << (XFRMNLGRP_POLICY - 1));
    netlink = netlink_open(NETLINK_XFRM, 0);
    if (!group || !netlink)
        skip(); /* a kernel without XFRM */
    assert_true(netlink_fd(group) >= 0);
    assert_int_equal(netlink_do(netlink, requests, &failed, &error), STATUS_OK);
    assert_int_equal(netlink_read(group, count_message, &counter), STATUS_LIMIT);
    assert_true(counter.count > 0 && counter.count < REQUESTS_MOST);
    assert_int_equal(netlink_read(group, count_message, &counter), STATUS_OK);
    assert_int_equal(netlink_dump(netlink, &dump_policies, count_message, &dumped, &error),
                     STATUS_OK);
    assert_int_equal(dumped.count, REQUESTS_MOST);
    /* The same again: the kernel refuses each, and the first is named. */
    assert_int_equal(netlink_do(netlink, requests, &failed, &error), STATUS_REFUSED);
    assert_int_equal(failed, 0);
    assert_int_equal(error, EEXIST);
    netlink_close(group);
    netlink_close(netlink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_requests_go_in_few_datagrams_and_all_are_done, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            the_first_refused_request_is_named_and_no_further_datagram_is_sent, set_up, tear_down),
        cmocka_unit_test(an_answer_counts_when_the_kernel_gives_it_to_this_request),
        cmocka_unit_test_setup_teardown(octets_that_are_no_messages_are_not_sent, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_dump_is_whole_or_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dump_that_never_holds_still_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dump_that_is_ended_early_does_not_disturb_the_next,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_kernel_is_heard_on_a_group_and_losses_are_told,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flooded_group_says_that_messages_were_lost, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
