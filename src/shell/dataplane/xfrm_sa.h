#ifndef ENTENTE_DATAPLANE_XFRM_SA_H
#define ENTENTE_DATAPLANE_XFRM_SA_H

#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>

#include "contract/ask.h"

/*
 * IPsec SAs as requests to the kernel. Every octet of them is made here, from rows of the registry
 * (SEC-177, SEC-214). Pure: nothing is sent.
 */

#define XFRM_MESSAGE_BYTES 2048u

/* A request with room for the largest: two algorithms with their keys, a window of 4,096 packets.
 */
struct xfrm_message {
    _Alignas(struct nlmsghdr) uint8_t octets[XFRM_MESSAGE_BYTES];
    size_t bytes;
};

/* What the kernel knows an SA by. */
struct xfrm_sa_name {
    uint32_t spi;
    enum ipsec_protocol protocol;
    struct address destination;
};

/* Packets of a replay window that the kernel can hold. */
#define XFRM_REPLAY_MOST 4096u

/*
 * Numbers that an outbound SA without extended sequence numbers may spend: at the first it is time
 * to rekey, at the last it ends. The kernel itself would drop packets past the last one without a
 * word.
 */
#define XFRM_PACKETS_SOFT 0xccccccccu /* 80 % */
#define XFRM_PACKETS_HARD 0xffffffffu

/*
 * XFRM_MSG_NEWSA for one SA of the ask: its ESP, or its AH (alone or of a bundle). An SPI in use is
 * EEXIST: never an update.
 *
 * part  IPSEC_PROTOCOL_ESP or IPSEC_PROTOCOL_AH.
 * out   has keys in it: xfrm_message_wipe when it is sent.
 *
 * Returns STATUS_OK; STATUS_REFUSED for what the kernel cannot do at all (a transform without a
 * name of its own there, AH in UDP); STATUS_MALFORMED for an ask that contradicts itself: a key of
 * another length, an SPI below 256, a window over XFRM_REPLAY_MOST.
 */
enum status xfrm_sa_encode(const struct ask_sa_add *ask, enum ipsec_protocol part,
                           struct xfrm_message *out);

/* XFRM_MSG_DELSA or XFRM_MSG_GETSA of one. */
void xfrm_sa_encode_name(uint16_t type, const struct xfrm_sa_name *name, struct xfrm_message *out);

/* The names of what the ask installs: its ESP or AH, and the AH of a bundle (spi 0: none). */
struct xfrm_sa_name xfrm_sa_name_of(const struct ask_sa_add *ask, enum ipsec_protocol part);

/* Adds XFRMA_ENCAP when the path is encapsulated. RFC 3948 */
void xfrm_put_encapsulation(struct nlmsghdr *message, enum sa_direction direction,
                            const struct path *path);

/* The protocol of an SA of the kernel's (50, 51); 0: neither ESP nor AH. */
enum ipsec_protocol xfrm_protocol_back(uint8_t protocol);
uint8_t xfrm_protocol_of(enum ipsec_protocol protocol);

void xfrm_message_wipe(struct xfrm_message *message);

#endif
