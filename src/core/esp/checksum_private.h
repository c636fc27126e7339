#ifndef ENTENTE_ESP_CHECKSUM_PRIVATE_H
#define ENTENTE_ESP_CHECKSUM_PRIVATE_H

#include "base/view.h"

/*
 * The checksum of the Internet (RFC 1071). Parts are added one after another, each but the last of
 * even length, beginning from 0.
 */
uint64_t checksum_add(uint64_t sum, struct view octets);

/* The 16 bits to be stored, host order. */
uint16_t checksum_of(uint64_t sum);

#endif
