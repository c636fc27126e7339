#include "contract/record.h"

static const char *const names[DROP_REASON_COUNT] = {
    [DROP_RUNT] = "runt",
    [DROP_VERSION] = "version",
    [DROP_EXCHANGE] = "exchange",
    [DROP_COOKIE] = "cookie",
    [DROP_FLAGS] = "flags",
    [DROP_MALFORMED] = "malformed",
    [DROP_UNKNOWN_SA] = "unknown_sa",
    [DROP_UNDECRYPTABLE] = "undecryptable",
    [DROP_HASH] = "hash",
    [DROP_REPLAY] = "replay",
    [DROP_STATE] = "state",
    [DROP_PAYLOADS] = "payloads",
    [DROP_BUDGET] = "budget",
    [DROP_BUSY] = "busy",
    [DROP_REFLECTION] = "reflection",
    [DROP_SOURCE] = "source",
    [DROP_CRYPTO] = "crypto",
};

const char *drop_reason_name(enum drop_reason reason)
{
    return (unsigned)reason < DROP_REASON_COUNT ? names[reason] : "unknown";
}
