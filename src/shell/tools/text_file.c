#include "tools/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/ike_config.h"

#define GROWTH_BYTES 65536u

static enum status judge(int fd, const char *path, enum text_file_trust trust, struct text *error)
{
    struct stat facts;

    if (fstat(fd, &facts) < 0) {
        text_add(error, "%s: %s", path, strerror(errno));
        return STATUS_SYSTEM;
    }
    if (!S_ISREG(facts.st_mode)) {
        text_add(error, "%s: not a regular file", path);
        return STATUS_REFUSED;
    }
    if (facts.st_size > (off_t)CONFIG_FILE_MOST_BYTES) {
        text_add(error, "%s: %lld octets; at most %u are read", path, (long long)facts.st_size,
                 (unsigned)CONFIG_FILE_MOST_BYTES);
        return STATUS_LIMIT;
    }
    if (trust == TEXT_FILE_CHECKED)
        return STATUS_OK;
    if (facts.st_uid != 0 && facts.st_uid != geteuid()) {
        text_add(error, "%s: belongs to user %u; chown root %s", path, (unsigned)facts.st_uid,
                 path);
        return STATUS_REFUSED;
    }
    if (facts.st_mode & (S_IWGRP | S_IWOTH)) {
        text_add(error, "%s: others may write it (mode %04o); chmod go-w %s", path,
                 (unsigned)facts.st_mode & 07777u, path);
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

/* To the end: neither a pipe nor a file that grows says its length before. */
static enum status read_to_end(int fd, const char *path, struct bytes *out, struct text *error)
{
    uint8_t *data = NULL;
    size_t room = 0;
    size_t filled = 0;
    enum status status = STATUS_OK;

    while (status == STATUS_OK) {
        ssize_t got;
        if (filled == room) {
            uint8_t *larger = realloc(data, room + GROWTH_BYTES);
            if (!larger) {
                status = STATUS_NO_MEMORY;
                break;
            }
            data = larger;
            room += GROWTH_BYTES;
        }
        got = read(fd, data + filled, room - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            break;
        if (got < 0)
            status = STATUS_SYSTEM;
        else if ((filled += (size_t)got) > CONFIG_FILE_MOST_BYTES)
            status = STATUS_LIMIT;
    }
    if (status == STATUS_OK) {
        bytes_clear(out);
        *out = (struct bytes){data, filled};
        return STATUS_OK;
    }
    if (status == STATUS_LIMIT)
        text_add(error, "%s: more than %u octets", path, (unsigned)CONFIG_FILE_MOST_BYTES);
    else
        text_add(error, "%s: %s", path, status == STATUS_SYSTEM ? strerror(errno) : "no memory");
    free(data);
    return status;
}

enum status text_file_read(const char *path, enum text_file_trust trust, struct bytes *out,
                           struct text *error)
{
    enum status status;
    int fd;

    if (strcmp(path, "-") == 0)
        return read_to_end(STDIN_FILENO, "standard input", out, error);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        text_add(error, "%s: %s", path, strerror(errno));
        return STATUS_SYSTEM;
    }
    status = judge(fd, path, trust, error);
    if (status == STATUS_OK)
        status = read_to_end(fd, path, out, error);
    close(fd);
    return status;
}
