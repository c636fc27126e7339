#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/datagram.h"
#include "dataplane/guard.h"
#include "support/test.h"

/* What comes in from the kernel: messages of netlink, and datagrams of any size. */

/* "Table inet entente was deleted." */
struct table_message {
    struct nlmsghdr header;
    struct nfgenmsg family;
    struct nlattr attribute;
    char name[8];
};

static struct table_message removal_of(const char *table)
{
    struct table_message message = {
        .header = {.nlmsg_len = sizeof message,
                   .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE},
        .family = {.nfgen_family = NFPROTO_INET},
        .attribute = {.nla_len = sizeof message.attribute + sizeof message.name,
                      .nla_type = NFTA_TABLE_NAME},
    };

    assert_in_range(strlen(table), 1, sizeof message.name - 1);
    memcpy(message.name, table, strlen(table));
    return message;
}

/*
 * Sends from a socket without a name, which reads as address 0 like the kernel's, or from one whose
 * name stands where netlink has the sender's number.
 */
static bool watch_says(const char *table, bool is_stranger)
{
    struct table_message message = removal_of(table);
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "?"};
    int ends[2];
    bool was_removed;

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
    if (is_stranger) { /* abstract: a zero octet first, then the process's own */
        (void)snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "xyz%ld", (long)getpid());
        name.sun_path[0] = '\0';
        assert_int_equal(bind(ends[0], (struct sockaddr *)&name, sizeof name), 0);
    }
    assert_int_equal(send(ends[0], &message, sizeof message, 0), sizeof message);
    was_removed = guard_watch_read(ends[1]);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    return was_removed;
}

static void sec_166_only_the_kernel_says_that_the_guard_is_gone(void **state)
{
    (void)state;
    assert_true(watch_says("entente", false));
    assert_false(watch_says("other", false));
    assert_false(watch_says("entente", true));
}

static int udp_socket(uint16_t *port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof name;
    int on = 1;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &bytes), 0);
    *port = ntohs(name.sin_port);
    return fd;
}

/* The buffers hold the largest that UDP carries, so that none is cut; what is cut is left out. */
static void sec_009_the_largest_datagram_comes_whole(void **state)
{
    static const size_t sizes[] = {0, 1, 1400, 65506, 65507};
    struct datagram_batch *batch = datagram_batch_new();
    uint8_t *octets = calloc(1, DATAGRAM_MOST_BYTES);
    uint16_t port = 0, own = 0;
    int to = udp_socket(&port);
    int from = udp_socket(&own);
    struct sockaddr_in name = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    (void)state;
    assert_non_null(batch);
    assert_non_null(octets);
    for (size_t i = 0; i < DATAGRAM_MOST_BYTES; i++)
        octets[i] = (uint8_t)(i * 31 + i / 256);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct pollfd wait = {.fd = to, .events = POLLIN};
        struct datagram received[DATAGRAM_BATCH];
        size_t taken = 0;
        assert_int_equal(sendto(from, octets, sizes[i], 0, (struct sockaddr *)&name, sizeof name),
                         sizes[i]);
        assert_int_equal(poll(&wait, 1, 2000), 1);
        assert_int_equal(datagram_receive(to, port, batch, received, &taken), 1);
        test_view_equal("datagram", received[0].bytes_view, view_of(octets, sizes[i]));
        assert_int_equal(received[0].remote.port, own);
    }
    assert_int_equal(close(from), 0);
    assert_int_equal(close(to), 0);
    datagram_batch_free(batch);
    free(octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_166_only_the_kernel_says_that_the_guard_is_gone),
        cmocka_unit_test(sec_009_the_largest_datagram_comes_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
