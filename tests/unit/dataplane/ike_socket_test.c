#include "dataplane/ike_socket.h"

#include <linux/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/datagram.h"
#include "support/test.h"

/* A network of our own with nothing but loopback, or the tests are left out. */
static bool loopback_alone(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd;
    bool is_up;

    if (unshare(CLONE_NEWNET) < 0)
        return false;
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    is_up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags |= IFF_UP;
    is_up = is_up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return is_up;
}

static int open_network(void **state)
{
    static bool is_alone;

    is_alone = is_alone || loopback_alone();
    *state = &is_alone;
    return 0;
}

static void need_network(void **state)
{
    if (!*(bool *)*state)
        skip();
}

static struct path to_port(enum address_family family, uint16_t port)
{
    struct path path = {0};

    path.remote.address.family = (uint8_t)family;
    if (family == ADDRESS_IPV4)
        path.remote.address.octets[0] = 127;
    path.remote.address.octets[family == ADDRESS_IPV4 ? 3 : 15] = 1;
    path.remote.port = port;
    path.local.address = path.remote.address;
    return path;
}

/* Sends from `from` to the port and receives on `to`; the number that came. */
static size_t pass(int from, int to, enum address_family family, uint16_t port, struct view octets,
                   struct datagram *out)
{
    static struct datagram_batch *batch;
    struct path path = to_port(family, port);
    struct pollfd wait = {.fd = to, .events = POLLIN};
    struct datagram received[DATAGRAM_BATCH];
    size_t taken;
    size_t count;

    if (!batch)
        batch = datagram_batch_new();
    assert_int_equal(datagram_send(from, &path, &octets, 1, -1), STATUS_OK);
    (void)poll(&wait, 1, 200);
    count = datagram_receive(to, port, batch, received, &taken);
    if (count > 0)
        *out = received[0];
    return count;
}

static void the_marker_decides_between_ike_and_esp(void **state)
{
    static const struct {
        const char *name, *hex;
        bool is_ike;
    } cases[] = {
        {"non-ESP marker and a header", "00000000 0102030405060708", true},
        {"marker alone", "00000000", true},
        {"an SPI", "00000100 00000001 aabbccdd", false},
        {"an SPI that ends in zeros", "01000000 00000001", false},
        {"keepalive", "ff", false},
        {"three octets of zeros", "000000", false},
    };
    char error[256] = "";
    struct ike_sockets ike;
    int esp[2];

    need_network(state);
    assert_int_equal(ike_sockets_open(&ike, ESP_CARRIER_SOCKET, error, sizeof error), STATUS_OK);
    esp[0] = esp_udp_socket_open(ADDRESS_IPV4, error, sizeof error);
    esp[1] = esp_udp_socket_open(ADDRESS_IPV6, error, sizeof error);
    assert_true(esp[0] >= 0 && esp[1] >= 0);
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        enum address_family family = i % 2 == 0 ? ADDRESS_IPV4 : ADDRESS_IPV6;
        int nat = i % 2 == 0 ? ike.nat_ipv4 : ike.nat_ipv6;
        int from = i % 2 == 0 ? ike.ike_ipv4 : ike.ike_ipv6;
        struct bytes octets = test_hex(cases[i / 2].hex);
        struct datagram datagram = {0};
        int right = cases[i / 2].is_ike ? nat : esp[i % 2];
        if (pass(from, right, family, IKE_NAT_PORT, bytes_view(&octets), &datagram) != 1)
            fail_msg("%s, IPv%d: did not come", cases[i / 2].name, family);
        test_view_equal(cases[i / 2].name, datagram.bytes_view, bytes_view(&octets));
        bytes_clear(&octets);
    }
    close(esp[0]);
    close(esp[1]);
    ike_sockets_close(&ike);
}

