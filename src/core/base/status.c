#include "base/status.h"

const char *status_name(enum status status)
{
    static const char *const names[] = {
        [STATUS_OK] = "ok",
        [STATUS_MALFORMED] = "malformed",
        [STATUS_UNEXPECTED] = "unexpected",
        [STATUS_REFUSED] = "refused",
        [STATUS_FORGED] = "forged",
        [STATUS_LIMIT] = "limit",
        [STATUS_NO_MEMORY] = "no memory",
        [STATUS_CRYPTO] = "crypto",
        [STATUS_ABSENT] = "absent",
        [STATUS_EXISTS] = "exists",
        [STATUS_SYSTEM] = "system",
    };

    if ((unsigned)status >= sizeof names / sizeof names[0])
        return "unknown status";
    return names[status];
}
