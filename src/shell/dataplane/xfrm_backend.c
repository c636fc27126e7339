#include <errno.h>

#include "contract/event.h"
#include "dataplane/interface.h"
#include "dataplane/policy_file.h"
#include "dataplane/tunnel_device.h"
#include "dataplane/xfrm_private.h"
#include "policy/ruleset.h"

/* What the engine hears for an errno of the kernel's. */
static const struct {
    int error;
    enum status status;
    const char *line;
} answers[] = {
    {EEXIST, STATUS_EXISTS, NULL},
    {ENOMEM, STATUS_NO_MEMORY, "the kernel is out of memory"},
    {ENOBUFS, STATUS_NO_MEMORY, "the kernel is out of memory"},
    {ENOSYS, STATUS_CRYPTO, "the kernel lacks the algorithm"},
    {ENOENT, STATUS_CRYPTO, "the kernel lacks the algorithm"},
    {EPROTONOSUPPORT, STATUS_CRYPTO, "the kernel lacks the protocol"},
    {EOPNOTSUPP, STATUS_CRYPTO, "the kernel lacks the protocol"},
};

static enum status answer_of(const struct backend *backend, uint32_t spi, int error)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (answers[i].error != error)
            continue;
        if (answers[i].line)
            backend_log(&backend->options, SEVERITY_ERROR, "SA 0x%08x: %s (%s)", (unsigned)spi,
                        answers[i].line, strerror(error));
        return answers[i].status;
    }
    backend_log(&backend->options, SEVERITY_ERROR, "SA 0x%08x: the kernel says: %s", (unsigned)spi,
                strerror(error));
    return STATUS_SYSTEM;
}

void xfrm_kernel_delete(struct backend *backend, const struct xfrm_sa_name *name)
{
    struct xfrm_message request;
    size_t failed;
    int error = 0;

    xfrm_sa_encode_name(XFRM_MSG_DELSA, name, &request);
    if (netlink_do(backend->world.requests_own, view_of(request.octets, request.bytes), &failed,
                   &error) != STATUS_OK &&
        error != ESRCH)
        xfrm_resync_soon(backend);
}

/* One SA into the kernel. When no answer came it may be there all the same: a look will show. */
static enum status kernel_add(struct backend *backend, const struct xfrm_sa *sa,
                              const struct xfrm_message *request)
{
    size_t failed;
    int error = 0;
    enum status status = netlink_do(backend->world.requests_own,
                                    view_of(request->octets, request->bytes), &failed, &error);

    if (status == STATUS_OK)
        return STATUS_OK;
    if (status != STATUS_REFUSED)
        xfrm_resync_soon(backend);
    return answer_of(backend, sa->name.spi, error);
}

/* The SAs of one ask: a bundle's AH first, so that its ESP, for which the kernel has asked, is the
 * last to be missed. */
struct install {
    struct xfrm_sa *sas_own[2];
    struct xfrm_message requests[2];
    size_t count;
};

static enum status install_part(struct backend *backend, const struct ask_sa_add *ask,
                                enum ipsec_protocol part, struct install *install)
{
    enum status status = xfrm_sa_encode(ask, part, &install->requests[install->count]);
    struct xfrm_sa *sa;

    if (status != STATUS_OK) {
        backend_log(&backend->options, SEVERITY_ERROR, "SA 0x%08x: the kernel cannot have it: %s",
                    (unsigned)ask->spi, status_name(status));
        return status;
    }
    sa = xfrm_sa_new(ask, part);
    if (!sa)
        return STATUS_NO_MEMORY;
    install->sas_own[install->count++] = sa;
    return xfrm_sad_find(&backend->sad, &sa->name) ? STATUS_EXISTS : STATUS_OK;
}

static enum status install_prepare(struct backend *backend, const struct ask_sa_add *ask,
                                   struct install *install)
{
    enum status status = STATUS_OK;

