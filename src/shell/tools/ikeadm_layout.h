#ifndef ENTENTE_TOOLS_IKEADM_LAYOUT_H
#define ENTENTE_TOOLS_IKEADM_LAYOUT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* How records of the daemon are shown to people: the layouts that Solaris' ikeadm has. */
struct layout {
    FILE *out;
    bool is_numeric;  /* -n: addresses without names */
    bool is_paranoid; /* -p: key octets print as XX */
};

/* One record of each kind, with the blank line that comes before it. */
void layout_ike_sa(const struct layout *layout, const json_t *record);
void layout_child_sa(const struct layout *layout, const json_t *record);
void layout_rule(const struct layout *layout, const json_t *record);
void layout_certificate(const struct layout *layout, const json_t *record);
void layout_statistics(const struct layout *layout, const json_t *record);

/* "Debug categories enabled:" and a line each, or "No debug categories enabled." */
void layout_categories(const struct layout *layout, unsigned bits);

/* Tables that this build knows, without the daemon. */
void layout_groups(const struct layout *layout);
void layout_ciphers(const struct layout *layout);
void layout_hashes(const struct layout *layout);

/* "3600 seconds (1.00 hour)"; returns `out`. */
#define LAYOUT_DURATION_BYTES 64u
const char *layout_duration(long long seconds, char out[LAYOUT_DURATION_BYTES]);

#endif
