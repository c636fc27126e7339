#include "dataplane/xfrm_sa.h"

#include <linux/udp.h>
#include <stddef.h>

#include <libmnl/libmnl.h>

#include "base/secret.h"
#include "dataplane/xfrm_address.h"
#include "dataplane/xfrm_policy.h"

#define REPLAY_WORD_BITS 32u

/* Beyond what one word holds, the window is an attribute of its own. */
#define REPLAY_INLINE_MOST REPLAY_WORD_BITS

/* Of the largest attribute: the bitmap of a window. */
#define ATTRIBUTE_BYTES (sizeof(struct xfrm_replay_state_esn) + XFRM_REPLAY_MOST / 8)

uint8_t xfrm_protocol_of(enum ipsec_protocol protocol)
{
    return protocol == IPSEC_PROTOCOL_AH ? IPPROTO_AH : IPPROTO_ESP;
}

enum ipsec_protocol xfrm_protocol_back(uint8_t protocol)
{
    if (protocol == IPPROTO_ESP)
        return IPSEC_PROTOCOL_ESP;
    return protocol == IPPROTO_AH ? IPSEC_PROTOCOL_AH : 0;
}

struct xfrm_sa_name xfrm_sa_name_of(const struct ask_sa_add *ask, enum ipsec_protocol part)
{
    const struct endpoint *destination =
        ask->direction == SA_INBOUND ? &ask->path.local : &ask->path.remote;

    return (struct xfrm_sa_name){
        .spi = part == ask->protocol ? ask->spi : ask->ah_spi,
        .protocol = part,
        .destination = destination->address,
    };
}

/* The transforms of one SA with their keys. */
struct suite {
    const struct transform *cipher; /* NULL: AH */
    const struct transform *integrity;
    struct view cipher_key;
    struct view integrity_key;
};

static struct suite suite_of(const struct ask_sa_add *ask, enum ipsec_protocol part)
{
    if (part == ask->protocol)
        return (struct suite){ask->cipher, ask->integrity, ask->cipher_key_view,
                              ask->integrity_key_view};
    return (struct suite){NULL, ask->ah_integrity, {0}, ask->ah_key_view};
}

static bool key_fits(const struct transform *transform, unsigned bits, struct view key)
{
    bool has_no_key = !transform->key_bits[0] && !transform->fixed_key_bytes;
    size_t bytes = has_no_key ? 0 : transform_keymat_bytes(transform, bits);

    return key.bytes == bytes && (has_no_key || bytes > 0);
}

/* The suite is one that the kernel has names for, and its keys are as long as they must be. */
static enum status suite_check(const struct ask_sa_add *ask, const struct suite *suite,
                               enum ipsec_protocol part)
{
    bool is_aead = suite->cipher && (suite->cipher->flags & TRANSFORM_AEAD);

    if ((part == IPSEC_PROTOCOL_ESP) != (suite->cipher != NULL) ||
        is_aead != (suite->integrity == NULL))
        return STATUS_MALFORMED;
    if ((suite->cipher && !suite->cipher->xfrm) || (suite->integrity && !suite->integrity->xfrm))
        return STATUS_REFUSED;
    if (suite->cipher && !key_fits(suite->cipher, ask->cipher_bits, suite->cipher_key))
        return STATUS_MALFORMED;
    if (suite->integrity && !key_fits(suite->integrity, 0, suite->integrity_key))
        return STATUS_MALFORMED;
    return STATUS_OK;
}

static void name_copy(char to[64], const char *name)
{
    memcpy(to, name, strnlen(name, 63));
}

/* An attribute made of a fixed part and what follows it: a key, a bitmap. */
static void put_with_tail(struct nlmsghdr *message, uint16_t type, struct view head,
                          struct view tail)
{
    uint8_t octets[ATTRIBUTE_BYTES];

    memcpy(octets, head.data, head.bytes);
    if (tail.bytes > 0)
        memcpy(octets + head.bytes, tail.data, tail.bytes);
    mnl_attr_put(message, type, head.bytes + tail.bytes, octets);
    secret_wipe_memory(octets, sizeof octets);
}

static void put_cipher(struct nlmsghdr *message, const struct suite *suite)
{
    struct xfrm_algo algorithm = {.alg_key_len = (unsigned)(suite->cipher_key.bytes * 8)};

    name_copy(algorithm.alg_name, suite->cipher->xfrm);
    put_with_tail(message, XFRMA_ALG_CRYPT, view_of(&algorithm, sizeof algorithm),
                  suite->cipher_key);
}

