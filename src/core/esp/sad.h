#ifndef ENTENTE_ESP_SAD_H
#define ENTENTE_ESP_SAD_H

#include <stdatomic.h>

#include "base/address.h"
#include "base/deadline.h"
#include "base/list.h"
#include "base/map.h"
#include "base/selector.h"
#include "crypto/packet_cipher.h"
#include "crypto/packet_mac.h"
#include "esp/inner_packet.h"
#include "esp/replay.h"
#include "registry/protocol_number.h"

/* Our sequence numbers end here (never wrap, and extended ones end here too: no key protects more
 * packets. SEC-66), and a soft event comes this long before. */
#define ESP_SEQUENCE_LAST UINT32_MAX
#define ESP_SEQUENCE_SOFT (UINT32_MAX - 0x0fffffffu)

/* A protocol, a number and an address: how SAs are found. */
#define SAD_KEY_BYTES 22u

/* When an SA is to be replaced and when it ends. 0: no such limit. */
struct esp_limits {
    uint64_t soft_bytes; /* of inner packets */
    uint64_t hard_bytes;
    uint64_t soft_packets;
    uint64_t hard_packets;
    uint64_t soft_at_us; /* monotonic instant */
    uint64_t hard_at_us;
};

/*
 * One direction of an IPsec SA as it is installed: ESP, AH, or AH around ESP, which is one SA here
 * and takes and gives only both together. Views are borrowed for the call.
 */
struct esp_sa_config {
    enum packet_way way;
    enum ipsec_protocol protocol; /* IPSEC_PROTOCOL_AH: AH alone, without `cipher` */
    uint32_t spi;                 /* of `protocol`; host order, not below 256 */
    uint32_t ah_spi;              /* of the AH around ESP; 0: none, or AH alone */
    uint32_t reqid;
    enum child_mode mode;
    struct path path;                     /* outer endpoints; is_encapsulated: ESP in UDP */
    struct packet_cipher_config cipher;   /* of ESP; direction and is_esn are set from here */
    const struct transform *ah_integrity; /* NULL without AH */
    struct view ah_key;
    bool is_esn;                      /* extended sequence numbers, of both */
    const struct selector *selectors; /* what may pass, inbound each of them; copied */
    size_t selector_count;            /* 1 at least */
    uint32_t replay_window;           /* inbound: packets */
    uint64_t sequence; /* last one used (outbound) or received (inbound): 0 for a fresh SA */
    struct esp_limits limits;
};

/* Octets and packets that passed, as the peer's authentic or our own. */
struct esp_usage {
    uint64_t bytes; /* of inner packets */
    uint64_t packets;
    uint64_t dropped;
    uint64_t last_us; /* instant of the last one; 0: none */
};

/* An installed SA. Others read the members before the mark; it dies by sad_remove. */
struct esp_sa {
    uint64_t handle; /* counts up: the newer SA has the higher one */
    enum packet_way way;
    enum child_mode mode;
    enum ipsec_protocol protocol; /* of AH around ESP: ESP */
    uint32_t spi;
    uint32_t ah_spi; /* 0: no AH; AH alone: the SPI */
    uint32_t reqid;
    struct path path;
    struct selector *selectors_own;
    size_t selector_count;
    struct esp_limits limits;
    struct esp_usage usage;
    bool is_expired; /* a hard limit was reached: nothing passes any more */
    /* of esp/ alone from here on */
    bool is_esn;
    struct packet_cipher *cipher_own; /* NULL: AH alone */
    struct packet_mac *mac_own;       /* NULL: no AH */
    struct replay replay;             /* of `protocol` */
    struct replay ah_replay;          /* of the AH around ESP, which counts for itself */
    atomic_uint_fast64_t sequence;    /* last one taken */
    struct endpoint reported;         /* last endpoint that an event told */
    uint64_t selector_event_us;
    uint32_t pending; /* events not yet fetched, bits of enum esp_event_kind */
    uint32_t told;    /* events that come once */
    uint8_t soft_cause;
    uint8_t hard_cause;
    struct list event_link;
    struct list all_link;
    struct map_entry spi_entry; /* inbound: of ESP. outbound: of `protocol` */
    struct map_entry ah_entry;  /* inbound, of AH, alone or around ESP */
    struct map_entry flow_entry;
    struct map_entry handle_entry;
    struct deadline deadline;
    uint8_t flow_key[SAD_KEY_BYTES];
    uint8_t spi_key[SAD_KEY_BYTES];
    uint8_t ah_key[SAD_KEY_BYTES];
};

