#ifndef ENTENTE_KEYSTORE_KEYSTORE_PRIVATE_H
#define ENTENTE_KEYSTORE_KEYSTORE_PRIVATE_H

#include "keystore/slot_dir_private.h"

/* keystore_read from directories that are open, and locked against changes. OK or NO_MEMORY, or
 * SYSTEM after a line. */
enum status keystore_read_dirs(const struct slot_dir *dirs, uint64_t kinds, keystore_say_fn *say,
                               void *arg, struct keystore *out);

#endif
