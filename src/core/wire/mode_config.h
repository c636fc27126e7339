#ifndef ENTENTE_WIRE_MODE_CONFIG_H
#define ENTENTE_WIRE_MODE_CONFIG_H

#include "wire/attribute.h"
#include "wire/message.h"

/* Body of an attributes payload: Mode Config and XAuth. draft-dukes-ike-mode-cfg-02 section 3.2 */
struct mode_config_payload {
    uint8_t type; /* 1 request, 2 reply, 3 set, 4 acknowledge */
    uint16_t identifier;
    struct view attributes; /* whole ones, read with attribute_read */
};

/* Returns STATUS_OK, or STATUS_MALFORMED for an attribute that does not fit (SEC-34). */
enum status mode_config_decode(const struct payload *payload, struct mode_config_payload *out,
                               struct wire_error *error);
void mode_config_encode(struct writer *writer, const struct mode_config_payload *config);

#endif