/* Whatever reaches us on port 4500 is IKE: the rest is the kernel's. RFC 3948 */
static void the_kernel_takes_esp_out_before_us(void **state)
{
    static const struct {
        const char *name, *hex;
        size_t count; /* that we see */
    } cases[] = {
        {"non-ESP marker and a header", "00000000 0102030405060708", 1},
        {"ESP of an SPI that nobody knows", "00000100 00000001 aabbccdd aabbccdd aabbccdd", 0},
        {"keepalive", "ff", 0},
    };
    char error[256] = "";
    struct ike_sockets ike;

    need_network(state);
    assert_int_equal(ike_sockets_open(&ike, ESP_CARRIER_KERNEL, error, sizeof error), STATUS_OK);
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        enum address_family family = i % 2 == 0 ? ADDRESS_IPV4 : ADDRESS_IPV6;
        struct bytes octets = test_hex(cases[i / 2].hex);
        struct datagram datagram = {0};
        if (pass(i % 2 == 0 ? ike.ike_ipv4 : ike.ike_ipv6, i % 2 == 0 ? ike.nat_ipv4 : ike.nat_ipv6,
                 family, IKE_NAT_PORT, bytes_view(&octets), &datagram) != cases[i / 2].count)
            fail_msg("%s, IPv%d", cases[i / 2].name, family);
        if (cases[i / 2].count > 0)
            test_view_equal(cases[i / 2].name, datagram.bytes_view, bytes_view(&octets));
        bytes_clear(&octets);
    }
    ike_sockets_close(&ike);
}

static void a_datagram_says_where_it_came_from_and_to(void **state)
{
    char error[256] = "";
    struct ike_sockets ike;
    struct datagram datagram = {0};
    struct path path = to_port(ADDRESS_IPV4, IKE_PORT);

    need_network(state);
    assert_int_equal(ike_sockets_open(&ike, ESP_CARRIER_SOCKET, error, sizeof error), STATUS_OK);
    assert_int_equal(
        pass(ike.nat_ipv4, ike.ike_ipv4, ADDRESS_IPV4, IKE_PORT, view_of_text("octets"), &datagram),
        1);
    assert_true(endpoint_equal(&datagram.local, &path.remote));
    path.remote.port = IKE_NAT_PORT;
    assert_true(endpoint_equal(&datagram.remote, &path.remote));
    assert_int_equal(datagram.hop_limit, 64);
    ike_sockets_close(&ike);
}

static void a_batch_keeps_its_order_and_leaves_out_what_cannot_go(void **state)
{
    char error[256] = "";
    struct ike_sockets ike;
    struct datagram_batch *batch = datagram_batch_new();
    struct datagram out[3];
    struct datagram received[DATAGRAM_BATCH];
    struct path path = to_port(ADDRESS_IPV4, IKE_PORT);
    struct pollfd wait = {.events = POLLIN};
    size_t taken;

    need_network(state);
    assert_int_equal(ike_sockets_open(&ike, ESP_CARRIER_SOCKET, error, sizeof error), STATUS_OK);
    for (size_t i = 0; i < COUNT(out); i++)
        out[i] = (struct datagram){.local = path.local,
                                   .remote = path.remote,
                                   .bytes_view = view_of(&"abc"[i], 1),
                                   .traffic_class = 8};
    out[1].remote.address.octets[0] = 198; /* no route */
    out[1].local.address = (struct address){.family = ADDRESS_IPV4};
    assert_int_equal(datagram_send_batch(ike.nat_ipv4, batch, out, COUNT(out)), COUNT(out));
    wait.fd = ike.ike_ipv4;
    (void)poll(&wait, 1, 200);
    assert_int_equal(datagram_receive(ike.ike_ipv4, IKE_PORT, batch, received, &taken), 2);
    assert_int_equal(received[0].bytes_view.data[0], 'a');
    assert_int_equal(received[1].bytes_view.data[0], 'c');
    assert_int_equal(received[1].traffic_class, 8);
    ike_sockets_close(&ike);
    datagram_batch_free(batch);
}

static void a_port_in_use_is_named(void **state)
{
    char error[256] = "";
    struct ike_sockets first;
    struct ike_sockets second = {-1, -1, -1, -1};

    need_network(state);
    assert_int_equal(ike_sockets_open(&first, ESP_CARRIER_SOCKET, error, sizeof error), STATUS_OK);
    assert_int_equal(ike_sockets_open(&second, ESP_CARRIER_SOCKET, error, sizeof error),
                     STATUS_SYSTEM);
    assert_non_null(strstr(error, "UDP port 500 (IPv4): bind: Address already in use"));
    ike_sockets_close(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_marker_decides_between_ike_and_esp, open_network),
        cmocka_unit_test_setup(the_kernel_takes_esp_out_before_us, open_network),
        cmocka_unit_test_setup(a_datagram_says_where_it_came_from_and_to, open_network),
        cmocka_unit_test_setup(a_batch_keeps_its_order_and_leaves_out_what_cannot_go, open_network),
        cmocka_unit_test_setup(a_port_in_use_is_named, open_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