static void put_aead(struct nlmsghdr *message, const struct suite *suite)
{
    struct xfrm_algo_aead algorithm = {
        .alg_key_len = (unsigned)(suite->cipher_key.bytes * 8),
        .alg_icv_len = suite->cipher->icv_bytes * 8u,
    };

    name_copy(algorithm.alg_name, suite->cipher->xfrm);
    put_with_tail(message, XFRMA_ALG_AEAD, view_of(&algorithm, sizeof algorithm),
                  suite->cipher_key);
}

/* Always with its length: left to itself the kernel cuts SHA-256 to 96 bits, not to RFC 4868's 128.
 */
static void put_integrity(struct nlmsghdr *message, const struct suite *suite)
{
    struct xfrm_algo_auth algorithm = {
        .alg_key_len = (unsigned)(suite->integrity_key.bytes * 8),
        .alg_trunc_len = suite->integrity->icv_bytes * 8u,
    };

    name_copy(algorithm.alg_name, suite->integrity->xfrm);
    put_with_tail(message, XFRMA_ALG_AUTH_TRUNC, view_of(&algorithm, sizeof algorithm),
                  suite->integrity_key);
}

/* The window that the SA needs; one word at least where the kernel insists on a window. */
static uint32_t window_of(const struct ask_sa_add *ask)
{
    uint32_t packets = ask->direction == SA_INBOUND ? ask->replay_window : 0;

    return ask->is_esn && packets < REPLAY_WORD_BITS ? REPLAY_WORD_BITS : packets;
}

static bool window_is_attribute(const struct ask_sa_add *ask)
{
    return ask->is_esn || window_of(ask) > REPLAY_INLINE_MOST;
}

static void put_window(struct nlmsghdr *message, const struct ask_sa_add *ask)
{
    static const uint8_t nothing_seen[XFRM_REPLAY_MOST / 8];
    struct xfrm_replay_state_esn replay = {.replay_window = window_of(ask)};

    if (!window_is_attribute(ask))
        return;
    replay.bmp_len = (replay.replay_window + REPLAY_WORD_BITS - 1) / REPLAY_WORD_BITS;
    put_with_tail(message, XFRMA_REPLAY_ESN_VAL, view_of(&replay, sizeof replay),
                  view_of(nothing_seen, replay.bmp_len * REPLAY_WORD_BITS / 8));
}

void xfrm_put_encapsulation(struct nlmsghdr *message, enum sa_direction direction,
                            const struct path *path)
{
    bool is_outbound = direction == SA_OUTBOUND;
    struct xfrm_encap_tmpl encapsulation;

    if (!path->is_encapsulated)
        return;
    memset(&encapsulation, 0, sizeof encapsulation);
    encapsulation.encap_type = UDP_ENCAP_ESPINUDP;
    encapsulation.encap_sport = htons(is_outbound ? path->local.port : path->remote.port);
    encapsulation.encap_dport = htons(is_outbound ? path->remote.port : path->local.port);
    mnl_attr_put(message, XFRMA_ENCAP, sizeof encapsulation, &encapsulation);
}

static uint64_t limit_or_none(uint64_t limit)
{
    return limit ? limit : XFRM_INF;
}

static struct xfrm_lifetime_cfg lifetime_of(const struct ask_sa_add *ask)
{
    bool is_counted = ask->direction == SA_OUTBOUND && !ask->is_esn;
    struct xfrm_lifetime_cfg lifetime = {
        .soft_byte_limit = limit_or_none(ask->soft_bytes),
        .hard_byte_limit = limit_or_none(ask->hard_bytes),
        .soft_packet_limit = XFRM_INF,
        .hard_packet_limit = limit_or_none(ask->hard_packets),
        .hard_add_expires_seconds = ask->hard_s,
    };

    if (is_counted && lifetime.hard_packet_limit > XFRM_PACKETS_HARD) {
        lifetime.soft_packet_limit = XFRM_PACKETS_SOFT;
        lifetime.hard_packet_limit = XFRM_PACKETS_HARD;
    }
    return lifetime;
}

