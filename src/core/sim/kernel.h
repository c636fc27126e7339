#ifndef ENTENTE_SIM_KERNEL_H
#define ENTENTE_SIM_KERNEL_H

#include "base/secret.h"
#include "sim/sim.h"

/*
 * A data plane that only records: it installs SAs (an inbound SPI is exclusive), counts traffic
 * against their limits and answers. Keys are kept, for comparison.
 */
struct sim_sa {
    struct ask_sa_add ask; /* key views point into this record */
    struct secret cipher_key, integrity_key, ah_key;
    uint64_t added_us;
    uint64_t used_bytes;
    uint64_t number; /* order of installation */
    bool soft_said;
};

/* Number of SAs installed now in one direction; of one policy entry, or of all with reqid 0. */
size_t sim_sa_count(const struct sim_host *host, enum sa_direction direction, uint32_t reqid);

/* The index-th SA of that direction in order of installation; NULL past the end. */
const struct sim_sa *sim_sa_at(const struct sim_host *host, enum sa_direction direction,
                               size_t index);

/* By SPI; NULL when there is none. */
const struct sim_sa *sim_sa_find(const struct sim_host *host, enum sa_direction direction,
                                 uint32_t spi);

/* True when the keys of every protocol are the same. */
bool sim_sa_same_keys(const struct sim_sa *a, const struct sim_sa *b);

/* SAs ever installed. */
uint64_t sim_sa_total(const struct sim_host *host);

/* The n-th ASK_SA_ADD from now (1: the next) is answered with `status`; 0: none. */
void sim_kernel_set_fault(struct sim_host *host, uint32_t nth, enum status status);

/*
 * `bytes` octets of traffic of policy entry `reqid` leave by its newest outbound SA. Limits that
 * this passes come as IN_EXPIRE. True when the peer has the inbound SA with the same keys, so that
 * the packet arrives; false when there is no SA or the peer cannot read it.
 */
bool sim_traffic(struct sim_host *host, uint32_t reqid, uint64_t bytes);

/* An IN_EXPIRE out of nowhere for an SPI; a hard one also takes the SA away. */
void sim_expire(struct sim_host *host, enum sa_direction direction, uint32_t spi,
                enum expire_kind kind);

/* The reqid of the first protecting entry of the host's policy; 0 when it has none. */
uint32_t sim_first_reqid(const struct sim_host *host);

#endif
