#ifndef ENTENTE_TESTS_POLICY_MATERIAL_H
#define ENTENTE_TESTS_POLICY_MATERIAL_H

#include "config/ike_config.h"
#include "policy/ruleset.h"
#include "support/test.h"

/* A rule set of three texts ("config", "ike.preshared", "ipsecinit.conf"; NULL: empty). Fails the
 * test when one has a mistake. The caller drops it. */
struct ruleset *material_ruleset(const char *config, const char *preshared, const char *ipsecinit);

struct address material_address(const char *text);
struct selector material_selector(const char *local, const char *remote, uint8_t protocol,
                                  uint16_t local_port, uint16_t remote_port);

enum material_file {
    MATERIAL_CONFIG,
    MATERIAL_PRESHARED,
    MATERIAL_IPSECINIT,
};

/*
 * Parses a text and writes every message of at least this severity (errors: CONFIG_ERROR; with
 * warnings: CONFIG_WARNING; all: CONFIG_NOTE), a line each, file name "f". Returns the status.
 */
enum status material_lines(enum material_file file, struct view text, enum config_dialect dialect,
                           enum config_severity least, struct text *out);

#define MATERIAL_LINES_BYTES 65536u

#endif
