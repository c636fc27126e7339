#!/bin/sh
# Main Mode with signatures and strongSwan: RSA and ECDSA, both roles, every type of identity, paths
# over intermediate authorities and self-signed certificates; and certificates that are wrong.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

pki=$hosts_dir/pki

# The options of "openssl genpkey" for a kind of key.
key_options() {
    case $1 in
    rsa) echo "-algorithm RSA -pkeyopt rsa_keygen_bits:2048" ;;
    p256 | p384 | p521)
        echo "-algorithm EC -pkeyopt ec_paramgen_curve:P-${1#p} -pkeyopt ec_param_enc:named_curve"
        ;;
    esac
}

# NAME KIND COMMON-NAME ISSUER EXTENSIONS...: a key, and a certificate of the issuer ("": itself).
make() {
    make_name=$1 make_kind=$2 make_common=$3 make_issuer=$4
    shift 4
    # shellcheck disable=SC2046 # several words
    openssl genpkey $(key_options "$make_kind") -out "$pki/$make_name.key" 2>/dev/null || return 1
    openssl req -new -key "$pki/$make_name.key" -subj "/C=EX/O=Entente/CN=$make_common" \
        -out "$pki/$make_name.csr" || return 1
    printf '%s\n' "$@" >"$pki/$make_name.ext"
    if [ -n "$make_issuer" ]; then
        openssl x509 -req -in "$pki/$make_name.csr" -extfile "$pki/$make_name.ext" -sha256 \
            -CA "$pki/$make_issuer.pem" -CAkey "$pki/$make_issuer.key" -CAcreateserial \
            -days "${make_days:-30}" -out "$pki/$make_name.pem"
    else
        openssl x509 -req -in "$pki/$make_name.csr" -extfile "$pki/$make_name.ext" -sha256 \
            -signkey "$pki/$make_name.key" -days 30 -out "$pki/$make_name.pem"
    fi
}

# NAME KIND ISSUER HOST ADDRESS: a host's certificate with a name of every type.
make_host() {
    make "$1" "$2" "$1" "$3" "keyUsage = critical,digitalSignature" "basicConstraints = CA:FALSE" \
        "subjectAltName = DNS:$4.example.org,email:ike@$4.example.org,IP:$5"
}

make_all() {
    authority="basicConstraints = critical,CA:TRUE"
    mkdir "$pki" && : >"$pki/index" && echo 01 >"$pki/number" || return 1
    make root rsa root "" "$authority" "keyUsage = critical,keyCertSign,cRLSign" &&
        make middle rsa middle root "$authority" "keyUsage = critical,keyCertSign,cRLSign" &&
        make lower rsa lower middle "$authority" "keyUsage = critical,keyCertSign,cRLSign" &&
        make other rsa other "" "$authority" "keyUsage = critical,keyCertSign,cRLSign" || return 1
    for make_which in rsa p256 p384 p521; do
        make_host "a-$make_which" $make_which lower a $a4 &&
            make_host "b-$make_which" $make_which lower b $b4 || return 1
    done
    make_host a-self rsa "" a $a4 && make_host b-self rsa "" b $b4 &&
        make_host b-stranger rsa other b $b4 && make_host b-revoked rsa lower b $b4 || return 1
    cat >"$pki/ca.cnf" <<EOF
[ca]
default_ca = it
[it]
database = $pki/index
crlnumber = $pki/number
default_md = sha256
default_crl_days = 30
EOF
    for make_which in root middle lower; do
        : >"$pki/index"
        [ $make_which != lower ] || openssl ca -config "$pki/ca.cnf" -cert "$pki/lower.pem" \
            -keyfile "$pki/lower.key" -revoke "$pki/b-revoked.pem" || return 1
        openssl ca -config "$pki/ca.cnf" -cert "$pki/$make_which.pem" \
            -keyfile "$pki/$make_which.key" -gencrl -out "$pki/$make_which.crl" || return 1
    done
}

