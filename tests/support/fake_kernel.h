#ifndef ENTENTE_TESTS_SUPPORT_FAKE_KERNEL_H
#define ENTENTE_TESTS_SUPPORT_FAKE_KERNEL_H

#include <linux/xfrm.h>

#include "dataplane/netlink.h"

/*
 * XFRM as the kernel answers for it, without a kernel: a table of policies and one of SAs behind a
 * netlink wire. It reads each request with suspicion (lengths, attributes) and can be told to do
 * what a real one seldom does.
 */
struct fake_kernel;

enum fake_fault {
    FAKE_REFUSES,     /* answers with the errno given, changes nothing */
    FAKE_SILENT,      /* does it and never answers */
    FAKE_LATE,        /* does it; the answer comes after one wait has run out */
    FAKE_TWICE,       /* answers twice */
    FAKE_STRANGER,    /* somebody else's acknowledgement with the errno given comes first */
    FAKE_WRONG_ORDER, /* an acknowledgement of another number comes first */
    FAKE_CUT,         /* the answer is a datagram that does not fit */
    FAKE_OVERRUN,     /* the answer is lost: receive says ENOBUFS */
    FAKE_INTERRUPTED, /* of a dump: marked NLM_F_DUMP_INTR, its first object missing */
};

struct fake_kernel *fake_kernel_new(void);
void fake_kernel_free(struct fake_kernel *kernel);
struct netlink *fake_kernel_open(struct fake_kernel *kernel); /* a netlink over it */

/*
 * The request number `n` from now (0: the next one) meets this fault; several may be set. Counted
 * are messages, not datagrams; a dump is one.
 */
void fake_kernel_fault(struct fake_kernel *kernel, size_t n, enum fake_fault fault, int error);
size_t fake_kernel_requests(const struct fake_kernel *kernel); /* so far */
size_t fake_kernel_datagrams(const struct fake_kernel *kernel);

/* A kernel without ESP (or AH): SAs of it are refused with this errno; 0: it has it. */
void fake_kernel_lacks(struct fake_kernel *kernel, uint8_t protocol, int error);

/* Is called after each request that changed a table. */
void fake_kernel_watch(struct fake_kernel *kernel, void (*after)(void *arg), void *arg);

/* Puts a message of a group in the queue: from the kernel (port 0) or from somebody else. */
void fake_kernel_emit(struct fake_kernel *kernel, const struct nlmsghdr *message, uint32_t port);
/* The next receive says ENOBUFS: messages of the group were lost. */
void fake_kernel_overrun(struct fake_kernel *kernel);

/*
 * The tables. An object is the message that a dump gives of it: XFRM_MSG_NEWPOLICY with
 * xfrm_userpolicy_info, XFRM_MSG_NEWSA with xfrm_usersa_info, then its attributes.
 */
enum fake_table {
    FAKE_POLICIES,
    FAKE_SAS,
    FAKE_TABLES,
};
size_t fake_kernel_count(const struct fake_kernel *kernel, enum fake_table table);
/* The object; NULL past the end. Lives until the table changes. */
const struct nlmsghdr *fake_kernel_at(const struct fake_kernel *kernel, enum fake_table table,
                                      size_t index);
/* Somebody else does it, without a word to the wire. */
void fake_kernel_remove(struct fake_kernel *kernel, enum fake_table table, size_t index);
void fake_kernel_flush(struct fake_kernel *kernel, enum fake_table table);

const struct xfrm_userpolicy_info *fake_policy_info(const struct nlmsghdr *object);
const struct xfrm_usersa_info *fake_sa_info(const struct nlmsghdr *object);
/* The octets of an attribute (XFRMA_...); empty when it has none. */
struct view fake_attribute(const struct nlmsghdr *object, uint16_t type);

/* What a packet looks like to the look-up. */
struct fake_flow {
    uint16_t family; /* AF_INET, AF_INET6 */
    xfrm_address_t source, destination;
    uint8_t protocol;
    uint16_t source_port, destination_port; /* host order; ICMP: type and code */
    uint32_t mark;
};

/*
 * The policy that the kernel's look-up finds: the lowest priority, among equals the older one.
 * direction: XFRM_POLICY_IN, OUT, FWD. NULL: none, the packet goes.
 */
const struct nlmsghdr *fake_kernel_decide(const struct fake_kernel *kernel, uint8_t direction,
                                          const struct fake_flow *flow);

#endif
