#include <errno.h>

#include <libmnl/libmnl.h>

#include "dataplane/xfrm_address.h"
#include "xfrm_plane.h"

#define OUT_SPI 0x2002u
#define IN_SPI 0x1001u
#define AH_SPI 0x3003u

static struct address address_of(const char *text)
{
    struct address out;

    assert_int_equal(address_parse(view_of_text(text), &out), STATUS_OK);
    return out;
}

static struct sa_move move_of(const struct ask_sa_add *ask, const char *local, const char *remote)
{
    return (struct sa_move){
        .direction = ask->direction,
        .protocol = ask->protocol,
        .spi = ask->spi,
        .destination = plane_delete(ask).destination,
        .path = {{address_of(local), IKE_PORT}, {address_of(remote), IKE_PORT}, false},
    };
}

static const struct nlmsghdr *object_of(const struct plane *plane, uint32_t spi)
{
    for (size_t i = 0; i < fake_kernel_count(plane->kernel, FAKE_SAS); i++) {
        const struct nlmsghdr *object = fake_kernel_at(plane->kernel, FAKE_SAS, i);
        if (ntohl(fake_sa_info(object)->id.spi) == spi)
            return object;
    }
    return NULL;
}

/* The octets of an attribute, kept beyond the next change of the table. */
static struct bytes attribute_of(const struct plane *plane, uint32_t spi, uint16_t type)
{
    struct bytes copy = {0};

    assert_non_null(object_of(plane, spi));
    assert_int_equal(bytes_copy(fake_attribute(object_of(plane, spi), type), &copy), STATUS_OK);
    return copy;
}

static void assert_lies_between(const struct plane *plane, uint32_t spi, const char *source,
                                const char *destination)
{
    const struct xfrm_usersa_info *info = plane_info(plane, spi);
    struct address got, want;

    assert_non_null(info);
    got = xfrm_address_back(&info->saddr, info->family);
    want = address_of(source);
    assert_true(address_equal(&got, &want));
    got = xfrm_address_back(&info->id.daddr, info->family);
    want = address_of(destination);
    assert_true(address_equal(&got, &want));
}

static void keys_numbers_and_counters_go_along(void **state)
{
    static const uint16_t kept[] = {XFRMA_ALG_CRYPT, XFRMA_ALG_AUTH_TRUNC, XFRMA_REPLAY_ESN_VAL};
    struct ask_sa_add in = plane_ask(SA_INBOUND, IN_SPI);
    struct sa_move move = move_of(&in, "192.0.2.77", "203.0.113.9");
    struct xfrm_lifetime_cur used = {.bytes = 500, .packets = 5, .add_time = 1, .use_time = 2};
    struct xfrm_lifetime_cur got;
    struct bytes before[COUNT(kept)];
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &in), STATUS_OK);
    plane_info(&plane, IN_SPI)->curlft = used;
    for (size_t i = 0; i < COUNT(kept); i++)
        before[i] = attribute_of(&plane, IN_SPI, kept[i]);
    assert_true(before[2].bytes > 0);
    /* Numbers that the kernel counted since. */
    for (size_t i = 4; i < before[2].bytes; i++)
        if (i < offsetof(struct xfrm_replay_state_esn, replay_window) ||
            i >= sizeof(struct xfrm_replay_state_esn))
            before[2].data_own[i] = (uint8_t)i;
    memcpy((uint8_t *)fake_attribute(object_of(&plane, IN_SPI), XFRMA_REPLAY_ESN_VAL).data,
           before[2].data_own, before[2].bytes);

    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_OK);
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_SAS), 1);
    assert_lies_between(&plane, IN_SPI, "203.0.113.9", "192.0.2.77");
    for (size_t i = 0; i < COUNT(kept); i++) {
        struct bytes after = attribute_of(&plane, IN_SPI, kept[i]);
        test_view_equal("attribute", bytes_view(&after), bytes_view(&before[i]));
        bytes_clear(&after);
        bytes_clear(&before[i]);
    }
    assert_int_equal(fake_attribute(object_of(&plane, IN_SPI), XFRMA_LTIME_VAL).bytes, sizeof got);
    memcpy(&got, fake_attribute(object_of(&plane, IN_SPI), XFRMA_LTIME_VAL).data, sizeof got);
    assert_memory_equal(&got, &used, sizeof got);
    /* Transport mode: the selector is of the ends. */
    assert_memory_equal(&plane_info(&plane, IN_SPI)->sel.daddr,
                        &plane_info(&plane, IN_SPI)->id.daddr, sizeof(xfrm_address_t));
    /* It goes by its new name now: the old one is nothing. */
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_ABSENT);
    move.destination = move.path.local.address;
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_OK);
    xfrm_resync(plane.backend);
    plane_run(&plane);
    assert_int_equal(plane_inputs(&plane, IN_EXPIRE, NULL), 0);
    plane_close(&plane);
}

