#ifndef ENTENTE_TOOLS_PACKET_WORDS_H
#define ENTENTE_TOOLS_PACKET_WORDS_H

#include "base/text.h"
#include "policy/ipsec_packet.h"

/*
 * Reads a packet as a person writes it: "10.1.2.3:1025 10.9.8.7:443 tcp out", "in icmp host-a to
 * host-b type 8 code 0", "[2001:db8::1]:22 2001:db8::2 6". The first address is the source. Words
 * stand in any order; without in, out or forward it goes out.
 *
 * names  of hosts, services and protocols; a host's first address is taken that fits the other.
 * out    its device is one of the words.
 * error  one line on failure.
 *
 * Returns STATUS_OK or STATUS_MALFORMED.
 */
enum status packet_words_parse(char *const *words, size_t count, const struct resolver *names,
                               struct ipsec_packet *out, struct text *error);

/* "out tcp 10.1.2.3:1025 -> 10.9.8.7:443" and so on. */
void packet_words_text(const struct ipsec_packet *packet, struct text *out);

#endif
