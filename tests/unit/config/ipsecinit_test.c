#include <stdlib.h>

#include "material.h"

/*
 * The file as a whole: lexical rules, actions, styles: solaris.md 3.1, 3.3, 3.5, SEC-153.
 */
static const struct {
    const char *name, *text;
    enum config_dialect dialect;
    const char *lines; /* every message, notes included */
} cases[] = {
    {"an empty file", "", CONFIG_ENTENTE, ""},
    {"a comment at the end, no newline", "# a", CONFIG_ENTENTE, ""},
    {"CRLF", "{lport 53} bypass {}\r\n{lport 54} drop {}\r\n", CONFIG_ENTENTE, ""},
    {"a comment in a word", "{lport 53} bypass {}#x\n", CONFIG_ENTENTE, ""},
    {"braces alone on lines", "{\nlport 53\n} bypass\n{\n}\n", CONFIG_ENTENTE, ""},
    {"an action on the next line", "{lport 53}\nbypass {}\n", CONFIG_ENTENTE,
     "f:2:1: found \"bypass\"; the action stands on the line of the \"}\" before it\n"},
    {"or on the next line",
     "{lport 53} ipsec {encr_algs aes encr_auth_algs sha1}\nor ipsec {encr_algs 3des "
     "encr_auth_algs sha1}\n",
     CONFIG_ENTENTE, "f:2:1: found \"or\"; \"or\" follows the \"}\" on its line\n"},
    {"three alternatives",
     "{lport 53} ipsec {encr_algs aes encr_auth_algs sha1} or ipsec {encr_algs 3des encr_auth_algs "
     "sha1} or pass {}\n",
     CONFIG_ENTENTE, ""},
    {"21 alternatives",
     "{lport 53} ipsec {encr_algs aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs "
     "aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs "
     "aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs "
     "aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs "
     "aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs "
     "aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs "
     "aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs aes-gcm} or ipsec {encr_algs "
     "aes-gcm}\n",
     CONFIG_ENTENTE, "f:1:592: found \"ipsec\"; an entry has 20 alternatives at most\n"},
    {"a backslash", "{lport 53} bypass {} \\\n or bypass {}\n{lport 54} drop {}\n", CONFIG_ENTENTE,
     "f:1:22: found \"\\x5c\"; an entry begins with its pattern in braces\n"},
    {"two entries on a line", "{lport 53} bypass {} {lport 54} drop {}\n", CONFIG_ENTENTE,
     "f:1:22: found \"{\"; a new entry begins on a line of its own\n"},
    {"apply and permit",
     "{dport 23} apply {encr_algs aes encr_auth_algs sha1}\n{sport 23} permit {encr_algs aes "
     "encr_auth_algs sha1}\n",
     CONFIG_ENTENTE, ""},
    {"apply with dir in", "{dport 23 dir in} apply {encr_algs aes encr_auth_algs sha1}\n",
     CONFIG_ENTENTE, "f:1:15: found \"in\"; apply is for dir out\n"},
    {"permit with dir out", "{dport 23 dir out} permit {encr_algs aes encr_auth_algs sha1}\n",
     CONFIG_ENTENTE, "f:1:15: found \"out\"; permit is for dir in\n"},
    {"apply with or",
     "{rport 23} apply {encr_algs aes encr_auth_algs sha1} or apply {encr_algs aes-gcm}\n",
     CONFIG_ENTENTE, "f:1:54: or goes with ipsec, not with apply and permit\n"},
    {"old style with or",
     "{dport 23 dir out} ipsec {encr_algs aes encr_auth_algs sha1} or ipsec {encr_algs aes-gcm}\n",
     CONFIG_ENTENTE, "f:1:62: or's only with new style\n"},
    {"dir among the properties", "{} ipsec {encr_algs aes-gcm dir out}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"dir twice", "{dir in} ipsec {encr_algs aes-gcm dir in}\n", CONFIG_ENTENTE,
     "f:1:35: found \"dir\"; dir stands once in an entry, and line 1 has one\n"},
    {"dir both among the properties", "{} bypass {dir both}\n", CONFIG_ENTENTE,
     "f:1:12: dir both does not go with saddr, daddr, sport, dport, smask, dmask or dir among the "
     "properties\n"},
    {"an unknown action", "{} ipsek {encr_algs aes-gcm}\n{lport 1} drop {}\n", CONFIG_ENTENTE,
     "f:1:4: found \"ipsek\"; an action is one of ipsec, apply, permit, bypass, pass, drop (did "
     "you mean \"ipsec\"?)\n"},
    {"no action", "{lport 53}\n{lport 54} drop {}\n", CONFIG_ENTENTE,
     "f:2:1: found \"{\"; an action stands after the pattern: ipsec, apply, permit, bypass, pass "
     "or drop\n"},
    {"no properties", "{lport 53} bypass\n{lport 54} drop {}\n", CONFIG_ENTENTE,
     "f:2:2: found \"lport\"; a property is one of auth_algs, encr_algs, encr_auth_algs, sa, dir\n"
     "f:2:12: found \"drop\"; an entry begins with its pattern in braces\n"},
    {"algorithms of a bypass", "{lport 53} bypass {encr_algs aes}\n", CONFIG_ENTENTE,
     "f:1:12: found \"bypass\"; Algorithms found for bypass policy\n"},
    {"sa of a drop", "{lport 53} drop {sa shared}\n", CONFIG_ENTENTE,
     "f:1:12: found \"drop\"; sa is not for drop\n"},
    {"a pattern that is not closed", "{lport 53 bypass {}\n{lport 54} drop {}\n", CONFIG_ENTENTE,
     "f:1:11: found \"bypass\"; a word of a pattern is one of laddr, raddr, lport, rport, saddr, "
     "daddr, dest, sport, dport, smask, dmask, ulp, type, code, tunnel, negotiate, dir, tsrc, "
     "tdst, interface\n"
     "f:1:18: found \"{\"; the pattern of line 1 is not closed yet\n"},
    {"the end in the properties", "{lport 53} bypass {", CONFIG_ENTENTE,
     "f:1:20: found end of file; the properties of line 1 are not closed yet\n"},
    {"a pattern twice", "{lport 53} bypass {}\n{lport 53 dir both} drop {}\n", CONFIG_ENTENTE,
     "f:2:1: warning: Duplicate policy entry (ignored), line 1 has its pattern: { lport 53 dir "
     "both } drop { }\n"},
    {"all mistakes of a file in one run",
     "{lport 99999} bypass {}\n{raddr 10.0.0.0/40} drop {}\nhello\n{lport 5} bypas {}\n",
     CONFIG_ENTENTE,
     "f:1:8: found \"99999\"; a port is a number of 0 to 65535 or a known service\n"
     "f:2:8: found \"10.0.0.0/40\"; a prefix has 0 to 32 bits\n"
     "f:3:1: found \"hello\"; an entry begins with its pattern in braces\n"
     "f:4:11: found \"bypas\"; an action is one of ipsec, apply, permit, bypass, pass, drop (did "
     "you mean \"bypass\"?)\n"},
    {"ICMP entries that apply different things",
     "{ulp icmp type 8} ipsec {encr_algs aes-gcm}\n{ulp icmp type 0} ipsec {encr_algs aes-gcm8}\n",
     CONFIG_ENTENTE,
     "f:2:1: ICMP entries that apply IPsec have the same action, and the one of line 1 has "
     "another\n"},
    {"neighbour discovery held", "{raddr fe80::/10} drop {}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"neighbour discovery passed",
     "{raddr fe80::/10} drop {}\n{ulp ipv6-icmp type 133-137 dir both} pass {}\n", CONFIG_ENTENTE,
     ""},
    {"neighbour discovery of the entry's own prefix passed",
     "{raddr fec0::/16} drop {}\n{raddr fec0::/10 ulp ipv6-icmp type 133-137} pass {}\n",
     CONFIG_ENTENTE, ""},
    {"neighbour discovery passed one way only",
     "{raddr fec0::/16} drop {}\n{ulp ipv6-icmp type 133-137 dir out} pass {}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"the second of two entries holds discovery",
     "{raddr 10.0.0.1} drop {}\n{raddr fec0::/16} drop {}\n", CONFIG_ENTENTE,
     "f:2:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"an entry that another holds, before it",
     "{raddr 10.0.0.0/8} drop {}\n"
     "{raddr 10.1.0.0/16} drop {}\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: the entry never matches: all of it is held by entries that come first, as "
     "that of line 1\n"},
    {"behind it, in a better class",
     "{raddr 10.1.0.1 rport 25 ulp tcp} drop {}\n{raddr 10.1.0.0/16} ipsec {encr_algs aes-gcm}\n",
     CONFIG_ENTENTE,
     "f:1:1: warning: the entry never matches: all of it is held by entries that come first, as "
     "that of line 2\n"},
    {"behind it, in a worse class", "{raddr 10.1.0.0/16} pass {}\n{raddr 10.0.0.0/8} drop {}\n",
     CONFIG_ENTENTE, ""},
    {"held by two, one a direction",
     "{raddr 10.0.0.0/8 dir in} drop {}\n{raddr 10.0.0.0/8 dir out} pass {}\n"
     "{raddr 10.1.0.0/16} drop {}\n",
     CONFIG_ENTENTE,
     "f:3:1: warning: the entry never matches: all of it is held by entries that come first, as "
     "that of line 1\n"},
    {"held in one direction only",
     "{raddr 10.0.0.0/8 dir in} drop {}\n{raddr 10.1.0.0/16} drop {}\n", CONFIG_ENTENTE, ""},
    {"held in one family only",
     "{laddr 10.0.0.0/8} drop {}\n{lport 25 laddr 10.0.0.1} drop {}\n"
     "{ulp udp laddr fec0::1} drop {}\n{ulp udp} drop {}\n{ulp udp rport 1} drop {}\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: the entry never matches: all of it is held by entries that come first, as "
     "that of line 1\n"
     "f:5:1: warning: the entry never matches: all of it is held by entries that come first, as "
     "that of line 4\n"},
    {"a type within a type",
     "{ulp icmp type 0-8} drop {}\n{ulp icmp type 3} drop {}\n"
     "{ulp icmp type 3-9} drop {}\n{ulp icmp} drop {}\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: the entry never matches: all of it is held by entries that come first, as "
     "that of line 1\n"},
    {"an interface holds less than no interface",
     "{interface eth0 rport 1} drop {}\n{rport 1} drop {}\n{interface eth0 rport 1 ulp tcp} drop "
     "{}\n",
     CONFIG_ENTENTE,
     "f:3:1: warning: the entry never matches: all of it is held by entries that come first, as "
     "that of line 1\n"},
    {"host and tunnel do not hide each other",
     "{laddr 10.1.0.0/16 raddr 10.2.0.0/16} drop {}\n"
     "{tunnel t0 negotiate tunnel tdst 10.0.0.1 laddr 10.1.0.0/16 raddr 10.2.0.0/16} drop {}\n",
     CONFIG_ENTENTE, ""},
    {"alternatives of other protocols",
     "{raddr 10.0.0.1} ipsec {encr_algs aes-gcm} or ipsec {encr_auth_algs sha256} or ipsec "
     "{auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:1: note: alternative 3 does not use the protocols (ESP, AH) of the first one: it is not "
     "used where the kernel has the policy\n"},
    {"a control octet", "{lport 53\001} bypass {}\n", CONFIG_ENTENTE,
     "f:1:10: found octet 0x01, which no text of this file may hold\n"},
    {"braces nested 17 deep", "{{{{{{{{{{{{{{{{{", CONFIG_ENTENTE,
     "f:1:2: found \"{\"; the pattern of line 1 is not closed yet\n"
     "f:1:17: found \"{\"; braces are nested 16 deep at most: the rest is not read\n"},
    {"quotes are no strings here", "{laddr \"10.0.0.1\"} drop {}\n", CONFIG_ENTENTE,
     "f:1:8: found \"\\x2210.0.0.1\\x22\"; Could not resolve address.\n"},
    {"extensions, strictly",
     "{tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst 10.0.0.2} ipsec {encr_algs aes encr_auth_algs "
     "sha256}\n",
     CONFIG_STRICT_SOLARIS,
     "f:1:29: found \"tsrc\"; that is an extension, not a word of Solaris\n"
     "f:1:43: found \"tdst\"; that is an extension, not a word of Solaris\n"},
    {"dest, strictly", "{dest 10.0.0.2} bypass {}\n", CONFIG_STRICT_SOLARIS,
     "f:1:2: found \"dest\"; that is an extension, not a word of Solaris\n"},
};

