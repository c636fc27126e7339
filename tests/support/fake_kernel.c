#include "support/fake_kernel.h"

#include <errno.h>
#include <stdlib.h>

#include <libmnl/libmnl.h>

#include "support/fake_kernel_private.h"

#define FAULTS_MOST 64u
#define STRANGER_PORT 4711u
#define DUMP_BYTES 8192u /* of one datagram of a dump */

/* What receive will say: a datagram, or an errno. */
struct answer {
    struct answer *next_own;
    int error;
    uint32_t port;
    size_t claimed_bytes; /* its true length; more than there is: cut */
    size_t bytes;
    uint8_t octets[];
};

struct fault {
    size_t at; /* number of the request */
    enum fake_fault fault;
    int error;
};

struct fake_kernel {
    struct fake_tables tables;
    struct answer *answers_own;
    struct fault faults[FAULTS_MOST];
    size_t fault_count;
    size_t requests;
    size_t datagrams;
    void (*after)(void *arg);
    void *after_arg;
};

struct fake_kernel *fake_kernel_new(void)
{
    struct fake_kernel *kernel = calloc(1, sizeof *kernel);

    if (!kernel)
        abort();
    return kernel;
}

void fake_kernel_free(struct fake_kernel *kernel)
{
    if (!kernel)
        return;
    while (kernel->answers_own) {
        struct answer *answer = kernel->answers_own;
        kernel->answers_own = answer->next_own;
        free(answer);
    }
    fake_tables_clear(&kernel->tables);
    free(kernel);
}

void fake_kernel_fault(struct fake_kernel *kernel, size_t n, enum fake_fault fault, int error)
{
    if (kernel->fault_count == FAULTS_MOST)
        abort();
    kernel->faults[kernel->fault_count++] =
        (struct fault){.at = kernel->requests + n, .fault = fault, .error = error};
}

size_t fake_kernel_requests(const struct fake_kernel *kernel)
{
    return kernel->requests;
}

size_t fake_kernel_datagrams(const struct fake_kernel *kernel)
{
    return kernel->datagrams;
}

void fake_kernel_lacks(struct fake_kernel *kernel, uint8_t protocol, int error)
{
    for (size_t i = 0; i < COUNT(kernel->tables.lacks); i++) {
        struct fake_lack *lack = &kernel->tables.lacks[i];
        if (lack->protocol == 0 || lack->protocol == protocol) {
            *lack = (struct fake_lack){protocol, error};
            return;
        }
    }
    abort();
}

void fake_kernel_watch(struct fake_kernel *kernel, void (*after)(void *arg), void *arg)
{
    kernel->after = after;
    kernel->after_arg = arg;
}

/* An answer at the end of the queue; the caller may still alter it. */
static struct answer *put(struct fake_kernel *kernel, const void *octets, size_t bytes)
{
    struct answer *answer = calloc(1, sizeof *answer + bytes);
    struct answer **end = &kernel->answers_own;

    if (!answer)
        abort();
    answer->bytes = answer->claimed_bytes = bytes;
    if (bytes > 0)
        memcpy(answer->octets, octets, bytes);
    while (*end)
        end = &(*end)->next_own;
    *end = answer;
    return answer;
}

static void put_failure(struct fake_kernel *kernel, int error)
{
    put(kernel, NULL, 0)->error = error;
}

void fake_kernel_emit(struct fake_kernel *kernel, const struct nlmsghdr *message, uint32_t port)
{
    put(kernel, message, message->nlmsg_len)->port = port;
}

void fake_kernel_overrun(struct fake_kernel *kernel)
{
    put_failure(kernel, ENOBUFS);
}

static struct answer *put_acknowledgement(struct fake_kernel *kernel, uint32_t sequence, int error)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr body;
    } message = {
        .header = {.nlmsg_len = sizeof message, .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = sequence},
        .body = {.error = -error},
    };

    return put(kernel, &message, sizeof message);
}

