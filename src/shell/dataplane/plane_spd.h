#ifndef ENTENTE_DATAPLANE_PLANE_SPD_H
#define ENTENTE_DATAPLANE_PLANE_SPD_H

#include "esp/spd.h"

struct ruleset;

/*
 * The user-space SPD of a rule set: its policy entries in match order, each for the families that
 * it holds. Returns STATUS_OK (the caller frees *out with spd_free) or STATUS_NO_MEMORY.
 */
enum status plane_spd_new(const struct ruleset *rules, struct spd **out);

#endif
