#ifndef ENTENTE_POLICY_RESOLVER_H
#define ENTENTE_POLICY_RESOLVER_H

#include "base/address.h"

#define RESOLVER_NAME_BYTES 256u
#define RESOLVER_ADDRESSES_MOST 32u

/* What a tunnel device says of itself. */
struct tunnel_device {
    struct address source;      /* family NONE: any */
    struct address destination; /* family NONE: it has no far end */
    uint8_t protocols[3];       /* of its outer packets: 4, 41, 47; 0: no more */
};

/*
 * Names to numbers and back, as the shell can (getaddrinfo, getservbyname, ...). Any verb may be
 * NULL: then there are no such names. Used by the parser of ipsecinit.conf and by listings.
 */
struct resolver {
    void *arg;
    /* Addresses of a host, up to RESOLVER_ADDRESSES_MOST; returns their number, 0: unknown. */
    size_t (*host)(void *arg, const char *name, struct address *out);
    /* Address of a network (getnetbyname); false: unknown. */
    bool (*network)(void *arg, const char *name, struct address *out);
    /* Port of a service, any protocol when `protocol` is 0; -1: unknown. */
    int (*service)(void *arg, const char *name, uint8_t protocol);
    /* Number of an IP protocol; -1: unknown. */
    int (*protocol)(void *arg, const char *name);
    /* False: no tunnel device of this name. */
    bool (*tunnel)(void *arg, const char *name, struct tunnel_device *out);
    /* The other way round; false: print the number. */
    bool (*host_name)(void *arg, const struct address *address, char out[RESOLVER_NAME_BYTES]);
    bool (*service_name)(void *arg, uint16_t port, uint8_t protocol, char out[RESOLVER_NAME_BYTES]);
    bool (*protocol_name)(void *arg, uint8_t protocol, char out[RESOLVER_NAME_BYTES]);
};

#endif
