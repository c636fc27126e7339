#ifndef ENTENTE_DATAPLANE_FORWARD_MARK_H
#define ENTENTE_DATAPLANE_FORWARD_MARK_H

#include "base/text.h"

/*
 * Sets MARK_FORWARDED on packets that are to be forwarded, so that the kernel's host policies
 * (which Linux would apply to them too) let them be. By nftables; where the kernel has none, by the
 * legacy iptables when its commands exist.
 */

/*
 * Sets it up; when it stands already nothing changes. Returns STATUS_OK, or STATUS_SYSTEM when
 * neither can be used: forwarded packets are then held to host policy too, nothing is open.
 */
enum status forward_mark_load(void);

/* Takes it away; absent is success. */
void forward_mark_remove(void);

/* True when this host forwards packets of either family. */
bool forward_mark_matters(void);

#endif
