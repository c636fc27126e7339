#include "dataplane/xfrm_probe.h"

#include <errno.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdio.h>

#include <libmnl/libmnl.h>

#define PROBE_SPI 0x0e57e57eu
#define PROBE_SOURCE 0xc0000201u      /* 192.0.2.1, RFC 5737 */
#define PROBE_DESTINATION 0xc6336401u /* 198.51.100.1 */
#define REQUEST_BYTES 512u

/* What every kernel with ESP has; the key protects nothing. RFC 2451, RFC 2404 */
static void put_algorithm(struct nlmsghdr *header, uint16_t type, const char *name,
                          size_t key_bytes)
{
    _Alignas(struct xfrm_algo) uint8_t buffer[sizeof(struct xfrm_algo) + 32] = {0};
    struct xfrm_algo *algorithm = (struct xfrm_algo *)buffer;

    (void)snprintf(algorithm->alg_name, sizeof algorithm->alg_name, "%s", name);
    algorithm->alg_key_len = (uint32_t)key_bytes * 8;
    for (size_t i = 0; i < key_bytes; i++)
        algorithm->alg_key[i] = (char)(i + 1); /* not a weak one */
    mnl_attr_put(header, type, sizeof *algorithm + key_bytes, algorithm);
}

static void put_addition(struct nlmsghdr *header)
{
    struct xfrm_usersa_info *info;

    header->nlmsg_type = XFRM_MSG_NEWSA;
    info = mnl_nlmsg_put_extra_header(header, sizeof *info);
    info->family = AF_INET;
    info->saddr.a4 = htonl(PROBE_SOURCE);
    info->id.daddr.a4 = htonl(PROBE_DESTINATION);
    info->id.spi = htonl(PROBE_SPI);
    info->id.proto = IPPROTO_ESP;
    info->mode = XFRM_MODE_TUNNEL;
    info->lft.soft_byte_limit = info->lft.hard_byte_limit = XFRM_INF;
    info->lft.soft_packet_limit = info->lft.hard_packet_limit = XFRM_INF;
    put_algorithm(header, XFRMA_ALG_CRYPT, "cbc(aes)", 16);
    put_algorithm(header, XFRMA_ALG_AUTH, "hmac(sha1)", 20);
}

static void put_deletion(struct nlmsghdr *header)
{
    struct xfrm_usersa_id *id;
    xfrm_address_t source = {.a4 = htonl(PROBE_SOURCE)};

    header->nlmsg_type = XFRM_MSG_DELSA;
    id = mnl_nlmsg_put_extra_header(header, sizeof *id);
    id->family = AF_INET;
    id->daddr.a4 = htonl(PROBE_DESTINATION);
    id->spi = htonl(PROBE_SPI);
    id->proto = IPPROTO_ESP;
    mnl_attr_put(header, XFRMA_SRCADDR, sizeof source, &source);
}

static int ask(struct netlink *netlink, void (*put)(struct nlmsghdr *header))
{
    _Alignas(struct nlmsghdr) uint8_t buffer[REQUEST_BYTES];
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    size_t failed;
    int error = 0;

    put(header);
    (void)netlink_do(netlink, view_of(buffer, header->nlmsg_len), &failed, &error);
    return error;
}

bool xfrm_probe_esp(struct netlink *netlink)
{
    int error = ask(netlink, put_addition);

    if (error != 0)
        return error == EEXIST; /* another probe's, at this moment */
    (void)ask(netlink, put_deletion);
    return true;
}
