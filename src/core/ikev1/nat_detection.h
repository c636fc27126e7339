#ifndef ENTENTE_IKEV1_NAT_DETECTION_H
#define ENTENTE_IKEV1_NAT_DETECTION_H

#include "engine/engine.h"
#include "engine/ike_sa.h"
#include "ikev1/envelope.h"
#include "registry/vendor.h"

/* NAT traversal of RFC 3947 and drafts 02 and 03: detection, and what follows from it. */

/* What the rule says, `auto` being what this data plane makes of it. */
enum nat_traversal nat_detection_mode(const struct ike_sa *sa);

/* Puts the vendor IDs that we offer as initiator, best first; nothing with NAT_OFF. */
void nat_detection_offer(const struct ike_sa *sa, struct envelope *envelope);

/* The best of the peer's that we speak, VENDOR_UNKNOWN: none or switched off. */
enum vendor nat_detection_choose(const struct ike_sa *sa, const struct payload_chain *chain);

/*
 * Puts the two NAT-D payloads: hash of the destination, then of the source as we see them; with
 * NAT_FORCE the second is random, so that the peer finds a NAT. RFC 3947 section 3.2
 */
enum status nat_detection_put(struct ike_sa *sa, enum vendor vendor, const struct path *path,
                              struct envelope *envelope);

struct nat_verdict {
    bool am_i_natted;    /* the peer sees us at another address */
    bool is_peer_natted; /* or says so */
};

/* Reads the peer's NAT-D payloads as of a message that came by `path`. */
enum status nat_detection_read(struct ike_sa *sa, enum vendor vendor, const struct path *path,
                               const struct payload_chain *chain, struct nat_verdict *out);

/* What follows for the SA: both speak it, by which numbers, and whether ESP goes in UDP. */
void nat_detection_settle(struct ike_sa *sa, enum vendor vendor, const struct nat_verdict *verdict);

/* Why ESP goes in UDP, in a few words. */
const char *nat_detection_text(const struct ike_sa *sa);

#endif
