#ifndef ENTENTE_DATAPLANE_TUN_PRIVATE_H
#define ENTENTE_DATAPLANE_TUN_PRIVATE_H

#include "base/view.h"

/*
 * Creates the device PLANE_DEVICE (IFF_TUN, no packet information, not persistent: it goes with the
 * descriptor). It belongs to this process's user and is not multi-queue, so nobody else attaches to
 * it or finds its name free (SEC-188).
 *
 * Returns the descriptor, non-blocking, or -1 with a line in `error`.
 */
int tun_open(char *error, size_t error_bytes);

/* Reads one packet; 0 when there is none. */
size_t tun_read(int fd, uint8_t *buffer, size_t buffer_bytes);

/* Gives one IP packet to the kernel. Returns STATUS_OK or STATUS_SYSTEM (it was dropped). */
enum status tun_write(int fd, struct view packet);

#endif
