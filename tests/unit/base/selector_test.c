#include "base/selector.h"

#include "support/test.h"

static struct address_range prefix_of(const char *text, unsigned bits)
{
    struct address address;
    struct address_range range;

    assert_int_equal(address_parse(view_of_text(text), &address), STATUS_OK);
    assert_int_equal(address_range_prefix(&address, bits, &range), STATUS_OK);
    return range;
}

static struct selector selector_make(uint8_t protocol, uint16_t local_port, uint16_t remote_port)
{
    return (struct selector){
        .local = prefix_of("192.0.2.1", 32),
        .remote = prefix_of("198.51.100.0", 24),
        .protocol = protocol,
        .local_port = local_port,
        .remote_port = remote_port,
    };
}

static void a_selector_reads_as_a_person_would_write_it(void **state)
{
    static const struct {
        uint8_t protocol;
        uint16_t local_port, remote_port;
        const char *text;
    } cases[] = {
        {0, 0, 0, "192.0.2.1 - 198.51.100.0/24"},
        {6, 0, 80, "192.0.2.1 - 198.51.100.0/24 tcp/80"},
        {17, 53, 0, "192.0.2.1 - 198.51.100.0/24 udp from/53"},
        {6, 1024, 80, "192.0.2.1 - 198.51.100.0/24 tcp from/1024 to/80"},
        {1, 0, 0, "192.0.2.1 - 198.51.100.0/24 icmp"},
        {58, 0, 0, "192.0.2.1 - 198.51.100.0/24 ipv6-icmp"},
        {200, 0, 0, "192.0.2.1 - 198.51.100.0/24 protocol 200"},
    };
    char text[SELECTOR_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct selector selector =
            selector_make(cases[i].protocol, cases[i].local_port, cases[i].remote_port);

        assert_string_equal(selector_text(&selector, text), cases[i].text);
    }
}

static void any_covers_one_and_one_does_not_cover_any(void **state)
{
    struct selector any = selector_make(PROTOCOL_ANY, PORT_ANY, PORT_ANY);
    struct selector tcp = selector_make(6, PORT_ANY, PORT_ANY);
    struct selector web = selector_make(6, PORT_ANY, 80);
    struct selector mail = selector_make(6, PORT_ANY, 25);
    struct selector from = selector_make(6, 80, PORT_ANY);
    struct selector narrow = any;

    (void)state;
    narrow.remote = prefix_of("198.51.100.128", 25);
    assert_true(selector_covers(&any, &tcp));
    assert_true(selector_covers(&any, &web));
    assert_true(selector_covers(&tcp, &web));
    assert_true(selector_covers(&web, &web));
    assert_true(selector_covers(&any, &narrow));
    assert_false(selector_covers(&tcp, &any));
    assert_false(selector_covers(&web, &tcp));
    assert_false(selector_covers(&web, &mail));
    assert_false(selector_covers(&web, &from));
    assert_false(selector_covers(&narrow, &any));
    assert_false(selector_covers(&tcp, &narrow));
    assert_true(selector_equal(&web, &web));
    assert_false(selector_equal(&web, &mail));
    assert_false(selector_equal(&any, &narrow));
    assert_false(selector_equal(&web, &from));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_selector_reads_as_a_person_would_write_it),
        cmocka_unit_test(any_covers_one_and_one_does_not_cover_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
