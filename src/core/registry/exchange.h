#ifndef ENTENTE_REGISTRY_EXCHANGE_H
#define ENTENTE_REGISTRY_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exchange types of IKEv1. RFC 2408 section 3.1, RFC 2409 app. A */
enum exchange_type {
    EXCHANGE_NONE = 0,
    EXCHANGE_BASE = 1,
    EXCHANGE_MAIN = 2, /* Identity Protection */
    EXCHANGE_AUTHENTICATION_ONLY = 3,
    EXCHANGE_AGGRESSIVE = 4,
    EXCHANGE_INFORMATIONAL = 5,
    EXCHANGE_TRANSACTION = 6,
    EXCHANGE_QUICK = 32,
    EXCHANGE_NEW_GROUP = 33,
};

/* Header flags. RFC 2408 section 3.1 */
enum isakmp_flag {
    ISAKMP_FLAG_ENCRYPTION = 1,
    ISAKMP_FLAG_COMMIT = 2,
    ISAKMP_FLAG_AUTHENTICATION = 4,
};

enum message_id_rule {
    MESSAGE_ID_ZERO,    /* Phase 1 */
    MESSAGE_ID_NONZERO, /* Phase 2 */
    MESSAGE_ID_ANY,     /* Informational: zero is seen in clear ones */
};

struct exchange_kind {
    uint8_t number;
    const char *name;        /* for log lines: "main mode" */
    const char *description; /* as ikeadm prints it */
    bool is_processed;       /* others are dropped */
    enum message_id_rule message_id;
    const char *rfc;
};

extern const struct exchange_kind exchange_table[];
extern const size_t exchange_count;

/* The row, or NULL. */
const struct exchange_kind *exchange_by_number(unsigned number);

/* "main mode", or "unknown exchange"; never NULL. */
const char *exchange_name(unsigned number);

#endif
