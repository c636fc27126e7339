#include "pki/binding.h"

#include "pki/distinguished_name.h"
#include "registry/identity_type.h"
#include "support/authority.h"
#include "support/test.h"

#define SUBJECT "C=US, O=Peer, CN=gw.example.org"
#define OTHER_DN "C=US, CN=other"

/* subjectAltName of x509v3_config(5) has no place for a DN, so that one is left out here. */
#define NAMES                                                                                      \
    "DNS:Gw.example.org,DNS:*.example.com,email:Gate@Example.org,IP:192.0.2.1,IP:2001:db8::1,"     \
    "URI:urn:x,RID:1.2.3.4"

static struct certificate *certificate_of(const char *subject, const char *names)
{
    EVP_PKEY *key = authority_key("p256");
    struct certificate_draft draft = {
        .subject = subject, .not_after_s = 2000000000, .serial = 1, .key = key};
    struct certificate *certificate = NULL;
    struct bytes der;
    X509 *x509;

    draft_extend(&draft, "subjectAltName", names);
    x509 = authority_certificate(&draft);
    der = authority_der(x509);
    assert_int_equal(certificate_read(bytes_view(&der), &certificate), STATUS_OK);
    bytes_clear(&der);
    X509_free(x509);
    EVP_PKEY_free(key);
    return certificate;
}

static const struct {
    const char *name;
    uint8_t type;
    const char *data;
    size_t bytes; /* 0: text */
    bool is_bound;
} identities[] = {
    {"its DNS name", IDENTITY_FQDN, "Gw.example.org", 0, true},
    {"in capitals", IDENTITY_FQDN, "GW.EXAMPLE.ORG", 0, true},
    {"a part of it", IDENTITY_FQDN, "example.org", 0, false},
    {"more than it", IDENTITY_FQDN, "a.gw.example.org", 0, false},
    {"its beginning", IDENTITY_FQDN, "gw.example.or", 0, false},
    {"a dot behind it", IDENTITY_FQDN, "gw.example.org.", 0, false},
    {"a NUL behind it", IDENTITY_FQDN, "gw.example.org", 15, false},
    {"a NUL and more behind it", IDENTITY_FQDN, "gw.example.org\0.evil", 20, false},
    {"what a wildcard would match", IDENTITY_FQDN, "www.example.com", 0, false},
    {"the wildcard itself", IDENTITY_FQDN, "*.example.com", 0, false},
    {"the CN of another certificate", IDENTITY_FQDN, "other", 0, false},
    {"nothing", IDENTITY_FQDN, "", 0, false},
    {"its address as a name", IDENTITY_FQDN, "192.0.2.1", 0, false},
    {"its mailbox as a name", IDENTITY_FQDN, "Gate@Example.org", 0, false},
    {"its mailbox", IDENTITY_USER_FQDN, "Gate@Example.org", 0, true},
    {"its domain in small letters", IDENTITY_USER_FQDN, "Gate@example.org", 0, true},
    {"its user in small letters", IDENTITY_USER_FQDN, "gate@example.org", 0, false},
    {"its domain alone", IDENTITY_USER_FQDN, "Example.org", 0, false},
    {"another user", IDENTITY_USER_FQDN, "root@example.org", 0, false},
    {"its DNS name as a mailbox", IDENTITY_USER_FQDN, "Gw.example.org", 0, false},
    {"its address", IDENTITY_IPV4, "\xc0\0\2\1", 4, true},
    {"another address", IDENTITY_IPV4, "\xc0\0\2\2", 4, false},
    {"its address, three octets", IDENTITY_IPV4, "\xc0\0\2", 3, false},
    {"its address and mask", IDENTITY_IPV4_SUBNET, "\xc0\0\2\1\xff\xff\xff\xff", 8, false},
    {"its address twice", IDENTITY_IPV4_RANGE, "\xc0\0\2\1\xc0\0\2\1", 8, false},
    {"its IPv6 address", IDENTITY_IPV6, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16, true},
    {"IPv4 in IPv6", IDENTITY_IPV6, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16, false},
    {"its IPv6 address as IPv4", IDENTITY_IPV4, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16,
     false},
    {"its DNS name as a key ID", IDENTITY_KEY_ID, "Gw.example.org", 0, false},
    {"its DNS name as a general name", IDENTITY_GN, "\x82\x0eGw.example.org", 16, true},
    {"in capitals, as a general name", IDENTITY_GN, "\x82\x0eGW.example.org", 16, false},
    {"its RID", IDENTITY_GN, "\x88\3\x2a\3\4", 5, true},
    {"a type that there is not", 99, "Gw.example.org", 0, false},
    {"no type", IDENTITY_NONE, "Gw.example.org", 0, false},
};

