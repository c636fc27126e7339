#include "tools/packet_words.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/protocol.h"

#define NO_NUMBER (-1L)

/* One side while it is read: all its addresses, until the other side is known. */
struct side {
    struct address addresses[RESOLVER_ADDRESSES_MOST];
    size_t count;
    const char *port; /* as written; NULL: none */
    char word[RESOLVER_NAME_BYTES];
};

struct reading {
    const struct resolver *names;
    struct ipsec_packet *packet;
    struct side sides[2]; /* source, destination */
    size_t side_count;
    bool has_protocol;
    struct text *error;
};

static enum status refuse(struct reading *reading, const char *word, const char *sentence)
{
    text_add(reading->error, "explain: found \"");
    text_add_escaped(reading->error, view_of_text(word));
    text_add(reading->error, "\"; %s", sentence);
    return STATUS_MALFORMED;
}

/* A number up to `most` and nothing else; NO_NUMBER. */
static long number_of(const char *word, long most)
{
    char *end;
    long number;

    if (word[0] < '0' || word[0] > '9')
        return NO_NUMBER;
    number = strtol(word, &end, 10);
    return *end == '\0' && number <= most ? number : NO_NUMBER;
}

/* "ADDRESS", "NAME", either with ":PORT"; an IPv6 address with a port stands in brackets. */
static bool side_cut(const char *word, struct side *side)
{
    char *colon;
    char *bracket;

    if (snprintf(side->word, sizeof side->word, "%s", word) >= (int)sizeof side->word)
        return false;
    bracket = strchr(side->word, ']');
    colon = bracket ? bracket + 1 : strchr(side->word, ':');
    if (side->word[0] == '[' && bracket) {
        *bracket = '\0';
        memmove(side->word, side->word + 1, strlen(side->word + 1) + 1);
        if (*colon != '\0' && *colon != ':')
            return false;
    } else if (bracket || (colon && strchr(colon + 1, ':'))) {
        return !bracket; /* an IPv6 address alone */
    }
    if (!colon || *colon == '\0')
        return true;
    side->port = colon + 1;
    *colon = '\0';
    return true;
}

static enum status take_side(struct reading *reading, const char *word)
{
    struct side *side;

    if (reading->side_count == COUNT(reading->sides))
        return refuse(reading, word, "a packet has one source and one destination");
    side = &reading->sides[reading->side_count++];
    if (!side_cut(word, side))
        return refuse(reading, word, "an address is written ADDRESS, ADDRESS:PORT or [IPV6]:PORT");
    side->count = 1;
    if (address_parse(view_of_text(side->word), &side->addresses[0]) == STATUS_OK)
        return STATUS_OK;
    side->count = reading->names->host
                      ? reading->names->host(reading->names->arg, side->word, side->addresses)
                      : 0;
    return side->count > 0 ? STATUS_OK
                           : refuse(reading, word,
                                    "a word is an address, a known host, a protocol, in, out, "
                                    "forward, to, type, code or dev");
}

static bool take_protocol(struct reading *reading, const char *word)
{
    long number = number_of(word, 255);

    if (number == NO_NUMBER)
        number = protocol_number(view_of_text(word));
    if (number < 0 && reading->names->protocol)
        number = reading->names->protocol(reading->names->arg, word);
    if (number < 0 || number > 255 || reading->has_protocol)
        return false;
    reading->has_protocol = true;
    reading->packet->selector.protocol = (uint8_t)number;
    return true;
}

/* Words that stand alone. */
static bool take_flag(struct ipsec_packet *packet, const char *word)
{
    if (strcmp(word, "to") == 0)
        return true;
    if (strcmp(word, "in") != 0 && strcmp(word, "out") != 0 && strcmp(word, "forward") != 0)
        return false;
    packet->direction = strcmp(word, "in") == 0 ? IPSEC_IN : IPSEC_OUT;
    packet->is_forwarded = strcmp(word, "forward") == 0;
    return true;
}

/* Words with a value. False: `word` is none of them. */
static bool take_pair(struct reading *reading, const char *word, const char *value,
                      enum status *status)
{
    bool is_type = strcmp(word, "type") == 0;
    long number;

    *status = STATUS_OK;
    if (strcmp(word, "dev") == 0 && value) {
        reading->packet->device_view = value;
        return true;
    }
    if (!is_type && strcmp(word, "code") != 0 && strcmp(word, "dev") != 0)
        return false;
    number = value ? number_of(value, 255) : NO_NUMBER;
    if (number == NO_NUMBER)
        *status = refuse(reading, value ? value : word,
                         "type and code take a number of 0 to 255, dev a name");
    else
        *(is_type ? &reading->packet->icmp_type : &reading->packet->icmp_code) = (int)number;
    return true;
}

