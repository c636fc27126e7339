#include "keystore/change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keystore/keystore_private.h"

struct change_file {
    enum keystore_kind kind;
    uint32_t slot;
};

struct change {
    struct slot_dir dirs[KEYSTORE_KIND_COUNT];
    struct change_file files[CHANGE_MOST_FILES]; /* written and not yet in force */
    size_t count;
};

static enum status say_system(struct text *error, const struct slot_dir *dir, const char *name)
{
    text_add(error, "%s/%s: %s", dir->path, name, strerror(errno));
    return STATUS_SYSTEM;
}

/* Lets a written file stand for its slot. */
static enum status rename_pending(const struct slot_dir *dir, uint32_t number, struct text *error)
{
    char from[SLOT_NAME_BYTES];
    char to[SLOT_NAME_BYTES];

    (void)slot_name((struct slot){.number = number, .is_pending = true}, from);
    (void)slot_name((struct slot){.number = number}, to);
    return renameat(dir->fd, from, dir->fd, to) < 0 ? say_system(error, dir, from) : STATUS_OK;
}

static enum status remove_pending(const struct slot_dir *dir, uint32_t number, struct text *error)
{
    char name[SLOT_NAME_BYTES];

    (void)slot_name((struct slot){.number = number, .is_pending = true}, name);
    return unlinkat(dir->fd, name, 0) < 0 && errno != ENOENT ? say_system(error, dir, name)
                                                             : STATUS_OK;
}

typedef enum status pending_fn(const struct slot_dir *dir, uint32_t number, struct text *error);

/* Does something with every pending file of a directory, and makes that last. */
static enum status each_pending(const struct slot_dir *dir, pending_fn *act, struct text *error)
{
    struct slot_list list = {0};
    enum status status = slot_dir_list(dir, SLOT_PENDING_ALONE, &list);

    if (status != STATUS_OK)
        text_add(error, "%s: %s", dir->path, strerror(errno));
    for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
        status = act(dir, list.items_own[i].number, error);
    if (status == STATUS_OK && list.count > 0 && fsync(dir->fd) < 0)
        status = say_system(error, dir, ".");
    slot_list_clear(&list);
    return status;
}

static enum status remove_marker(const struct slot_dir *dir, struct text *error)
{
    if (unlinkat(dir->fd, SLOT_MARKER, 0) < 0 || fsync(dir->fd) < 0)
        return say_system(error, dir, SLOT_MARKER);
    return STATUS_OK;
}

/* Renames all that a change in force has written: all three directories, then the marker goes. */
static enum status finish(struct change *change, struct text *error)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < KEYSTORE_KIND_COUNT; i++)
        status = each_pending(&change->dirs[i], rename_pending, error);
    if (status == STATUS_OK)
        status = remove_marker(&change->dirs[KEYSTORE_CERTIFICATE], error);
    return status;
}

static enum status recover(struct change *change, struct text *error)
{
    enum status status = STATUS_OK;

    if (slot_dir_has_marker(&change->dirs[KEYSTORE_CERTIFICATE]))
        return finish(change, error);
    for (size_t i = 0; status == STATUS_OK && i < KEYSTORE_KIND_COUNT; i++)
        status = each_pending(&change->dirs[i], remove_pending, error);
    return status;
}

enum status change_begin(const char *root, struct change **out, struct text *error)
{
    struct change *change = calloc(1, sizeof *change);
    enum status status = change ? STATUS_OK : STATUS_NO_MEMORY;

    for (size_t i = 0; change && i < KEYSTORE_KIND_COUNT; i++)
        change->dirs[i].fd = -1;
    for (unsigned i = 0; status == STATUS_OK && i < KEYSTORE_KIND_COUNT; i++)
        status =
            slot_dir_open(root, (enum keystore_kind)i, SLOT_DIR_CREATE, &change->dirs[i], error);
    while (status == STATUS_OK && flock(change->dirs[KEYSTORE_KEY].fd, LOCK_EX) < 0)
        if (errno != EINTR)
            status = say_system(error, &change->dirs[KEYSTORE_KEY], ".");
    if (status == STATUS_OK)
        status = recover(change, error);
    if (status != STATUS_OK) {
        change_end(change);
        return status;
    }
    *out = change;
    return STATUS_OK;
}

enum status change_read(const struct change *change, uint64_t kinds, keystore_say_fn *say,
                        void *arg, struct keystore *out)
{
    return keystore_read_dirs(change->dirs, kinds, say, arg, out);
}

