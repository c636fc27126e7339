#include "dataplane/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLICY_FILE_MOST_BYTES (16u * 1024 * 1024)

static bool path_of(char path[PATH_MAX], const char *run_dir, const char *name)
{
    int bytes = snprintf(path, PATH_MAX, "%s/%s", run_dir, name);

    if (bytes > 0 && bytes < PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

static enum status read_whole(int fd, size_t bytes, struct bytes *text)
{
    uint8_t *data = malloc(bytes + 1);
    size_t filled = 0;

    if (!data)
        return STATUS_NO_MEMORY;
    while (filled < bytes) {
        ssize_t got = read(fd, data + filled, bytes - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(data);
            return STATUS_SYSTEM;
        }
        if (got == 0)
            break;
        filled += (size_t)got;
    }
    data[filled] = 0;
    bytes_clear(text);
    *text = (struct bytes){data, filled};
    return STATUS_OK;
}

static enum status read_named(const char *dir, const char *name, struct bytes *text)
{
    char path[PATH_MAX];
    struct stat facts;
    enum status status = STATUS_SYSTEM;
    int fd;

    if (!path_of(path, dir, name))
        return STATUS_SYSTEM;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? STATUS_ABSENT : errno == ELOOP ? STATUS_REFUSED : STATUS_SYSTEM;
    if (fstat(fd, &facts) < 0)
        goto out;
    status = STATUS_REFUSED;
    if (!S_ISREG(facts.st_mode) || (facts.st_mode & (S_IWGRP | S_IWOTH)) ||
        (facts.st_uid != 0 && facts.st_uid != geteuid()))
        goto out;
    status = STATUS_LIMIT;
    if (facts.st_size < 0 || facts.st_size > (off_t)POLICY_FILE_MOST_BYTES)
        goto out;
    status = read_whole(fd, (size_t)facts.st_size, text);
out:
    close(fd);
    return status;
}

enum status policy_file_read(const char *run_dir, struct bytes *text)
{
    return read_named(run_dir, POLICY_FILE_NAME, text);
}

enum status policy_copy_read(struct bytes *text)
{
    return read_named(POLICY_COPY_DIR, POLICY_COPY_NAME, text);
}

static bool write_whole(int fd, struct view text)
{
    while (text.bytes > 0) {
        ssize_t put = write(fd, text.data, text.bytes);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        text = view_of(text.data + put, text.bytes - (size_t)put);
    }
    return true;
}

static enum status write_named(const char *dir, const char *name, mode_t mode, struct view text)
{
    char path[PATH_MAX];
    char draft[PATH_MAX];
    char draft_name[NAME_MAX];
    int reason;
    int fd;

    (void)snprintf(draft_name, sizeof draft_name, "%s.new", name);
    if (!path_of(path, dir, name) || !path_of(draft, dir, draft_name))
        return STATUS_SYSTEM;
    if (unlink(draft) < 0 && errno != ENOENT)
        return STATUS_SYSTEM;
    fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return STATUS_SYSTEM;
    /* The umask must not decide whether an unprivileged ipsecconf can show what is loaded. */
    if (fchmod(fd, mode) == 0 && write_whole(fd, text) && fsync(fd) == 0 &&
        rename(draft, path) == 0) {
        close(fd);
        return STATUS_OK;
    }
    reason = errno;
    close(fd);
    (void)unlink(draft);
    errno = reason;
    return STATUS_SYSTEM;
}

enum status policy_file_write(const char *run_dir, struct view text)
{
    return write_named(run_dir, POLICY_FILE_NAME, 0644, text);
}

enum status policy_copy_write(struct view text)
{
    if (mkdir(POLICY_COPY_DIR, 0700) < 0 && errno != EEXIST)
        return STATUS_SYSTEM;
    return write_named(POLICY_COPY_DIR, POLICY_COPY_NAME, 0600, text);
}

static enum status remove_named(const char *dir, const char *name)
{
    char path[PATH_MAX];

    if (!path_of(path, dir, name))
        return STATUS_SYSTEM;
    return unlink(path) == 0 || errno == ENOENT ? STATUS_OK : STATUS_SYSTEM;
}

enum status policy_file_remove(const char *run_dir)
{
    return remove_named(run_dir, POLICY_FILE_NAME);
}

enum status policy_copy_remove(void)
{
    return remove_named(POLICY_COPY_DIR, POLICY_COPY_NAME);
}

static int lock_take(const char *run_dir, int how)
{
    char path[PATH_MAX];
    int locked;
    int reason;
    int fd;

    if (!path_of(path, run_dir, POLICY_LOCK_NAME))
        return -1;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -1;
    do
        locked = flock(fd, how);
    while (locked < 0 && errno == EINTR);
    if (locked == 0)
        return fd;
    reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

int policy_file_lock(const char *run_dir)
{
    return lock_take(run_dir, LOCK_EX);
}

int policy_file_try_lock(const char *run_dir)
{
    return lock_take(run_dir, LOCK_EX | LOCK_NB);
}
