#include "dataplane/xfrm_sad.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/writer.h"

enum status xfrm_sad_init(struct xfrm_sad *sad)
{
    uint8_t hash_key[16];

    list_init(&sad->sas);
    sad->count = 0;
    if (getrandom(hash_key, sizeof hash_key, 0) != (ssize_t)sizeof hash_key)
        return STATUS_NO_MEMORY;
    return map_init(&sad->map, hash_key);
}

void xfrm_sad_clear(struct xfrm_sad *sad)
{
    if (!sad->sas.next)
        return;
    LIST_EACH (item, &sad->sas)
        xfrm_sad_remove(sad, CONTAINER_OF(item, struct xfrm_sa, link));
    map_clear(&sad->map);
}

static struct view key_write(uint8_t key[XFRM_SA_KEY_BYTES], const struct xfrm_sa_name *name)
{
    struct writer writer = writer_over(key, XFRM_SA_KEY_BYTES);

    writer_u32(&writer, name->spi);
    writer_u8(&writer, (uint8_t)name->protocol);
    writer_u8(&writer, name->destination.family);
    writer_view(&writer, view_of(name->destination.octets, sizeof name->destination.octets));
    return writer_view_written(&writer);
}

struct xfrm_sa *xfrm_sa_new(const struct ask_sa_add *ask, enum ipsec_protocol part)
{
    struct xfrm_sa *sa = calloc(1, sizeof *sa);

    if (!sa)
        return NULL;
    list_init(&sa->link);
    sa->name = xfrm_sa_name_of(ask, part);
    sa->is_around = part != ask->protocol;
    sa->direction = ask->direction;
    sa->path = ask->path;
    return sa;
}

void xfrm_sa_free(struct xfrm_sa *sa)
{
    free(sa);
}

void xfrm_sad_add_take(struct xfrm_sad *sad, struct xfrm_sa *sa)
{
    map_insert(&sad->map, &sa->entry, key_write(sa->key, &sa->name));
    list_append(&sad->sas, &sa->link);
    sad->count++;
}

void xfrm_sad_remove(struct xfrm_sad *sad, struct xfrm_sa *sa)
{
    if (sa->partner_back)
        sa->partner_back->partner_back = NULL;
    map_remove(&sad->map, &sa->entry);
    list_remove(&sa->link);
    sad->count--;
    free(sa);
}

void xfrm_sad_move(struct xfrm_sad *sad, struct xfrm_sa *sa, const struct path *path)
{
    map_remove(&sad->map, &sa->entry);
    sa->path = *path;
    sa->name.destination = sa->direction == SA_INBOUND ? path->local.address : path->remote.address;
    map_insert(&sad->map, &sa->entry, key_write(sa->key, &sa->name));
}

struct xfrm_sa *xfrm_sad_find(const struct xfrm_sad *sad, const struct xfrm_sa_name *name)
{
    uint8_t key[XFRM_SA_KEY_BYTES];
    struct map_entry *entry = map_find(&sad->map, key_write(key, name));

    return entry ? CONTAINER_OF(entry, struct xfrm_sa, entry) : NULL;
}
