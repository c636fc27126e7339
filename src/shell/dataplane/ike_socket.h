#ifndef ENTENTE_DATAPLANE_IKE_SOCKET_H
#define ENTENTE_DATAPLANE_IKE_SOCKET_H

#include "base/address.h"
#include "registry/protocol_number.h"

/* Who takes the ESP out of the datagrams of port 4500. */
enum esp_carrier {
    ESP_CARRIER_SOCKET, /* a socket of the user-space plane */
    ESP_CARRIER_KERNEL, /* XFRM, before the datagram reaches us */
};

/*
 * The sockets of IKE, ESP and AH. All are non-blocking and close-on-exec, bound to the wildcard
 * address with packet information on (so nothing is bound anew when an address changes), IPv6 ones
 * IPv6 only, carry MARK_OWN, and never set DF nor obey a path MTU that other traffic has taught.
 *
 * With ESP_CARRIER_SOCKET port 4500 has two sockets per family in one SO_REUSEPORT group: the first
 * opened (index 0, IKE) gets what begins with the non-ESP marker, the second (index 1, ESP) the
 * rest, by a classic BPF program. So the IKE sockets must be open before backend_verbs.open, and
 * stay open beside it.
 */
struct ike_sockets {
    int ike_ipv4; /* port 500; -1: the family is not there */
    int nat_ipv4; /* port 4500: each datagram begins with four zero octets */
    int ike_ipv6;
    int nat_ipv6;
};

/* False when this kernel has no IPv6. */
bool ike_socket_has_ipv6(void);

/*
 * Opens all four. What they send and receive passes the kernel's IPsec policy whatever that says:
 * IKE goes beside the SAs, and no other program's datagrams do (SEC-170). A kernel without policies
 * needs no such pass; with ESP_CARRIER_KERNEL it is an error not to get it. A kernel without IPv6
 * leaves those two -1; anything else that fails closes what was open, puts one line into `error`
 * (the caller's) and returns STATUS_SYSTEM.
 */
enum status ike_sockets_open(struct ike_sockets *sockets, enum esp_carrier carrier, char *error,
                             size_t error_bytes);
void ike_sockets_close(struct ike_sockets *sockets);

/*
 * The second socket of port 4500, for ESP in UDP (the data plane's). Returns the descriptor, or -1
 * with a line in `error`.
 */
int esp_udp_socket_open(enum address_family family, char *error, size_t error_bytes);

/* The raw socket of IP protocol 50; IPv4 datagrams come with their IP header, IPv6 without. */
int esp_raw_socket_open(enum address_family family, char *error, size_t error_bytes);

/* The same of IP protocol 51, but IPv4 datagrams are also sent with their IP header: AH has
 * authenticated it. */
int ah_raw_socket_open(enum address_family family, char *error, size_t error_bytes);

/* The address of this host from which packets to `remote` leave; STATUS_ABSENT without a route. */
enum status ike_source_address(const struct address *remote, struct address *out);

#endif
