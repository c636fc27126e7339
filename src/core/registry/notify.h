#ifndef ENTENTE_REGISTRY_NOTIFY_H
#define ENTENTE_REGISTRY_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Notify message types of IKEv1. RFC 2408 section 3.14.1, RFC 2407 section 4.6.3, RFC 3706 */
enum notify_type {
    NOTIFY_INVALID_PAYLOAD_TYPE = 1,
    NOTIFY_DOI_NOT_SUPPORTED = 2,
    NOTIFY_SITUATION_NOT_SUPPORTED = 3,
    NOTIFY_INVALID_COOKIE = 4,
    NOTIFY_INVALID_MAJOR_VERSION = 5,
    NOTIFY_INVALID_MINOR_VERSION = 6,
    NOTIFY_INVALID_EXCHANGE_TYPE = 7,
    NOTIFY_INVALID_FLAGS = 8,
    NOTIFY_INVALID_MESSAGE_ID = 9,
    NOTIFY_INVALID_PROTOCOL_ID = 10,
    NOTIFY_INVALID_SPI = 11,
    NOTIFY_INVALID_TRANSFORM_ID = 12,
    NOTIFY_ATTRIBUTES_NOT_SUPPORTED = 13,
    NOTIFY_NO_PROPOSAL_CHOSEN = 14,
    NOTIFY_BAD_PROPOSAL_SYNTAX = 15,
    NOTIFY_PAYLOAD_MALFORMED = 16,
    NOTIFY_INVALID_KEY_INFORMATION = 17,
    NOTIFY_INVALID_ID_INFORMATION = 18,
    NOTIFY_INVALID_CERT_ENCODING = 19,
    NOTIFY_INVALID_CERTIFICATE = 20,
    NOTIFY_CERT_TYPE_UNSUPPORTED = 21,
    NOTIFY_INVALID_CERT_AUTHORITY = 22,
    NOTIFY_INVALID_HASH_INFORMATION = 23,
    NOTIFY_AUTHENTICATION_FAILED = 24,
    NOTIFY_INVALID_SIGNATURE = 25,
    NOTIFY_ADDRESS_NOTIFICATION = 26,
    NOTIFY_SA_LIFETIME = 27,
    NOTIFY_CERTIFICATE_UNAVAILABLE = 28,
    NOTIFY_UNSUPPORTED_EXCHANGE_TYPE = 29,
    NOTIFY_UNEQUAL_PAYLOAD_LENGTHS = 30,
    NOTIFY_CONNECTED = 16384,
    NOTIFY_RESPONDER_LIFETIME = 24576,
    NOTIFY_REPLAY_STATUS = 24577,
    NOTIFY_INITIAL_CONTACT = 24578,
    NOTIFY_R_U_THERE = 36136,
    NOTIFY_R_U_THERE_ACK = 36137,
};

struct notify_kind {
    uint16_t number;
    const char *name; /* "NO-PROPOSAL-CHOSEN" */
    const char *rfc;
};

extern const struct notify_kind notify_table[];
extern const size_t notify_count;

/* The row, or NULL. */
const struct notify_kind *notify_by_number(unsigned number);

/* "NO-PROPOSAL-CHOSEN", or "unknown notify"; never NULL. */
const char *notify_name(unsigned number);

/* Error types are those below 16384, private ones included. RFC 2408 section 3.14.1 */
bool notify_is_error(unsigned number);

#endif
