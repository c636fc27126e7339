#include "control/verb.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "fake_host.h"
#include "support/test.h"

/* The lines of one answer. */
struct answer {
    json_t *lines;
    size_t most; /* the client goes away after so many */
};

static bool take(void *arg, struct view line)
{
    struct answer *answer = arg;
    json_t *object = json_loadb((const char *)line.data, line.bytes, 0, NULL);

    assert_non_null(object);
    assert_null(memchr(line.data, '\n', line.bytes));
    json_array_append_new(answer->lines, object);
    return json_array_size(answer->lines) < answer->most;
}

static json_t *ask(struct fake_host *fake, const char *line)
{
    struct answer answer = {json_array(), 100};

    verb_answer(&fake->host, view_of_text(line), -1, take, &answer);
    return answer.lines;
}

static const char *text_at(const json_t *lines, size_t i, const char *key)
{
    const char *text = json_string_value(json_object_get(json_array_get(lines, i), key));

    return text ? text : "";
}

static void dump_p1_sends_every_sa_and_a_last_line(void **state)
{
    struct fake_host fake;
    json_t *lines;

    (void)state;
    fake_host_init(&fake);
    lines = ask(&fake, "{\"verb\":\"dump p1\"}");
    assert_int_equal(json_array_size(lines), 3);
    assert_string_equal(text_at(lines, 0, "initiator_cookie"), "0xd16f8b3a2f4b9c01");
    assert_string_equal(text_at(lines, 0, "state"), "ACTIVE");
    assert_string_equal(text_at(lines, 1, "role"), "responder");
    assert_string_equal(text_at(lines, 2, "status"), "ok");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, 0), "left_s")), 3456);
    json_decref(lines);
    fake_host_clear(&fake);
}

static void sec_161_a_peers_identity_is_escaped(void **state)
{
    struct fake_host fake;
    json_t *lines, *identity;

    (void)state;
    fake_host_init(&fake);
    lines = ask(&fake, "{\"verb\":\"dump p1\"}");
    identity = json_object_get(json_array_get(lines, 0), "remote_id");
    assert_string_equal(json_string_value(json_object_get(identity, "text")), "party\\x0am");
    json_decref(lines);
    fake_host_clear(&fake);
}

static void keys_are_shown_at_keymat_only(void **state)
{
    struct fake_host fake;
    json_t *lines, *keys;

    (void)state;
    fake_host_init(&fake);
    lines = ask(&fake, "{\"verb\":\"dump p1\"}");
    assert_null(json_object_get(json_array_get(lines, 0), "keys"));
    json_decref(lines);
    fake.privilege = PRIVILEGE_KEYMAT;
    lines = ask(&fake, "{\"verb\":\"dump p1\"}");
    keys = json_object_get(json_array_get(lines, 0), "keys");
    assert_int_equal(json_array_size(keys), 1);
    assert_string_equal(text_at(keys, 0, "hex"), "aabbcc0000000000000000000000000000000000");
    json_decref(lines);
    fake_host_clear(&fake);
}

static void other_records_are_sent(void **state)
{
    struct fake_host fake;
    json_t *lines;

    (void)state;
    fake_host_init(&fake);
    lines = ask(&fake, "{\"verb\":\"get stats\"}");
    assert_int_equal(json_array_size(lines), 2);
    assert_string_equal(text_at(lines, 0, "record"), "statistics");
    json_decref(lines);
    lines = ask(&fake, "{\"verb\":\"dump child\"}");
    assert_string_equal(text_at(lines, 0, "spi_in"), "0x12345678");
    assert_string_equal(text_at(lines, 0, "protocol"), "ah");
    assert_true(json_is_null(json_object_get(json_array_get(lines, 0), "ah")));
    assert_string_equal(text_at(lines, 1, "protocol"), "esp");
    const json_t *ah = json_object_get(json_array_get(lines, 1), "ah");
    assert_string_equal(json_string_value(json_object_get(ah, "spi_in")), "0x11111111");
    assert_string_equal(json_string_value(json_object_get(ah, "spi_out")), "0x22222222");
    assert_string_equal(json_string_value(json_object_get(ah, "integrity")), "hmac-sha256");
    assert_true(json_is_true(json_object_get(json_array_get(lines, 1), "esn")));
    json_decref(lines);
    lines = ask(&fake, "{\"verb\":\"dump certcache\"}");
    assert_int_equal(json_array_size(lines), 1); /* there are none */
    assert_string_equal(text_at(lines, 0, "status"), "ok");
    json_decref(lines);
    lines = ask(&fake, "{\"verb\":\"flush certcache\"}");
    assert_string_equal(text_at(lines, 0, "status"), "ok");
    json_decref(lines);
    lines = ask(&fake, "{\"verb\":\"dump rule\"}");
    assert_int_equal(json_array_size(lines), 1);
    assert_string_equal(text_at(lines, 0, "status"), "ok");
    json_decref(lines);
    fake_host_clear(&fake);
}

static void privilege_can_only_be_lowered(void **state)
{
    struct fake_host fake;
    json_t *lines;

    (void)state;
    fake_host_init(&fake);
    lines = ask(&fake, "{\"verb\":\"set priv\",\"level\":\"keymat\"}");
    assert_string_equal(text_at(lines, 0, "text"), "Not allowed at current privilege level");
    assert_int_equal(fake.privilege, PRIVILEGE_MODKEYS);
    json_decref(lines);
    lines = ask(&fake, "{\"verb\":\"set priv\",\"level\":\"base\"}");
    assert_string_equal(text_at(lines, 0, "status"), "ok");
    assert_int_equal(fake.privilege, PRIVILEGE_BASE);
    json_decref(lines);
    fake_host_clear(&fake);
}

