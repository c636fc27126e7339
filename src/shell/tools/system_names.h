#ifndef ENTENTE_TOOLS_SYSTEM_NAMES_H
#define ENTENTE_TOOLS_SYSTEM_NAMES_H

#include "policy/resolver.h"

/*
 * Names as this machine knows them: hosts by getaddrinfo (it may wait for a name server), networks,
 * services and protocols by their databases, tunnel devices by the kernel.
 */
extern const struct resolver system_names;

#endif