/* The fault that request number `at` meets; NULL: none. */
static const struct fault *fault_at(const struct fake_kernel *kernel, size_t at)
{
    for (size_t i = 0; i < kernel->fault_count; i++)
        if (kernel->faults[i].at == at)
            return &kernel->faults[i];
    return NULL;
}

/* Acknowledges a request in the way that the fault has it. */
static void acknowledge(struct fake_kernel *kernel, uint32_t sequence, int error,
                        const struct fault *fault)
{
    if (!fault || fault->fault == FAKE_REFUSES) {
        put_acknowledgement(kernel, sequence, error);
        return;
    }
    switch (fault->fault) {
    case FAKE_SILENT:
        return;
    case FAKE_OVERRUN:
        put_failure(kernel, ENOBUFS);
        return;
    case FAKE_LATE:
        put_failure(kernel, EAGAIN);
        break;
    case FAKE_TWICE:
        put_acknowledgement(kernel, sequence, error);
        break;
    case FAKE_STRANGER:
        put_acknowledgement(kernel, sequence, fault->error)->port = STRANGER_PORT;
        break;
    case FAKE_WRONG_ORDER:
        put_acknowledgement(kernel, sequence - 1000, fault->error);
        break;
    case FAKE_CUT:
        put_acknowledgement(kernel, sequence, error)->claimed_bytes = SIZE_MAX / 2;
        return;
    case FAKE_REFUSES:
    case FAKE_INTERRUPTED:
        break;
    }
    put_acknowledgement(kernel, sequence, error);
}

/* A datagram of a dump that fills up. */
struct page {
    _Alignas(struct nlmsghdr) uint8_t octets[DUMP_BYTES];
    size_t bytes;
    uint16_t flags;
    uint32_t sequence;
};

static void page_put(struct fake_kernel *kernel, struct page *page, const struct nlmsghdr *object)
{
    size_t bytes = NLMSG_ALIGN((size_t)object->nlmsg_len);
    struct nlmsghdr *message;

    if (bytes > sizeof page->octets)
        abort();
    if (bytes > sizeof page->octets - page->bytes) {
        put(kernel, page->octets, page->bytes);
        page->bytes = 0;
    }
    message = (struct nlmsghdr *)(page->octets + page->bytes);
    memcpy(message, object, object->nlmsg_len);
    message->nlmsg_seq = page->sequence;
    message->nlmsg_flags = page->flags;
    page->bytes += bytes;
}

static void dump(struct fake_kernel *kernel, const struct nlmsghdr *request,
                 const struct fault *fault)
{
    const struct fake_objects *objects =
        &kernel->tables
             .objects[request->nlmsg_type == XFRM_MSG_GETPOLICY ? FAKE_POLICIES : FAKE_SAS];
    bool is_interrupted = fault && fault->fault == FAKE_INTERRUPTED;
    struct page page = {
        .flags = (uint16_t)(NLM_F_MULTI | (is_interrupted ? NLM_F_DUMP_INTR : 0)),
        .sequence = request->nlmsg_seq,
    };
    struct {
        struct nlmsghdr header;
        int error;
    } done = {.header = {.nlmsg_len = sizeof done, .nlmsg_type = NLMSG_DONE}};

    if (fault && fault->fault != FAKE_INTERRUPTED && fault->fault != FAKE_STRANGER) {
        acknowledge(kernel, request->nlmsg_seq, fault->error, fault);
        return;
    }
    if (fault && fault->fault == FAKE_STRANGER)
        put_acknowledgement(kernel, request->nlmsg_seq, fault->error)->port = STRANGER_PORT;
    for (size_t i = is_interrupted ? 1 : 0; i < objects->count; i++)
        page_put(kernel, &page, objects->items_own[i].message_own);
    page_put(kernel, &page, &done.header);
    put(kernel, page.octets, page.bytes);
}