# Host a's store: NAME of the own certificate, then others and lists.
store_a() {
    rm -rf "$hosts_dir/a/etc/inet/ike/publickeys" "$hosts_dir/a/etc/inet/ike/crls" \
        "$hosts_dir/a/etc/inet/secret/ike.privatekeys"
    install -d -m 0755 "$hosts_dir/a/etc/inet/ike/publickeys" "$hosts_dir/a/etc/inet/ike/crls"
    install -d -m 0700 "$hosts_dir/a/etc/inet/secret/ike.privatekeys"
    install -m 0600 "$pki/$1.key" "$hosts_dir/a/etc/inet/secret/ike.privatekeys/0"
    store_slot=0
    for store_name; do
        case $store_name in
        *.crl) install -m 0644 "$pki/$store_name" "$hosts_dir/a/etc/inet/ike/crls/$store_slot" ;;
        *) install -m 0644 "$pki/$store_name.pem" "$hosts_dir/a/etc/inet/ike/publickeys/$store_slot" ;;
        esac
        store_slot=$((store_slot + 1))
    done
}

# METHOD GROUP LOCAL-ID-TYPE REMOTE-ID LINES: ike/config of host a.
config_a() {
    host_write a /etc/inet/ike/config 0644 <<EOF
$5
p1_xform { auth_method $1 oakley_group $2 auth_alg sha256 encr_alg aes(128) }
{
    label "pair"
    local_addr $a4
    remote_addr $b4
    local_id_type $3
    local_id "DNS=a.example.org"
    remote_id "$4"
}
EOF
}

# OWN-CERTIFICATE PROPOSAL OWN-ID PEER-ID OTHERS...: strongSwan of host b.
swan_b() {
    swan_own=$1 swan_proposal=$2 swan_id=$3 swan_peer=$4
    shift 4
    for swan_name in x509 x509ca private x509crl; do
        rm -rf "$hosts_dir/b/etc/swanctl/$swan_name"
        install -d -m 0700 "$hosts_dir/b/etc/swanctl/$swan_name"
    done
    install -m 0600 "$pki/$swan_own.key" "$hosts_dir/b/etc/swanctl/private/own.pem"
    install -m 0600 "$pki/$swan_own.pem" "$hosts_dir/b/etc/swanctl/x509/own.pem"
    for swan_name; do
        case $swan_name in
        root | middle | lower | other) install -m 0600 "$pki/$swan_name.pem" "$hosts_dir/b/etc/swanctl/x509ca/" ;;
        *) install -m 0600 "$pki/$swan_name.pem" "$hosts_dir/b/etc/swanctl/x509/" ;;
        esac
    done
    charon_start b && charon_load b <<EOF
connections {
  net {
    version = 1
    local_addrs = $b4
    remote_addrs = $a4
    proposals = $swan_proposal
    send_cert = always
    local {
      auth = pubkey
      certs = own.pem
      id = "$swan_id"
    }
    remote {
      auth = pubkey
      id = "$swan_peer"
    }
    children {
      net {
        mode = tunnel
        local_ts = $b_net4
        remote_ts = $a_net4
        esp_proposals = aes128-sha256
      }
    }
  }
}
EOF
}

begin_case() {
    case_failed=$tests_failed
    check "$1: the policy loads" policy_load a <<EOF
{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}
EOF
    check "$1: in.iked starts" iked_start a
}

end_case() {
    check "$1: in.iked stops" iked_stop a
    host_stop b charon
    [ $case_failed -eq $tests_failed ] || { show_host a && show_host b; }
}

# NAME ROLE METHOD-WORDS: traffic goes, and both say how they have authenticated.
good_case() {
    begin_case "$1"
    if [ "$2" = initiator ]; then
        check "$1: not one ping is lost" ping_marked a $a_inner4 $b_inner4 3
    else
        check "$1: strongSwan negotiates" charon_initiate b net
        check "$1: not one ping is lost" ping_marked b $b_inner4 $a_inner4 3
    fi
    charon_sas b >"$hosts_dir/b/sas" 2>&1
    check_line "$1: strongSwan's phase 1 stands" "$hosts_dir/b/sas" 'net: #1, ESTABLISHED, IKEv1'
    ikeadm a dump p1 >"$hosts_dir/a/dump" 2>&1
    check_line "$1: ikeadm shows it" "$hosts_dir/a/dump" 'Current state is ACTIVE'
    check_line "$1: ikeadm shows the method" "$hosts_dir/a/dump" "$3"
    ikeadm a dump certcache >"$hosts_dir/a/cache" 2>&1
    check_line "$1: ikeadm shows our certificate" "$hosts_dir/a/cache" '\[Private key available\]'
    check_line "$1: and whom it trusts" "$hosts_dir/a/cache" '\[trusted certificate\]'
    end_case "$1"
}

