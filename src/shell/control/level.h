#ifndef ENTENTE_CONTROL_LEVEL_H
#define ENTENTE_CONTROL_LEVEL_H

#include "base/text.h"
#include "control/defaults.h"

/*
 * A debug level as ikeadm and the service's properties write it: a C number, or nicknames of
 * categories in any case, joined by '+' (add) and '-' (remove): "all-op", "phase1+phase2".
 *
 * error  what was found and what may stand there; only written to on failure.
 *
 * Returns STATUS_OK or STATUS_MALFORMED.
 */
enum status debug_level_parse(const char *level, uint32_t *bits, struct text *error);

/* "base", "modkeys", "keymat" or 0 to 2. */
enum status privilege_parse(const char *word, enum privilege *out);

/* "base", "modkeys", "keymat". */
const char *privilege_name(enum privilege privilege);

/* As ikeadm prints it: "base privileges", "access to keying material". */
const char *privilege_text(enum privilege privilege);

#endif
