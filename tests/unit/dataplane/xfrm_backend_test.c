#include <errno.h>

#include <event2/event.h>

#include "xfrm_plane.h"

#define IN_SPI 0x1001u
#define OUT_SPI 0x2002u
#define AH_SPI 0x3003u
#define FOREIGN_SPI 0x4004u
#define FOREIGN_REQID 42u

static void sas_come_and_go(void **state)
{
    struct ask_sa_add in = plane_ask(SA_INBOUND, IN_SPI), out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct effect_sa_delete end = plane_delete(&in);
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &in), STATUS_OK);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    assert_int_equal(plane_has(&plane, IN_SPI), 1);
    backend_xfrm.sa_delete(plane.backend, &end);
    assert_int_equal(plane_has(&plane, IN_SPI), 0);
    backend_xfrm.sa_delete(plane.backend, &end); /* what is not there is gone already */
    plane_foreign(&plane, FOREIGN_SPI, FOREIGN_REQID);
    end.spi = FOREIGN_SPI;
    end.destination = out.path.remote.address;
    backend_xfrm.sa_delete(plane.backend, &end);
    assert_int_equal(plane_has(&plane, FOREIGN_SPI), 1);
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, NULL), 0);
    plane_close(&plane);
}

static void nothing_of_ours_stays_behind_at_the_end(void **state)
{
    struct ask_sa_add out = plane_ask_bundle(SA_OUTBOUND, OUT_SPI, AH_SPI);
    struct fake_kernel *kernel = fake_kernel_new();
    struct plane plane = {0};

    (void)state;
    plane_open_over(&plane, kernel, NULL);
    plane_foreign(&plane, FOREIGN_SPI, FOREIGN_REQID);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    assert_int_equal(fake_kernel_count(kernel, FAKE_SAS), 3);
    backend_xfrm.close(plane.backend);
    assert_int_equal(fake_kernel_count(kernel, FAKE_SAS), 1);
    plane.backend = NULL;
    plane_close(&plane);
}

static void sec_167_an_spi_in_use_is_told_and_its_sa_stays(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, FOREIGN_SPI);
    struct plane plane;

    (void)state;
    plane_open(&plane);
    plane_foreign(&plane, FOREIGN_SPI, FOREIGN_REQID);
    assert_int_equal(plane_add(&plane, &out), STATUS_EXISTS);
    assert_int_equal(plane_has(&plane, FOREIGN_SPI), 1);
    assert_int_equal(plane_info(&plane, FOREIGN_SPI)->reqid, FOREIGN_REQID);
    /* Our own, the second time: the first one is not touched. */
    out.spi = OUT_SPI;
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    assert_int_equal(plane_add(&plane, &out), STATUS_EXISTS);
    assert_int_equal(plane_has(&plane, OUT_SPI), 1);
    plane_close(&plane);
}

static void sec_168_whichever_operation_fails_no_half_of_a_bundle_stays(void **state)
{
    static const struct {
        enum fake_fault fault;
        int error;
        enum status status;
    } faults[] = {
        {FAKE_REFUSES, EEXIST, STATUS_EXISTS},
        {FAKE_REFUSES, ENOMEM, STATUS_NO_MEMORY},
        {FAKE_REFUSES, ENOBUFS, STATUS_NO_MEMORY},
        {FAKE_REFUSES, ENOSYS, STATUS_CRYPTO},
        {FAKE_REFUSES, ENOENT, STATUS_CRYPTO},
        {FAKE_REFUSES, EPROTONOSUPPORT, STATUS_CRYPTO},
        {FAKE_REFUSES, EPERM, STATUS_SYSTEM},
        {FAKE_REFUSES, EINVAL, STATUS_SYSTEM},
        {FAKE_SILENT, 0, STATUS_SYSTEM},
        {FAKE_LATE, 0, STATUS_SYSTEM},
        {FAKE_CUT, 0, STATUS_SYSTEM},
        {FAKE_OVERRUN, 0, STATUS_NO_MEMORY},
        {FAKE_TWICE, 0, STATUS_OK},
        {FAKE_STRANGER, EPERM, STATUS_OK},
        {FAKE_WRONG_ORDER, EPERM, STATUS_OK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        for (size_t n = 0; n < 2; n++) {
            struct ask_sa_add out = plane_ask_bundle(SA_OUTBOUND, OUT_SPI, AH_SPI);
            size_t left = faults[i].status == STATUS_OK ? 2 : 0;
            enum status status;
            struct plane plane;
            plane_open(&plane);
            fake_kernel_fault(plane.kernel, n, faults[i].fault, faults[i].error);
            status = plane_add(&plane, &out);
            if (status != faults[i].status || fake_kernel_count(plane.kernel, FAKE_SAS) != left)
                fail_msg("fault %zu at %zu: %s, %zu SAs", i, n, status_name(status),
                         fake_kernel_count(plane.kernel, FAKE_SAS));
            plane_close(&plane);
        }
    }
}

static void sec_168_an_install_that_was_not_answered_takes_no_foreign_sa_away(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, FOREIGN_SPI);
    struct plane plane;

    (void)state;
    plane_open(&plane);
    plane_foreign(&plane, FOREIGN_SPI, FOREIGN_REQID);
    fake_kernel_fault(plane.kernel, 0, FAKE_SILENT, 0); /* it would have been EEXIST */
    assert_int_equal(plane_add(&plane, &out), STATUS_SYSTEM);
    assert_int_equal(plane_has(&plane, FOREIGN_SPI), 1);
    plane_close(&plane);
}

