#ifndef ENTENTE_DATAPLANE_XFRM_PROBE_H
#define ENTENTE_DATAPLANE_XFRM_PROBE_H

#include "dataplane/netlink.h"

/* True when the kernel takes an ESP SA: one between addresses of documentation, deleted again. */
bool xfrm_probe_esp(struct netlink *netlink);

#endif
