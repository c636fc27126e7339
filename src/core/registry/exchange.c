#include "registry/exchange.h"

#include "base/view.h"

const struct exchange_kind exchange_table[] = {
    {
        .number = EXCHANGE_BASE,
        .name = "base mode",
        .description = "base",
        .message_id = MESSAGE_ID_ZERO,
        .rfc = "RFC 2408 section 4.4",
    },
    {
        .number = EXCHANGE_MAIN,
        .name = "main mode",
        .description = "main mode (identity protect)",
        .is_processed = true,
        .message_id = MESSAGE_ID_ZERO,
        .rfc = "RFC 2408 section 4.5, RFC 2409 section 5",
    },
    {
        .number = EXCHANGE_AUTHENTICATION_ONLY,
        .name = "authentication only",
        .description = "authentication only",
        .message_id = MESSAGE_ID_ZERO,
        .rfc = "RFC 2408 section 4.6",
    },
    {
        .number = EXCHANGE_AGGRESSIVE,
        .name = "aggressive mode",
        .description = "aggressive mode",
        .is_processed = true,
        .message_id = MESSAGE_ID_ZERO,
        .rfc = "RFC 2408 section 4.7, RFC 2409 section 5",
    },
    {
        .number = EXCHANGE_INFORMATIONAL,
        .name = "informational",
        .description = "informational",
        .is_processed = true,
        .message_id = MESSAGE_ID_ANY,
        .rfc = "RFC 2408 section 4.8, RFC 2409 section 5.7",
    },
    {
        .number = EXCHANGE_TRANSACTION,
        .name = "transaction",
        .description = "transaction",
        .is_processed = true,
        .message_id = MESSAGE_ID_NONZERO,
        .rfc = "draft-dukes-ike-mode-cfg-02",
    },
    {
        .number = EXCHANGE_QUICK,
        .name = "quick mode",
        .description = "quick mode",
        .is_processed = true,
        .message_id = MESSAGE_ID_NONZERO,
        .rfc = "RFC 2409 section 5.5",
    },
    {
        .number = EXCHANGE_NEW_GROUP,
        .name = "new group mode",
        .description = "new group mode",
        .is_processed = true,
        .message_id = MESSAGE_ID_NONZERO,
        .rfc = "RFC 2409 section 5.6",
    },
};

const size_t exchange_count = COUNT(exchange_table);

const struct exchange_kind *exchange_by_number(unsigned number)
{
    for (size_t i = 0; i < exchange_count; i++) {
        if (exchange_table[i].number == number)
            return &exchange_table[i];
    }
    return NULL;
}

const char *exchange_name(unsigned number)
{
    const struct exchange_kind *row = exchange_by_number(number);

    return row ? row->name : "unknown exchange";
}