static enum status port_of(struct reading *reading, const struct side *side, uint16_t *out)
{
    long number = NO_NUMBER;

    *out = PORT_ANY;
    if (!side->port)
        return STATUS_OK;
    number = number_of(side->port, UINT16_MAX);
    if (number == NO_NUMBER && reading->names->service)
        number = reading->names->service(reading->names->arg, side->port,
                                         reading->packet->selector.protocol);
    if (number < 0 || number > UINT16_MAX)
        return refuse(reading, side->port, "a port is a number of 0 to 65535 or a known service");
    *out = (uint16_t)number;
    return STATUS_OK;
}

/* The first pair of addresses of one family. */
static bool pair_up(const struct side *source, const struct side *destination,
                    struct address_range *from, struct address_range *to)
{
    for (size_t i = 0; i < source->count; i++) {
        for (size_t j = 0; j < destination->count; j++) {
            if (source->addresses[i].family != destination->addresses[j].family)
                continue;
            *from = address_range_host(&source->addresses[i]);
            *to = address_range_host(&destination->addresses[j]);
            return true;
        }
    }
    return false;
}

static enum status finish(struct reading *reading)
{
    struct selector *selector = &reading->packet->selector;
    const struct side *source = &reading->sides[0];
    const struct side *destination = &reading->sides[1];
    bool is_in = reading->packet->direction == IPSEC_IN;
    enum status status;

    if (reading->side_count < 2) {
        text_add(reading->error, "explain: a packet has a source and a destination, as in "
                                 "\"explain 10.1.2.3:1025 10.9.8.7:443 tcp out\"");
        return STATUS_MALFORMED;
    }
    if (!pair_up(source, destination, is_in ? &selector->remote : &selector->local,
                 is_in ? &selector->local : &selector->remote))
        return refuse(reading, destination->word, "source and destination are of one family");
    status = port_of(reading, source, is_in ? &selector->remote_port : &selector->local_port);
    if (status == STATUS_OK)
        status =
            port_of(reading, destination, is_in ? &selector->local_port : &selector->remote_port);
    return status;
}

enum status packet_words_parse(char *const *words, size_t count, const struct resolver *names,
                               struct ipsec_packet *out, struct text *error)
{
    struct reading reading = {.names = names, .packet = out, .error = error};
    enum status status = STATUS_OK;

    *out = (struct ipsec_packet){
        .direction = IPSEC_OUT,
        .icmp_type = -1,
        .icmp_code = -1,
        .device_view = "",
    };
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (take_flag(out, words[i]))
            continue;
        if (take_pair(&reading, words[i], i + 1 < count ? words[i + 1] : NULL, &status))
            i++;
        else if (!take_protocol(&reading, words[i]))
            status = take_side(&reading, words[i]);
    }
    return status == STATUS_OK ? finish(&reading) : status;
}

static void add_side(const struct address_range *range, uint16_t port, struct text *out)
{
    char buffer[ADDRESS_TEXT_BYTES];
    struct endpoint endpoint = {range->first, port};

    text_add(out, " %s",
             port == PORT_ANY ? address_text(&range->first, buffer)
                              : endpoint_text(&endpoint, buffer));
}

void packet_words_text(const struct ipsec_packet *packet, struct text *out)
{
    const struct selector *selector = &packet->selector;
    const char *name = protocol_name(selector->protocol);
    bool is_in = packet->direction == IPSEC_IN;

    text_add(out, "%s", packet->is_forwarded ? "forward" : is_in ? "in" : "out");
    if (selector->protocol != PROTOCOL_ANY && name)
        text_add(out, " %s", name);
    else if (selector->protocol != PROTOCOL_ANY)
        text_add(out, " %u", (unsigned)selector->protocol);
    add_side(is_in ? &selector->remote : &selector->local,
             is_in ? selector->remote_port : selector->local_port, out);
    text_add(out, " ->");
    add_side(is_in ? &selector->local : &selector->remote,
             is_in ? selector->local_port : selector->remote_port, out);
    if (packet->icmp_type >= 0)
        text_add(out, " type %d", packet->icmp_type);
    if (packet->icmp_code >= 0)
        text_add(out, " code %d", packet->icmp_code);
    if (packet->device_view[0] != '\0') {
        text_add(out, " dev ");
        text_add_escaped(out, view_of_text(packet->device_view));
    }
}
