#ifndef ENTENTE_IKEV1_IKEV1_H
#define ENTENTE_IKEV1_IKEV1_H

#include "engine/protocol.h"

/* IKE version 1: RFC 2407, 2408, 2409, 3947, and what living peers add. */
extern const struct protocol ikev1_protocol;

#endif