static void sec_174_expiries_are_told_once_and_only_of_our_own(void **state)
{
    struct ask_sa_add in = plane_ask(SA_INBOUND, IN_SPI), out = plane_ask(SA_OUTBOUND, OUT_SPI);
    const struct input *expire = NULL;
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &in), STATUS_OK);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    for (size_t i = 0; i < 2; i++) {
        plane_say_expire(&plane, OUT_SPI, IPPROTO_ESP, SA_OUTBOUND, false, 0);
        plane_say_expire(&plane, FOREIGN_SPI, IPPROTO_ESP, SA_OUTBOUND, true, 0);
        plane_say_expire(&plane, OUT_SPI, IPPROTO_ESP, SA_INBOUND, true, 0); /* another address */
        plane_say_expire(&plane, OUT_SPI, IPPROTO_AH, SA_OUTBOUND, true, 0); /* another protocol */
        plane_say_expire(&plane, 0, IPPROTO_ESP, SA_OUTBOUND, true, 0);      /* never came to be */
        plane_run(&plane);
    }
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, &expire), 1);
    assert_int_equal(expire->expire.kind, EXPIRE_SOFT);
    assert_int_equal(expire->expire.spi, OUT_SPI);
    assert_int_equal(expire->expire.direction, SA_OUTBOUND);
    fake_kernel_remove(plane.kernel, FAKE_SAS, 0); /* the kernel ends the inbound one */
    for (size_t i = 0; i < 2; i++)
        plane_say_expire(&plane, IN_SPI, IPPROTO_ESP, SA_INBOUND, true, 0);
    plane_run(&plane);
    assert_int_equal(plane_expiries(&plane, IN_SPI, EXPIRE_HARD), 1);
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, NULL), 2);
    plane_close(&plane);
}

static void a_bundle_ends_as_one_and_by_its_esps_name(void **state)
{
    struct ask_sa_add out = plane_ask_bundle(SA_OUTBOUND, OUT_SPI, AH_SPI);
    const struct input *expire = NULL;
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    plane_say_expire(&plane, AH_SPI, IPPROTO_AH, SA_OUTBOUND, false, 0);
    plane_say_expire(&plane, OUT_SPI, IPPROTO_ESP, SA_OUTBOUND, false, 0);
    plane_run(&plane);
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, &expire), 1);
    assert_int_equal(expire->expire.spi, OUT_SPI);
    assert_int_equal(expire->expire.protocol, IPSEC_PROTOCOL_ESP);
    fake_kernel_remove(plane.kernel, FAKE_SAS, 0); /* the AH, which went in first */
    plane_say_expire(&plane, AH_SPI, IPPROTO_AH, SA_OUTBOUND, true, 0);
    plane_run(&plane);
    assert_int_equal(plane_expiries(&plane, OUT_SPI, EXPIRE_HARD), 1);
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_SAS), 0);

    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    backend_xfrm.sa_delete(plane.backend, &(struct effect_sa_delete){
                                              .direction = SA_OUTBOUND,
                                              .protocol = IPSEC_PROTOCOL_ESP,
                                              .spi = OUT_SPI,
                                              .destination = out.path.remote.address,
                                          });
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_SAS), 0);
    plane_close(&plane);
}

