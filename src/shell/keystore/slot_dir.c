#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keystore/slot_dir_private.h"
#include "pki/certificate.h"
#include "pki/crl.h"

#define SYSTEM_DIRECTORY_MODE 0755u

static const struct slot_place places[KEYSTORE_KIND_COUNT] = {
    [KEYSTORE_KEY] =
        {
            .directory = "/etc/inet/secret/ike.privatekeys",
            .directory_mode = 0700,
            .file_mode = 0600,
            .most_bytes = CERTIFICATE_MOST_BYTES,
        },
    [KEYSTORE_CERTIFICATE] =
        {
            .directory = "/etc/inet/ike/publickeys",
            .directory_mode = 0755,
            .file_mode = 0644,
            .most_bytes = 2 * CERTIFICATE_MOST_BYTES, /* PEM is longer */
        },
    [KEYSTORE_CRL] =
        {
            .directory = "/etc/inet/ike/crls",
            .directory_mode = 0755,
            .file_mode = 0644,
            .most_bytes = 2 * (size_t)CRL_MOST_BYTES,
        },
};

const struct slot_place *slot_place(enum keystore_kind kind)
{
    return &places[kind];
}

const char *keystore_path(const char *root, enum keystore_kind kind, uint32_t slot, char *out)
{
    (void)snprintf(out, KEYSTORE_PATH_BYTES, "%s%s/%u", root, places[kind].directory, slot);
    return out;
}

const char *slot_name(struct slot slot, char out[SLOT_NAME_BYTES])
{
    (void)snprintf(out, SLOT_NAME_BYTES, slot.is_pending ? SLOT_PENDING_FORMAT : "%u", slot.number);
    return out;
}

/* What nobody but root may do with a file or directory of this kind. */
static mode_t forbidden_mode(enum keystore_kind kind)
{
    return kind == KEYSTORE_KEY ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH;
}