/* The fixed part, over zeros. */
static void info_fill(struct xfrm_usersa_info *info, const struct ask_sa_add *ask,
                      enum ipsec_protocol part)
{
    bool is_outbound = ask->direction == SA_OUTBOUND;
    bool is_around = part != ask->protocol; /* the AH of a bundle: transport mode, around the ESP */
    bool is_tunnel = ask->mode == CHILD_TUNNEL && !is_around;
    struct xfrm_sa_name name = xfrm_sa_name_of(ask, part);

    info->id.daddr = xfrm_address_of(&name.destination);
    info->id.spi = htonl(name.spi);
    info->id.proto = xfrm_protocol_of(part);
    info->saddr =
        xfrm_address_of(is_outbound ? &ask->path.local.address : &ask->path.remote.address);
    info->lft = lifetime_of(ask);
    info->seq = is_outbound && !is_around ? ask->acquire_sequence : 0;
    info->reqid = xfrm_reqid(ask->reqid);
    info->family = xfrm_family_of(&name.destination);
    info->mode = is_tunnel ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT;
    info->replay_window = window_is_attribute(ask) ? 0 : (uint8_t)window_of(ask);
    info->flags = ask->is_esn ? XFRM_STATE_ESN : 0;
    /* In IPv4 the header is a multiple of 32 bits, in IPv6 of 64: RFC 4302 section 2.6. */
    if (part == IPSEC_PROTOCOL_AH && name.destination.family == ADDRESS_IPV4)
        info->flags |= XFRM_STATE_ALIGN4;
    /* Around a tunnel there is no telling what is inside: the ESP's selector holds for both. */
    if (is_around && ask->mode == CHILD_TUNNEL)
        info->flags |= XFRM_STATE_AF_UNSPEC;
    else
        xfrm_selector_set(&info->sel, &ask->selector, is_outbound);
}

static bool ask_is_sound(const struct ask_sa_add *ask, enum ipsec_protocol part)
{
    struct xfrm_sa_name name = xfrm_sa_name_of(ask, part);

    return name.spi >= IPSEC_SPI_LEAST && ask->replay_window <= XFRM_REPLAY_MOST &&
           name.destination.family != ADDRESS_NONE &&
           ask->path.local.address.family == ask->path.remote.address.family;
}

static struct nlmsghdr *message_begin(struct xfrm_message *out, uint16_t type)
{
    struct nlmsghdr *message;

    *out = (struct xfrm_message){0};
    message = mnl_nlmsg_put_header(out->octets);
    message->nlmsg_type = type;
    return message;
}

enum status xfrm_sa_encode(const struct ask_sa_add *ask, enum ipsec_protocol part,
                           struct xfrm_message *out)
{
    struct suite suite = suite_of(ask, part);
    enum status status = suite_check(ask, &suite, part);
    struct nlmsghdr *message;

    if (!ask_is_sound(ask, part))
        return STATUS_MALFORMED;
    if (status != STATUS_OK)
        return status;
    if (ask->path.is_encapsulated && (part == IPSEC_PROTOCOL_AH || ask->ah_spi))
        return STATUS_REFUSED;
    message = message_begin(out, XFRM_MSG_NEWSA);
    message->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    info_fill(mnl_nlmsg_put_extra_header(message, sizeof(struct xfrm_usersa_info)), ask, part);
    if (!suite.cipher) {
        put_integrity(message, &suite);
    } else if (suite.cipher->flags & TRANSFORM_AEAD) {
        put_aead(message, &suite);
    } else {
        put_cipher(message, &suite);
        put_integrity(message, &suite);
    }
    put_window(message, ask);
    xfrm_put_encapsulation(message, ask->direction, &ask->path);
    out->bytes = message->nlmsg_len;
    return STATUS_OK;
}

void xfrm_sa_encode_name(uint16_t type, const struct xfrm_sa_name *name, struct xfrm_message *out)
{
    struct nlmsghdr *message = message_begin(out, type);
    struct xfrm_usersa_id *id =
        mnl_nlmsg_put_extra_header(message, sizeof(struct xfrm_usersa_id)); /* zeroed */

    id->daddr = xfrm_address_of(&name->destination);
    id->spi = htonl(name->spi);
    id->family = xfrm_family_of(&name->destination);
    id->proto = xfrm_protocol_of(name->protocol);
    out->bytes = message->nlmsg_len;
}

void xfrm_message_wipe(struct xfrm_message *message)
{
    secret_wipe_memory(message, sizeof *message);
}
