#ifndef ENTENTE_WIRE_FRAGMENT_H
#define ENTENTE_WIRE_FRAGMENT_H

#include "wire/message.h"

#define FRAGMENT_MOST_NUMBER 64u

/* Body of a fragment payload (132): a slice of a whole message, header included. [MS-IKEE] */
struct fragment_payload {
    uint16_t id;
    uint8_t number; /* from 1 */
    bool is_last;
    struct view data;
};

/* Returns STATUS_OK, STATUS_MALFORMED for number 0 or no data, STATUS_LIMIT for a number over 64.
 */
enum status fragment_decode(const struct payload *payload, struct fragment_payload *out,
                            struct wire_error *error);
void fragment_encode(struct writer *writer, const struct fragment_payload *fragment);

#endif
