#include <stdlib.h>

#include "material.h"

/*
 * ike.preshared, good and bad: solaris.md 2 and 12, SEC-60, SEC-61, SEC-156. No message has a word
 * of the file.
 */
static const struct {
    const char *name, *text;
    enum config_dialect dialect;
    const char *lines; /* every message, notes included */
} cases[] = {
    {"the five names",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, ""},
    {"names and types of any case",
     "{ LocalIdType IP LOCALID 192.0.2.1 RemoteIdType Ip RemoteID 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, ""},
    {"types left out",
     "{ localid 192.0.2.1 remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, ""},
    {"any order, over lines, with comments",
     "{\n# one\nkey 9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20\n  # "
     "two\nremoteid 198.51.100.7\nlocalid 192.0.2.1 }",
     CONFIG_ENTENTE, ""},
    {"CRLF",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\r\n",
     CONFIG_ENTENTE, ""},
    {"IPv6",
     "{ localidtype ipv6 localid 2001:db8::1 remoteidtype ipv6 remoteid 2001:db8::2 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, ""},
    {"prefixes",
     "{ localidtype prefix localid 10.1.0.0/16 remoteidtype subnet remoteid 10.2.0.0/16 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, ""},
    {"an ip with a prefix length",
     "{ localid 192.0.2.1 remoteid 198.51.100.0/24 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, ""},
    {"a range",
     "{ localid 192.0.2.1 remoteidtype ipv4-range remoteid 198.51.100.1-198.51.100.9 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, ""},
    {"ike_mode main",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 ike_mode main }\n",
     CONFIG_ENTENTE, ""},
    {"ike_mode both",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 ike_mode both }\n",
     CONFIG_ENTENTE, ""},
    {"0x before the digits",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "0x9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, ""},
    {"an odd number of digits",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba201 }\n",
     CONFIG_ENTENTE, ""},
    {"bits after the digits",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20/255 }\n",
     CONFIG_ENTENTE, ""},
    {"text in quotes",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key \"c7Rw!x2 kQz9 "
     "-\\\"pL\\\\4v\" }\n",
     CONFIG_ENTENTE, ""},
    {"two entries with the same key",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n{ localidtype ip localid "
     "192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: the same entry stands at line 1, which counts\n"},
    {"two entries with another key",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n{ localidtype ip localid "
     "192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba2000 }\n",
     CONFIG_ENTENTE, "f:2:1: the same addresses have another key at line 1\n"},
    {"a wildcard",
     "{ localid 192.0.2.1 remoteid 0.0.0.0/0 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE,
     "f:1:30: warning: remoteid is every address: whoever has this key can be any peer\n"},
    {"a key of words",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key \"correct horse "
     "battery\" }\n",
     CONFIG_ENTENTE,
     "f:1:78: warning: the key has about 42 bits of strength and can be guessed off line; make one "
     "of 256 with: openssl rand -hex 32\n"},
    {"a short key",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key \"cisco123\" "
     "}\n",
     CONFIG_ENTENTE,
     "f:1:78: warning: the key has about 22 bits of strength and can be guessed off line; make one "
     "of 256 with: openssl rand -hex 32\n"},
    {"8 octets",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a66 }\n",
     CONFIG_ENTENTE,
     "f:1:78: warning: the key has about 62 bits of strength and can be guessed off line; make one "
     "of 256 with: openssl rand -hex 32\n"},
    {"a key that repeats",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e9d3e }\n",
     CONFIG_ENTENTE,
     "f:1:78: warning: the key has about 8 bits of strength and can be guessed off line; make one "
     "of 256 with: openssl rand -hex 32\n"},
    {"a key that counts up",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "0123456789abcdef0123456789abcdef }\n",
     CONFIG_ENTENTE,
     "f:1:78: warning: the key has about 4 bits of strength and can be guessed off line; make one "
     "of 256 with: openssl rand -hex 32\n"},
    {"a key that manuals print: the guide's",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "f47cb0f432e14480951095f82b735ba80a9467d08f92c88068b6a40e }\n",
     CONFIG_ENTENTE,
     "f:1:78: that key is printed in manuals; make one with: openssl rand -hex 32\n"},
    {"a key that manuals print: the guide's phrase",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key \"papiermache "
     "with cashews and\" }\n",
     CONFIG_ENTENTE,
     "f:1:78: that key is printed in manuals; make one with: openssl rand -hex 32\n"},
    {"a key that manuals print: the guide's second",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "8d1fb4ee500e2bea071deb2e781cb48374411af5a9671714672bb1749ad9364d }\n",
     CONFIG_ENTENTE,
     "f:1:78: that key is printed in manuals; make one with: openssl rand -hex 32\n"},
    {"an empty file", "", CONFIG_ENTENTE, ""},
    {"an empty entry", "{}", CONFIG_ENTENTE, "f:1:1: the entry lacks localid, remoteid, key\n"},
    {"no key", "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7  }\n",
     CONFIG_ENTENTE, "f:1:1: the entry lacks key\n"},
    {"no remoteid",
     "{ localid 192.0.2.1 key 9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, "f:1:1: the entry lacks remoteid\n"},
    {"a name twice",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 localid 192.0.2.2 "
     "key 9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, "f:1:74: localid stands once in an entry, and line 1 has one\n"},
    {"an unknown name",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 secret x }\n",
     CONFIG_ENTENTE,
     "f:1:143: found an unknown word; a name is one of localidtype, localid, remoteidtype, "
     "remoteid, key, ike_mode\n"},
    {"a misspelt name",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remotid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE,
     "f:1:52: found an unknown word; a name is one of localidtype, localid, remoteidtype, "
     "remoteid, key, ike_mode (did you mean \"remoteid\"?)\n"},
    {"an unknown type",
     "{ localidtype ipx localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE,
     "f:1:15: localidtype is one of ip, ipv4, ipv6, prefix, ipv4-prefix, ipv6-prefix, ipv4-range, "
     "ipv6-range, fqdn, user_fqdn, dn, gn, keyid\n"},
    {"a name as identity",
     "{ localid 192.0.2.1 remoteidtype fqdn remoteid host.example.org key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE,
     "f:1:34: a key for a name (fqdn) is found in aggressive mode only, which this version does "
     "not negotiate yet; it does addresses\n"},
    {"a host name for an address",
     "{ localid enigma remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE,
     "f:1:11: localid takes an IPv4 or IPv6 address in canonical form, not a name\n"},
    {"families that differ",
     "{ localid 192.0.2.1 remoteid 2001:db8::1 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, "f:1:30: localid and remoteid are of different families\n"},
    {"a type of the other family",
     "{ localidtype ipv6 localid 192.0.2.1 remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, "f:1:28: localid is not of the family of its localidtype\n"},
    {"a range that its type does not say",
     "{ localid 192.0.2.1 remoteid 198.51.100.1-198.51.100.9 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, "f:1:30: remoteid is not what its remoteidtype says\n"},
    {"ike_mode aggressive",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 ike_mode aggressive }\n",
     CONFIG_ENTENTE,
     "f:1:152: aggressive mode is not negotiated by this version yet; it does main\n"},
    {"ike_mode base",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 ike_mode base }\n",
     CONFIG_ENTENTE, "f:1:152: ike_mode is one of main, aggressive, both\n"},
    {"a key that is no hex",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key swordfish }\n",
     CONFIG_ENTENTE, "f:1:78: key takes hex digits, or text in quotes\n"},
    {"an empty key",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key \"\" }\n",
     CONFIG_ENTENTE, "f:1:78: key takes hex digits or text in quotes, one octet at least\n"},
    {"0x alone",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key 0x }\n",
     CONFIG_ENTENTE, "f:1:78: key takes hex digits or text in quotes, one octet at least\n"},
    {"bits beyond the digits",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key 9d3e/17 }\n",
     CONFIG_ENTENTE, "f:1:78: the key's /BITS is more than its digits\n"},
    {"no bits",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key 9d3e/0 }\n",
     CONFIG_ENTENTE, "f:1:78: a key's length is written /BITS, from 1 to 8192\n"},
    {"a key that is not ASCII",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "\"sch\303\266n\" }\n",
     CONFIG_ENTENTE, "f:1:78: a key in quotes is ASCII\n"},
    {"1024 octets",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "\"c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_\" }\n",
     CONFIG_ENTENTE,
     "f:1:78: warning: the key has about 64 bits of strength and can be guessed off line; make one "
     "of 256 with: openssl rand -hex 32\n"},
    {"1025 octets",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "\"c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_"
     "c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!"
     "x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_c7Rw!x2kQz9pL4v_x\" }\n",
     CONFIG_ENTENTE, "f:1:78: a key has 1024 octets at most\n"},
    {"a key that is not closed",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key \"abc }\n",
     CONFIG_ENTENTE,
     "f:1:78: found a string without its closing '\"' on the line\n"
     "f:2:1: the entry of line 1 is not closed\n"},
    {"a value without a name",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 0011 }\n",
     CONFIG_ENTENTE,
     "f:1:143: found an unknown word; a name is one of localidtype, localid, remoteidtype, "
     "remoteid, key, ike_mode\n"},
    {"an entry that is not closed",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20",
     CONFIG_ENTENTE, "f:1:142: the entry of line 1 is not closed\n"},
    {"a block within",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 { } key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, "f:1:74: a name stands here, as localid\n"},
    {"words outside",
     "key 9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20\n{ localidtype ip "
     "localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20 }\n",
     CONFIG_ENTENTE, "f:1:1: an entry in braces stands here\n"},
    {"all mistakes of a file in one run", "{ localid x remoteid y key zz }\n{ key }\n",
     CONFIG_ENTENTE,
     "f:1:11: localid takes an IPv4 or IPv6 address in canonical form, not a name\n"
     "f:1:22: remoteid takes an IPv4 or IPv6 address in canonical form, not a name\n"
     "f:1:28: key takes hex digits, or text in quotes\n"
     "f:2:3: key has no value\n"},
    {"braces nested 17 deep", "{{{{{{{{{{{{{{{{{", CONFIG_ENTENTE,
     "f:1:2: a name stands here, as localid\n"
     "f:1:17: found \"{\"; braces are nested 16 deep at most: the rest is not read\n"},
    {"a control octet",
     "{ localidtype ip localid 192.0.2.1 remoteidtype ip remoteid 198.51.100.7 key "
     "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20\002 }\n",
     CONFIG_ENTENTE,
     "f:1:78: key takes hex digits, or text in quotes\n"
     "f:1:142: found octet 0x02, which no text of this file may hold\n"},
};

static void every_entry_is_taken_or_refused_with_its_place(void **state)
{
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text lines = text_over(buffer, MATERIAL_LINES_BYTES);

        (void)material_lines(MATERIAL_PRESHARED, view_of_text(cases[i].text), cases[i].dialect,
                             CONFIG_NOTE, &lines);
        if (strcmp(buffer, cases[i].lines) != 0)
            fail_msg("%s:\n%sin place of\n%s", cases[i].name, buffer, cases[i].lines);
    }
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_taken_or_refused_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