static void every_mistake_is_said_with_its_place(void **state)
{
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text lines = text_over(buffer, MATERIAL_LINES_BYTES);

        (void)material_lines(MATERIAL_IPSECINIT, view_of_text(cases[i].text), cases[i].dialect,
                             CONFIG_NOTE, &lines);
        if (strcmp(buffer, cases[i].lines) != 0)
            fail_msg("%s:\n%sin place of\n%s", cases[i].name, buffer, cases[i].lines);
    }
    free(buffer);
}

/* `count` times `piece` between two texts; the caller frees it. */
static char *text_with(const char *before, const char *piece, size_t count, const char *after)
{
    size_t room = strlen(before) + count * strlen(piece) + strlen(after) + 1;
    char *whole = malloc(room);
    struct text text = text_over(whole, room);

    text_add(&text, "%s", before);
    for (size_t i = 0; i < count; i++)
        text_add(&text, "%s", piece);
    text_add(&text, "%s", after);
    return whole;
}

static const struct {
    const char *name, *before, *piece;
    size_t count; /* that is taken; one more is not */
    const char *after, *line;
} limits[] = {
    {"octets of a line", "{} drop {} #", "x", 1023 - 12, "\n",
     "f:1:1: the line has over 1023 octets\n"},
    {"octets of a line without an end", "{} drop {} #", "x", 1023 - 12, "",
     "f:1:1: the line has over 1023 octets\n"},
    {"octets of an entry", "{\n", "\n", 8191 - 11, "} drop {}\n",
     "f:1:1: Too many tokens in single policy entry: it has over 8191 octets\n"},
    {"alternatives", "{} drop {}", " or drop {}", 19, "\n",
     "f:1:224: found \"drop\"; an entry has 20 alternatives at most\n"},
};

static void every_limit_is_kept_to_the_octet(void **state)
{
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        for (size_t over = 0; over <= 1; over++) {
            struct text lines = text_over(buffer, MATERIAL_LINES_BYTES);
            char *whole = text_with(limits[i].before, limits[i].piece, limits[i].count + over,
                                    limits[i].after);

            (void)material_lines(MATERIAL_IPSECINIT, view_of_text(whole), CONFIG_ENTENTE,
                                 CONFIG_ERROR, &lines);
            if (strcmp(buffer, over > 0 ? limits[i].line : "") != 0)
                fail_msg("%s, %zu over: %s", limits[i].name, over, buffer);
            free(whole);
        }
    }
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_said_with_its_place),
        cmocka_unit_test(every_limit_is_kept_to_the_octet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