static void an_acquire_says_who_and_where(void **state)
{
    const struct input *input = NULL;
    struct plane plane;
    char text[SELECTOR_TEXT_BYTES];

    (void)state;
    plane_open(&plane);
    plane_say_acquire(&plane, xfrm_reqid(PLANE_REQID), 99, 0);
    plane_run(&plane);
    assert_int_equal(plane_inputs(&plane, IN_ACQUIRE, &input), 1);
    assert_int_equal(input->acquire.sequence, 99);
    assert_int_equal(input->acquire.reqid, PLANE_REQID);
    assert_string_equal(selector_text(&input->acquire.packet, text),
                        "192.0.2.1 - 198.51.100.2 udp from/40000 to/53");
    assert_string_equal(address_text(&input->acquire.local, text), "192.0.2.1");
    assert_string_equal(address_text(&input->acquire.remote, text), "198.51.100.2");
    plane_close(&plane);
}

/* The pause is over. */
static void again(struct plane *plane)
{
    plane_forget(plane);
    assert_true(evtimer_pending(plane->backend->again_event_own, NULL));
    (void)evtimer_del(plane->backend->again_event_own);
    event_active(plane->backend->again_event_own, EV_TIMEOUT, 0);
    plane_run(plane);
}

static void what_still_has_no_sa_is_asked_for_again_ever_more_rarely(void **state)
{
    struct plane plane = {0};

    (void)state;
    plane_open(&plane);
    plane_foreign(&plane, 0, xfrm_reqid(PLANE_REQID)); /* the kernel waits for this one */
    plane_say_acquire(&plane, xfrm_reqid(PLANE_REQID), 77, 0);
    plane_run(&plane);
    for (unsigned pause_s = 2; pause_s <= 16; pause_s *= 2) {
        assert_int_equal(plane.backend->again_pause_s, pause_s);
        again(&plane);
        assert_int_equal(plane_inputs(&plane, IN_ACQUIRE, NULL), 1);
    }
    assert_int_equal(plane.backend->again_pause_s, 16);
    fake_kernel_flush(plane.kernel, FAKE_SAS);
    again(&plane);
    assert_int_equal(plane_inputs(&plane, IN_ACQUIRE, NULL), 0);
    assert_false(evtimer_pending(plane.backend->again_event_own, NULL));
    assert_int_equal(plane.backend->again_pause_s, 0);
    plane_close(&plane);
}

static void sec_173_an_acquire_that_no_entry_wants_sends_nothing(void **state)
{
    struct plane plane;

    (void)state;
    plane_open(&plane);
    plane_say_acquire(&plane, xfrm_reqid(PLANE_REQID + 1), 1, 0); /* an entry that is gone */
    plane_say_acquire(&plane, FOREIGN_REQID, 2, 0);               /* somebody else's policy */
    plane_say_acquire(&plane, 0, 3, 0);
    plane_run(&plane);
    assert_int_equal(plane.input_count, 0);
    assert_int_equal(plane.warning_count, 1);
    for (uint32_t i = 0; i < 1000; i++) { /* any user's packets: no line each */
        plane_say_acquire(&plane, xfrm_reqid(PLANE_REQID + 1), i, 0);
        plane_run(&plane);
    }
    assert_int_equal(plane.input_count, 0);
    assert_int_equal(plane.warning_count, 1);
    plane_close(&plane);
}

static void sec_166_only_the_kernel_is_heard_and_only_whole(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct nlmsghdr cut = {.nlmsg_len = sizeof cut, .nlmsg_type = XFRM_MSG_EXPIRE};
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    plane_forget(&plane);
    plane_say_acquire(&plane, xfrm_reqid(PLANE_REQID), 1, 4711);
    plane_say_expire(&plane, OUT_SPI, IPPROTO_ESP, SA_OUTBOUND, true, 4711);
    for (unsigned type = XFRM_MSG_BASE; type <= XFRM_MSG_MAX; type++) {
        cut.nlmsg_type = (uint16_t)type;
        fake_kernel_emit(plane.groups, &cut, 0);
    }
    plane_run(&plane);
    assert_int_equal(plane.input_count, 0);
    assert_int_equal(plane_has(&plane, OUT_SPI), 1);
    plane_close(&plane);
}