static void ports_come_and_go_with_the_path(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct sa_move move = move_of(&out, "192.0.2.1", "198.51.100.2");
    struct xfrm_encap_tmpl encapsulation;
    struct bytes attribute;
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    move.path.is_encapsulated = true;
    move.path.local.port = 4500;
    move.path.remote.port = 20000;
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_OK);
    attribute = attribute_of(&plane, OUT_SPI, XFRMA_ENCAP);
    assert_int_equal(attribute.bytes, sizeof encapsulation);
    memcpy(&encapsulation, attribute.data_own, sizeof encapsulation);
    assert_int_equal(ntohs(encapsulation.encap_dport), 20000);
    bytes_clear(&attribute);
    move.path.is_encapsulated = false;
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_OK);
    assert_int_equal(fake_attribute(object_of(&plane, OUT_SPI), XFRMA_ENCAP).bytes, 0);
    plane_close(&plane);
}

/* get, delete, add: whichever fails, the SA is where it was; the fourth would be putting it back.
 */
static void what_fails_leaves_it_where_it_was(void **state)
{
    (void)state;
    for (size_t n = 0; n < 3; n++) {
        struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
        struct sa_move move = move_of(&out, "192.0.2.1", "203.0.113.9");
        struct plane plane;
        plane_open(&plane);
        assert_int_equal(plane_add(&plane, &out), STATUS_OK);
        fake_kernel_fault(plane.kernel, n, FAKE_REFUSES, ENOMEM);
        assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_SYSTEM);
        assert_int_equal(plane_has(&plane, OUT_SPI), 1);
        assert_lies_between(&plane, OUT_SPI, "192.0.2.1", "198.51.100.2");
        plane_run(&plane);
        assert_int_equal(plane_inputs(&plane, IN_EXPIRE, NULL), 0);
        plane_close(&plane);
    }
}

static void what_cannot_even_be_put_back_has_ended(void **state)
{
    struct ask_sa_add out = plane_ask(SA_OUTBOUND, OUT_SPI);
    struct sa_move move = move_of(&out, "192.0.2.1", "203.0.113.9");
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    fake_kernel_fault(plane.kernel, 2, FAKE_REFUSES, ENOMEM);
    fake_kernel_fault(plane.kernel, 3, FAKE_REFUSES, ENOMEM);
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_SYSTEM);
    plane_run(&plane);
    assert_int_equal(plane_expiries(&plane, OUT_SPI, EXPIRE_HARD), 1);
    plane_close(&plane);
}

static void a_bundle_moves_whole_or_not_at_all(void **state)
{
    struct ask_sa_add out = plane_ask_bundle(SA_OUTBOUND, OUT_SPI, AH_SPI);
    struct sa_move move = move_of(&out, "192.0.2.1", "203.0.113.9");
    struct plane plane;

    (void)state;
    plane_open(&plane);
    assert_int_equal(plane_add(&plane, &out), STATUS_OK);
    fake_kernel_fault(plane.kernel, 5, FAKE_REFUSES, ENOMEM); /* the add of the second */
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_SYSTEM);
    assert_lies_between(&plane, OUT_SPI, "192.0.2.1", "198.51.100.2");
    assert_lies_between(&plane, AH_SPI, "192.0.2.1", "198.51.100.2");
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_OK);
    assert_lies_between(&plane, OUT_SPI, "192.0.2.1", "203.0.113.9");
    assert_lies_between(&plane, AH_SPI, "192.0.2.1", "203.0.113.9");
    move.destination = move.path.remote.address;
    move.path.is_encapsulated = true; /* AH does not pass a NAT */
    assert_int_equal(backend_xfrm.sa_move(plane.backend, &move), STATUS_REFUSED);
    assert_int_equal(fake_kernel_count(plane.kernel, FAKE_SAS), 2);
    plane_close(&plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_numbers_and_counters_go_along),
        cmocka_unit_test(ports_come_and_go_with_the_path),
        cmocka_unit_test(what_fails_leaves_it_where_it_was),
        cmocka_unit_test(what_cannot_even_be_put_back_has_ended),
        cmocka_unit_test(a_bundle_moves_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
