#ifndef ENTENTE_REGISTRY_VENDOR_H
#define ENTENTE_REGISTRY_VENDOR_H

#include "base/view.h"

/* What a vendor ID stands for; several IDs may stand for one. */
enum vendor {
    VENDOR_UNKNOWN = 0,
    VENDOR_NAT_RFC3947,
    VENDOR_NAT_DRAFT_03,
    VENDOR_NAT_DRAFT_02_NEWLINE,
    VENDOR_NAT_DRAFT_02,
    VENDOR_NAT_OTHER_DRAFT, /* not spoken: logged */
    VENDOR_DPD,
    VENDOR_ENTENTE_ESN, /* our own: extended sequence numbers may be offered (RFC 4304) */
    VENDOR_XAUTH,
    VENDOR_FRAGMENTATION,
    VENDOR_CISCO_UNITY,
    VENDOR_CISCO_VPN3000,
    VENDOR_CISCO_IOS,
    VENDOR_CISCO_OTHER,
    VENDOR_STRONGSWAN,
    VENDOR_LIBRESWAN,
    VENDOR_OPENSWAN,
    VENDOR_RACOON,
    VENDOR_WINDOWS,
    VENDOR_WINDOWS_INITIAL_CONTACT,
    VENDOR_GSSAPI,
    VENDOR_JUNIPER,
    VENDOR_CHECK_POINT,
    VENDOR_FORTIGATE,
    VENDOR_SHREW,
    VENDOR_SSH,
};

#define VENDOR_MOST_BYTES 24u

#define VENDOR_ANY_LENGTH 255u

struct vendor_id {
    enum vendor vendor;
    const char *name; /* for the log line */
    uint8_t octets[VENDOR_MOST_BYTES];
    uint8_t bytes;          /* sent */
    uint8_t compared_bytes; /* 0: all; fewer where a version follows */
    uint8_t least_bytes;    /* of a body that matches; 0: `bytes` */
    uint8_t most_bytes;     /* 0: `bytes`; VENDOR_ANY_LENGTH: a prefix */
    const char *text;       /* `octets` begin with MD5 of this; NULL: no text is known */
    uint8_t text_bytes;     /* how many octets of that MD5; 0: all 16 */
    const char *rfc;        /* where it is written down; NULL: known from the field */
};

extern const struct vendor_id vendor_table[];
extern const size_t vendor_count;

/* The row that a body matches (the longest one), or NULL. */
const struct vendor_id *vendor_match(struct view body);

/* The row whose octets are sent for a vendor: its first, or NULL. */
const struct vendor_id *vendor_by_number(enum vendor vendor);

#endif