static enum status judge(const char *path, enum keystore_kind kind, const struct stat *found,
                         unsigned wanted, struct text *error)
{
    if (found->st_uid != 0 && found->st_uid != geteuid()) {
        text_add(error, "%s: belongs to user %u; it must be root's: chown root %s", path,
                 found->st_uid, path);
        return STATUS_REFUSED;
    }
    if (found->st_mode & forbidden_mode(kind)) {
        text_add(error, "%s: mode is %04o, others may %s it; wanted is %04o: chmod %o %s", path,
                 found->st_mode & 07777u, kind == KEYSTORE_KEY ? "read or change" : "change",
                 wanted, wanted, path);
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

/* Makes a directory and those above it; the one right above it has the same mode. */
static enum status make_directories(const char *path, mode_t mode)
{
    const char *last = strrchr(path, '/');
    char part[KEYSTORE_PATH_BYTES];

    for (size_t i = 1; path[i] != '\0'; i++) {
        if (path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, path + i == last ? mode : SYSTEM_DIRECTORY_MODE) < 0 && errno != EEXIST)
            return STATUS_SYSTEM;
    }
    return mkdir(path, mode) < 0 && errno != EEXIST ? STATUS_SYSTEM : STATUS_OK;
}

static int open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

enum status slot_dir_open(const char *root, enum keystore_kind kind, enum slot_dir_want want,
                          struct slot_dir *out, struct text *error)
{
    struct slot_dir dir = {.kind = kind};
    struct stat found;
    enum status status;

    if (snprintf(dir.path, sizeof dir.path - SLOT_NAME_BYTES, "%s%s", root,
                 places[kind].directory) >= (int)(sizeof dir.path - SLOT_NAME_BYTES)) {
        text_add(error, "the path of the root is too long");
        return STATUS_SYSTEM;
    }
    dir.fd = open_directory(dir.path);
    if (dir.fd < 0 && errno == ENOENT && want == SLOT_DIR_READ) {
        *out = dir;
        return STATUS_OK;
    }
    if (dir.fd < 0 && errno == ENOENT &&
        make_directories(dir.path, places[kind].directory_mode) == STATUS_OK)
        dir.fd = open_directory(dir.path);
    if (dir.fd < 0 || fstat(dir.fd, &found) < 0) {
        text_add(error, "%s: %s", dir.path, strerror(errno));
        status = STATUS_SYSTEM;
    } else {
        status = judge(dir.path, kind, &found, places[kind].directory_mode, error);
    }
    if (status == STATUS_OK)
        *out = dir;
    else
        slot_dir_close(&dir);
    return status;
}

void slot_dir_close(struct slot_dir *dir)
{
    if (dir->fd >= 0)
        close(dir->fd);
    dir->fd = -1;
}

bool slot_dir_has_marker(const struct slot_dir *dir)
{
    return dir->fd >= 0 && faccessat(dir->fd, SLOT_MARKER, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A decimal number without a sign or a leading zero, and then `rest`. */
static bool number_of(const char *name, const char *rest, uint32_t *out)
{
    char *end = NULL;
    unsigned long number;

    if (name[0] < '0' || name[0] > '9' || (name[0] == '0' && name[1] >= '0' && name[1] <= '9'))
        return false;
    number = strtoul(name, &end, 10);
    if (number > KEYSTORE_MOST_SLOT || strcmp(end, rest) != 0)
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool slot_of(const char *name, enum slot_pending pending, struct slot *out)
{
    if (name[0] == '.') {
        out->is_pending = true;
        return pending != SLOT_PENDING_LEFT_OUT && number_of(name + 1, ".new", &out->number);
    }
    out->is_pending = false;
    return pending != SLOT_PENDING_ALONE && number_of(name, "", &out->number);
}

/* By number, and what is pending before what it replaces. */
static int compare_slots(const void *left, const void *right)
{
    const struct slot *a = left;
    const struct slot *b = right;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return b->is_pending - a->is_pending;
}

static enum status slot_list_add(struct slot_list *list, size_t *room, struct slot slot)
{
    if (list->count == *room) {
        size_t wider = *room ? *room * 2 : 16;
        struct slot *items = realloc(list->items_own, wider * sizeof *items);

        if (!items)
            return STATUS_NO_MEMORY;
        list->items_own = items;
        *room = wider;
    }
    list->items_own[list->count++] = slot;
    return STATUS_OK;
}

/* After sorting: of two of one number the first stays. */
static void drop_replaced(struct slot_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || list->items_own[kept - 1].number != list->items_own[i].number)
            list->items_own[kept++] = list->items_own[i];
    list->count = kept;
}

enum status slot_dir_list(const struct slot_dir *dir, enum slot_pending pending,
                          struct slot_list *out)
{
    struct slot_list list = {0};
    size_t room = 0;
    enum status status = STATUS_OK;
    int fd = dir->fd < 0 ? -1 : openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (dir->fd >= 0 && !stream) {
        if (fd >= 0)
            close(fd);
        return STATUS_SYSTEM;
    }
    while (stream && status == STATUS_OK && (errno = 0, entry = readdir(stream)) != NULL) {
        struct slot slot;

        if (slot_of(entry->d_name, pending, &slot))
            status = slot_list_add(&list, &room, slot);
    }
    if (stream)
        closedir(stream);
    if (status != STATUS_OK) {
        slot_list_clear(&list);
        return status;
    }
    if (list.count > 0)
        qsort(list.items_own, list.count, sizeof *list.items_own, compare_slots);
    drop_replaced(&list);
    *out = list;
    return STATUS_OK;
}

void slot_list_clear(struct slot_list *list)
{
    free(list->items_own);
    *list = (struct slot_list){0};
}

/* Reads to the end; one octet over the size is asked for, so a file that grows is noticed. */
static enum status read_all(int fd, const char *path, size_t expected_bytes, struct bytes *out,
                            struct text *error)
{
    size_t capacity = expected_bytes + 1;
    struct bytes got_own = {.data_own = malloc(capacity)};
    ssize_t got = 0;

    if (!got_own.data_own)
        return STATUS_NO_MEMORY;
    while (got_own.bytes < capacity &&
           (got = read(fd, got_own.data_own + got_own.bytes, capacity - got_own.bytes)) > 0)
        got_own.bytes += (size_t)got;
    if (got < 0 || got_own.bytes != expected_bytes) {
        text_add(error, "%s: %s", path, got < 0 ? strerror(errno) : "changed while it was read");
        got_own.bytes = capacity;
        bytes_wipe(&got_own);
        return STATUS_SYSTEM;
    }
    bytes_wipe(out);
    *out = got_own;
    return STATUS_OK;
}

static enum status judge_file(const char *path, enum keystore_kind kind, const struct stat *found,
                              struct text *error)
{
    if (!S_ISREG(found->st_mode)) {
        text_add(error, "%s: is not a regular file", path);
        return STATUS_REFUSED;
    }
    if (kind == KEYSTORE_KEY && found->st_nlink > 1) {
        text_add(error, "%s: has %lu names; a key is read from a file with one name only", path,
                 (unsigned long)found->st_nlink);
        return STATUS_REFUSED;
    }
    if (found->st_size > (off_t)places[kind].most_bytes) {
        text_add(error, "%s: %lld octets; such a file has at most %zu", path,
                 (long long)found->st_size, places[kind].most_bytes);
        return STATUS_LIMIT;
    }
    return judge(path, kind, found, places[kind].file_mode, error);
}

enum status slot_dir_read(const struct slot_dir *dir, const char *name, struct bytes *out,
                          struct text *error)
{
    char path[KEYSTORE_PATH_BYTES + SLOT_NAME_BYTES];
    struct stat found;
    enum status status;
    /* O_NONBLOCK: a FIFO or a device in its place is not waited for. */
    int fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);

    (void)snprintf(path, sizeof path, "%s/%s", dir->path, name);
    if (fd < 0) {
        status = errno == ENOENT ? STATUS_ABSENT : STATUS_SYSTEM;
        if (errno == ELOOP) {
            text_add(error, "%s: is a symbolic link; slots are read from regular files only", path);
            return STATUS_REFUSED;
        }
        text_add(error, "%s: %s", path, strerror(errno));
        return status;
    }
    if (fstat(fd, &found) < 0) {
        text_add(error, "%s: %s", path, strerror(errno));
        status = STATUS_SYSTEM;
    } else {
        status = judge_file(path, dir->kind, &found, error);
    }
    if (status == STATUS_OK)
        status = read_all(fd, path, (size_t)found.st_size, out, error);
    close(fd);
    return status;
}