static void take(struct fake_kernel *kernel, const struct nlmsghdr *request)
{
    const struct fault *fault = fault_at(kernel, kernel->requests++);
    const struct nlmsghdr *found;
    bool changed = false;
    bool is_get =
        request->nlmsg_type == XFRM_MSG_GETSA || request->nlmsg_type == XFRM_MSG_GETPOLICY;
    int error;

    if (is_get && (request->nlmsg_flags & NLM_F_DUMP)) { /* one of its bits is also NLM_F_EXCL */
        dump(kernel, request, fault);
        return;
    }
    if (is_get) {
        found = fake_tables_get(&kernel->tables, request);
        if (found && !(fault && fault->fault == FAKE_REFUSES)) {
            struct page page = {.sequence = request->nlmsg_seq};
            page_put(kernel, &page, found);
            put(kernel, page.octets, page.bytes);
        }
        error = found ? 0 : request->nlmsg_type == XFRM_MSG_GETSA ? ESRCH : ENOENT;
    } else if (fault && fault->fault == FAKE_REFUSES) {
        error = fault->error;
    } else {
        error = fake_tables_do(&kernel->tables, request, &changed);
    }
    if (fault && fault->fault == FAKE_REFUSES)
        error = fault->error;
    acknowledge(kernel, request->nlmsg_seq, error, fault);
    if (changed && kernel->after)
        kernel->after(kernel->after_arg);
}

static ssize_t wire_send(void *arg, const void *octets, size_t bytes)
{
    struct fake_kernel *kernel = arg;
    const struct nlmsghdr *message = octets;
    int left = (int)bytes;

    kernel->datagrams++;
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        struct nlmsghdr *aligned =
            malloc(message->nlmsg_len); /* netlink aligns to 4, structs to 8 */
        if (!aligned)
            abort();
        memcpy(aligned, message, message->nlmsg_len);
        take(kernel, aligned);
        free(aligned);
    }
    if (left != 0)
        abort(); /* octets that are no message: a caller's mistake */
    return (ssize_t)bytes;
}

static ssize_t wire_receive(void *arg, void *octets, size_t bytes, int wait_ms, uint32_t *port)
{
    struct fake_kernel *kernel = arg;
    struct answer *answer = kernel->answers_own;
    ssize_t got;

    (void)wait_ms; /* nothing comes by waiting */
    errno = EAGAIN;
    if (!answer)
        return -1;
    kernel->answers_own = answer->next_own;
    if (answer->error != 0) {
        errno = answer->error;
        free(answer);
        return -1;
    }
    memcpy(octets, answer->octets, answer->bytes < bytes ? answer->bytes : bytes);
    *port = answer->port;
    got = (ssize_t)answer->claimed_bytes;
    free(answer);
    return got;
}

struct netlink *fake_kernel_open(struct fake_kernel *kernel)
{
    struct netlink_wire wire = {
        .send = wire_send, .receive = wire_receive, .fd = -1, .arg = kernel};
    struct netlink *netlink = netlink_over(&wire);

    if (!netlink)
        abort();
    return netlink;
}

size_t fake_kernel_count(const struct fake_kernel *kernel, enum fake_table table)
{
    return kernel->tables.objects[table].count;
}

const struct nlmsghdr *fake_kernel_at(const struct fake_kernel *kernel, enum fake_table table,
                                      size_t index)
{
    const struct fake_objects *objects = &kernel->tables.objects[table];

    return index < objects->count ? objects->items_own[index].message_own : NULL;
}

void fake_kernel_remove(struct fake_kernel *kernel, enum fake_table table, size_t index)
{
    fake_objects_remove(&kernel->tables.objects[table], index);
}

void fake_kernel_flush(struct fake_kernel *kernel, enum fake_table table)
{
    while (kernel->tables.objects[table].count > 0)
        fake_kernel_remove(kernel, table, kernel->tables.objects[table].count - 1);
}

const struct nlmsghdr *fake_kernel_decide(const struct fake_kernel *kernel, uint8_t direction,
                                          const struct fake_flow *flow)
{
    return fake_tables_decide(&kernel->tables, direction, flow);
}