    if (ask->ah_spi)
        status = install_part(backend, ask, IPSEC_PROTOCOL_AH, install);
    if (status == STATUS_OK)
        status = install_part(backend, ask, ask->protocol, install);
    return status;
}

/* All of it, or nothing. */
static enum status install_run(struct backend *backend, struct install *install)
{
    for (size_t i = 0; i < install->count; i++) {
        enum status status = kernel_add(backend, install->sas_own[i], &install->requests[i]);
        if (status == STATUS_OK)
            continue;
        while (i-- > 0)
            xfrm_kernel_delete(backend, &install->sas_own[i]->name);
        return status;
    }
    for (size_t i = 0; i < install->count; i++)
        if (install->count == 2)
            install->sas_own[i]->partner_back = install->sas_own[1 - i];
    for (size_t i = 0; i < install->count; i++) {
        install->sas_own[i]->round = backend->round;
        xfrm_sad_add_take(&backend->sad, install->sas_own[i]);
        install->sas_own[i] = NULL;
    }
    return STATUS_OK;
}

static void xfrm_sa_add(struct backend *backend, uint64_t ticket, const struct ask_sa_add *ask)
{
    struct input answer = {.kind = IN_ANSWER, .answer = {.ticket = ticket}};
    struct install install = {0};
    enum status status = install_prepare(backend, ask, &install);

    if (status == STATUS_OK)
        status = install_run(backend, &install);
    for (size_t i = 0; i < COUNT(install.sas_own); i++) {
        xfrm_message_wipe(&install.requests[i]);
        xfrm_sa_free(install.sas_own[i]);
    }
    /* What the kernel asked before it had this SA is told first, while the negotiation that answers
     * it is still under way; and what waits for it is known, and let go. */
    if (status == STATUS_OK && ask->direction == SA_OUTBOUND)
        xfrm_watch_read(backend);
    answer.answer.status = status;
    delivery_queue_add(&backend->queue, &answer);
    if (status == STATUS_OK && ask->direction == SA_OUTBOUND)
        xfrm_release(backend, ask->reqid);
}

static void xfrm_sa_delete(struct backend *backend, const struct effect_sa_delete *effect)
{
    struct xfrm_sa_name name = {effect->spi, effect->protocol, effect->destination};
    struct xfrm_sa *sa = xfrm_sad_find(&backend->sad, &name);
    struct xfrm_sa *partner = sa ? sa->partner_back : NULL;

    if (!sa)
        return;
    xfrm_kernel_delete(backend, &sa->name);
    if (partner) {
        xfrm_kernel_delete(backend, &partner->name);
        xfrm_sad_remove(&backend->sad, partner);
    }
    xfrm_sad_remove(&backend->sad, sa);
}

static enum status xfrm_policy_set(struct backend *backend, struct ruleset *rules)
{
    enum status status = xfrm_release_set(backend, rules);

    if (status != STATUS_OK)
        return status;
    ruleset_hold(rules);
    ruleset_drop(backend->rules_ref);
    backend->rules_ref = rules;
    backend->is_stale_told = false;
    backend->is_following = interface_policy_names_any(ruleset_policy(rules)) ||
                            tunnel_policy_names_any(ruleset_policy(rules));
    bytes_clear(&backend->record);
    if (backend->options.run_dir)
        (void)policy_file_read(backend->options.run_dir, &backend->record);
    /* What was asked for while nobody listened, and what the kernel should hold. */
    xfrm_resync_soon(backend);
    xfrm_audit_soon(backend);
    xfrm_reroute(backend);
    return STATUS_OK;
}

const struct backend_verbs backend_xfrm = {
    .name = "xfrm",
    .open = xfrm_open,
    .close = xfrm_close,
    .policy = xfrm_policy_set,
    .sa_add = xfrm_sa_add,
    .sa_delete = xfrm_sa_delete,
    .sa_move = xfrm_sa_move,
};
