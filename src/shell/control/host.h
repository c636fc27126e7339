#ifndef ENTENTE_CONTROL_HOST_H
#define ENTENTE_CONTROL_HOST_H

#include "base/instant.h"
#include "base/text.h"
#include "control/defaults.h"

struct engine;
struct ruleset;

/* What the daemon lets its administrator see and do; one verb of control/verb.c calls each. */
struct control_host {
    void *arg;
    const struct engine *(*engine)(void *arg);
    const struct ruleset *(*rules)(void *arg); /* in force; borrowed for the call */
    struct instant (*now)(void *arg);
    uint32_t (*debug)(void *arg);
    /* `descriptor`: where lines go from now on, taken when STATUS_OK; -1: unchanged. */
    enum status (*set_debug)(void *arg, uint32_t bits, int descriptor, struct text *error);
    enum privilege (*privilege)(void *arg);
    void (*set_privilege)(void *arg, enum privilege privilege); /* only ever lower */
    /* Configuration, keys and loaded policy together; one bad: STATUS_REFUSED with every mistake,
     * nothing applied. */
    enum status (*reload)(void *arg, struct text *error);
};

#endif
