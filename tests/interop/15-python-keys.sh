#!/bin/sh
# The methods with public keys and the peer that was written from the RFCs alone (rsa_peer.py): both
# roles, each type of identity, both derivations, HASH(1), orders; its own ESP answers the pings.
set -u
. "$(dirname "$0")/python.sh"
test_begin
keys=$hosts_dir/keys
peer_log=$hosts_dir/b/peer.log
ends="--local $b_net4 --remote $a_net4"

peer_has() {
    grep -q "$1" "$peer_log"
}

# NAME KIND USE BITS: keys and self-signed certificates of a and b.
make() {
    for make_host in a:$a4 b:$b4; do
        python_peer certificate "$keys/${make_host%%:*}-$1" "$2" "${make_host%%:*}.example.org" \
            --ip "${make_host#*:}" --use "$3" --bits "$4" || return 1
    done
}

# Host a has its own key and both certificates; it knows them by name and trusts them so.
# CERTIFICATES METHOD TRANSFORM LOCAL-ID-TYPE LINES PFS
configure() {
    install -d -m 0755 "$hosts_dir/a/etc/inet/ike/publickeys"
    install -d -m 0700 "$hosts_dir/a/etc/inet/secret/ike.privatekeys"
    install -m 0600 "$keys/a-$1.key" "$hosts_dir/a/etc/inet/secret/ike.privatekeys/0"
    install -m 0644 "$keys/a-$1.crt" "$hosts_dir/a/etc/inet/ike/publickeys/0"
    install -m 0644 "$keys/b-$1.crt" "$hosts_dir/a/etc/inet/ike/publickeys/1"
    host_write a /etc/inet/ike/config 0644 <<EOF2
cert_trust "DNS=a.example.org"
cert_trust "DNS=b.example.org"
ignore_crls
p1_xform { auth_method $2 $3 }
p2_pfs $6
{
    label "pair"
    local_addr $a4
    remote_addr $b4
    local_id_type $4
    local_id "DNS=a.example.org"
    remote_id "DNS=b.example.org"
    $5
}
EOF2
}

# Our own options of a peer that has these certificates.
# CERTIFICATES METHOD ID
peer_words() {
    echo "--method $2 --key $keys/b-$1.key --certificate $keys/b-$1.crt --peer $keys/a-$1.crt --id $3 $ends"
}

# ROLE NAME PEER-WORDS
key_case() {
    check "$2: in.iked starts" iked_start a
    capture_start a eth0
    # shellcheck disable=SC2086 # words
    if [ "$1" = initiator ]; then
        host_start b peer $python "$peer_program" respond $b4 $a4 $3 --for 60 &&
            wait_for 10 peer_has '"ready"'
    else
        host_start b peer $python "$peer_program" initiate $b4 $a4 $3 --for 60 --ping "$b_inner4,$a_inner4"
        check "$2: the peer's pings are answered" wait_for 15 peer_has '"replies": 5'
    fi
    check "$2: not one ping is lost" ping_marked a $a_inner4 $b_inner4 3
    capture_stop a eth0
    check "$2: not one ping was on the wire" wire_is_dark a eth0
    check_not "$2: nothing failed at the peer" peer_has '"failed"'
    ikeadm a dump p1 >"$hosts_dir/a/dump" 2>&1
    check_line "$2: ikeadm shows it" "$hosts_dir/a/dump" 'Current state is ACTIVE'
    host_stop b peer
    check "$2: in.iked stops" iked_stop a
}

pair_add || exit 1
mkdir "$keys"
check "keys and certificates are made" eval \
    'make rsa rsa sign 2048 && make dsa dsa sign 2048 && make dsa-old dsa sign 1024 && make enc rsa encrypt 2048'
echo "{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}" |
    policy_load a

strong='oakley_group 14 auth_alg sha256 encr_alg aes(128)'
old='oakley_group 5 auth_alg sha1 encr_alg 3des'
both='initiator responder'
old_words='--group 5 --hash sha1 --cipher 3des'
# The peer's name of the method | certificates | our transform, and the peer's words for it |
# local_id_type, and the peer's identity | line of our rule, and more words of the peer | group of PFS |
# our roles
while IFS='|' read -r method certificates transform words type id line more pfs roles; do
    [ -n "$method" ] || continue
    for role in $roles; do
        name="$method, $certificates, $transform, we are the $role and $type, the peer is $id${line:+, $line}${more:+ ($more)}"
        before=$tests_failed
        configure "$certificates" "$method" "$transform" "$type" "$line" "$pfs"
        key_case $role "$name" "$(peer_words "$certificates" "$method" "$id") $words $more --pfs $pfs" </dev/null
        [ $before -eq $tests_failed ] || {
            show_host a
            show "the peer" "$peer_log"
        }
    done
done <<EOF
rsa_sig|rsa|$strong||fqdn|fqdn:b.example.org|||0|$both
rsa_sig|rsa|$old|$old_words|dn|dn||--request 4|14|$both
rsa_sig|rsa|oakley_group 14 auth_alg sha256 encr_alg aes(256)|--cipher aes256|ip|ip:$b4||--no-certificate|0|$both
dss_sig|dsa|$strong||fqdn|fqdn:b.example.org|||0|$both
dss_sig|dsa-old|$old|$old_words|dn|dn|||14|$both
rsa_encrypt|enc|$strong||fqdn|fqdn:b.example.org|||0|$both
rsa_encrypt|enc|$old|$old_words|ip|ip:$b4||--nonce-first --nonce 20|14|$both
rsa_encrypt|enc|$strong||dn|dn|rsa_encrypt_skeyid cisco|--skeyid cisco --hash1|0|$both
rsa_encrypt|enc|$strong||fqdn|fqdn:b.example.org|rsa_encrypt_skeyid cisco|--skeyid auto|0|$both
rsa_encrypt|enc|$strong||fqdn|fqdn:b.example.org||--skeyid cisco|0|responder
rsa_encrypt_revised|enc|$strong||fqdn|fqdn:b.example.org|||0|$both
rsa_encrypt_revised|enc|$old|$old_words|dn|dn||--hash1|14|$both
rsa_encrypt_revised|enc|oakley_group 2 auth_alg sha1 encr_alg aes(256)|--group 2 --hash sha1 --cipher aes256|ip|ip:$b4|rsa_encrypt_skeyid cisco|--skeyid cisco|0|$both
rsa_encrypt_revised|enc|$strong||fqdn|fqdn:b.example.org||--skeyid cisco|0|responder
EOF
test_end
