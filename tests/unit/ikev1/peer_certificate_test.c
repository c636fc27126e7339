#include "ikev1/peer_certificate.h"

#include "registry/certificate_encoding.h"
#include "support/test.h"
#include "wire/cert.h"

#define BUFFER_BYTES 262144u

/* A chain of CERT payloads, as message 5 has them after decryption. */
struct sent {
    struct message_writer message;
    uint8_t buffer[BUFFER_BYTES];
};

static void begin(struct sent *sent)
{
    struct isakmp_header header = {.version = ISAKMP_VERSION, .exchange = EXCHANGE_MAIN};

    header.initiator_cookie[0] = 1;
    header.responder_cookie[0] = 2;
    sent->message = message_begin(sent->buffer, sizeof sent->buffer, &header);
}

static void put(struct sent *sent, uint8_t encoding, struct view data)
{
    struct cert_payload cert = {.encoding = encoding, .data = data};

    payload_begin(&sent->message, PAYLOAD_CERT);
    cert_encode(&sent->message.writer, &cert);
    payload_end(&sent->message);
}

static struct peer_certificates read_back(struct sent *sent)
{
    struct peer_certificates out = {.count = 0};
    struct view datagram = message_end(&sent->message, 1);
    struct message message;

    assert_int_equal(message_decode(datagram, &message, NULL), STATUS_OK);
    assert_int_equal(peer_certificates_read(&message.chain, &out), STATUS_OK);
    return out;
}

static struct sent sent;

static void v1_43_certificates_of_every_encoding_are_taken_in_any_order(void **state)
{
    struct bytes west = test_file("pki/west-rsa.crt"), bundle = test_file("pki/bundle.p7b");
    struct bytes list = test_file("pki/root-empty.crl");
    struct peer_certificates out;

    (void)state;
    begin(&sent);
    put(&sent, CERTIFICATE_CRL, bytes_view(&list));
    put(&sent, CERTIFICATE_X509_KEY_EXCHANGE, bytes_view(&west)); /* a key that only encrypts */
    put(&sent, CERTIFICATE_PKCS7, bytes_view(&bundle));
    put(&sent, 2, bytes_view(&west)); /* PGP */
    put(&sent, CERTIFICATE_X509_SIGNATURE, bytes_view(&bundle));
    put(&sent, CERTIFICATE_X509_SIGNATURE, bytes_view(&west));
    out = read_back(&sent);
    assert_int_equal(out.count, 3); /* two of the bundle, one bare */
    assert_int_equal(out.crl_count, 2);
    test_view_equal("the bare one", certificate_der(out.certificates_own[2]), bytes_view(&west));
    peer_certificates_clear(&out);
    assert_int_equal(out.count, 0);
    bytes_clear(&west);
    bytes_clear(&bundle);
    bytes_clear(&list);
}

/* SEC-122: so many and so large, and no more. */
static void sec_122_certificates_are_bounded_in_size_and_number(void **state)
{
    static uint8_t large[PEER_MOST_CERT_BYTES + 1];
    struct bytes west = test_file("pki/west-rsa.crt"), bundle = test_file("pki/bundle.p7b");
    struct peer_certificates out;

    (void)state;
    begin(&sent);
    for (size_t i = 0; i < 20; i++)
        put(&sent, CERTIFICATE_X509_SIGNATURE, bytes_view(&west));
    out = read_back(&sent);
    assert_int_equal(out.count, PEER_MOST_CERT_PAYLOADS);
    peer_certificates_clear(&out);
    begin(&sent);
    for (size_t i = 0; i < 20; i++)
        put(&sent, CERTIFICATE_PKCS7, bytes_view(&bundle)); /* two in each */
    out = read_back(&sent);
    assert_int_equal(out.count, PEER_MOST_CERT_PAYLOADS);
    assert_int_equal(out.crl_count, PEER_MOST_CERT_PAYLOADS);
    peer_certificates_clear(&out);
    begin(&sent);
    memcpy(large, west.data_own, west.bytes);
    put(&sent, CERTIFICATE_X509_SIGNATURE, view_of(large, sizeof large));
    out = read_back(&sent);
    assert_int_equal(out.count, 0);
    bytes_clear(&west);
    bytes_clear(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_43_certificates_of_every_encoding_are_taken_in_any_order),
        cmocka_unit_test(sec_122_certificates_are_bounded_in_size_and_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