static void a_debug_level_and_its_file_are_handed_on(void **state)
{
    struct fake_host fake;
    struct answer answer = {json_array(), 100};
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)state;
    fake_host_init(&fake);
    verb_answer(&fake.host, view_of_text("{\"verb\":\"set debug\",\"level\":\"all\"}"), fd, take,
                &answer);
    assert_int_equal(fake.debug_bits, 0x7ff);
    assert_int_equal(fake.descriptor, fd);
    json_decref(answer.lines);
    fake_host_clear(&fake);
}

static void sec_158_an_unwanted_descriptor_is_closed(void **state)
{
    struct fake_host fake;
    struct answer answer = {json_array(), 100};
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)state;
    fake_host_init(&fake);
    verb_answer(&fake.host, view_of_text("{\"verb\":\"get debug\"}"), fd, take, &answer);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    json_decref(answer.lines);
    fake_host_clear(&fake);
}

static void a_refused_reload_says_every_mistake(void **state)
{
    struct fake_host fake;
    json_t *lines;

    (void)state;
    fake_host_init(&fake);
    lines = ask(&fake, "{\"verb\":\"reload-policy\"}");
    assert_string_equal(text_at(lines, 0, "status"), "ok");
    json_decref(lines);
    fake.reload_error = "config:1:1: one\nconfig:2:1: two";
    lines = ask(&fake, "{\"verb\":\"reload\"}");
    assert_string_equal(text_at(lines, 0, "status"), "error");
    assert_string_equal(text_at(lines, 0, "text"), "config:1:1: one\nconfig:2:1: two");
    assert_int_equal(fake.reloads, 2);
    json_decref(lines);
    fake_host_clear(&fake);
}

/* Whatever a line holds, the answer is one error line, and nothing has happened. */
static void sec_158_bad_requests_are_refused(void **state)
{
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"", "Request invalid"},
        {"{", "Request invalid"},
        {"[]", "Request invalid"},
        {"\"verb\"", "Request invalid"},
        {"{}", "Request invalid"},
        {"{\"verb\":1}", "Request invalid"},
        {"{\"verb\":[\"set priv\"]}", "Request invalid"},
        {"{\"verb\":\"set priv\",\"verb\":\"get priv\"}", "Request invalid"},
        {"{\"verb\":\"get priv\"} x", "Request invalid"},
        {"{\"verb\":\"get\\u0000 priv\"}", "Request invalid"},
        {"{\"verb\":\"get priv\",\"n\":1e400}", "Request invalid"},
        {"{\"verb\":\"get priv\",\"n\":18446744073709551616}", "Request invalid"},
        {"{\"verb\":\"\xff\"}", "Request invalid"},
        {"{\"verb\":\"GET priv\"}", "Unknown command"},
        {"{\"verb\":\"\"}", "Unknown command"},
        {"{\"verb\":\"get priv\",\"level\":\"base\"}", "Supplied data invalid"},
        {"{\"verb\":\"set priv\",\"level\":0}", "Supplied data invalid"},
        {"{\"verb\":\"set debug\",\"level\":null}", "Supplied data invalid"},
        {"{\"verb\":\"set priv\"}",
         "Supplied data invalid: a privilege level is one of base, modkeys, keymat"},
        {"{\"verb\":\"set debug\"}", "Supplied data invalid: a debug level is wanted"},
    };
    struct fake_host fake;

    (void)state;
    fake_host_init(&fake);
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *lines = ask(&fake, cases[i].line);

        if (json_array_size(lines) != 1 || strcmp(text_at(lines, 0, "status"), "error") != 0 ||
            strcmp(text_at(lines, 0, "text"), cases[i].why) != 0)
            fail_msg("%s: %s", cases[i].line, text_at(lines, 0, "text"));
        json_decref(lines);
    }
    assert_int_equal(fake.privilege, PRIVILEGE_MODKEYS);
    assert_int_equal(fake.debug_bits, 4);
    fake_host_clear(&fake);
}

static void sec_158_deep_nesting_is_refused(void **state)
{
    enum {
        DEPTH = 100000
    };
    char *line = malloc(DEPTH);
    struct fake_host fake;
    struct answer answer = {json_array(), 100};

    (void)state;
    fake_host_init(&fake);
    memset(line, '[', DEPTH);
    verb_answer(&fake.host, view_of(line, DEPTH), -1, take, &answer);
    assert_string_equal(text_at(answer.lines, 0, "text"), "Request invalid");
    json_decref(answer.lines);
    free(line);
    fake_host_clear(&fake);
}

static void a_client_that_goes_away_gets_no_more(void **state)
{
    struct fake_host fake;
    struct answer answer = {json_array(), 1};

    (void)state;
    fake_host_init(&fake);
    verb_answer(&fake.host, view_of_text("{\"verb\":\"dump p1\"}"), -1, take, &answer);
    assert_int_equal(json_array_size(answer.lines), 1);
    json_decref(answer.lines);
    fake_host_clear(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dump_p1_sends_every_sa_and_a_last_line),
        cmocka_unit_test(sec_161_a_peers_identity_is_escaped),
        cmocka_unit_test(keys_are_shown_at_keymat_only),
        cmocka_unit_test(other_records_are_sent),
        cmocka_unit_test(privilege_can_only_be_lowered),
        cmocka_unit_test(a_debug_level_and_its_file_are_handed_on),
        cmocka_unit_test(sec_158_an_unwanted_descriptor_is_closed),
        cmocka_unit_test(a_refused_reload_says_every_mistake),
        cmocka_unit_test(sec_158_bad_requests_are_refused),
        cmocka_unit_test(sec_158_deep_nesting_is_refused),
        cmocka_unit_test(a_client_that_goes_away_gets_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
