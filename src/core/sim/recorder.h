#ifndef ENTENTE_SIM_RECORDER_H
#define ENTENTE_SIM_RECORDER_H

#include "base/map.h"

/*
 * Remembers values and finds the one that comes twice. A value belongs to a kind (the same octets
 * as a nonce and as a cookie are two values) and to an owner: a datagram sent again shows the same
 * nonce, and both ends of an SA install the same key. Only another owner's value is a repetition.
 */
enum recorded_kind {
    RECORDED_COOKIE,
    RECORDED_NONCE,
    RECORDED_KEY_EXCHANGE,
    RECORDED_SPI,
    RECORDED_IV,
    RECORDED_KEY,
    RECORDED_DRAW,
    RECORDED_KIND_COUNT,
};

struct recorder {
    struct map values;
    struct recorded_value *first_own; /* all, for freeing */
    size_t counts[RECORDED_KIND_COUNT];
    enum recorded_kind repeated_kind;
    bool has_repeated;
};

enum status recorder_init(struct recorder *recorder);
void recorder_clear(struct recorder *recorder);

/*
 * Notes a value, copied, of an owner: any octets that tell it apart. A value noted before by
 * another owner, or by none (an empty view is nobody twice), sets has_repeated.
 */
enum status recorder_note(struct recorder *recorder, enum recorded_kind kind, struct view value,
                          struct view owner);

/* "cookie", "nonce" ... */
const char *recorded_kind_name(enum recorded_kind kind);

#endif
