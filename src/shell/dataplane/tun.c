#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "dataplane/mark.h"
#include "dataplane/tun_private.h"

#define TUN_FILE "/dev/net/tun"

int tun_open(char *error, size_t error_bytes)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    const char *failed = TUN_FILE;
    int reason;
    int fd = open(TUN_FILE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        goto failure;
    memcpy(request.ifr_name, PLANE_DEVICE, sizeof PLANE_DEVICE);
    failed = "device " PLANE_DEVICE;
    if (ioctl(fd, TUNSETIFF, &request) < 0 || ioctl(fd, TUNSETOWNER, geteuid()) < 0)
        goto failure;
    return fd;
failure:
    reason = errno;
    struct text text = text_over(error, error_bytes);
    text_add(&text, "%s: %s%s", failed, strerror(reason),
             reason == EBUSY ? " (does another IPsec daemon run here?)" : "");
    if (fd >= 0)
        close(fd);
    return -1;
}

size_t tun_read(int fd, uint8_t *buffer, size_t buffer_bytes)
{
    ssize_t got;

    do
        got = read(fd, buffer, buffer_bytes);
    while (got < 0 && errno == EINTR);
    return got > 0 ? (size_t)got : 0;
}

enum status tun_write(int fd, struct view packet)
{
    ssize_t put;

    do
        put = write(fd, packet.data, packet.bytes);
    while (put < 0 && errno == EINTR);
    return put == (ssize_t)packet.bytes ? STATUS_OK : STATUS_SYSTEM;
}