/* SEC-166: what was lost on the way is found by looking. */
static void sec_166_after_an_overrun_nothing_is_missing(void **state)
{
    struct ask_sa_add in = plane_ask(SA_INBOUND, IN_SPI), out = plane_ask(SA_OUTBOUND, OUT_SPI);
    const struct input *input = NULL;
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &in), STATUS_OK);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    plane_foreign(&plane, FOREIGN_SPI, FOREIGN_REQID);
    plane_foreign(&plane, 0, xfrm_reqid(PLANE_REQID)); /* an acquire */
    plane_forget(&plane);
    plane_run(&plane);
    assert_int_equal(plane.input_count, 0);           /* without an overrun nobody looks */
    plane_info(&plane, OUT_SPI)->curlft.bytes = 1000; /* its soft limit */
    fake_kernel_remove(plane.kernel, FAKE_SAS, 0);    /* the inbound one's hard limit */
    fake_kernel_overrun(plane.groups);
    fake_kernel_fault(plane.kernel, 0, FAKE_INTERRUPTED, 0);
    plane_run(&plane);
    assert_int_equal(plane_expiries(&plane, IN_SPI, EXPIRE_HARD), 1);
    assert_int_equal(plane_expiries(&plane, OUT_SPI, EXPIRE_SOFT), 1);
    assert_true(plane_inputs(&plane, IN_ACQUIRE, &input) >= 1);
    assert_int_equal(input->acquire.sequence, 77);
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, NULL), 2);
    assert_int_equal(plane_has(&plane, FOREIGN_SPI), 1);
    /* The messages come after all, and another look follows: nothing is said twice. */
    plane_say_expire(&plane, IN_SPI, IPPROTO_ESP, SA_INBOUND, true, 0);
    plane_say_expire(&plane, OUT_SPI, IPPROTO_ESP, SA_OUTBOUND, false, 0);
    xfrm_resync(plane.backend);
    plane_run(&plane);
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, NULL), 2);
    plane_close(&plane);
}

static void sec_175_what_a_dead_daemon_left_goes_and_what_is_foreign_stays(void **state)
{
    struct fake_kernel *kernel = fake_kernel_new();
    struct plane plane = {.kernel = kernel, .other = fake_kernel_open(kernel)};

    (void)state;
    plane_foreign(&plane, OUT_SPI, xfrm_reqid(PLANE_REQID));
    plane_foreign(&plane, OUT_SPI + 1, XFRM_REQID_LAST);
    plane_foreign(&plane, FOREIGN_SPI, FOREIGN_REQID);
    plane_foreign(&plane, FOREIGN_SPI + 1, XFRM_REQID_LAST + 1);
    plane_foreign(&plane, FOREIGN_SPI + 2, 0);
    netlink_close(plane.other);
    plane_open_over(&plane, kernel, NULL);
    assert_int_equal(fake_kernel_count(kernel, FAKE_SAS), 3);
    assert_int_equal(plane_has(&plane, OUT_SPI) + plane_has(&plane, OUT_SPI + 1), 0);
    plane_close(&plane);
}

static void sec_175_sas_that_somebody_deletes_are_told(void **state)
{
    struct ask_sa_add in = plane_ask(SA_INBOUND, IN_SPI), out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &in), STATUS_OK);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    plane_say_delete(&plane, OUT_SPI, SA_OUTBOUND); /* a lie, or one that was moved: it is there */
    plane_run(&plane);
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, NULL), 0);
    fake_kernel_remove(plane.kernel, FAKE_SAS, 1);
    plane_say_delete(&plane, OUT_SPI, SA_OUTBOUND);
    plane_run(&plane);
    assert_int_equal(plane_expiries(&plane, OUT_SPI, EXPIRE_HARD), 1);
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, NULL), 1);
    fake_kernel_flush(plane.kernel, FAKE_SAS);
    plane_say_flush(&plane, XFRM_MSG_FLUSHSA);
    plane_run(&plane);
    assert_int_equal(plane_expiries(&plane, IN_SPI, EXPIRE_HARD), 1);
    plane_close(&plane);
}

