#include <stdlib.h>

#include "material.h"

/*
 * Every word of a pattern, good and bad: solaris.md 3.2, 3.5 and 12.
 */
static const struct {
    const char *name, *text;
    enum config_dialect dialect;
    const char *lines; /* every message, notes included */
} cases[] = {
    {"pattern {}", "{} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"pattern {laddr 10.0.0.1}", "{laddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {local 10.0.0.0/8}",
     "{local 10.0.0.0/8} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE, ""},
    {"pattern {raddr fec0:abcd::0/32}",
     "{raddr fec0:abcd::0/32} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"pattern {remote 10.0.0.1 lport 23}",
     "{remote 10.0.0.1 lport 23} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     ""},
    {"pattern {rport 65535 ulp tcp}",
     "{rport 65535 ulp tcp} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE, ""},
    {"pattern {ulp 17}", "{ulp 17} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     ""},
    {"pattern {proto sctp}", "{proto sctp} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {ulp icmp type 8}", "{ulp icmp type 8} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {ulp icmp type echo code 0}",
     "{ulp icmp type echo code 0} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     ""},
    {"pattern {ulp ipv6-icmp type 133-137}",
     "{ulp ipv6-icmp type 133-137} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"pattern {ulp icmp type unreach code port-unr}",
     "{ulp icmp type unreach code port-unr} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {dir in}", "{dir in} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"pattern {dir input}", "{dir input} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"pattern {dir out}", "{dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"pattern {dir both}", "{dir both} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"pattern {tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst 10.0.0.2 laddr 10.1.0.0/16}",
     "{tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst 10.0.0.2 laddr 10.1.0.0/16} ipsec {encr_algs "
     "aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {tunnel t0 negotiate tunnel}",
     "{tunnel t0 negotiate tunnel} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:2: warning: no tunnel device t0 with a far end: what the entry holds is dropped until "
     "in.iked on the kernel's plane sees one there, or the policy is loaded again with one, or "
     "with "
     "tdst ADDRESS\n"},
    {"pattern {tunnel t0 negotiate transport}",
     "{tunnel t0 negotiate transport} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:2: warning: no tunnel device t0 with a far end: the entry is not in force until "
     "in.iked on the kernel's plane sees one there, or the policy is loaded again with one, or "
     "with "
     "tdst ADDRESS\n"},
    {"pattern {tunnel t0 negotiate transport tdst 10.0.0.2}",
     "{tunnel t0 negotiate transport tdst 10.0.0.2} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {tunnel t0 negotiate transport tsrc 10.0.0.1 tdst 10.0.0.2 ulp gre dir out}",
     "{tunnel t0 negotiate transport tsrc 10.0.0.1 tdst 10.0.0.2 ulp gre dir out} ipsec {encr_algs "
     "aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {interface eth0 raddr 10.0.0.0/8}",
     "{interface eth0 raddr 10.0.0.0/8} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {interface eth0}, strictly", "{interface eth0} drop {}\n", CONFIG_STRICT_SOLARIS,
     "f:1:2: found \"interface\"; that is an extension, not a word of Solaris\n"},
    {"pattern {lport 0}", "{lport 0} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:1: note: the entry holds IPv6 neighbour discovery too; to let it pass: {ulp ipv6-icmp "
     "type 133-137 dir both} pass {}\n"},
    {"pattern {saddr 10.0.0.1 dir out}",
     "{saddr 10.0.0.1 dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE, ""},
    {"pattern {src 10.0.0.1 dst 10.0.0.2 sport 1 dport 2 dir in}",
     "{src 10.0.0.1 dst 10.0.0.2 sport 1 dport 2 dir in} ipsec {encr_algs aes encr_auth_algs "
     "sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {srcaddr 10.0.0.1 dstaddr 10.0.0.2 smask 0xffff0000 dmask 255.255.255.0 dir out}",
     "{srcaddr 10.0.0.1 dstaddr 10.0.0.2 smask 0xffff0000 dmask 255.255.255.0 dir out} ipsec "
     "{encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, ""},
    {"pattern {dest 10.0.0.2 dir out}",
     "{dest 10.0.0.2 dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE, ""},
    {"pattern {laddr}, refused", "{laddr} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, "f:1:7: found \"}\"; laddr takes a value\n"},
    {"pattern {laddr 10.0.0.1 laddr 10.0.0.2}, refused",
     "{laddr 10.0.0.1 laddr 10.0.0.2} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:17: found \"laddr\"; laddr stands once in an entry, and line 1 has one\n"},
    {"pattern {laddr 10.0.0.0/33}, refused",
     "{laddr 10.0.0.0/33} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:8: found \"10.0.0.0/33\"; a prefix has 0 to 32 bits\n"},
    {"pattern {laddr fec0::/129}, refused",
     "{laddr fec0::/129} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:8: found \"fec0::/129\"; a prefix has 0 to 128 bits\n"},
    {"pattern {laddr 10.0.0.300}, refused",
     "{laddr 10.0.0.300} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:8: found \"10.0.0.300\"; an address is an IPv4 or IPv6 address in canonical form\n"},
    {"pattern {laddr ::ffff:10.0.0.1}, refused",
     "{laddr ::ffff:10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:8: found \"::ffff:10.0.0.1\"; an address is an IPv4 address in its own form, not mapped "
     "into IPv6\n"},
    {"pattern {laddr somehost}, refused",
     "{laddr somehost} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:8: found \"somehost\"; Could not resolve address.\n"},
    {"pattern {laddr 10.0.0.1 raddr fec0::1}, refused",
     "{laddr 10.0.0.1 raddr fec0::1} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:1: No matching IPv4 or IPv6 saddr/daddr pairs\n"},
    {"pattern {lport 65536}, refused",
     "{lport 65536} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:8: found \"65536\"; a port is a number of 0 to 65535 or a known service\n"},
    {"pattern {lport ssh-x}, refused",
     "{lport ssh-x} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:8: found \"ssh-x\"; a port is a number of 0 to 65535 or a known service\n"},
    {"pattern {lport -1}, refused", "{lport -1} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, "f:1:8: found \"-1\"; a port is a number of 0 to 65535 or a known service\n"},
    {"pattern {ulp 256}, refused", "{ulp 256} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, "f:1:6: found \"256\"; ulp is a number of 0 to 255 or a known protocol\n"},
    {"pattern {ulp xyz}, refused", "{ulp xyz} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, "f:1:6: found \"xyz\"; ulp is a number of 0 to 255 or a known protocol\n"},
    {"pattern {type 8}, refused", "{type 8} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, "f:1:7: found \"8\"; type is for ulp icmp and ulp ipv6-icmp\n"},
    {"pattern {ulp tcp type 8}, refused",
     "{ulp tcp type 8} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:15: found \"8\"; type is for ulp icmp and ulp ipv6-icmp\n"},
    {"pattern {ulp icmp type 256}, refused",
     "{ulp icmp type 256} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:16: found \"256\"; type is one of unreach, echo, echorep, squench, redir, timex, "
     "paramprob, timest, timestrep, inforeq, inforep, maskreq, maskrep, a number or range of 0 to "
     "255\n"},
    {"pattern {ulp icmp code 0}, refused",
     "{ulp icmp code 0} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:11: found \"code\"; type stands before code\n"},
    {"pattern {ulp icmp type 8 code 255}, refused",
     "{ulp icmp type 8 code 255} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:23: found \"255\"; code is one of net-unr, host-unr, proto-unr, port-unr, needfrag, "
     "srcfail, net-unk, host-unk, isolate, net-prohib, host-prohib, net-tos, host-tos, "
     "filter-prohib, host-preced, cutoff-preced, a number or range of 0 to 254\n"},
    {"pattern {ulp icmp type ecko}, refused",
     "{ulp icmp type ecko} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:16: found \"ecko\"; type is one of unreach, echo, echorep, squench, redir, timex, "
     "paramprob, timest, timestrep, inforeq, inforep, maskreq, maskrep, a number or range of 0 to "
     "255 (did you mean \"echo\"?)\n"},
    {"pattern {ulp icmp type 9-3}, refused",
     "{ulp icmp type 9-3} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:16: found \"9-3\"; type is one of unreach, echo, echorep, squench, redir, timex, "
     "paramprob, timest, timestrep, inforeq, inforep, maskreq, maskrep, a number or range of 0 to "
     "255\n"},
    {"pattern {ulp icmp type echo6}, refused",
     "{ulp icmp type echo6} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:16: found \"echo6\"; type is one of unreach, echo, echorep, squench, redir, timex, "
     "paramprob, timest, timestrep, inforeq, inforep, maskreq, maskrep, a number or range of 0 to "
     "255 (did you mean \"echo\"?)\n"},
    {"pattern {ulp icmp lport 5}, refused",
     "{ulp icmp lport 5} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:11: ICMP has no ports: type and code are its words\n"},
    {"pattern {dir sideways}, refused",
     "{dir sideways} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:6: found \"sideways\"; dir is one of in, out, both\n"},
    {"pattern {tunnel t0}, refused", "{tunnel t0} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, "f:1:2: tunnel and negotiate tokens must occur together\n"},
    {"pattern {negotiate tunnel}, refused",
     "{negotiate tunnel} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:2: tunnel and negotiate tokens must occur together\n"},
    {"pattern {tunnel t0 negotiate transport laddr 10.1.0.0/16}, refused",
     "{tunnel t0 negotiate transport tdst 10.0.0.2 laddr 10.1.0.0/16} drop {}\n", CONFIG_ENTENTE,
     "f:1:46: negotiate transport protects the tunnel's own packets, whatever is inside: no "
     "addresses, ports or ICMP types go with it; negotiate tunnel takes them\n"},
    {"pattern {tunnel t0 negotiate transport raddr 10.2.0.0/16}, refused",
     "{tunnel t0 negotiate transport tdst 10.0.0.2 raddr 10.2.0.0/16} drop {}\n", CONFIG_ENTENTE,
     "f:1:46: negotiate transport protects the tunnel's own packets, whatever is inside: no "
     "addresses, ports or ICMP types go with it; negotiate tunnel takes them\n"},
    {"pattern {tunnel t0 negotiate transport lport 25}, refused",
     "{tunnel t0 negotiate transport tdst 10.0.0.2 lport 25} drop {}\n", CONFIG_ENTENTE,
     "f:1:46: negotiate transport protects the tunnel's own packets, whatever is inside: no "
     "addresses, ports or ICMP types go with it; negotiate tunnel takes them\n"},
    {"pattern {tunnel t0 negotiate transport rport 25}, refused",
     "{tunnel t0 negotiate transport tdst 10.0.0.2 rport 25} drop {}\n", CONFIG_ENTENTE,
     "f:1:46: negotiate transport protects the tunnel's own packets, whatever is inside: no "
     "addresses, ports or ICMP types go with it; negotiate tunnel takes them\n"},
    {"pattern {tunnel t0 negotiate transport ulp tcp}, refused",
     "{tunnel t0 negotiate transport tdst 10.0.0.2 ulp tcp} drop {}\n", CONFIG_ENTENTE,
     "f:1:50: found \"tcp\"; with negotiate transport ulp is that of the tunnel's own packets: 4, "
     "41 "
     "or 47\n"},
    {"pattern {tunnel a,b negotiate tunnel}, refused", "{tunnel a,b negotiate tunnel} drop {}\n",
     CONFIG_ENTENTE,
     "f:1:9: found \"a,b\"; a tunnel's name has under 32 octets, none of \" / \\ * ,\n"},
    {"pattern {tunnel t0 negotiate both}, refused",
     "{tunnel t0 negotiate both} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:22: found \"both\"; negotiate is one of tunnel, transport\n"},
    {"pattern {tunnel abcdefghijabcdefghijabcdefghijab negotiate tunnel}, refused",
     "{tunnel abcdefghijabcdefghijabcdefghijab negotiate tunnel} ipsec {encr_algs aes "
     "encr_auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:9: found \"abcdefghijabcdefghijabcdefghijab\"; a tunnel's name has under 32 octets, none "
     "of "
     "\" / \\ * ,\n"},
    {"pattern {tsrc 10.0.0.1}, refused",
     "{tsrc 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:2: tsrc and tdst stand beside tunnel\n"},
    {"pattern {tunnel t0 negotiate tunnel tsrc host tdst 10.0.0.1}, refused",
     "{tunnel t0 negotiate tunnel tsrc host tdst 10.0.0.1} ipsec {encr_algs aes encr_auth_algs "
     "sha256}\n",
     CONFIG_ENTENTE, "f:1:34: found \"host\"; a tunnel's end is one address\n"},
    {"pattern {tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst fec0::1}, refused",
     "{tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst fec0::1} ipsec {encr_algs aes encr_auth_algs "
     "sha256}\n",
     CONFIG_ENTENTE, "f:1:2: the tunnel's ends are of different families\n"},
    {"pattern {interface eth0 tunnel t0 negotiate tunnel}, refused",
     "{interface eth0 tunnel t0 negotiate tunnel tdst 10.0.0.2} drop {}\n", CONFIG_ENTENTE,
     "f:1:2: interface does not go with tunnel\n"},
    {"pattern {interface abcdefghijklmnop}, refused", "{interface abcdefghijklmnop} drop {}\n",
     CONFIG_ENTENTE,
     "f:1:12: found \"abcdefghijklmnop\"; the name of an interface has under 16 octets, none "
     "of \" / \\ * ,\n"},
    {"pattern {interface a*}, refused", "{interface a*} drop {}\n", CONFIG_ENTENTE,
     "f:1:12: found \"a*\"; the name of an interface has under 16 octets, none of \" / \\ "
     "* ,\n"},
    {"pattern of 24 words, refused",
     "{tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst 10.0.0.2 saddr 10.1.0.0 smask 255.255.0.0\n"
     "daddr 10.2.0.0 dmask 255.255.0.0 sport 1 dport 2 ulp tcp dir out} drop {}\n",
     CONFIG_ENTENTE, "f:2:50: found \"ulp\"; Number of Arguments exceeded 20\n"},
    {"pattern {saddr 10.0.0.1}, refused",
     "{saddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:1: ipsec with saddr, daddr, sport, dport, smask or dmask needs dir\n"},
    {"pattern {saddr 10.0.0.1 laddr 10.0.0.2 dir out}, refused",
     "{saddr 10.0.0.1 laddr 10.0.0.2 dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:17: laddr, raddr, lport, rport do not go with saddr, daddr, sport, dport, smask, dmask "
     "or dir among the properties\n"},
    {"pattern {saddr 10.0.0.1 dir both}, refused",
     "{saddr 10.0.0.1 dir both} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:17: dir both does not go with saddr, daddr, sport, dport, smask, dmask or dir among the "
     "properties\n"},
    {"pattern {saddr 10.0.0.1/24 smask 255.255.255.0 dir out}, refused",
     "{saddr 10.0.0.1/24 smask 255.255.255.0 dir out} ipsec {encr_algs aes encr_auth_algs "
     "sha256}\n",
     CONFIG_ENTENTE, "f:1:26: found \"255.255.255.0\"; Can't set mask and /NN prefix.\n"},
    {"pattern {saddr 10.0.0.1 smask 255.0.255.0 dir out}, refused",
     "{saddr 10.0.0.1 smask 255.0.255.0 dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, "f:1:23: found \"255.0.255.0\"; a mask is for IPv4, ones before zeros\n"},
    {"pattern {saddr 10.0.0.1 smask 0.0.0.0 dir out}, refused",
     "{saddr 10.0.0.1 smask 0.0.0.0 dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:23: found \"0.0.0.0\"; a mask of 0 holds everything: leave the address out\n"},
    {"pattern {saddr fec0::1 smask 255.0.0.0 dir out}, refused",
     "{saddr fec0::1 smask 255.0.0.0 dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE, "f:1:22: found \"255.0.0.0\"; a mask is for IPv4, ones before zeros\n"},
    {"pattern {smask 255.0.0.0 dir out}, refused",
     "{smask 255.0.0.0 dir out} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:2: a mask stands beside its address\n"},
    {"pattern {raddrr 10.0.0.1}, refused",
     "{raddrr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha256}\n", CONFIG_ENTENTE,
     "f:1:2: found \"raddrr\"; a word of a pattern is one of laddr, raddr, lport, rport, saddr, "
     "daddr, dest, sport, dport, smask, dmask, ulp, type, code, tunnel, negotiate, dir, tsrc, "
     "tdst, interface (did you mean \"raddr\"?)\n"},
    {"pattern {10.0.0.1}, refused", "{10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha256}\n",
     CONFIG_ENTENTE,
     "f:1:2: found \"10.0.0.1\"; a word of a pattern is one of laddr, raddr, lport, rport, saddr, "
     "daddr, dest, sport, dport, smask, dmask, ulp, type, code, tunnel, negotiate, dir, tsrc, "
     "tdst, interface\n"},
};

static void every_word_of_a_pattern_is_taken_or_refused_with_its_choices(void **state)
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

/* Fails the test unless the text is refused with one message at that column. */
static void check_refused(const char *text, unsigned column)
{
    char buffer[2048];
    char place[16];
    struct text lines = text_over(buffer, sizeof buffer);
    struct text start = text_over(place, sizeof place);

    text_add(&start, "f:1:%u: ", column);
    (void)material_lines(MATERIAL_IPSECINIT, view_of_text(text), CONFIG_ENTENTE, CONFIG_ERROR,
                         &lines);
    if (strncmp(buffer, place, strlen(place)) != 0 || strchr(buffer, '\n')[1] != '\0')
        fail_msg("%s: %s", text, buffer);
}

static void sec_152_a_number_of_an_entry_is_in_its_range_or_refused(void **state)
{
    static const char *const numbers[] = {
        "2147483648",
        "4294967296",
        "4294967297",
        "9223372036854775808",
        "18446744073709551616",
        "-1",
        "+1",
        "1e9",
        "0x10",
        "010",
        "1.0",
        "65536",
        "99999999999999999999999",
    };
    static const struct {
        const char *before, *after;
    } places[] = {
        {"{lport ", "} drop {}\n"},
        {"{rport ", "} drop {}\n"},
        {"{dir in dport ", "} drop {}\n"},
        {"{ulp ", "} drop {}\n"},
        {"{ulp icmp type ", "} drop {}\n"},
        {"{ulp icmp type 0-", "} drop {}\n"},
        {"{ulp icmp type 3 code ", "} drop {}\n"},
        {"{raddr 10.0.0.0/", "} drop {}\n"},
        {"{raddr fec0::/", "} drop {}\n"},
        {"{dir in saddr 10.0.0.0 smask ", "} drop {}\n"},
        {"{} ipsec {encr_algs aes(", ")}\n"},
        {"{} ipsec {encr_algs ", "}\n"},
        {"{} ipsec {encr_algs aes encr_auth_algs ", "}\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        for (size_t k = 0; k < COUNT(numbers); k++) {
            char buffer[160];
            struct text text = text_over(buffer, sizeof buffer);
            const char *blank = strrchr(places[i].before, ' ');

            text_add(&text, "%s%s%s", places[i].before, numbers[k], places[i].after);
            check_refused(buffer, (unsigned)(blank - places[i].before) + 2);
        }
    }
}

static void sec_215_an_address_of_an_entry_has_one_spelling(void **state)
{
    static const char *const spellings[] = {
        "010.0.0.1",
        "10.0.0.01",
        "10.0.1",
        "10.1",
        "167772161",
        "0xa000001",
        "10.0.0.1.",
        "10.0.0.256",
        "::ffff:10.0.0.1",
        "::ffff:a00:1",
        "fe80::1%eth0",
        "fe80::1%1",
        "1:2:3:4:5:6:7",
        "1::2::3",
        "12345::1",
        "[fe80::1]",
        "10.0.0.0-10.0.0.9",
        "10.0.0.1/255.0.0.0",
        "10.0.0.1/",
        "/24",
        "10.0.0.1/24/24",
    };
    static const char *const words[] = {"{laddr ", "{raddr ", "{dir in saddr ", "{dir in daddr "};

    (void)state;
    for (size_t i = 0; i < COUNT(spellings); i++) {
        for (size_t k = 0; k < COUNT(words); k++) {
            char buffer[160];
            struct text text = text_over(buffer, sizeof buffer);

            text_add(&text, "%s%s} drop {}\n", words[k], spellings[i]);
            check_refused(buffer, (unsigned)strlen(words[k]) + 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_of_a_pattern_is_taken_or_refused_with_its_choices),
        cmocka_unit_test(sec_152_a_number_of_an_entry_is_in_its_range_or_refused),
        cmocka_unit_test(sec_215_an_address_of_an_entry_has_one_spelling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
