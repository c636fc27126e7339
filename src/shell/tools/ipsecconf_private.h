#ifndef ENTENTE_TOOLS_IPSECCONF_PRIVATE_H
#define ENTENTE_TOOLS_IPSECCONF_PRIVATE_H

#include "config/ike_config.h"
#include "control/defaults.h"
#include "policy/ipsec_policy.h"

/* One command a call. */
enum ipsecconf_verb {
    IPSECCONF_SHOW, /* entries as typed: no option at all */
    IPSECCONF_ADD,
    IPSECCONF_REPLACE, /* -a with -f or -F */
    IPSECCONF_REMOVE,  /* the entries of a file */
    IPSECCONF_DELETE,  /* one SPD entry, by its index */
    IPSECCONF_CHECK,
    IPSECCONF_EXPLAIN,   /* what becomes of a packet */
    IPSECCONF_FLUSH,     /* host policy, or that of one tunnel */
    IPSECCONF_FLUSH_ALL, /* and all tunnels */
    IPSECCONF_LIST,      /* host, or one tunnel */
    IPSECCONF_LIST_ALL,
};

struct ipsecconf_request {
    enum ipsecconf_verb verb;
    const char *file;   /* "-": standard input */
    const char *tunnel; /* -i; "": host policy */
    uint32_t index;     /* -d */
    char index_tunnel[IPSEC_TUNNEL_NAME_BYTES];
    char **packet; /* explain: its words */
    size_t packet_count;
    enum config_dialect dialect;
    bool is_quiet;
    bool is_numeric;
    bool is_boot;    /* never open, whatever the file says */
    bool keeps_copy; /* what is loaded becomes the last good copy */
    bool is_json;
    struct defaults defaults;
};

/* Each does a command whole and returns the exit status; what is wrong has been said. */
int ipsecconf_change(const struct ipsecconf_request *request); /* add, replace, remove, flush */
int ipsecconf_boot(const struct ipsecconf_request *request);   /* replace, and never open */
int ipsecconf_explain(const struct ipsecconf_request *request);
int ipsecconf_check(const struct ipsecconf_request *request);
int ipsecconf_list(const struct ipsecconf_request *request); /* show, list */

/* One line to standard error, with the program's name before it. */
void ipsecconf_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct policy_plane;

#define IPSECCONF_LINE_BYTES 512u

/*
 * The plane that a change goes to: that of `data_plane`; with `auto` the one where the loaded
 * policy is, or for the first one what the kernel can. NULL: it has been said why.
 */
const struct policy_plane *ipsecconf_plane(const struct ipsecconf_request *request,
                                           const struct ipsec_policy *loaded);

/* Puts the policy in force there and says what there is to say. */
enum status ipsecconf_plane_load(const struct ipsecconf_request *request,
                                 const struct policy_plane *plane,
                                 const struct ipsec_policy *policy);

/* After the policy is in force in `plane`: takes away what another one holds, if `loaded` was not
 * in this one. */
enum status ipsecconf_plane_leave(const struct policy_plane *plane,
                                  const struct ipsec_policy *loaded);

/*
 * Reads the loaded policy; an absent one is empty. Says what is wrong. The caller frees *out with
 * ipsec_policy_free.
 */
enum status ipsecconf_read_loaded(const struct ipsecconf_request *request,
                                  struct ipsec_policy **out);

enum ipsecconf_notes {
    NOTES_LEFT_OUT,
    NOTES_SAID,
};

/* Reads and parses request->file and says every mistake; *out as above, NULL for no entry. */
enum status ipsecconf_parse(const struct ipsecconf_request *request, enum ipsecconf_notes notes,
                            struct ipsec_policy **out);

/*
 * Makes the best of a file that ipsecconf_parse did not take: ipsecinit_salvage. What is dropped in
 * place of what was written is said. STATUS_OK or STATUS_NO_MEMORY.
 */
enum status ipsecconf_parse_salvage(const struct ipsecconf_request *request,
                                    struct ipsec_policy **out);

/*
 * Does a command that changes the policy, `typed` being what its file says (NULL: it has none).
 * What is wrong has been said.
 */
enum status ipsecconf_put(const struct ipsecconf_request *request,
                          const struct ipsec_policy *typed);

#endif
