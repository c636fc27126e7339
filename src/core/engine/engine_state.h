#ifndef ENTENTE_ENGINE_ENGINE_STATE_H
#define ENTENTE_ENGINE_ENGINE_STATE_H

#include "base/deadline.h"
#include "base/list.h"
#include "base/map.h"
#include "engine/admission.h"
#include "engine/effects.h"
#include "engine/engine.h"
#include "engine/report.h"
#include "engine/want.h"

/* Inbound SAs of negotiations under way whose end the data plane has told; more are forgotten. */
#define ENGINE_GONE_MOST 16u

struct engine {
    struct engine_options options;
    struct ruleset *rules_ref;
    struct instant now;
    struct effects effects;
    struct deadline_heap deadlines;
    struct list ike_sas, children, peers;
    struct map by_cookie, by_address, by_first, by_ticket, by_identity;
    struct map by_spi_in, by_ah_spi_in, by_child_address;
    struct admission admission;
    struct report report;
    struct statistics_record statistics;
    uint8_t digest_key[16];
    struct want_refused refused;
    size_t acquire_count; /* wants of acquires that are not served yet */
    uint32_t gone_spis[ENGINE_GONE_MOST];
    size_t gone_count;  /* in all, so the next place is its remainder */
    bool must_forget;   /* a secret has ended: crypto's contexts may still hold it */
    size_t alarm_count; /* SAs of both kinds: room kept in the heap */
};

/* A fresh IPsec SPI of ours: random, not reserved, of our shards, not in use. `tag` as in
 * randomness. */
uint32_t engine_draw_spi(struct engine *engine, uint64_t tag);

/* True when the data plane has ended this inbound SA before its pair was established. */
bool engine_is_spi_gone(const struct engine *engine, uint32_t spi);

/*
 * A number of 0 to 1023 to spread deadlines by: a keyed hash of what it is for, so that it is as
 * unforeseeable as the engine's secret without a draw of its own.
 */
uint32_t engine_jitter(const struct engine *engine, uint64_t what, uint32_t which);

#endif