/* Why a packet was not passed on; every one is counted. */
enum esp_drop {
    ESP_DROP_NONE,
    ESP_DROP_MALFORMED,     /* length, alignment, header */
    ESP_DROP_NO_SA,         /* unknown SPI */
    ESP_DROP_EXPIRED,       /* hard limit reached */
    ESP_DROP_ENCAPSULATION, /* plain where UDP is agreed, or the reverse */
    ESP_DROP_REPLAY,
    ESP_DROP_FORGED, /* wrong ICV */
    ESP_DROP_BUNDLE, /* ESP without the AH that was agreed, or AH around something else */
    ESP_DROP_PADDING,
    ESP_DROP_DUMMY,      /* next header 59: traffic flow confidentiality, no fault */
    ESP_DROP_INNER,      /* the packet inside is malformed */
    ESP_DROP_ADDRESS,    /* loopback, multicast, link-local or our own outer address inside */
    ESP_DROP_SELECTOR,   /* not of this SA */
    ESP_DROP_POLICY,     /* the SPD says drop, or another SA */
    ESP_DROP_CONGESTION, /* outer ECN says congestion, inner is not capable. RFC 6040 */
    ESP_DROP_TRANSPORT,  /* fragment or options in transport mode */
    ESP_DROP_SEQUENCE,   /* no number left */
    ESP_DROP_ROOM,       /* the caller's buffer is too small */
    ESP_DROP_CRYPTO,     /* OpenSSL failed */
    ESP_DROP_COUNT,
};

/* A constant word for a reason, "replay"; never NULL. */
const char *esp_drop_name(enum esp_drop reason);

enum esp_event_kind {
    ESP_EVENT_SOFT,     /* once: time to rekey */
    ESP_EVENT_HARD,     /* once: the SA passes nothing any more */
    ESP_EVENT_ENDPOINT, /* the newest authentic packet came from another address or port */
    ESP_EVENT_SELECTOR, /* an authentic packet of another policy came; once in 10 s */
};

enum esp_limit {
    ESP_LIMIT_BYTES,
    ESP_LIMIT_PACKETS,
    ESP_LIMIT_TIME,
    ESP_LIMIT_SEQUENCE,
};

struct esp_event {
    enum esp_event_kind kind;
    enum esp_limit limit; /* of soft and hard */
    uint64_t handle;
    enum packet_way way;
    enum ipsec_protocol protocol;
    uint32_t spi;
    uint32_t reqid;
    struct path path;         /* as installed */
    struct endpoint endpoint; /* ESP_EVENT_ENDPOINT: the new remote one */
};

/* All SAs of one data plane. */
struct sad;

/*
 * crypto_view  outlives the SAD.
 * hash_key     16 octets of randomness, copied.
 * sa_limit     most SAs at once.
 *
 * Returns STATUS_OK or STATUS_NO_MEMORY.
 */
enum status sad_new(struct crypto *crypto_view, const uint8_t hash_key[16], size_t sa_limit,
                    struct sad **out);

/* Wipes and frees with all SAs; NULL is allowed. */
void sad_free(struct sad *sad);

/*
 * Installs one direction.
 *
 * out  its handle.
 *
 * Returns STATUS_OK; STATUS_EXISTS when an inbound SPI of that protocol, or the outbound SPI with
 * that remote address, is there; STATUS_MALFORMED for an SPI below 256, no selector, transport mode
 * or AH between families, or AH in UDP; STATUS_LIMIT for too many SAs or a key of the wrong length;
 * what packet_cipher_new and packet_mac_new say; STATUS_NO_MEMORY. Nothing changes on failure.
 */
enum status sad_add(struct sad *sad, const struct esp_sa_config *config, uint64_t *out);

/* Wipes and frees one; STATUS_ABSENT when there is none. */
enum status sad_remove(struct sad *sad, struct esp_sa *sa);

/* Inbound by SPI, at once whatever their number; AH around ESP by either of its two. NULL when
 * there is none. */
struct esp_sa *sad_find_inbound(const struct sad *sad, enum ipsec_protocol protocol, uint32_t spi);

/* Outbound by the peer's SPI and address; AH around ESP by its ESP. */
struct esp_sa *sad_find_outbound(const struct sad *sad, enum ipsec_protocol protocol, uint32_t spi,
                                 const struct address *remote);

struct esp_sa *sad_find_handle(const struct sad *sad, uint64_t handle);

/* The newest outbound SA of the reqid that may carry the packet and has not expired, or NULL. */
struct esp_sa *sad_select(struct sad *sad, uint32_t reqid, const struct inner_packet *packet);

/* Gives an SA new outer endpoints; its keys, numbers and counters go on. STATUS_EXISTS when an
 * outbound SA with that SPI and address is there, STATUS_MALFORMED for a path that sad_add would
 * not take for it. */
enum status sad_move(struct sad *sad, struct esp_sa *sa, const struct path *path);

/* Walks all SAs, oldest first; the body may not add or remove. NULL starts, NULL ends. */
struct esp_sa *sad_next(const struct sad *sad, const struct esp_sa *after);
size_t sad_count(const struct sad *sad);

/* Notices time limits that are due; to be called when sad_deadline has come. */
void sad_expire(struct sad *sad, uint64_t now_us);

/* The next time limit; DEADLINE_NONE: none. */
uint64_t sad_deadline(const struct sad *sad);

/* The next event; false when there is none. Each SA has room of its own: none is lost. */
bool sad_event(struct sad *sad, struct esp_event *out);

/* Packets dropped for a reason since the start. */
uint64_t sad_dropped(const struct sad *sad, enum esp_drop reason);

#endif
