#include "dataplane/ike_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "dataplane/datagram.h"
#include "dataplane/mark.h"

/* What linux/in6.h has and glibc's netinet/in.h lacks: the two cannot be included together. */
#ifndef IPV6_PMTUDISC_OMIT
#define IPV6_PMTUDISC_OMIT 5
#endif

#define SOCKET_BUFFER_BYTES (4 * 1024 * 1024)

struct socket_option {
    int level;
    int name;
    int value;
    const char *what;
};

static const struct socket_option options_all[] = {
    {SOL_SOCKET, SO_MARK, (int)MARK_OWN, "SO_MARK"},
};

static const struct socket_option options_ipv4[] = {
    {IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO"},
    {IPPROTO_IP, IP_RECVTOS, 1, "IP_RECVTOS"},
    {IPPROTO_IP, IP_RECVTTL, 1, "IP_RECVTTL"},
    {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT, "IP_MTU_DISCOVER"},
};

static const struct socket_option options_ipv6[] = {
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO"},
    {IPPROTO_IPV6, IPV6_RECVTCLASS, 1, "IPV6_RECVTCLASS"},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT"},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT, "IPV6_MTU_DISCOVER"},
};

/* Raw IPv6 sockets are so anyway, and refuse to be told. */
static const struct socket_option option_ipv6_only[] = {
    {IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY"},
};

/* Before bind, or the second socket of a port finds it in use. */
static const struct socket_option option_shared[] = {
    {SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT"},
};

static const struct socket_option option_header[] = {
    {IPPROTO_IP, IP_HDRINCL, 1, "IP_HDRINCL"},
};

static bool options_set(int fd, const struct socket_option *options, size_t count,
                        const char **failed)
{
    for (size_t i = 0; i < count; i++) {
        if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                       sizeof options[i].value) < 0) {
            *failed = options[i].what;
            return false;
        }
    }
    return true;
}

static bool options_set_family(int fd, enum address_family family, const char **failed)
{
    int buffer_bytes = SOCKET_BUFFER_BYTES;

    /* A larger buffer is a wish: only CAP_NET_ADMIN may pass the system's bound. */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer_bytes, sizeof buffer_bytes);
    if (!options_set(fd, options_all, COUNT(options_all), failed))
        return false;
    return family == ADDRESS_IPV4 ? options_set(fd, options_ipv4, COUNT(options_ipv4), failed)
                                  : options_set(fd, options_ipv6, COUNT(options_ipv6), failed);
}

static bool socket_bind(int fd, enum address_family family, uint16_t port)
{
    struct endpoint wildcard = {.address = {.family = (uint8_t)family}, .port = port};
    struct sockaddr_storage name;
    socklen_t bytes = endpoint_to_socket(&wildcard, &name);

    return bind(fd, (struct sockaddr *)&name, bytes) == 0;
}

/*
 * Index 0 for the non-ESP marker, 1 for all else (ESP, keepalives, runts). In this place the
 * program sees the UDP payload from offset 0. RFC 3948 section 2.2
 */
static bool steer_by_marker(int fd)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 4, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),          BPF_STMT(BPF_RET | BPF_K, 1),
    };
    struct sock_fprog program = {.len = COUNT(code), .filter = code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0;
}

static void report(char *error, size_t error_bytes, const char *what, enum address_family family,
                   uint16_t port)
{
    int reason = errno;
    struct text text = text_over(error, error_bytes);

    text_add(&text, "socket of UDP port %u (IPv%u): %s: %s", (unsigned)port, (unsigned)family, what,
             strerror(reason));
}

/* In both directions, for this socket alone. */
static bool bypass_policy(int fd, enum address_family family)
{
    int level = family == ADDRESS_IPV4 ? IPPROTO_IP : IPPROTO_IPV6;
    int name = family == ADDRESS_IPV4 ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;

    for (unsigned direction = XFRM_POLICY_IN; direction <= XFRM_POLICY_OUT; direction++) {
        struct xfrm_userpolicy_info policy = {
            .sel = {.family = family == ADDRESS_IPV4 ? AF_INET : AF_INET6},
            .dir = (uint8_t)direction,
            .action = XFRM_POLICY_ALLOW,
        };
        if (setsockopt(fd, level, name, &policy, sizeof policy) < 0)
            return false;
    }
    return true;
}

/* ESP is taken out by the kernel; what has the marker comes to us with it. RFC 3948 */
static bool decapsulate_in_kernel(int fd)
{
    int type = UDP_ENCAP_ESPINUDP;

    return setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof type) == 0;
}

/* What sets the sockets of the two data planes apart; false with `failed`. */
static bool carrier_set(int fd, enum address_family family, uint16_t port, enum esp_carrier carrier,
                        const char **failed)
{
    *failed = "XFRM_POLICY";
    if (!bypass_policy(fd, family) && carrier == ESP_CARRIER_KERNEL)
        return false;
    *failed = "UDP_ENCAP";
    return carrier != ESP_CARRIER_KERNEL || port != IKE_NAT_PORT || decapsulate_in_kernel(fd);
}