static void packets_that_waited_are_let_go_by_the_sa_that_was_asked_for(void **state)
{
    struct ask_sa_add in = plane_ask(SA_INBOUND, IN_SPI), out = plane_ask(SA_OUTBOUND, OUT_SPI);
    const struct nlmsghdr *policy;
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_POLICIES), 0); /* nothing waited */
    plane_say_acquire(&plane, xfrm_reqid(PLANE_REQID), 1, 0);
    plane_run(&plane);
    assert_int_equal(plane_add(&plane, &in), STATUS_OK);
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_POLICIES), 0);
    out.spi++;
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_POLICIES), 1);
    policy = fake_kernel_at(plane.kernel, FAKE_POLICIES, 0);
    assert_int_equal(fake_policy_info(policy)->dir, XFRM_POLICY_OUT);
    assert_int_equal(fake_policy_info(policy)->sel.daddr.a4, htonl(0xc6336402));
    fake_kernel_flush(plane.kernel, FAKE_POLICIES);
    out.spi++;
    assert_int_equal(plane_add(&plane, &out), STATUS_OK); /* a rekey: nobody waits */
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_POLICIES), 0);
    plane_close(&plane);
}

/* The kernel has asked, and nobody has read it yet when the SA comes that the peer's negotiation
 * made: the engine hears the question while that one is still under way, and the packets leave. */
static void what_was_asked_before_the_sa_stood_is_told_before_it_does(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct plane plane;

    (void)state;
    plane_open(&plane);
    plane_forget(&plane);
    plane_say_acquire(&plane, xfrm_reqid(PLANE_REQID), 1, 0);
    backend_xfrm.sa_add(plane.backend, 1, &out);
    plane_run(&plane);
    assert_int_equal(plane.input_count, 2);
    assert_int_equal(plane.inputs[0].kind, IN_ACQUIRE);
    assert_int_equal(plane.inputs[1].kind, IN_ANSWER);
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_POLICIES), 1);
    plane_close(&plane);
}

static void a_peer_that_moves_is_said_once(void **state)
{
    struct ask_sa_add in = plane_ask(SA_INBOUND, IN_SPI);
    struct plane plane;
    size_t before;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &in), STATUS_OK);
    before = plane.info_count;
    for (size_t i = 0; i < 3; i++) {
        plane_say_mapping(&plane, IN_SPI);
        plane_say_mapping(&plane, FOREIGN_SPI);
    }
    plane_run(&plane);
    assert_int_equal(plane.info_count, before + 1);
    plane_close(&plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sas_come_and_go),
        cmocka_unit_test(nothing_of_ours_stays_behind_at_the_end),
        cmocka_unit_test(sec_167_an_spi_in_use_is_told_and_its_sa_stays),
        cmocka_unit_test(sec_168_whichever_operation_fails_no_half_of_a_bundle_stays),
        cmocka_unit_test(sec_168_an_install_that_was_not_answered_takes_no_foreign_sa_away),
        cmocka_unit_test(sec_174_expiries_are_told_once_and_only_of_our_own),
        cmocka_unit_test(a_bundle_ends_as_one_and_by_its_esps_name),
        cmocka_unit_test(an_acquire_says_who_and_where),
        cmocka_unit_test(what_still_has_no_sa_is_asked_for_again_ever_more_rarely),
        cmocka_unit_test(sec_173_an_acquire_that_no_entry_wants_sends_nothing),
        cmocka_unit_test(sec_166_only_the_kernel_is_heard_and_only_whole),
        cmocka_unit_test(sec_166_after_an_overrun_nothing_is_missing),
        cmocka_unit_test(sec_175_what_a_dead_daemon_left_goes_and_what_is_foreign_stays),
        cmocka_unit_test(sec_175_sas_that_somebody_deletes_are_told),
        cmocka_unit_test(a_peer_that_moves_is_said_once),
        cmocka_unit_test(what_was_asked_before_the_sa_stood_is_told_before_it_does),
        cmocka_unit_test(packets_that_waited_are_let_go_by_the_sa_that_was_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
