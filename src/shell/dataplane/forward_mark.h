#ifndef ENTENTE_DATAPLANE_FORWARD_MARK_H
#define ENTENTE_DATAPLANE_FORWARD_MARK_H

#include "base/text.h"

/*
 * Sets MARK_FORWARDED on packets that are to be forwarded, so that the kernel's host policies
 * (which Linux would apply to them too) let them be. One nftables table, replaced at once.
 */

/*
 * Sets it up; when it stands already nothing changes. Returns STATUS_OK, or STATUS_SYSTEM on a
 * kernel without nftables: forwarded packets are then held to host policy too, nothing is open.
 */
enum status forward_mark_load(void);

/* Takes it away; absent is success. */
void forward_mark_remove(void);

/* True when it is not there and could be: a foreign `flush ruleset` takes it. */
bool forward_mark_is_missing(void);

/* True when this host forwards packets of either family. */
bool forward_mark_matters(void);

#endif
