#ifndef ENTENTE_CONTROL_DEFAULTS_H
#define ENTENTE_CONTROL_DEFAULTS_H

#include "base/text.h"
#include "base/view.h"
#include "engine/engine.h"

/*
 * The properties of the service: /etc/default/ike, lines KEY=VALUE, read by the daemon and by the
 * tools. A command-line option wins over the file.
 */
#define DEFAULTS_FILE "/etc/default/ike"
#define DEFAULTS_TEXT_BYTES 256u

enum plane_choice {
    PLANE_AUTO,
    PLANE_USER,
    PLANE_XFRM,
};

/* What ikeadm may see; a running daemon's level can only be lowered. */
enum privilege {
    PRIVILEGE_BASE,
    PRIVILEGE_MODKEYS,
    PRIVILEGE_KEYMAT,
};

struct defaults {
    char config_file[DEFAULTS_TEXT_BYTES];   /* /etc/inet/ike/config */
    char debug_logfile[DEFAULTS_TEXT_BYTES]; /* "": none */
    char run_dir[DEFAULTS_TEXT_BYTES];       /* /run; absolute */
    uint32_t debug_bits;                     /* enum event_category */
    enum privilege admin_privilege;
    enum plane_choice data_plane;
    enum nat_traversal nat_traversal;
    bool ignores_errors;
};

/* The built-in values. */
void defaults_init(struct defaults *out);

/*
 * Reads the text of a defaults file over the values that *out has.
 *
 * file   its name, for messages.
 * error  every mistake as `file:line: ...`, a line each; only written to.
 *
 * Returns STATUS_OK or STATUS_MALFORMED (then *out is unchanged).
 */
enum status defaults_parse(struct view text, const char *file, struct defaults *out,
                           struct text *error);

/*
 * The same from a file; one that does not exist is STATUS_OK and leaves *out as it is.
 * STATUS_SYSTEM with a message when it cannot be read.
 */
enum status defaults_read(const char *file, struct defaults *out, struct text *error);

/* "auto", "user", "xfrm"; false for anything else. */
bool plane_choice_parse(const char *word, enum plane_choice *out);

#endif
