#ifndef ENTENTE_REGISTRY_PROTOCOL_NUMBER_H
#define ENTENTE_REGISTRY_PROTOCOL_NUMBER_H

/* Ports and protocol numbers that IKE itself lives on. */
#define IKE_PORT 500u
#define IKE_NAT_PORT 4500u
#define IP_PROTOCOL_ESP 50u
#define IP_PROTOCOL_AH 51u

/* IPsec protocol identifiers in proposals, notifies and deletes. RFC 2407 section 4.4.1 */
enum ipsec_protocol {
    IPSEC_PROTOCOL_ISAKMP = 1,
    IPSEC_PROTOCOL_AH = 2,
    IPSEC_PROTOCOL_ESP = 3,
    IPSEC_PROTOCOL_IPCOMP = 4,
};

/* Domain of interpretation and situation. RFC 2407 section 4.2 */
#define DOI_ISAKMP 0u /* generic, in notifies and deletes about Phase 1 */
#define DOI_IPSEC 1u
#define SITUATION_IDENTITY_ONLY 1u

/* The one transform ID of Phase 1. RFC 2407 section 4.4.2 */
#define TRANSFORM_KEY_IKE 1u

/* SPIs below are reserved: never allocated, refused when offered. RFC 2406 section 2.1 */
#define IPSEC_SPI_LEAST 256u

/* Life types, of either phase. RFC 2407 section 4.5 */
enum life_type {
    LIFE_SECONDS = 1,
    LIFE_KILOBYTES = 2,
};

/* Encapsulation modes of a child SA. RFC 2407 section 4.5; RFC 3947 section 5.1 */
enum encapsulation {
    ENCAPSULATION_TUNNEL = 1,
    ENCAPSULATION_TRANSPORT = 2,
    ENCAPSULATION_UDP_TUNNEL = 3,
    ENCAPSULATION_UDP_TRANSPORT = 4,
    ENCAPSULATION_UDP_TUNNEL_DRAFT = 61443,
    ENCAPSULATION_UDP_TRANSPORT_DRAFT = 61444,
};

/* What a child SA does to a packet, whatever carries it. */
enum child_mode {
    CHILD_TRANSPORT = 1,
    CHILD_TUNNEL = 2,
};

#endif
