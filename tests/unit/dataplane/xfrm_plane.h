#ifndef ENTENTE_TESTS_UNIT_XFRM_PLANE_H
#define ENTENTE_TESTS_UNIT_XFRM_PLANE_H

#include "dataplane/xfrm_private.h"
#include "support/fake_kernel.h"
#include "support/test.h"

/*
 * The kernel's data plane over two fake kernels: one answers its requests, the other is what the
 * groups say. One policy entry, reqid 7, between 192.0.2.1 (ours) and 198.51.100.2.
 */
#define PLANE_REQID 7u
#define PLANE_INPUTS_MOST 64u

struct plane {
    struct event_base *loop;
    struct fake_kernel *kernel;
    struct fake_kernel *groups;
    struct netlink *other; /* somebody else's socket to the same kernel */
    struct backend *backend;
    struct ruleset *rules;
    const struct policy_plane *spd; /* set before it is opened; NULL: one that always holds */
    struct input inputs[PLANE_INPUTS_MOST]; /* delivered, in order */
    size_t input_count;
    size_t alert_count; /* lines of SEVERITY_ALERT */
    size_t warning_count;
    size_t info_count;
};

/* With the policy, and all looks done. */
void plane_open(struct plane *plane);
/* Over a kernel that has objects already. */
void plane_open_over(struct plane *plane, struct fake_kernel *kernel, const char *run_dir);
void plane_close(struct plane *plane);

/* Over the kernel that this is; `kernel` and `groups` are not there, and nothing looks after the
 * SPD. No backend and a message when it cannot be. */
void plane_open_real(struct plane *plane, char *error, size_t error_bytes);
void plane_close_real(struct plane *plane);

/* Runs what is due now; nothing is waited for. */
void plane_run(struct plane *plane);

/* An ESP SA of aes-cbc and hmac-sha256, transport mode. */
struct ask_sa_add plane_ask(enum sa_direction direction, uint32_t spi);
/* The same with an AH around it. */
struct ask_sa_add plane_ask_bundle(enum sa_direction direction, uint32_t spi, uint32_t ah_spi);
struct effect_sa_delete plane_delete(const struct ask_sa_add *ask);

/* Adds an SA and returns what the engine would hear. */
enum status plane_add(struct plane *plane, const struct ask_sa_add *ask);

/* Inputs of that kind; `at` (may be NULL): the last of them. */
size_t plane_inputs(const struct plane *plane, enum input_kind kind, const struct input **at);
/* Expiries of that SPI and kind. */
size_t plane_expiries(const struct plane *plane, uint32_t spi, enum expire_kind kind);
void plane_forget(struct plane *plane);

/* Somebody else adds an SA: with this reqid of the kernel's. SPI 0: one that is being acquired. */
void plane_foreign(struct plane *plane, uint32_t spi, uint32_t reqid);

/* SAs of this SPI (ESP or AH) in the kernel. */
size_t plane_has(const struct plane *plane, uint32_t spi);
/* The fixed part of it, to be altered. */
struct xfrm_usersa_info *plane_info(const struct plane *plane, uint32_t spi);

/* Messages of the groups, from the kernel (port 0) or from somebody else. */
void plane_say_expire(struct plane *plane, uint32_t spi, uint8_t protocol,
                      enum sa_direction direction, bool is_hard, uint32_t port);
void plane_say_acquire(struct plane *plane, uint32_t reqid, uint32_t sequence, uint32_t port);
void plane_say_delete(struct plane *plane, uint32_t spi, enum sa_direction direction);
/* The peer of an inbound ESP SA sends from another place. */
void plane_say_mapping(struct plane *plane, uint32_t spi);
void plane_say_flush(struct plane *plane, uint16_t type);

#endif
