#ifndef ENTENTE_CONTRACT_INPUT_H
#define ENTENTE_CONTRACT_INPUT_H

#include "base/instant.h"
#include "base/selector.h"
#include "contract/ask.h"

struct ruleset;

/* Everything that can happen to an engine. Views are borrowed for the call. */
enum input_kind {
    IN_DATAGRAM,
    IN_TIMER, /* deadlines up to now are due */
    IN_ACQUIRE,
    IN_EXPIRE,
    IN_ANSWER,
    IN_COMMAND,
    IN_RULES,
    INPUT_KIND_COUNT,
};

/* A datagram as it came, without the non-ESP marker (path.is_encapsulated says that it had one). */
struct input_datagram {
    struct path path;
    struct view bytes_view;
};

/* Traffic that a policy entry protects and that no SA carries yet. */
struct input_acquire {
    uint32_t sequence;      /* the data plane's own number, echoed in the outbound ASK_SA_ADD */
    uint32_t reqid;         /* of the policy entry */
    struct selector packet; /* addresses, protocol and ports of the packet that asked */
    struct address local, remote; /* outer addresses of the SA to be made */
};

enum expire_kind {
    EXPIRE_SOFT, /* time to rekey */
    EXPIRE_HARD, /* the data plane has ended the SA */
};

/* A byte, packet, sequence-number or time limit of an installed SA was reached. */
struct input_expire {
    enum sa_direction direction; /* whose limit was reached */
    enum ipsec_protocol protocol;
    uint32_t spi; /* of that direction */
    enum expire_kind kind;
};

struct input_answer {
    uint64_t ticket;
    enum status status;
    struct view result_view; /* ASK_PSK: the prf's output; ASK_SIGN: the signature */
};

enum command_verb {
    COMMAND_SHUTDOWN, /* send Delete payloads for everything, then forget it */
    COMMAND_DEBUG,    /* set the debug categories (solaris 4.2): argument = bits */
    COMMAND_VERB_COUNT,
};

struct input_command {
    enum command_verb verb;
    uint32_t argument;
};

/* A new rule set; the engine holds its own reference. */
struct input_rules {
    struct ruleset *rules_ref;
};

struct input {
    enum input_kind kind;
    union {
        struct input_datagram datagram;
        struct input_acquire acquire;
        struct input_expire expire;
        struct input_answer answer;
        struct input_command command;
        struct input_rules rules;
    };
};

#endif
