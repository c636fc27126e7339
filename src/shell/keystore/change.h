#ifndef ENTENTE_KEYSTORE_CHANGE_H
#define ENTENTE_KEYSTORE_CHANGE_H

#include "keystore/keystore.h"

/*
 * A change of the store: files that come into their slots together or not at all, whatever ends the
 * process or fills the disk meanwhile. Each is first written under a name of its own, in the same
 * directory, and synced; then a marker says that the change is in force; then all are renamed. A
 * reader takes what is written for what is there as soon as there is a marker, and the next change
 * finishes, or removes, what one left behind. One change at a time: the lock is on the directory of
 * the keys, which only root can open.
 */
struct change;

/*
 * Opens the directories (made when they are not there), waits for the lock, ends what an earlier
 * one left.
 *
 * error  one line, here and below.
 *
 * Returns STATUS_OK, STATUS_REFUSED for directories that are open to others, STATUS_SYSTEM or
 * STATUS_NO_MEMORY.
 */
enum status change_begin(const char *root, struct change **out, struct text *error);

/* Reads what is there now, as keystore_read; nobody changes it until the end. */
enum status change_read(const struct change *change, uint64_t kinds, keystore_say_fn *say,
                        void *arg, struct keystore *out);

/* The lowest number that is free in all directories of `kinds` (BIT). STATUS_LIMIT: none is. */
enum status change_free_slot(const struct change *change, uint64_t kinds, uint32_t *out);
bool change_slot_is_free(const struct change *change, uint64_t kinds, uint32_t slot);

/*
 * Writes a file that is to stand in a slot. A CRL takes the place of what is there; a key or a
 * certificate never does: STATUS_EXISTS. At most CHANGE_MOST_FILES in one change: STATUS_LIMIT.
 * After STATUS_SYSTEM the change can only be ended.
 */
#define CHANGE_MOST_FILES 64u
enum status change_put(struct change *change, enum keystore_kind kind, uint32_t slot,
                       struct view object, struct text *error);

/* Puts in force all that was put. On STATUS_SYSTEM nothing is, or the line says otherwise. */
enum status change_commit(struct change *change, struct text *error);

/* Takes a slot's file away, at once. STATUS_OK, STATUS_ABSENT or STATUS_SYSTEM. */
enum status change_remove(struct change *change, enum keystore_kind kind, uint32_t slot,
                          struct text *error);

/* Undoes what is not in force, gives the lock back. NULL is harmless. */
void change_end(struct change *change);

#endif
