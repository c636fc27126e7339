#ifndef ENTENTE_TESTS_SIM_FORGERY_H
#define ENTENTE_TESTS_SIM_FORGERY_H

#include "capture.h"
#include "registry/exchange.h"
#include "registry/notify.h"
#include "registry/payload.h"
#include "sim/insider.h"
#include "wire/message.h"

/* Makes messages that nobody should make. */

/* One payload with its generic header; `next` chains to another. Clear with bytes_clear. */
struct bytes forged_payload(uint8_t next, struct view body);

/* Bodies. */
struct bytes forged_notify(uint8_t protocol, uint16_t type, struct view spi, struct view data);
struct bytes forged_delete(uint8_t protocol, uint8_t spi_bytes, uint16_t spi_count,
                           struct view spis);

/* A clear message of one payload with these 16 octets of cookies. */
struct bytes forged_clear(uint8_t exchange, const uint8_t cookies[16], uint32_t message_id,
                          uint8_t type, struct view body);

/* From east to west, of their established SA. */
struct endpoint endpoint_of(const struct sim_host *host);

/* A message of one payload to be sealed. */
struct forged_message {
    uint32_t message_id;
    uint8_t exchange;
    enum insider_hash hash;
    uint8_t type;
    struct view body;
};

/* Sends it, sealed with the keys of the newest ISAKMP SA, from east to west; it is read when the
 * call returns. */
void insider_send(struct pair *pair, const struct insider *insider,
                  const struct forged_message *forged);

/* Fails unless both hosts' SAs are as their digests say. */
struct kept {
    uint8_t east[32], west[32];
};

struct kept pair_keep(struct pair *pair);
void pair_check_kept(struct pair *pair, const struct kept *kept, const char *what);

#endif
