#include <stdlib.h>

#include "material.h"

static const enum material_file files[] = {MATERIAL_CONFIG, MATERIAL_PRESHARED, MATERIAL_IPSECINIT};

static enum status parse(enum material_file file, struct view text, struct text *lines)
{
    return material_lines(file, text, CONFIG_ENTENTE, CONFIG_ERROR, lines);
}

static void sec_153_a_file_over_16_mib_is_refused_by_its_size(void **state)
{
    size_t bytes = 100000000;
    char *braces = malloc(bytes);
    char buffer[256];

    (void)state;
    memset(braces, '{', bytes);
    /* the largest that is read */
    for (size_t i = 0; i < COUNT(files); i++) {
        struct text lines = text_over(buffer, sizeof buffer);

        assert_int_equal(parse(files[i], view_of(braces, CONFIG_FILE_MOST_BYTES), &lines),
                         STATUS_MALFORMED);
    }
    for (size_t i = 0; i < COUNT(files); i++) {
        struct text lines = text_over(buffer, sizeof buffer);

        assert_int_equal(parse(files[i], view_of(braces, bytes), &lines), STATUS_LIMIT);
        assert_string_equal(buffer, "f: the file has over 16777216 octets\n");
    }
    free(braces);
}

static const char fillings[] = {'{', '}', '\0', '\n', '"', '#', 'a', ' ', '\\', '(', '\xff'};

static void sec_153_a_mib_of_one_octet_ends_soon_and_says_little(void **state)
{
    size_t bytes = CONFIG_FILE_MOST_BYTES / 16;
    char *text = malloc(bytes);
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(fillings); i++) {
        memset(text, fillings[i], bytes);
        for (size_t j = 0; j < COUNT(files); j++) {
            struct text lines = text_over(buffer, MATERIAL_LINES_BYTES);

            (void)parse(files[j], view_of(text, bytes), &lines);
            assert_false(lines.is_cut);
        }
    }
    free(buffer);
    free(text);
}

static void nul_is_said_with_its_place_in_every_file(void **state)
{
    static const char text[] = "# a comment\n  \0";
    char buffer[512];

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct text lines = text_over(buffer, sizeof buffer);

        assert_int_equal(parse(files[i], view_of(text, sizeof text - 1), &lines), STATUS_MALFORMED);
        assert_string_equal(buffer,
                            "f:2:3: found octet 0x00, which no text of this file may hold\n");
    }
}

static const char *const whole[] = {
    "expire_timer 5 p2_pfs 14 # c\n{label \"a\" local_addr 10.0.0.0 / 8 remote_addr "
    "192.0.2.1-192.0.2.9 "
    "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(128..256)} "
    "local_id_type ip nat_traversal off}\n",
    "{ localid 192.0.2.1 remoteidtype prefix remoteid 10.0.0.0/8 key "
    "\"c7Rw!x2kQz9pL4v_c7Rw\\\"!x2\" ike_mode main }\n",
    "{laddr 10.0.0.0/8 ulp icmp type 3-5 code 1 dir both} ipsec {encr_algs aes(128..) "
    "encr_auth_algs "
    "any sa unique} or pass {}\n{tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst 10.0.0.2} drop {}\n",
};

static void a_file_cut_anywhere_or_with_any_octet_changed_is_read_without_harm(void **state)
{
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct bytes copy = {0};

        assert_int_equal(bytes_copy(view_of_text(whole[i]), &copy), STATUS_OK);
        for (size_t j = 0; j < copy.bytes; j++) {
            struct text lines = text_over(buffer, MATERIAL_LINES_BYTES);

            (void)parse(files[i], view_of(copy.data_own, j), &lines);
            for (unsigned bit = 0; bit < 8; bit++) {
                copy.data_own[j] ^= (uint8_t)(1u << bit);
                (void)parse(files[i], bytes_view(&copy), &lines);
                copy.data_own[j] ^= (uint8_t)(1u << bit);
            }
        }
        bytes_clear(&copy);
    }
    free(buffer);
}

static void at_most_200_messages_are_kept_and_the_rest_is_counted(void **state)
{
    char text[2 * 1000 + 1];
    struct ike_rules *rules = NULL;
    struct config_errors errors;

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        memcpy(text + 2 * i, "}\n", 3);
    config_errors_init(&errors);
    assert_int_equal(ike_config_parse(view_of_text(text), "f", CONFIG_ENTENTE, &rules, &errors),
                     STATUS_MALFORMED);
    assert_int_equal(errors.count, CONFIG_ERRORS_MOST);
    assert_int_equal(errors.error_count, 1000);
    assert_int_equal(errors.left_out, 1000 - CONFIG_ERRORS_MOST + 1); /* the note of no rule */
    config_errors_clear(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_153_a_file_over_16_mib_is_refused_by_its_size),
        cmocka_unit_test(sec_153_a_mib_of_one_octet_ends_soon_and_says_little),
        cmocka_unit_test(nul_is_said_with_its_place_in_every_file),
        cmocka_unit_test(a_file_cut_anywhere_or_with_any_octet_changed_is_read_without_harm),
        cmocka_unit_test(at_most_200_messages_are_kept_and_the_rest_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
