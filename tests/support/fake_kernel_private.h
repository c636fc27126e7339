#ifndef ENTENTE_TESTS_SUPPORT_FAKE_KERNEL_PRIVATE_H
#define ENTENTE_TESTS_SUPPORT_FAKE_KERNEL_PRIVATE_H

#include "support/fake_kernel.h"

struct fake_object {
    struct nlmsghdr *message_own;
    uint64_t age; /* smaller is older */
};

struct fake_objects {
    struct fake_object *items_own;
    size_t count;
};

struct fake_lack {
    uint8_t protocol;
    int error;
};

struct fake_tables {
    struct fake_objects objects[FAKE_TABLES];
    struct fake_lack lacks[4];
    uint64_t age;
};

/* Does one request (not a dump); 0 or the errno. *changed: a table did. */
int fake_tables_do(struct fake_tables *tables, const struct nlmsghdr *request, bool *changed);
void fake_tables_clear(struct fake_tables *tables);
void fake_objects_remove(struct fake_objects *objects, size_t index);

/* The object that a GETSA or GETPOLICY without NLM_F_DUMP asks for; NULL: none. */
const struct nlmsghdr *fake_tables_get(const struct fake_tables *tables,
                                       const struct nlmsghdr *request);

const struct nlmsghdr *fake_tables_decide(const struct fake_tables *tables, uint8_t direction,
                                          const struct fake_flow *flow);

#endif
