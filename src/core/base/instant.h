#ifndef ENTENTE_BASE_INSTANT_H
#define ENTENTE_BASE_INSTANT_H

#include <stdint.h>

#define SECOND_US UINT64_C(1000000)
#define MILLISECOND_US UINT64_C(1000)

/* Now, as the shell says it: CLOCK_BOOTTIME for deadlines, UTC for what people read. */
struct instant {
    uint64_t mono_us;
    int64_t wall_s;
};

#endif
