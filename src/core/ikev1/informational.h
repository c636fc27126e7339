#ifndef ENTENTE_IKEV1_INFORMATIONAL_H
#define ENTENTE_IKEV1_INFORMATIONAL_H

#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "wire/notify.h"

struct child_sa;
struct child_spis;

extern const struct row informational_rows[];

/* HASH verified: notifies and deletes of an authenticated peer. RFC 2409 section 5.7 */
step_fn informational_receive;

/* In clear: proves nothing, changes nothing; a negotiation under way remembers it. SEC-79, SEC-80
 */
void informational_receive_clear(struct engine *engine, struct ike_sa *sa, const struct path *path,
                                 const struct message *message);

/*
 * Sends HDR*, HASH(1), N over an established SA; not repeated. Gives the datagram, a view into the
 * arena, for those who answer duplicates with it; empty after a failure.
 */
struct view informational_notify(struct ike_sa *sa, const struct notify_payload *notify);

/* Tells that a child (a bundle's ESP and AH in a message each), or the SA itself, is gone. */
void informational_delete_child(struct ike_sa *sa, const struct child_sa *child);
void informational_delete_spis(struct ike_sa *sa, const struct child_spis *spis);
void informational_delete_ike(struct ike_sa *sa);

/* Tells that every child of its peer is gone, in a message a protocol, and then the SA. */
void informational_goodbye(struct ike_sa *sa);

/* A message ID of ours that was never used on this SA; 0: no more can be had. */
uint32_t informational_message_id(struct ike_sa *sa);

#endif