# NAME ROLE PATTERN: no traffic, and one line of ours that says why.
bad_case() {
    begin_case "$1"
    if [ "$2" = initiator ]; then
        check_not "$1: no ping goes" ping_marked a $a_inner4 $b_inner4 1
    else
        check_not "$1: strongSwan does not negotiate" charon_initiate b net
    fi
    check "$1: there is a line" wait_for 5 grep -Eq -- "$3" "$(iked_log a)"
    check_line "$1: the line says which certificate, which check and what to do" "$(iked_log a)" "$3"
    end_case "$1"
}

pair_add || exit 1
check "keys and certificates are made" make_all
root='cert_root "C=EX, O=Entente, CN=root"'
modern=aes128-sha256-modp2048

for role in initiator responder; do
    # Root and two intermediates: each sends its path, the root is all that both have.
    while IFS='|' read -r type own_b own_a; do
        [ -n "$type" ] || continue
        store_a a-rsa middle lower root
        config_a rsa_sig 14 "$type" "DNS=b.example.org" "$root
ignore_crls"
        check "strongSwan is loaded" swan_b b-rsa $modern "$own_b" "$own_a" middle lower root
        good_case "we are the $role, RSA, identity of type $type" $role 'RSA signatures' </dev/null
    done <<EOF
dn|C=EX, O=Entente, CN=b-rsa|C=EX, O=Entente, CN=a-rsa
fqdn|b.example.org|a.example.org
user_fqdn|ike@b.example.org|ike@a.example.org
ip|$b4|$a4
EOF
    store_a a-self b-self
    config_a rsa_sig 14 fqdn "DNS=b.example.org" 'cert_trust "DNS=a.example.org"
cert_trust "DNS=b.example.org"
ignore_crls'
    check "strongSwan is loaded" swan_b b-self $modern b.example.org a.example.org a-self
    good_case "we are the $role, self-signed and trusted by name" $role 'RSA signatures'

    for curve in p256:19:ecp256 p384:20:ecp384 p521:21:ecp521; do
        kind=${curve%%:*} group=${curve#*:} group=${group%:*}
        store_a "a-$kind" middle lower root
        config_a ecdsa_sig "$group" fqdn "DNS=b.example.org" "$root
ignore_crls"
        check "strongSwan is loaded" swan_b "b-$kind" "aes128-sha256-${curve##*:}" b.example.org \
            a.example.org middle lower root
        good_case "we are the $role, ECDSA $kind" $role 'ECDSA signatures'
    done

    store_a a-rsa middle lower root root.crl middle.crl lower.crl
    config_a rsa_sig 14 fqdn "DNS=b.example.org" "$root"
    check "strongSwan is loaded" swan_b b-rsa $modern b.example.org a.example.org middle lower root
    good_case "we are the $role, lists of all authorities" $role 'RSA signatures'
    check "strongSwan is loaded" swan_b b-revoked $modern b.example.org a.example.org middle lower root
    bad_case "we are the $role, a revoked certificate" $role \
        'refused 192.0.2.2 main mode: .*CN=b-revoked>: revocation: is revoked'
    check "strongSwan is loaded" swan_b b-stranger $modern b.example.org a.example.org middle lower root
    bad_case "we are the $role, an authority that is not ours" $role \
        'refused 192.0.2.2 main mode: .*CN=b-stranger>: trust: .*ikecert certdb -a'
    config_a rsa_sig 14 fqdn "DNS=c.example.org" "$root"
    check "strongSwan is loaded" swan_b b-rsa $modern b.example.org a.example.org middle lower root
    bad_case "we are the $role, somebody whom remote_id does not name" $role \
        'refused 192.0.2.2 main mode: .*CN=b-rsa>, and remote_id of rule "pair" \(config:[0-9]+:1\)'
done
test_end
