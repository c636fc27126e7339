#ifndef ENTENTE_CONTRACT_EFFECT_H
#define ENTENTE_CONTRACT_EFFECT_H

#include "contract/ask.h"
#include "contract/event.h"

/* Everything that an engine can want done. Views live until the effects are drained. */
enum effect_kind {
    FX_SEND,
    FX_ASK,
    FX_CANCEL,
    FX_SA_DELETE,
    FX_EVENT,
    EFFECT_KIND_COUNT,
};

/* The shell puts the non-ESP marker before the bytes when path.is_encapsulated. */
struct effect_send {
    struct path path;
    struct view bytes_view;
};

struct effect_ask {
    uint64_t ticket; /* counts up, never used twice */
    enum ask_kind kind;
    union {
        struct ask_psk psk;
        struct ask_sign sign;
        struct ask_decrypt decrypt;
        struct ask_sa_add sa_add;
    };
};

/* The answer of this ticket is no longer wanted; an answer may still come and is dropped. */
struct effect_cancel {
    uint64_t ticket;
};

/* One direction ends; not found is success. */
struct effect_sa_delete {
    enum sa_direction direction;
    enum ipsec_protocol protocol;
    uint32_t spi;
    struct address destination;
};

struct effect {
    enum effect_kind kind;
    union {
        struct effect_send send;
        struct effect_ask ask;
        struct effect_cancel cancel;
        struct effect_sa_delete sa_delete;
        struct ike_event event;
    };
};

#endif
