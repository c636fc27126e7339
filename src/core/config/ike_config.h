#ifndef ENTENTE_CONFIG_IKE_CONFIG_H
#define ENTENTE_CONFIG_IKE_CONFIG_H

#include "policy/config_error.h"
#include "policy/ike_rule.h"

/* A file over this is refused by its size, by caller (before he reads it) and parser. */
#define CONFIG_FILE_MOST_BYTES (UINT32_C(16) << 20)

enum config_dialect {
    CONFIG_ENTENTE,
    CONFIG_STRICT_SOLARIS, /* --strict-solaris: extensions are errors */
};

/*
 * Parses ike/config. solaris.md 1 and 12
 *
 * text    the whole file.
 * file    its name, for positions; copied.
 * errors  initialised by the caller; every mistake, warning and note is added.
 * out     the caller's, by ike_rules_free; untouched on failure.
 *
 * Returns STATUS_OK (there may be warnings), STATUS_MALFORMED when there was at least one error,
 * STATUS_LIMIT for a text over CONFIG_FILE_MOST_BYTES (also in `errors`), STATUS_NO_MEMORY.
 */
enum status ike_config_parse(struct view text, const char *file, enum config_dialect dialect,
                             struct ike_rules **out, struct config_errors *errors);

#endif
