#ifndef ENTENTE_KEYSTORE_SLOT_DIR_PRIVATE_H
#define ENTENTE_KEYSTORE_SLOT_DIR_PRIVATE_H

#include "keystore/keystore.h"

/* What a change writes before it is in force: ".N.new"; the marker says that all of it is. */
#define SLOT_PENDING_FORMAT ".%u.new"
#define SLOT_MARKER ".commit"
#define SLOT_NAME_BYTES 24u

/* One of the three directories, opened once: what is judged is what is read. */
struct slot_dir {
    int fd; /* -1: there is none */
    enum keystore_kind kind;
    char path[KEYSTORE_PATH_BYTES];
};

enum slot_dir_want {
    SLOT_DIR_READ,
    SLOT_DIR_CREATE, /* made, with its parents, when it is not there */
};

/*
 * Opens and judges a directory: root's or ours, not writable by others; that of the keys not even
 * readable. One that is not there is STATUS_OK and fd -1 where it is only to be read.
 *
 * error  one line with the command that mends it.
 *
 * Returns STATUS_OK, STATUS_REFUSED or STATUS_SYSTEM.
 */
enum status slot_dir_open(const char *root, enum keystore_kind kind, enum slot_dir_want want,
                          struct slot_dir *out, struct text *error);
void slot_dir_close(struct slot_dir *dir);

/* A slot as it is found: `name` is its file. */
struct slot {
    uint32_t number;
    bool is_pending; /* of a change that is in force and not yet renamed */
};

struct slot_list {
    struct slot *items_own;
    size_t count;
};

enum slot_pending {
    SLOT_PENDING_LEFT_OUT,
    SLOT_PENDING_IN_FORCE, /* they stand for their slots, before what has the name already */
    SLOT_PENDING_ALONE,    /* only they */
};

/* Lists the slots by number; other names are left out. OK, SYSTEM or NO_MEMORY. */
enum status slot_dir_list(const struct slot_dir *dir, enum slot_pending pending,
                          struct slot_list *out);
void slot_list_clear(struct slot_list *list);

/* Whether a change was in force when its process ended: the marker is there. */
bool slot_dir_has_marker(const struct slot_dir *dir);

/* The name of a slot's file. */
const char *slot_name(struct slot slot, char out[SLOT_NAME_BYTES]);

/*
 * Reads the file of a slot: opened once, judged by its descriptor (regular, one name, root's or
 * ours, modes as above, at most what its kind may have).
 *
 * out    cleared and filled; bytes_wipe it when it is a key.
 * error  one line.
 *
 * Returns STATUS_OK, STATUS_ABSENT, STATUS_REFUSED, STATUS_LIMIT, STATUS_SYSTEM, STATUS_NO_MEMORY.
 */
enum status slot_dir_read(const struct slot_dir *dir, const char *name, struct bytes *out,
                          struct text *error);

/* Where a kind lives, and what its files may have. */
struct slot_place {
    const char *directory;
    unsigned directory_mode;
    unsigned file_mode;
    size_t most_bytes; /* of a file */
};

const struct slot_place *slot_place(enum keystore_kind kind);

#endif
