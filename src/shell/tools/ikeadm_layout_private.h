#ifndef ENTENTE_TOOLS_IKEADM_LAYOUT_PRIVATE_H
#define ENTENTE_TOOLS_IKEADM_LAYOUT_PRIVATE_H

#include "tools/ikeadm_layout.h"

/* Members of a record; "" or 0 where there is none, as an older daemon may leave one out. */
const char *member_text(const json_t *record, const char *key);
long long member_number(const json_t *record, const char *key);
bool member_is_true(const json_t *record, const char *key);

/* "aes-cbc(128)", "aes-cbc(128..256)", "3des-cbc": members cipher, cipher_low_bits... */
void layout_cipher(const struct layout *layout, const json_t *record);

/* "LOCIP: AF_INET: port 500, 192.0.2.1 (name)." of a member {address, port, family}. */
void layout_endpoint(const struct layout *layout, const char *prefix, const json_t *endpoint);

/* "Phase 2 PFS is required (Oakley Group: ...)" of a group or null, after `prefix`. */
void layout_pfs(const struct layout *layout, const char *prefix, const json_t *group);

/* The three lines of lifetime limits, after `prefix`. */
void layout_limits(const struct layout *layout, const char *prefix, long long seconds);

#endif
