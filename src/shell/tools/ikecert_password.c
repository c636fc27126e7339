#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"
#include "tools/ikecert_private.h"
#include "tools/text_file.h"

/* The first line of a file. */
static int from_file(const char *path, char *buffer, size_t room)
{
    struct bytes file = {0};
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    size_t bytes;

    if (text_file_read(path, TEXT_FILE_CHECKED, &file, &error) != STATUS_OK) {
        ikecert_complain("%s", line);
        return -1;
    }
    for (bytes = 0; bytes < file.bytes && bytes < room; bytes++)
        if (file.data_own[bytes] == '\n' || file.data_own[bytes] == '\r')
            break;
    memcpy(buffer, file.data_own, bytes);
    bytes_wipe(&file);
    return (int)bytes;
}

/* One line of the terminal, unseen. Standard input has the object itself. */
static int from_terminal(char *buffer, size_t room)
{
    static const char prompt[] = "Enter the password of the input: ";
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios before;
    struct termios silent;
    ssize_t got = -1;

    if (fd < 0)
        return -1;
    if (tcgetattr(fd, &before) == 0) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        if (tcsetattr(fd, TCSAFLUSH, &silent) == 0) {
            (void)!write(fd, prompt, sizeof prompt - 1);
            got = read(fd, buffer, room);
            (void)tcsetattr(fd, TCSAFLUSH, &before);
            (void)!write(fd, "\n", 1);
        }
    }
    close(fd);
    if (got > 0 && buffer[got - 1] == '\n')
        got--;
    return (int)got;
}

int ikecert_password(void *request, char *buffer, int buffer_bytes)
{
    const struct ikecert_request *asked = request;

    if (asked->password_file)
        return from_file(asked->password_file, buffer, (size_t)buffer_bytes);
    return from_terminal(buffer, (size_t)buffer_bytes);
}
