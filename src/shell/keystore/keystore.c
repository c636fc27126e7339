#include "keystore/keystore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>

#include <openssl/evp.h>

#include "keystore/keystore_private.h"
#include "keystore/object.h"

#define LOCK_TRIES 100u
#define LOCK_WAIT_NS 20000000L /* 2 s in all */

/* A reading under way. */
struct reading {
    const struct slot_dir *dirs; /* by kind */
    keystore_say_fn *say;
    void *arg;
    struct keystore *made;
    size_t room;
};

/*
 * While a change is being renamed into place nothing is read. Only root can hold this lock; when
 * somebody has stopped in the middle, what is there is read all the same: each file is whole.
 */
static void wait_for_changes(const struct slot_dir *keys)
{
    const struct timespec pause = {.tv_nsec = LOCK_WAIT_NS};

    for (size_t i = 0; keys->fd >= 0 && i < LOCK_TRIES; i++) {
        if (flock(keys->fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return;
        (void)nanosleep(&pause, NULL);
    }
}

static enum status decode_key(struct view file, struct keystore_item *item)
{
    EVP_PKEY *key = NULL;
    enum status status = object_read_key(file, &key);

    if (status == STATUS_OK)
        status = object_key_encode(key, &item->object_own);
    if (status == STATUS_OK)
        status = object_spki_encode(key, &item->spki_own);
    EVP_PKEY_free(key);
    return status;
}

static enum status decode(struct view file, struct keystore_item *item)
{
    return item->kind == KEYSTORE_KEY ? decode_key(file, item)
                                      : object_read_der(item->kind, file, &item->object_own);
}

static void item_clear(struct keystore_item *item)
{
    bytes_wipe(&item->object_own);
    bytes_clear(&item->spki_own);
}

static enum status add_item(struct reading *reading, const struct keystore_item *item)
{
    struct keystore *made = reading->made;

    if (made->count == reading->room) {
        size_t wider = reading->room ? reading->room * 2 : 16;
        struct keystore_item *items = realloc(made->items_own, wider * sizeof *items);

        if (!items)
            return STATUS_NO_MEMORY;
        made->items_own = items;
        reading->room = wider;
    }
    made->items_own[made->count++] = *item;
    return STATUS_OK;
}

static void say_damaged(const struct reading *reading, const struct slot_dir *dir, const char *name,
                        enum status status)
{
    static const char *const nouns[KEYSTORE_KIND_COUNT] = {
        [KEYSTORE_KEY] = "private key",
        [KEYSTORE_CERTIFICATE] = "certificate",
        [KEYSTORE_CRL] = "CRL",
    };
    char line[KEYSTORE_LINE_BYTES];

    (void)snprintf(line, sizeof line, "%s/%s: %s; it is left out", dir->path, name,
                   status == STATUS_UNEXPECTED ? "the key is under a password" : "is damaged");
    if (status == STATUS_MALFORMED)
        (void)snprintf(line, sizeof line, "%s/%s: is damaged or no %s; it is left out", dir->path,
                       name, nouns[dir->kind]);
    reading->say(reading->arg, line);
}

/* What cannot be read is said and left out; only memory ends the reading. */
static enum status read_slot(struct reading *reading, const struct slot_dir *dir, struct slot slot)
{
    struct keystore_item item = {.kind = dir->kind, .slot = slot.number};
    struct bytes file = {0};
    char name[SLOT_NAME_BYTES];
    char line[KEYSTORE_LINE_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    enum status status = slot_dir_read(dir, slot_name(slot, name), &file, &error);

    if (status == STATUS_ABSENT && slot.is_pending) {
        /* Renamed since it was listed. */
        slot.is_pending = false;
        error = text_over(line, sizeof line);
        status = slot_dir_read(dir, slot_name(slot, name), &file, &error);
    }
    if (status == STATUS_ABSENT)
        return STATUS_OK;
    (void)snprintf(item.name, sizeof item.name, "%u", slot.number);
    if (status == STATUS_OK) {
        status = decode(bytes_view(&file), &item);
        if (status != STATUS_OK && status != STATUS_NO_MEMORY)
            say_damaged(reading, dir, name, status);
    } else if (status != STATUS_NO_MEMORY) {
        reading->say(reading->arg, line);
    }
    bytes_wipe(&file);
    if (status == STATUS_OK)
        status = add_item(reading, &item);
    else if (status != STATUS_NO_MEMORY)
        return STATUS_OK;
    if (status != STATUS_OK)
        item_clear(&item);
    return status;
}

static enum status read_dir(struct reading *reading, const struct slot_dir *dir)
{
    struct slot_list list = {0};
    enum status status = slot_dir_list(dir,
                                       slot_dir_has_marker(&reading->dirs[KEYSTORE_CERTIFICATE])
                                           ? SLOT_PENDING_IN_FORCE
                                           : SLOT_PENDING_LEFT_OUT,
                                       &list);

    for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
        status = read_slot(reading, dir, list.items_own[i]);
    slot_list_clear(&list);
    return status;
}

enum status keystore_read_dirs(const struct slot_dir *dirs, uint64_t kinds, keystore_say_fn *say,
                               void *arg, struct keystore *out)
{
    struct keystore made = {0};
    struct reading reading = {.dirs = dirs, .say = say, .arg = arg, .made = &made};
    enum status status = STATUS_OK;

    for (unsigned i = 0; status == STATUS_OK && i < KEYSTORE_KIND_COUNT; i++)
        if (kinds & BIT(i))
            status = read_dir(&reading, &dirs[i]);
    if (status == STATUS_OK) {
        keystore_clear(out);
        *out = made;
    } else {
        keystore_clear(&made);
    }
    return status;
}

enum status keystore_read(const char *root, uint64_t kinds, keystore_say_fn *say, void *arg,
                          struct keystore *out)
{
    struct slot_dir dirs[KEYSTORE_KIND_COUNT];
    char line[KEYSTORE_LINE_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    enum status status = STATUS_OK;

    for (size_t i = 0; i < KEYSTORE_KIND_COUNT; i++)
        dirs[i].fd = -1;
    /* The marker of changes lies with the certificates. */
    for (unsigned i = 0; status == STATUS_OK && i < KEYSTORE_KIND_COUNT; i++)
        if ((kinds & BIT(i)) || i == KEYSTORE_CERTIFICATE)
            status = slot_dir_open(root, (enum keystore_kind)i, SLOT_DIR_READ, &dirs[i], &error);
    if (status == STATUS_OK) {
        wait_for_changes(&dirs[KEYSTORE_KEY]);
        status = keystore_read_dirs(dirs, kinds, say, arg, out);
    } else {
        say(arg, line);
    }
    for (size_t i = 0; i < KEYSTORE_KIND_COUNT; i++)
        slot_dir_close(&dirs[i]);
    return status;
}

void keystore_clear(struct keystore *keystore)
{
    for (size_t i = 0; i < keystore->count; i++)
        item_clear(&keystore->items_own[i]);
    free(keystore->items_own);
    *keystore = (struct keystore){0};
}

const struct keystore_item *keystore_next(const struct keystore *keystore, enum keystore_kind kind,
                                          size_t *at)
{
    while (*at < keystore->count) {
        const struct keystore_item *item = &keystore->items_own[(*at)++];

        if (item->kind == kind)
            return item;
    }
    return NULL;
}

const struct keystore_item *keystore_key_of(const struct keystore *keystore, struct view spki)
{
    const struct keystore_item *item;

    for (size_t at = 0; (item = keystore_next(keystore, KEYSTORE_KEY, &at)) != NULL;)
        if (view_equal(bytes_view(&item->spki_own), spki))
            return item;
    return NULL;
}
