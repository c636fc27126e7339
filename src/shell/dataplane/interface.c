#include "dataplane/interface.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/datagram.h"

/* The address of one row of getifaddrs; family NONE: of no use. */
static struct address address_of(const struct ifaddrs *row)
{
    struct sockaddr_storage storage = {0};

    if (!row->ifa_addr)
        return (struct address){0};
    if (row->ifa_addr->sa_family == AF_INET)
        memcpy(&storage, row->ifa_addr, sizeof(struct sockaddr_in));
    else if (row->ifa_addr->sa_family == AF_INET6)
        memcpy(&storage, row->ifa_addr, sizeof(struct sockaddr_in6));
    else
        return (struct address){0};
    return endpoint_of_socket(&storage).address;
}

static int address_order(const void *a, const void *b)
{
    const struct interface_address *left = a;
    const struct interface_address *right = b;
    int names = strcmp(left->name, right->name);

    return names != 0 ? names : address_compare(&left->address, &right->address);
}

enum status interface_addresses_read(struct interface_addresses *out)
{
    struct ifaddrs *rows = NULL;
    size_t count = 0;

    if (getifaddrs(&rows) < 0)
        return STATUS_SYSTEM;
    for (const struct ifaddrs *row = rows; row; row = row->ifa_next)
        count++;
    out->items_own = calloc(count + 1, sizeof *out->items_own);
    for (const struct ifaddrs *row = rows; row && out->items_own; row = row->ifa_next) {
        struct interface_address *item = &out->items_own[out->count];

        item->address = address_of(row);
        /* "eth0:1" is a label of an address of eth0. */
        (void)snprintf(item->name, sizeof item->name, "%.*s", (int)strcspn(row->ifa_name, ":"),
                       row->ifa_name);
        out->count += item->address.family != ADDRESS_NONE;
    }
    freeifaddrs(rows);
    if (!out->items_own)
        return STATUS_NO_MEMORY;
    qsort(out->items_own, out->count, sizeof *out->items_own, address_order);
    return STATUS_OK;
}

void interface_addresses_clear(struct interface_addresses *addresses)
{
    free(addresses->items_own);
    *addresses = (struct interface_addresses){0};
}

struct address interface_no_address(enum address_family family)
{
    struct address address = {.family = (uint8_t)family};

    if (family == ADDRESS_IPV4)
        memset(address.octets, 0xff, 4); /* limited broadcast */
    else
        address.octets[0] = 1; /* 100::, discard-only. RFC 6666 */
    return address;
}

bool interface_policy_names_any(const struct ipsec_policy *policy)
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        if (policy->entries_own[i].interface[0] != '\0')
            return true;
    }
    return false;
}

static bool has_family(const struct ipsec_entry *entry, enum address_family family)
{
    struct selector selector;

    return ipsec_entry_selector(entry, family, &selector);
}

static bool fits(const struct ipsec_entry *entry, const struct interface_address *item,
                 enum address_family family)
{
    const struct address_range *written = &entry->pattern.local;

    return strcmp(item->name, entry->interface) == 0 && item->address.family == (uint8_t)family &&
           (written->first.family == ADDRESS_NONE || address_range_holds(written, &item->address));
}

static enum status add_address(struct ipsec_policy *policy, const struct ipsec_entry *entry,
                               const struct address *address)
{
    struct ipsec_entry copy = *entry;

    copy.pattern.local = address_range_host(address);
    copy.local_is_of_interface = true;
    return ipsec_policy_add_entry(policy, &copy);
}

static enum status add_family(struct ipsec_policy *policy, const struct ipsec_entry *entry,
                              const struct interface_addresses *addresses,
                              enum address_family family)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < addresses->count; i++)
        if (fits(entry, &addresses->items_own[i], family))
            status = add_address(policy, entry, &addresses->items_own[i].address);
    return status;
}

/* What was made before goes: it is made again. */
static enum status add_expanded(struct ipsec_policy *policy, const struct ipsec_entry *entry,
                                const struct interface_addresses *addresses)
{
    static const enum address_family families[] = {ADDRESS_IPV4, ADDRESS_IPV6};
    enum status status = STATUS_OK;

    if (entry->local_is_of_interface)
        return STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < COUNT(families); i++)
        if (entry->interface[0] != '\0' && has_family(entry, families[i]))
            status = add_family(policy, entry, addresses, families[i]);
    return status == STATUS_OK ? ipsec_policy_add_entry(policy, entry) : status;
}

enum status interface_policy_expand(const struct ipsec_policy *policy,
                                    const struct interface_addresses *addresses,
                                    struct ipsec_policy **out)
{
    struct ipsec_policy *copy = ipsec_policy_new(policy->file_own);
    enum status status = copy ? STATUS_OK : STATUS_NO_MEMORY;

    for (size_t i = 0; status == STATUS_OK && i < policy->typed_count; i++)
        status =
            ipsec_policy_add_typed(copy, policy->typed_own[i].index, policy->typed_own[i].tunnel,
                                   view_of_text(policy->typed_own[i].text_own));
    for (size_t i = 0; status == STATUS_OK && i < policy->entry_count; i++)
        status = add_expanded(copy, &policy->entries_own[i], addresses);
    if (status != STATUS_OK) {
        ipsec_policy_free(copy);
        return status;
    }
    memcpy(copy->plane, policy->plane, sizeof policy->plane);
    *out = copy;
    return STATUS_OK;
}

int interface_watch_open(void)
{
    struct sockaddr_nl name = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    int reason;

    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    reason = errno;
    close(fd);
    errno = reason;
    return -1;
}
