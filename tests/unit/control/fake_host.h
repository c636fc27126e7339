#ifndef ENTENTE_TESTS_CONTROL_FAKE_HOST_H
#define ENTENTE_TESTS_CONTROL_FAKE_HOST_H

#include "control/host.h"

/* A daemon without an engine: two IKE SAs, one pair of IPsec SAs, counters; engine_visit is here.
 */
struct fake_host {
    struct control_host host;
    uint32_t debug_bits;
    enum privilege privilege;
    int descriptor; /* that set_debug took; -1 */
    unsigned reloads;
    const char *reload_error; /* NULL: a reload works */
    struct ruleset *rules;
};

void fake_host_init(struct fake_host *fake);
void fake_host_clear(struct fake_host *fake);

#endif
