#ifndef ENTENTE_DAEMON_MATERIAL_H
#define ENTENTE_DAEMON_MATERIAL_H

#include "base/text.h"
#include "config/ike_config.h"
#include "daemon/mistakes.h"

struct crypto;
struct keyring;
struct ruleset;

#define PRESHARED_FILE "/etc/inet/secret/ike.preshared"

/* Where the three texts come from. */
struct material_sources {
    const char *config_file;
    const char *preshared_file;
    const char *keystore_root; /* before the paths of keystore/keystore.h; NULL: not read */
    const char *run_dir;       /* of the loaded policy; NULL: not read (checks) */
    enum config_dialect dialect;
    bool ignores_errors; /* a bad ike/config is as none: no rules */
    bool is_check;       /* notes are said too; a secret that may not be read is only a note */
};

/* All that the administrator's files say, together: one bad file and there is none of it. */
struct material {
    struct ruleset *rules_ref;
    struct keyring *keyring_own;
    struct bytes config_own;       /* text, for traces */
    struct bytes policy_own;       /* text of the loaded policy */
    struct bytes typed_config_own; /* the same two as they were read, when they name interfaces, */
    struct bytes typed_policy_own; /* or tunnel devices that may come; above they have addresses */
    struct bytes credentials_own;  /* credential_index_encode */
    struct bytes certificates_own; /* cert_store_encode */
};

/*
 * Reads, parses and checks all files; says every mistake, warning and (for checks) note. What
 * OpenSSL keeps apart is loaded when a rule or an entry names it.
 *
 * crypto  NULL: algorithms are not tried (checks).
 * out     cleared by the caller; untouched on failure.
 *
 * Returns STATUS_OK, or STATUS_REFUSED, STATUS_SYSTEM, STATUS_NO_MEMORY after a line that says why.
 */
enum status material_load(const struct material_sources *sources, struct crypto *crypto,
                          mistakes_say_fn *say, void *arg, struct material *out);

/*
 * After addresses or devices came or went: the same material with what they are now. No file is
 * read. Mistakes alone are said.
 *
 * now  in force; its keyring stays there, and out->keyring_own is NULL.
 *
 * Returns as material_load, or STATUS_ABSENT when nothing is different.
 */
enum status material_follow(const struct material_sources *sources, const struct material *now,
                            mistakes_say_fn *say, void *arg, struct material *out);

void material_clear(struct material *material);

#endif
