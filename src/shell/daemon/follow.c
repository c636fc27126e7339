#include "daemon/follow.h"

#include <stdio.h>
#include <stdlib.h>

bool follow_config_names_any(const struct ike_rules *rules)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        if (rules->rules[i].interface)
            return true;
    }
    return false;
}

static void put_address(FILE *out, const struct address *address)
{
    char text[ADDRESS_TEXT_BYTES];

    fprintf(out, "local_addr %s ", address_text(address, text));
}

static void put_addresses(FILE *out, const char *name, const struct interface_addresses *addresses)
{
    static const enum address_family families[] = {ADDRESS_IPV4, ADDRESS_IPV6};
    size_t count = 0;

    for (size_t i = 0; i < addresses->count; i++) {
        if (strcmp(addresses->items_own[i].name, name) != 0)
            continue;
        put_address(out, &addresses->items_own[i].address);
        count++;
    }
    for (size_t i = 0; count == 0 && i < COUNT(families); i++) {
        struct address nobody = interface_no_address(families[i]);

        put_address(out, &nobody);
    }
}

enum status follow_config_text(struct view text, const struct ike_rules *rules,
                               const struct interface_addresses *addresses, struct bytes *out)
{
    char *made = NULL;
    size_t bytes = 0;
    size_t offset = 0;
    FILE *file = open_memstream(&made, &bytes);

    if (!file)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct ike_rule *rule = &rules->rules[i];

        if (!rule->interface)
            continue;
        (void)fwrite(text.data + offset, 1, rule->interface_offset - offset, file);
        put_addresses(file, rule->interface, addresses);
        offset = rule->interface_end;
    }
    (void)fwrite(text.data + offset, 1, text.bytes - offset, file);
    if (fclose(file) != 0) {
        free(made);
        return STATUS_NO_MEMORY;
    }
    bytes_clear(out);
    *out = (struct bytes){(uint8_t *)made, bytes};
    return STATUS_OK;
}
