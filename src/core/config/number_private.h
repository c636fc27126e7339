#ifndef ENTENTE_CONFIG_NUMBER_PRIVATE_H
#define ENTENTE_CONFIG_NUMBER_PRIVATE_H

#include "base/view.h"

/* C notation: decimal, 0x hex, 0 octal; the whole text. MALFORMED, or LIMIT past 64 bits. */
enum status number_parse(struct view text, uint64_t *out);

/* Decimal digits only, without zeros before them, up to `most`. */
bool number_decimal(struct view text, uint64_t most, uint64_t *out);

/* Seconds as "5", "0.5" or "0.20" into microseconds. MALFORMED, or LIMIT past 10^9 s. */
enum status number_seconds(struct view text, uint64_t *microseconds);

/* Splits at the first `separator`; false when it is not there. */
bool view_split(struct view text, const char *separator, struct view *before, struct view *after);

#endif
