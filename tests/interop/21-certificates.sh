#!/bin/sh
# Two of ours with what ikecert made: the recipes of README.md for certificates that sign themselves
# and for those of an authority, then a revoked one.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

# HOST WORD...: on standard output what the command prints; what it tells is kept for a failure.
ikecert() {
    ikecert_host=$1
    shift
    host_run "$ikecert_host" "$build/src/shell/tools/ikecert" "$@" 2>"$hosts_dir/$ikecert_host/ikecert.log"
}

subject_of() {
    case $1 in
    a) echo 'C=US, O=Example\, Inc., CN=west' ;;
    b) echo 'C=US, O=Example\, Inc., CN=east' ;;
    esac
}

# HOST PEER LINE...: ike/config, the lines first.
config() {
    pair_sides "$1"
    config_host=$1 config_own=$(subject_of "$1") config_peer=$(subject_of "$2")
    shift 2
    {
        printf '%s\n' "$@"
        cat <<END
p1_xform { auth_method rsa_sig oakley_group 14 auth_alg sha256 encr_alg aes(256) }
p2_pfs 14
{
    label "west and east"
    local_id_type dn
    local_id "$config_own"
    remote_id "$config_peer"
    local_addr $local4
    remote_addr $remote4
}
END
    } | host_write "$config_host" /etc/inet/ike/config 0644
}

start_both() {
    for host in a b; do
        pair_sides $host
        echo "{laddr $local4 raddr $remote4} ipsec {encr_algs aes-gcm16(256) sa shared}" |
            policy_load $host && iked_start $host || return 1
    done
}

stop_both() {
    iked_stop a && iked_stop b
}

clear_both() {
    rm -rf "$hosts_dir"/[ab]/etc/inet/ike/publickeys "$hosts_dir"/[ab]/etc/inet/ike/crls \
        "$hosts_dir"/[ab]/etc/inet/secret/ike.privatekeys
}

pair_add || exit 1

# One command makes the pair of keys, one takes the other end's certificate.
for host in a b; do
    pair_sides $host
    check "$host makes a certificate that signs itself" eval \
        "ikecert $host certlocal -ks -D '$(subject_of $host)' -A IP=$local4 >'$hosts_dir/$host.pem'"
done
check "a takes b's" eval "ikecert a certdb -a <'$hosts_dir/b.pem'"
check "b takes a's" eval "ikecert b certdb -a <'$hosts_dir/a.pem'"
for host in a b; do
    ikecert $host certdb -l >"$hosts_dir/$host.list"
done
check "both ends read the same hashes to each other" test \
    "$(grep hash "$hosts_dir/a.list" | sort)" = "$(grep hash "$hosts_dir/b.list" | sort)"
config a b "cert_trust \"$a4\"" "cert_trust \"$b4\""
config b a "cert_trust \"$a4\"" "cert_trust \"$b4\""
check "both start" start_both
check "self-signed: not one ping is lost" ping_marked a $a4 $b4 5
check "nor in the other direction" ping_marked b $b4 $a4 5
ikeadm a dump p1 >"$hosts_dir/a/dump" 2>&1
check_line "the identities are the subjects" "$hosts_dir/a/dump" 'CN=east'
check "both stop" stop_both

# An authority, here openssl's commands.
clear_both
mkdir "$hosts_dir/ca" && : >"$hosts_dir/ca/index" && cat >"$hosts_dir/ca/cnf" <<END
[ca]
default_ca = it
[it]
database = $hosts_dir/ca/index
certificate = $hosts_dir/ca/pem
private_key = $hosts_dir/ca/key
new_certs_dir = $hosts_dir/ca
rand_serial = yes
policy = any
default_md = sha256
default_days = 30
default_crl_days = 30
copy_extensions = copy
[any]
countryName = optional
organizationName = optional
commonName = supplied
END
check "there is an authority" openssl req -x509 -newkey rsa:2048 -nodes -subj '/C=US/O=CA/CN=Root' \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$hosts_dir/ca/key" -out "$hosts_dir/ca/pem" -days 30
for host in a b; do
    pair_sides $host
    check "$host makes a request" eval \
        "ikecert $host certlocal -kc -D '$(subject_of $host)' -A IP=$local4 >'$hosts_dir/$host.req'"
    check "the authority takes it" openssl ca -batch -config "$hosts_dir/ca/cnf" \
        -in "$hosts_dir/$host.req" -out "$hosts_dir/$host.pem" -notext
done
check "the authority makes its list" openssl ca -gencrl -config "$hosts_dir/ca/cnf" -out "$hosts_dir/crl"
for host in a b; do
    check "$host takes its certificate" eval "ikecert $host certdb -a <'$hosts_dir/$host.pem'"
    check "$host takes the authority's" eval "ikecert $host certdb -a <'$hosts_dir/ca/pem'"
    check "$host takes the list" eval "ikecert $host certrldb -a <'$hosts_dir/crl'"
done
config a b 'cert_root "C=US, O=CA, CN=Root"'
config b a 'cert_root "C=US, O=CA, CN=Root"'
check "both start" start_both
check "with an authority: not one ping is lost" ping_marked a $a4 $b4 5
check "both stop" stop_both

check "b's certificate is revoked" openssl ca -config "$hosts_dir/ca/cnf" -revoke "$hosts_dir/b.pem"
check "the authority makes its next list" openssl ca -gencrl -config "$hosts_dir/ca/cnf" -out "$hosts_dir/crl"
check "a takes it in place of the old one" eval "ikecert a certrldb -a <'$hosts_dir/crl'"
ikecert a certrldb -l >"$hosts_dir/a.list"
check_line "it is the only one" "$hosts_dir/a.list" 'CRL Slot Name: 0 '
check_line "and has one entry" "$hosts_dir/a.list" 'Number of entries: 1'
check "both start" start_both
check_not "with a revoked certificate no ping comes through" ping_marked a $a4 $b4 2
check_line "and one line says that it is revoked" "$(iked_log a)" 'CN=east.*revoked'
check "both stop" stop_both

test_end