static void sec_72_an_id_belongs_to_a_certificate_exactly_or_not(void **state)
{
    struct certificate *certificate = certificate_of(SUBJECT, NAMES);

    (void)state;
    for (size_t i = 0; i < COUNT(identities); i++) {
        struct view data = identities[i].bytes == 0
                               ? view_of_text(identities[i].data)
                               : view_of(identities[i].data, identities[i].bytes);
        const struct identity identity = {.type = identities[i].type, .data = data};

        if (binding_holds(certificate, &identity) != identities[i].is_bound)
            fail_msg("%s", identities[i].name);
    }
    certificate_drop(certificate);
}

static const struct {
    const char *name, *text;
    bool is_bound;
} subjects[] = {
    {"its subject", SUBJECT, true},
    {"in other letters", "C=us, O=PEER, CN=GW.example.org", true},
    {"in another order", "CN=gw.example.org, O=Peer, C=US", false},
    {"without its end", "C=US, O=Peer", false},
    {"with more", SUBJECT ", CN=x", false},
    {"another", OTHER_DN, false},
};

static void sec_72_a_dn_is_the_subject_as_a_name(void **state)
{
    struct certificate *certificate = certificate_of(SUBJECT, NAMES);
    struct certificate *nameless = certificate_of("", "DNS:x.example.org");
    const struct identity empty = {.type = IDENTITY_DN, .data = certificate_subject(nameless)};

    (void)state;
    for (size_t i = 0; i < COUNT(subjects); i++) {
        struct bytes der = {0};
        struct identity identity = {.type = IDENTITY_DN};

        assert_int_equal(distinguished_name_encode(view_of_text(subjects[i].text), &der),
                         STATUS_OK);
        identity.data = bytes_view(&der);
        if (binding_holds(certificate, &identity) != subjects[i].is_bound)
            fail_msg("%s", subjects[i].name);
        bytes_clear(&der);
    }
    assert_false(binding_holds(nameless, &empty)); /* nobody is no name */
    certificate_drop(certificate);
    certificate_drop(nameless);
}

static const struct {
    const char *name;
    enum cert_selector_kind kind;
    const char *value;
    bool is_named;
} selectors[] = {
    {"subject", CERT_SUBJECT, SUBJECT, true},
    {"subject in other letters", CERT_SUBJECT, "c=us, o=peer, cn=GW.EXAMPLE.ORG", true},
    {"a part of the subject", CERT_SUBJECT, "C=US", false},
    {"a subject that is none", CERT_SUBJECT, "no name", false},
    {"issuer", CERT_ISSUER, SUBJECT, true},
    {"another issuer", CERT_ISSUER, OTHER_DN, false},
    {"slot", CERT_SLOT, "3", true},
    {"slot with a zero", CERT_SLOT, "03", true},
    {"another slot", CERT_SLOT, "30", false},
    {"mailbox", CERT_EMAIL, "Gate@example.org", true},
    {"address", CERT_IP, "192.0.2.1", true},
    {"IPv6 address", CERT_IP, "2001:db8:0::1", true},
    {"another address", CERT_IP, "192.0.2.10", false},
    {"DNS", CERT_DNS, "gw.EXAMPLE.org", true},
    {"a part of DNS", CERT_DNS, "example.org", false},
    {"under a wildcard", CERT_DNS, "a.example.com", false},
    {"an alternative DN that there is not", CERT_DN, SUBJECT, false},
    {"URI", CERT_URI, "urn:x", true},
    {"URI in capitals", CERT_URI, "URN:x", false},
    {"RID", CERT_RID, "1.2.3.4", true},
    {"a longer RID", CERT_RID, "1.2.3.4.5", false},
    {"anything", CERT_ANY, "", true},
};

static void a_selector_names_a_certificate_or_not(void **state)
{
    struct certificate *certificate = certificate_of(SUBJECT, NAMES);

    (void)state;
    for (size_t i = 0; i < COUNT(selectors); i++) {
        const struct cert_selector selector = {.kind = selectors[i].kind,
                                               .value_view = selectors[i].value};

        if (cert_selector_matches(&selector, certificate, "3") != selectors[i].is_named)
            fail_msg("%s", selectors[i].name);
        if (selectors[i].kind == CERT_SLOT &&
            cert_selector_matches(&selector, certificate, NULL)) /* what a peer sent has no slot */
            fail_msg("%s, in no slot", selectors[i].name);
    }
    certificate_drop(certificate);
}

#define DNS_OURS                                                                                   \
    {                                                                                              \
        .kind = CERT_DNS, .value_view = "gw.example.org"                                           \
    }
#define DNS_OTHER                                                                                  \
    {                                                                                              \
        .kind = CERT_DNS, .value_view = "other.example.org"                                        \
    }
#define NOT_OURS                                                                                   \
    {                                                                                              \
        .kind = CERT_DNS, .value_view = "gw.example.org", .is_excluded = true                      \
    }
