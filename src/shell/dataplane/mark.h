#ifndef ENTENTE_DATAPLANE_MARK_H
#define ENTENTE_DATAPLANE_MARK_H

/*
 * The three bits of a packet's mark that the user-space plane owns, the device, table and rules
 * that read them. guard.c sets the bits, route.c routes by them; docs/architecture.md says why.
 */
#define MARK_OWN 0x10000000u     /* our sockets, and what may pass beside the SAs: main table */
#define MARK_PROTECT 0x20000000u /* leaves by PLANE_DEVICE or not at all */
#define MARK_ARRIVED 0x40000000u /* came out of an SA */
#define MARK_MASK 0x70000000u

/*
 * The bit of the kernel's plane: on a packet that is not for this host and was not made here. Host
 * policy does not see those; forward_mark.c sets it.
 */
#define MARK_FORWARDED 0x08000000u
#define FORWARD_TABLE "entente-forward" /* nftables table of family inet */

#define PLANE_DEVICE "ipsec0"
#define PLANE_TABLE 4500u               /* routing table; also the last of the rules' priorities */
#define PLANE_DEVICE_MTU 1360u          /* worst suite over IPv6 and UDP still fits 1,500 */
#define GUARD_TABLE "entente"           /* nftables table of family inet */
#define DEVICE_TABLE "entente-device"   /* beside policies of the kernel */
#define GUARD_HELD_TABLE "entente-held" /* the daemon's own copy of it */

#endif