static int udp_socket_open(enum address_family family, uint16_t port, enum esp_carrier carrier,
                           char *error, size_t error_bytes)
{
    bool is_shared = port == IKE_NAT_PORT && carrier == ESP_CARRIER_SOCKET;
    const char *failed = "socket";
    int fd = socket(family == ADDRESS_IPV4 ? AF_INET : AF_INET6,
                    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || !options_set_family(fd, family, &failed))
        goto failure;
    if (family == ADDRESS_IPV6 &&
        !options_set(fd, option_ipv6_only, COUNT(option_ipv6_only), &failed))
        goto failure;
    if (!carrier_set(fd, family, port, carrier, &failed))
        goto failure;
    if (is_shared && !options_set(fd, option_shared, COUNT(option_shared), &failed))
        goto failure;
    failed = "bind";
    if (!socket_bind(fd, family, port))
        goto failure;
    failed = "SO_ATTACH_REUSEPORT_CBPF";
    if (is_shared && !steer_by_marker(fd))
        goto failure;
    return fd;
failure:
    report(error, error_bytes, failed, family, port);
    if (fd >= 0)
        close(fd);
    return -1;
}

bool ike_socket_has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

enum status ike_sockets_open(struct ike_sockets *sockets, enum esp_carrier carrier, char *error,
                             size_t error_bytes)
{
    struct ike_sockets opened = {-1, -1, -1, -1};
    struct {
        int *fd;
        enum address_family family;
        uint16_t port;
    } wanted[] = {
        {&opened.ike_ipv4, ADDRESS_IPV4, IKE_PORT},
        {&opened.nat_ipv4, ADDRESS_IPV4, IKE_NAT_PORT},
        {&opened.ike_ipv6, ADDRESS_IPV6, IKE_PORT},
        {&opened.nat_ipv6, ADDRESS_IPV6, IKE_NAT_PORT},
    };
    size_t count = ike_socket_has_ipv6() ? 4 : 2;

    for (size_t i = 0; i < count; i++) {
        *wanted[i].fd =
            udp_socket_open(wanted[i].family, wanted[i].port, carrier, error, error_bytes);
        if (*wanted[i].fd < 0) {
            ike_sockets_close(&opened);
            return STATUS_SYSTEM;
        }
    }
    *sockets = opened;
    return STATUS_OK;
}

void ike_sockets_close(struct ike_sockets *sockets)
{
    int *all[] = {&sockets->ike_ipv4, &sockets->nat_ipv4, &sockets->ike_ipv6, &sockets->nat_ipv6};

    for (size_t i = 0; i < COUNT(all); i++) {
        if (*all[i] >= 0)
            close(*all[i]);
        *all[i] = -1;
    }
}

int esp_udp_socket_open(enum address_family family, char *error, size_t error_bytes)
{
    return udp_socket_open(family, IKE_NAT_PORT, ESP_CARRIER_SOCKET, error, error_bytes);
}

static int raw_socket_open(enum address_family family, unsigned protocol, char *error,
                           size_t error_bytes)
{
    const char *failed = "socket";
    int reason;
    bool is_ours = protocol == IP_PROTOCOL_AH && family == ADDRESS_IPV4; /* the header is */
    int fd = socket(family == ADDRESS_IPV4 ? AF_INET : AF_INET6,
                    SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, (int)protocol);

    if (fd >= 0 && options_set_family(fd, family, &failed) &&
        (!is_ours || options_set(fd, option_header, COUNT(option_header), &failed)))
        return fd;
    reason = errno;
    struct text text = text_over(error, error_bytes);
    text_add(&text, "raw socket of protocol %u (IPv%u): %s: %s", protocol, (unsigned)family, failed,
             strerror(reason));
    if (fd >= 0)
        close(fd);
    return -1;
}

int esp_raw_socket_open(enum address_family family, char *error, size_t error_bytes)
{
    return raw_socket_open(family, IP_PROTOCOL_ESP, error, error_bytes);
}

int ah_raw_socket_open(enum address_family family, char *error, size_t error_bytes)
{
    return raw_socket_open(family, IP_PROTOCOL_AH, error, error_bytes);
}

enum status ike_source_address(const struct address *remote, struct address *out)
{
    struct endpoint far = {.address = *remote, .port = IKE_PORT};
    struct sockaddr_storage name;
    socklen_t bytes = endpoint_to_socket(&far, &name);
    const char *failed;
    enum status status = STATUS_ABSENT;
    int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return STATUS_ABSENT;
    if (options_set(fd, options_all, COUNT(options_all), &failed) &&
        connect(fd, (struct sockaddr *)&name, bytes) == 0) {
        bytes = sizeof name;
        if (getsockname(fd, (struct sockaddr *)&name, &bytes) == 0) {
            *out = endpoint_of_socket(&name).address;
            status = STATUS_OK;
        }
    }
    close(fd);
    return status;
}
