#include "dataplane/guard.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "dataplane/interface.h"
#include "dataplane/mark.h"
#include "dataplane/nft.h"

static enum status load_copy(const struct ipsec_policy *policy, enum guard_copy copy, char *error,
                             size_t error_bytes)
{
    struct bytes script = {0};
    enum status status = guard_text(policy, copy, &script);

    if (status == STATUS_OK)
        status = nft_run((const char *)script.data_own, error, error_bytes);
    bytes_clear(&script);
    return status;
}

static bool has_tunnel(const struct ipsec_policy *policy)
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        if (ipsec_entry_is_tunnel(&policy->entries_own[i]))
            return true;
    }
    return false;
}

enum status guard_devices_load(const struct ipsec_policy *policy, char *error, size_t error_bytes)
{
    if (interface_policy_names_any(policy) || has_tunnel(policy))
        return load_copy(policy, GUARD_DEVICES, error, error_bytes);
    (void)nft_run("add table inet " DEVICE_TABLE "\ndelete table inet " DEVICE_TABLE "\n", NULL,
                  0); /* a kernel without nftables has none */
    return STATUS_OK;
}

enum status guard_load(const struct ipsec_policy *policy, char *error, size_t error_bytes)
{
    return load_copy(policy, GUARD_LASTING, error, error_bytes);
}

/* The kernel ties an owned table to the socket that made it: the context's. */
struct guard_hold {
    struct nft_ctx *context_own;
};

struct guard_hold *guard_hold_new(void)
{
    struct guard_hold *hold = calloc(1, sizeof *hold);

    if (!hold)
        return NULL;
    hold->context_own = nft_context_new();
    if (!hold->context_own) {
        free(hold);
        return NULL;
    }
    return hold;
}

void guard_release(struct guard_hold *hold)
{
    if (!hold)
        return;
    nft_ctx_free(hold->context_own);
    free(hold);
}

enum status guard_hold_load(struct guard_hold *hold, const struct ipsec_policy *policy, char *error,
                            size_t error_bytes)
{
    struct bytes script = {0};
    enum status status = guard_text(policy, GUARD_HELD, &script);

    if (status == STATUS_OK)
        status = nft_run_in(hold->context_own, (const char *)script.data_own, error, error_bytes);
    bytes_clear(&script);
    return status;
}

bool guard_is_loaded(void)
{
    return nft_run("list table inet " GUARD_TABLE "\n", NULL, 0) == STATUS_OK;
}

enum status guard_remove(char *error, size_t error_bytes)
{
    /* Adding first makes the deletion succeed whether it was there or not. */
    return nft_run("add table inet " GUARD_TABLE "\ndelete table inet " GUARD_TABLE "\n", error,
                   error_bytes);
}

int guard_watch_open(void)
{
    struct sockaddr_nl name = {.nl_family = AF_NETLINK};
    int group = NFNLGRP_NFTABLES;
    int reason;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_NETFILTER);

    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0 &&
        setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0)
        return fd;
    reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

struct watch {
    bool was_removed;
    bool is_ours; /* of the message in hand */
};

static int watch_take_name(const struct nlattr *attribute, void *arg)
{
    struct watch *watch = arg;

    if (mnl_attr_get_type(attribute) == NFTA_TABLE_NAME &&
        mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
        watch->is_ours = strcmp(mnl_attr_get_str(attribute), GUARD_TABLE) == 0;
    return MNL_CB_OK;
}

static int watch_take(const struct nlmsghdr *header, void *arg)
{
    struct watch *watch = arg;
    const struct nfgenmsg *message = mnl_nlmsg_get_payload(header);
    bool is_removal = header->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE);
    bool is_addition = header->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE);

    if ((!is_removal && !is_addition) || message->nfgen_family != NFPROTO_INET)
        return MNL_CB_OK;
    watch->is_ours = false;
    (void)mnl_attr_parse(header, sizeof *message, watch_take_name, watch);
    if (watch->is_ours)
        watch->was_removed = is_removal;
    return MNL_CB_OK;
}

bool guard_watch_read(int fd)
{
    _Alignas(struct nlmsghdr) uint8_t buffer[16384];
    struct watch watch = {0};

    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t from_bytes = sizeof from;
        ssize_t got = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &from_bytes);
        if (got < 0 && errno == ENOBUFS) {
            watch.was_removed = !guard_is_loaded(); /* told too late: look for ourselves */
            continue;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return watch.was_removed;
        if (from.nl_pid == 0) /* the kernel (SEC-166) */
            (void)mnl_cb_run(buffer, (size_t)got, 0, 0, watch_take, &watch);
    }
}
