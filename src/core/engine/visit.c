#include "engine/child_sa.h"
#include "engine/engine_state.h"
#include "engine/ike_sa.h"
#include "engine/peer.h"
#include "engine/protocol.h"
#include "policy/ruleset.h"

static uint64_t cookie_number(const uint8_t *cookie)
{
    uint64_t number = 0;

    for (size_t i = 0; i < COOKIE_BYTES; i++)
        number = number << 8 | cookie[i];
    return number;
}

/* An identity is kept as its type and then its data. */
static void split_identity(struct view identity, uint8_t *type, struct view *data)
{
    if (view_is_empty(identity))
        return;
    *type = identity.data[0];
    *data = view_of(identity.data + 1, identity.bytes - 1);
}

void ike_sa_record(const struct ike_sa *sa, struct ike_sa_record *out)
{
    *out = (struct ike_sa_record){
        .initiator_cookie = cookie_number(sa->cookies),
        .responder_cookie = cookie_number(sa->cookies + COOKIE_BYTES),
        .role = (enum ike_role)sa->role,
        .phase = (enum ike_sa_phase)sa->phase,
        .path = sa->path,
        .method = sa->method,
        .cipher = sa->cipher_view,
        .cipher_bits = sa->cipher_bits,
        .hash = sa->hash_view,
        .group = sa->group_view,
        .pfs_group = sa->rule_view ? sa->rule_view->p2_pfs : NULL,
        .label_view = sa->rule_view ? sa->rule_view->label : "",
        .lifetime_s = sa->lifetime_s,
        .created_wall_s = sa->created_wall_s,
        .created_us = sa->created_us,
        .expires_us = sa->expires_us,
        .quick_modes_created = sa->quick_modes_created,
        .quick_modes_deleted = sa->quick_modes_deleted,
        .keying_uses = sa->keying_uses,
        .rx_decrypt_errors = sa->rx_decrypt_errors,
        .rx_hash_errors = sa->rx_hash_errors,
        .rx_other_errors = sa->rx_other_errors,
        .peer_has_dpd = sa->peer_has_dpd,
    };
    if (sa->peer_back) {
        split_identity(peer_local_identity(sa->peer_back), &out->local_id_type,
                       &out->local_id_view);
        split_identity(peer_remote_identity(sa->peer_back), &out->remote_id_type,
                       &out->remote_id_view);
    }
    if (sa->keys_own)
        sa->protocol_view->show_keys(sa, out);
}

void child_sa_record(const struct child_sa *child, struct child_sa_record *out)
{
    *out = (struct child_sa_record){
        .protocol = child->spis.protocol,
        .spi_in = child->spis.in,
        .spi_out = child->spis.out,
        .ah_spi_in = child->spis.ah_in,
        .ah_spi_out = child->spis.ah_out,
        .ike_cookie = child->ike_cookie,
        .role = (enum ike_role)child->role,
        .mode = (enum child_mode)child->mode,
        .path = child->path,
        .selector = child->selector,
        .cipher = child->cipher_view,
        .cipher_bits = child->cipher_bits,
        .integrity = child->integrity_view,
        .ah_integrity = child->ah_integrity_view,
        .is_esn = child->is_esn,
        .pfs_group = child->pfs_view,
        .reqid = child->reqid,
        .label_view = child->label_view,
        .created_us = child->created_us,
        .soft_us = child->soft_us,
        .hard_us = child->hard_us,
        .is_current = child->state == CHILD_CURRENT || child->state == CHILD_REKEYING,
    };
}

bool engine_visit(const struct engine *engine, enum record_kind kind, engine_visit_fn *each,
                  void *arg)
{
    switch (kind) {
    case RECORD_STATISTICS:
        return each(arg, &engine->statistics);
    case RECORD_IKE_SA:
        LIST_EACH (item, &engine->ike_sas) {
            const struct ike_sa *sa = CONTAINER_OF(item, struct ike_sa, link);
            struct ike_sa_record record;
            if (sa->phase == IKE_SA_DELETED)
                continue; /* it only lingers */
            ike_sa_record(sa, &record);
            if (!each(arg, &record))
                return false;
        }
        return true;
    case RECORD_CHILD_SA:
        LIST_EACH (item, &engine->children) {
            struct child_sa_record record;
            child_sa_record(CONTAINER_OF(item, struct child_sa, link), &record);
            if (!each(arg, &record))
                return false;
        }
        return true;
    }
    return false;
}