#define NOT_OTHER                                                                                  \
    {                                                                                              \
        .kind = CERT_DNS, .value_view = "other.example.org", .is_excluded = true                   \
    }

static const struct {
    const char *name;
    struct cert_selector items[3];
    size_t count;
    bool is_taken;
} sets[] = {
    {"none", {{0}}, 0, false},
    {"one that names it", {DNS_OURS}, 1, true},
    {"one that does not", {DNS_OTHER}, 1, false},
    {"one of two", {DNS_OTHER, DNS_OURS}, 2, true},
    {"taken and excluded", {DNS_OURS, NOT_OURS}, 2, false},
    {"excluded and taken", {NOT_OURS, DNS_OURS}, 2, false},
    {"all but another", {NOT_OTHER}, 1, true},
    {"all but this", {NOT_OURS}, 1, false},
    {"anything but this", {{.kind = CERT_ANY, .value_view = ""}, NOT_OURS}, 2, false},
    {"anything but another", {{.kind = CERT_ANY, .value_view = ""}, NOT_OTHER}, 2, true},
};

static void includes_are_alternatives_and_each_exclude_refuses(void **state)
{
    struct certificate *certificate = certificate_of(SUBJECT, NAMES);
    const struct identity identity = {.type = IDENTITY_FQDN,
                                      .data = view_of_text("gw.example.org")};

    (void)state;
    for (size_t i = 0; i < COUNT(sets); i++) {
        const struct cert_selectors set = {sets[i].items, sets[i].count};

        if (cert_selectors_take(&set, certificate, "0") != sets[i].is_taken ||
            cert_selectors_take_identity(&set, &identity) != sets[i].is_taken)
            fail_msg("%s", sets[i].name);
    }
    certificate_drop(certificate);
}

static void faults_of_selectors_are_told(void **state)
{
    const struct cert_selector country = {.kind = CERT_SUBJECT, .value_view = "C=USA"};
    const struct cert_selector tag = {.kind = CERT_DN, .value_view = "Q=x"};
    const struct cert_selector good = {.kind = CERT_ISSUER, .value_view = SUBJECT};
    const struct cert_selector slot = {.kind = CERT_SLOT, .value_view = "1"};

    (void)state;
    assert_non_null(strstr(cert_selector_fault(&country), "too long"));
    assert_non_null(strstr(cert_selector_fault(&tag), "attribute"));
    assert_null(cert_selector_fault(&good));
    assert_null(cert_selector_fault(&slot));
}

static const struct {
    const char *name;
    uint8_t type;
    struct cert_selector prefer;
    enum status status;
    const char *text;
} ours[] = {
    {"the subject", IDENTITY_DN, {.kind = CERT_ANY}, STATUS_OK, SUBJECT},
    {"the first DNS name", IDENTITY_FQDN, {.kind = CERT_ANY}, STATUS_OK, "a.example.org"},
    {"the one that local_id names",
     IDENTITY_FQDN,
     {.kind = CERT_DNS, .value_view = "B.example.org"},
     STATUS_OK,
     "b.example.org"},
    {"the first address", IDENTITY_IPV4, {.kind = CERT_ANY}, STATUS_OK, "192.0.2.1"},
    {"an address of either family", IDENTITY_NONE, {.kind = CERT_ANY}, STATUS_OK, "192.0.2.1"},
    {"a mailbox that there is not", IDENTITY_USER_FQDN, {.kind = CERT_ANY}, STATUS_ABSENT, ""},
    {"an IPv6 address that there is not", IDENTITY_IPV6, {.kind = CERT_ANY}, STATUS_ABSENT, ""},
};

static void our_id_is_a_name_of_our_certificate(void **state)
{
    struct certificate *certificate = certificate_of(
        SUBJECT, "DNS:*.example.org,DNS:a.example.org,DNS:b.example.org,IP:192.0.2.1");

    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        const struct cert_selectors prefer = {&ours[i].prefer, 1};
        struct identity identity;
        char buffer[256];
        struct text text = text_over(buffer, sizeof buffer);

        assert_int_equal(binding_identity(certificate, ours[i].type, &prefer, &identity),
                         ours[i].status);
        if (ours[i].status != STATUS_OK)
            continue;
        binding_identity_text(&identity, &text);
        if (strcmp(buffer, ours[i].text) != 0 || !binding_holds(certificate, &identity))
            fail_msg("%s: %s", ours[i].name, buffer);
    }
    certificate_drop(certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_72_an_id_belongs_to_a_certificate_exactly_or_not),
        cmocka_unit_test(sec_72_a_dn_is_the_subject_as_a_name),
        cmocka_unit_test(a_selector_names_a_certificate_or_not),
        cmocka_unit_test(includes_are_alternatives_and_each_exclude_refuses),
        cmocka_unit_test(faults_of_selectors_are_told),
        cmocka_unit_test(our_id_is_a_name_of_our_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
