#ifndef ENTENTE_TESTS_UNIT_ESP_PAIR_H
#define ENTENTE_TESTS_UNIT_ESP_PAIR_H

#include "esp/esp.h"

#define PAIR_SPI 0x00c0ffeeu
#define PAIR_AH_SPI 0x0a0b0c0du
#define PAIR_REQID 7u
#define PAIR_ROOM_BYTES 2048u

/* Two data planes with one SA between them, from east to west. */
struct pair {
    struct crypto *crypto_own;
    struct sad *east_own;
    struct sad *west_own;
    struct spd *spd_own; /* of both: protect all */
    struct esp east;
    struct esp west;
    struct esp_sa_config config; /* of the last pair_add, west's */
    struct selector selector;    /* west's view */
    uint8_t key[128];
};

/* Between 192.0.2.1 (east) and 192.0.2.2 (west), tunnel of 10.1.0.0/16 and 10.2.0.0/16. */
int pair_setup(void **state);
int pair_teardown(void **state);

/* Forgets all SAs and gives back what pair_add begins with. */
void pair_reset(struct pair *pair);

/* An AES-GCM suite and any other. */
void pair_suite(struct pair *pair, const char *encryption, unsigned key_bits,
                const char *integrity);

/* AH around the ESP of pair_suite, or alone; neither goes in UDP. */
void pair_bundle(struct pair *pair, const char *integrity);
void pair_ah_alone(struct pair *pair, const char *integrity);

/* Transport mode between the two hosts, of a family. */
void pair_transport(struct pair *pair, uint8_t family);

/* Installs pair->config in west and its mirror image in east. */
void pair_add(struct pair *pair);

/* A packet in a buffer, with room on both sides. */
struct pair_packet {
    uint8_t buffer[PAIR_ROOM_BYTES];
    struct esp_packet packet;
};

/* UDP from 10.1.0.1:1000 to 10.2.0.1:2000 with a right checksum, `data_bytes` of data. */
void packet_tunnelled(struct pair_packet *out, size_t data_bytes);

/* The same between two addresses. */
void packet_between(struct pair_packet *out, const char *source, const char *destination,
                    size_t data_bytes);

/* Any octets. */
void packet_of_octets(struct pair_packet *out, struct view octets);

/* Seals in east; fails the test unless it passes. What is sealed is then as a socket gives it: an
 * IPv4 header in front of AH lies before the packet. */
void pair_seal(struct pair *pair, struct pair_packet *packet);

/* Opens in west as received from east; the result is in the packet. */
enum esp_drop pair_open(struct pair *pair, struct pair_packet *packet);

/* Encrypts octets (payload, padding, trailer as given) with the SA's key: what a peer with the key
 * but without manners sends. `payload` must be a multiple of the block. */
void pair_forge(struct pair *pair, struct view payload, uint32_t sequence, struct pair_packet *out);

struct address address_of(const char *text);

#endif