bool change_slot_is_free(const struct change *change, uint64_t kinds, uint32_t number)
{
    char name[SLOT_NAME_BYTES];

    for (unsigned i = 0; i < KEYSTORE_KIND_COUNT; i++) {
        (void)slot_name((struct slot){.number = number}, name);
        if ((kinds & BIT(i)) && faccessat(change->dirs[i].fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return false;
    }
    for (size_t i = 0; i < change->count; i++)
        if ((kinds & BIT(change->files[i].kind)) && change->files[i].slot == number)
            return false;
    return true;
}

enum status change_free_slot(const struct change *change, uint64_t kinds, uint32_t *out)
{
    for (uint32_t number = 0; number <= KEYSTORE_MOST_SLOT; number++) {
        if (change_slot_is_free(change, kinds, number)) {
            *out = number;
            return STATUS_OK;
        }
    }
    return STATUS_LIMIT;
}

/* All octets, then the disk has them. */
static bool write_whole(int fd, struct view object, mode_t mode)
{
    size_t done = 0;

    if (fchmod(fd, mode) < 0)
        return false;
    while (done < object.bytes) {
        ssize_t wrote = write(fd, object.data + done, object.bytes - done);

        if (wrote < 0 && errno != EINTR)
            return false;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return fsync(fd) == 0;
}

enum status change_put(struct change *change, enum keystore_kind kind, uint32_t slot,
                       struct view object, struct text *error)
{
    const struct slot_dir *dir = &change->dirs[kind];
    enum status status = STATUS_OK;
    char name[SLOT_NAME_BYTES];
    int fd;

    if (kind != KEYSTORE_CRL && !change_slot_is_free(change, BIT(kind), slot)) {
        text_add(error, "%s/%u: is taken, and is not overwritten", dir->path, slot);
        return STATUS_EXISTS;
    }
    if (change->count == CHANGE_MOST_FILES) {
        text_add(error, "more than %u objects at once", CHANGE_MOST_FILES);
        return STATUS_LIMIT;
    }
    (void)slot_name((struct slot){.number = slot, .is_pending = true}, name);
    fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return say_system(error, dir, name);
    change->files[change->count++] = (struct change_file){.kind = kind, .slot = slot};
    if (!write_whole(fd, object, slot_place(kind)->file_mode))
        status = say_system(error, dir, name);
    if (close(fd) < 0 && status == STATUS_OK)
        status = say_system(error, dir, name);
    return status;
}

/* From here on the change is in force, for readers and for whoever comes after a crash. */
static enum status set_marker(struct change *change, struct text *error)
{
    const struct slot_dir *dir = &change->dirs[KEYSTORE_CERTIFICATE];
    int fd;

    for (size_t i = 0; i < KEYSTORE_KIND_COUNT; i++)
        if (fsync(change->dirs[i].fd) < 0)
            return say_system(error, &change->dirs[i], ".");
    fd = openat(dir->fd, SLOT_MARKER, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return say_system(error, dir, SLOT_MARKER);
    close(fd);
    if (fsync(dir->fd) < 0) {
        (void)say_system(error, dir, SLOT_MARKER);
        (void)unlinkat(dir->fd, SLOT_MARKER, 0);
        return STATUS_SYSTEM;
    }
    return STATUS_OK;
}

enum status change_commit(struct change *change, struct text *error)
{
    enum status status;

    if (change->count == 1) {
        /* One rename is a whole change. */
        const struct slot_dir *dir = &change->dirs[change->files[0].kind];

        status = rename_pending(dir, change->files[0].slot, error);
        if (status == STATUS_OK) {
            change->count = 0;
            status = fsync(dir->fd) < 0 ? say_system(error, dir, ".") : STATUS_OK;
        }
        return status;
    }
    status = set_marker(change, error);
    if (status == STATUS_OK) {
        change->count = 0;
        status = finish(change, error);
        if (status != STATUS_OK)
            text_add(error, "; the change is in force, and the next ikecert command finishes it");
    }
    return status;
}

enum status change_remove(struct change *change, enum keystore_kind kind, uint32_t slot,
                          struct text *error)
{
    const struct slot_dir *dir = &change->dirs[kind];
    char name[SLOT_NAME_BYTES];

    (void)slot_name((struct slot){.number = slot}, name);
    if (unlinkat(dir->fd, name, 0) < 0) {
        bool is_absent = errno == ENOENT;

        (void)say_system(error, dir, name);
        return is_absent ? STATUS_ABSENT : STATUS_SYSTEM;
    }
    return fsync(dir->fd) < 0 ? say_system(error, dir, ".") : STATUS_OK;
}

void change_end(struct change *change)
{
    char unsaid[KEYSTORE_LINE_BYTES];
    struct text error = text_over(unsaid, sizeof unsaid);

    if (!change)
        return;
    for (size_t i = 0; i < change->count; i++)
        (void)remove_pending(&change->dirs[change->files[i].kind], change->files[i].slot, &error);
    for (size_t i = 0; i < KEYSTORE_KIND_COUNT; i++)
        slot_dir_close(&change->dirs[i]);
    free(change);
}
