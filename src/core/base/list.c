#include "base/list.h"

size_t list_count(const struct list *head)
{
    size_t count = 0;

    for (const struct list *item = head->next; item != head; item = item->next)
        count++;
    return count;
}
