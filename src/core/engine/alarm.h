#ifndef ENTENTE_ENGINE_ALARM_H
#define ENTENTE_ENGINE_ALARM_H

#include "base/deadline.h"

/* Whose deadline it is: the heap knows no types. */
enum alarm_owner {
    ALARM_IKE_SA,
    ALARM_CHILD_SA,
};

/* First member of its owner. */
struct alarm {
    struct deadline deadline;
    uint8_t owner; /* enum alarm_owner */
};

#endif
