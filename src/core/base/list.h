#ifndef ENTENTE_BASE_LIST_H
#define ENTENTE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * An intrusive doubly linked ring. A `struct list` is either a head (initialised with list_init) or
 * a member inside its container; a member that is in no list points to itself.
 */
struct list {
    struct list *next;
    struct list *previous;
};

/* The struct that holds member `name` at `pointer`. */
#define CONTAINER_OF(pointer, type, name) ((type *)(void *)((char *)(pointer)-offsetof(type, name)))

/* Walks members in order; the body may remove the current one (a `struct list *` each). */
#define LIST_EACH(item, head)                                                                      \
    for (struct list *item = (head)->next, *item##_next = item->next; item != (head);              \
         item = item##_next, item##_next = item->next)

static inline void list_init(struct list *list)
{
    list->next = list;
    list->previous = list;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* Adds at the end. The item must be in no list. */
static inline void list_append(struct list *head, struct list *item)
{
    item->previous = head->previous;
    item->next = head;
    head->previous->next = item;
    head->previous = item;
}

/* Takes an item out of its list; harmless when it is in none (but initialised). */
static inline void list_remove(struct list *item)
{
    item->previous->next = item->next;
    item->next->previous = item->previous;
    list_init(item);
}

/* The first member; NULL when empty. */
static inline struct list *list_first(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

/* Number of members, by walking. */
size_t list_count(const struct list *head);

#endif
