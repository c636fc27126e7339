#ifndef ENTENTE_POLICY_IPSEC_ENTRY_H
#define ENTENTE_POLICY_IPSEC_ENTRY_H

#include "base/position.h"
#include "base/selector.h"
#include "base/text.h"
#include "policy/resolver.h"
#include "registry/protocol_number.h"
#include "registry/transform.h"

/* One SPD entry of ipsecinit.conf. solaris.md 3 and 12 */

enum ipsec_action {
    IPSEC_PROTECT,
    IPSEC_BYPASS,
    IPSEC_DROP,
};

enum ipsec_direction {
    IPSEC_BOTH,
    IPSEC_IN,
    IPSEC_OUT,
};

/* An algorithm word. Neither row nor any: not given. low 0 and high 0: every size it has. */
struct ipsec_algorithm {
    const struct transform *row;
    bool is_any;
    uint16_t low_bits;
    uint16_t high_bits; /* 65535: open */
};

struct ipsec_alternative {
    enum ipsec_action action;
    struct ipsec_algorithm ah_auth;
    struct ipsec_algorithm esp_cipher;
    struct ipsec_algorithm esp_auth; /* absent beside a combined mode; `any` is put in otherwise */
    bool is_unique;
};

bool ipsec_algorithm_is_given(const struct ipsec_algorithm *algorithm);

/* The protocols that it protects with, ESP, AH or both, a bit each; 0: none. */
#define IPSEC_PROTOCOL_BIT(protocol) (1u << (protocol))
unsigned ipsec_alternative_protocols(const struct ipsec_alternative *alternative);

#define IPSEC_ALTERNATIVES_MOST 20u
#define IPSEC_TUNNEL_NAME_BYTES 32u
#define IPSEC_INTERFACE_NAME_BYTES 16u /* a Linux device's, with NUL */

/* ICMP types or codes, inclusive. */
struct icmp_range {
    bool is_given;
    uint8_t low;
    uint8_t high;
};

struct ipsec_entry {
    uint32_t index;     /* #INDEX of the typed entry that it came of: that of its first SPD entry */
    uint32_t spd_index; /* its own, which `ipsecconf -l` shows and -d takes */
    uint32_t reqid;     /* one an entry, from 1; the link to the data plane */
    struct position at;
    enum ipsec_direction direction;
    /*
     * Ranges whose family is ADDRESS_NONE were not given: any address of either family, or of the
     * other side's family. ipsec_entry_selector gives whole ones.
     */
    struct selector pattern;
    struct icmp_range icmp_type;
    struct icmp_range icmp_code;
    /*
     * "": any. Else traffic that uses this device and an address that it has. What the daemon
     * holds has these addresses, one an entry, in pattern.local.
     */
    char interface[IPSEC_INTERFACE_NAME_BYTES];
    bool local_is_of_interface; /* pattern.local was not written: it is an address of interface */
    char tunnel[IPSEC_TUNNEL_NAME_BYTES]; /* "": host policy */
    /*
     * CHILD_TUNNEL: the pattern is about what goes inside the tunnel. CHILD_TRANSPORT with a
     * tunnel's name (negotiate transport): about the outer packets between its ends.
     */
    enum child_mode mode;
    struct address tunnel_source;      /* our outer address; family NONE: not known */
    struct address tunnel_destination; /* the peer's */
    struct ipsec_alternative alternatives[IPSEC_ALTERNATIVES_MOST];
    size_t alternative_count; /* at least 1 */
};

/* Classes of solaris.md 3.6, first one first. */
enum ipsec_precedence {
    PRECEDENCE_BYPASS,
    PRECEDENCE_AH_ESP,
    PRECEDENCE_ESP,
    PRECEDENCE_AH,
    PRECEDENCE_DROP,
};

enum ipsec_precedence ipsec_entry_precedence(const struct ipsec_entry *entry);

/* What the entry as a whole does: BYPASS if any alternative passes, else that of the first. */
enum ipsec_action ipsec_entry_action(const struct ipsec_entry *entry);

/* `sa unique`: every 5-tuple has SAs of its own (never in tunnel mode). */
bool ipsec_entry_is_unique(const struct ipsec_entry *entry);

/* Tunnel mode: the pattern is that of inner packets. */
bool ipsec_entry_is_tunnel(const struct ipsec_entry *entry);

/* True when SAs of the entry may have these outer ends: a tunnel's are its own, and without a far
 * end it has none; a host entry's are its addresses. */
bool ipsec_entry_is_between(const struct ipsec_entry *entry, const struct address *local,
                            const struct address *remote);

/* True when an alternative protects with AH, alone or around ESP. */
bool ipsec_entry_uses_ah(const struct ipsec_entry *entry);

/*
 * True when the i-th alternative protects, and a data plane that holds one set of protocols an
 * entry (a template of the kernel's) can take it: its protocols are those of the first one.
 */
bool ipsec_entry_is_of_first_set(const struct ipsec_entry *entry, size_t i);

/*
 * The entry's selector for one family, with ranges that were not given filled in (0.0.0.0/0, ::/0).
 * False when the entry holds no address of that family.
 */
bool ipsec_entry_selector(const struct ipsec_entry *entry, enum address_family family,
                          struct selector *out);

/*
 * True when a packet (or all traffic of a selector) is the entry's. `packet` is seen from this
 * host: local is the source of what goes out. type and code: of an ICMP packet, else -1 (then an
 * entry with a type does not hold it).
 */
bool ipsec_entry_holds(const struct ipsec_entry *entry, const struct selector *packet, int type,
                       int code);

/* Same pattern, direction included: the second one is a duplicate. solaris.md 3.6 */
bool ipsec_entry_same_pattern(const struct ipsec_entry *a, const struct ipsec_entry *b);

/*
 * Appends the canonical text as `ipsecconf -l` prints it, on one line without newline:
 * "{ laddr 10.1.2.0/24 raddr 10.2.3.0/24 dir both } ipsec { encr_algs aes-cbc(128..256)
 * encr_auth_algs hmac-sha1(160) sa shared }". names NULL: numbers (-n). It parses back to the same
 * entry (config/loaded_policy.h).
 */
void ipsec_entry_text(const struct ipsec_entry *entry, const struct resolver *names,
                      struct text *out);
#define IPSEC_ENTRY_TEXT_BYTES 8192u

/*
 * The Quick Mode identities that we send for a packet: host entry, shared: the packet's addresses
 * with the entry's protocol and ports; tunnel entry: the entry's selector; unique: the packet's.
 * solaris.md 12. False when the entry does not hold the packet's family.
 */
bool ipsec_entry_identities(const struct ipsec_entry *entry, const struct selector *packet,
                            struct selector *out);

#endif
