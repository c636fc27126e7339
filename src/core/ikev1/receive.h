#ifndef ENTENTE_IKEV1_RECEIVE_H
#define ENTENTE_IKEV1_RECEIVE_H

#include "base/view.h"

struct engine;
struct path;

/*
 * The way of a version 1 datagram, one direction, one pass: header, IKE SA by cookies, duplicate?,
 * then in clear to its row; or decrypted, its HASH verified, and only then looked at.
 */
void ikev1_receive(struct engine *engine, const struct path *path, struct view datagram);

#endif
