#ifndef ENTENTE_CONFIG_LOADED_LINE_PRIVATE_H
#define ENTENTE_CONFIG_LOADED_LINE_PRIVATE_H

#include "base/view.h"

/* How the lines of ipsecpolicy.conf begin that are ours; typed text never does. */
#define LOADED_PLANE "#PLANE "
#define LOADED_INDEX "#INDEX "
#define LOADED_SPD "#SPD "
#define LOADED_GONE ";"          /* an SPD entry that was here and was deleted */
#define LOADED_WAITING ";WAITS " /* + name of the tunnel whose device is not there yet */

bool loaded_line_begins(struct view line, const char *mark, struct view *after);
bool loaded_line_is_ours(struct view line);

/* Takes the next line, without its newline, from the front. */
struct view loaded_line_take(struct view *rest);

#endif
