#include "daemon/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/ike_config.h"

/* Owner and mode, as the descriptor shows them: nothing can be put in its place any more. */
static enum status check(const char *path, enum file_trust trust, const struct stat *found,
                         struct text *error)
{
    mode_t forbidden = trust == FILE_SECRET ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH;
    const char *wanted = trust == FILE_SECRET ? "600" : "644";

    if (!S_ISREG(found->st_mode)) {
        text_add(error, "%s: is not a regular file", path);
        return STATUS_REFUSED;
    }
    if (found->st_uid != 0 && found->st_uid != geteuid()) {
        text_add(error, "%s: belongs to user %u; it must be root's: chown root %s", path,
                 found->st_uid, path);
        return STATUS_REFUSED;
    }
    if (found->st_mode & forbidden) {
        text_add(error, "%s: mode is %04o, others may %s it; wanted is 0%s: chmod %s %s", path,
                 found->st_mode & 07777u, trust == FILE_SECRET ? "read or change" : "change",
                 wanted, wanted, path);
        return STATUS_REFUSED;
    }
    if (found->st_size > (off_t)CONFIG_FILE_MOST_BYTES) {
        text_add(error, "%s: %lld octets; a file has at most %u", path, (long long)found->st_size,
                 CONFIG_FILE_MOST_BYTES);
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}

/* Reads to the end; one octet over the limit is asked for, so a file that grows is noticed. */
static enum status read_all(int fd, const char *path, size_t expected_bytes, struct bytes *out,
                            struct text *error)
{
    size_t capacity = expected_bytes + 1;
    uint8_t *buffer = malloc(capacity);
    size_t bytes = 0;
    ssize_t got = 0;

    if (!buffer)
        return STATUS_NO_MEMORY;
    while (bytes < capacity && (got = read(fd, buffer + bytes, capacity - bytes)) > 0)
        bytes += (size_t)got;
    if (got < 0 || bytes == capacity) {
        text_add(error, "%s: %s", path, got < 0 ? strerror(errno) : "changed while it was read");
        explicit_bzero(buffer, capacity);
        free(buffer);
        return STATUS_SYSTEM;
    }
    bytes_wipe(out);
    *out = (struct bytes){.data_own = buffer, .bytes = bytes};
    return STATUS_OK;
}

enum status file_read(const char *path, enum file_trust trust, struct bytes *out,
                      struct text *error)
{
    /* O_NONBLOCK: a FIFO or a device in its place is not waited for. */
    int flags =
        O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (trust == FILE_SECRET ? O_NOFOLLOW : 0);
    int fd = open(path, flags);
    struct stat found;
    enum status status;

    if (fd < 0) {
        status = errno == ENOENT ? STATUS_ABSENT : STATUS_SYSTEM;
        if (errno == ELOOP && trust == FILE_SECRET) {
            status = STATUS_REFUSED;
            text_add(error,
                     "%s: is a symbolic link; keys are read from a regular file of mode "
                     "0600 only",
                     path);
        } else {
            text_add(error, "%s: %s", path, strerror(errno));
        }
        return status;
    }
    if (fstat(fd, &found) < 0) {
        text_add(error, "%s: %s", path, strerror(errno));
        status = STATUS_SYSTEM;
    } else {
        status = check(path, trust, &found, error);
    }
    if (status == STATUS_OK)
        status = read_all(fd, path, (size_t)found.st_size, out, error);
    close(fd);
    return status;
}
