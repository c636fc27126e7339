#!/bin/sh
# The peer that was written from the RFCs alone (rsa_peer.py), in both roles, with each method that it
# and in.iked have in common; its own ESP answers the pings.
set -u
. "$(dirname "$0")/python.sh"
test_begin

# method | words for both ends of Phase 1: ours; the peer's
methods='
preshared|oakley_group 14 auth_alg sha256 encr_alg aes(128)|--group 14 --hash sha256 --cipher aes128
preshared|oakley_group 5 auth_alg sha1 encr_alg aes(256)|--group 5 --hash sha1 --cipher aes256
preshared|oakley_group 2 auth_alg sha1 encr_alg 3des|--group 2 --hash sha1 --cipher 3des
'
# mode | words for both ends of Phase 2: ours; the peer's; group of PFS or 0
suites='
tunnel|encr_algs aes(128) encr_auth_algs sha256|--esp-cipher aes128 --esp-hash sha256|0
transport|encr_algs aes(256) encr_auth_algs sha1|--esp-cipher aes256 --esp-hash sha1|14
'

peer_start() { # VERB WORDS...
    peer_verb=$1
    shift
    host_start b peer $python "$peer_program" "$peer_verb" $b4 $a4 "$@" --for 60 &&
        wait_for 10 grep -q '"ready"' "$hosts_dir/b/peer.log"
}

# What the peer wants of the method to be who it is.
peer_method() {
    case $1 in
    preshared) echo "--method preshared --psk $key_hex" ;;
    esac
}

peer_has() {
    grep -q "$1" "$hosts_dir/b/peer.log"
}

# role of in.iked, method, its words, the peer's words; then mode, words, the peer's words, group
peer_case() {
    case_name="$2 with $3, $5 with $6, p2_pfs $8, we are the $1"
    case_failed=$tests_failed
    p1_xform="p1_xform { auth_method $2 $3 }"
    ike_config a "p2_pfs $8"
    if [ "$5" = tunnel ]; then
        case_from=$a_inner4 case_to=$b_inner4 mode_ends="--local $b_net4 --remote $a_net4"
        policy="{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {$6 sa shared}"
    else
        case_from=$a4 case_to=$b4 mode_ends=
        policy="{laddr $a4 raddr $b4} ipsec {$6 sa shared}"
    fi
    check "$case_name: the policy loads" eval 'echo "$policy" | policy_load a'
    check "$case_name: in.iked starts" iked_start a
    capture_start a eth0
    case_words="$(peer_method "$2") --mode $5 $4 $7 --pfs $8 $mode_ends"
    if [ "$1" = initiator ]; then
        # shellcheck disable=SC2086 # words
        check "$case_name: the peer waits" peer_start respond $case_words
    else
        # shellcheck disable=SC2086
        check "$case_name: the peer begins" peer_start initiate $case_words --ping "$case_to,$case_from"
        check "$case_name: it has its pair" wait_for 10 peer_has '"phase2"'
        check "$case_name: its pings are answered" wait_for 10 peer_has '"replies": 5'
    fi
    check "$case_name: not one ping is lost" ping_marked a "$case_from" "$case_to" 5
    capture_stop a eth0
    check "$case_name: ESP was on the wire" wire_has a eth0 "$filter_esp"
    check "$case_name: not one ping was" wire_is_dark a eth0
    check "$case_name: the peer answered all of them" peer_has '"answered": 5'
    check_not "$case_name: nothing failed there" peer_has '"failed"'
    ikeadm a dump p1 >"$hosts_dir/a/dump" 2>&1
    check_line "$case_name: ikeadm shows it" "$hosts_dir/a/dump" 'Current state is ACTIVE'
    check "$case_name: the peer takes leave" host_stop b peer
    ikeadm a dump p1 >"$hosts_dir/a/dump" 2>&1
    check_not "$case_name: and in.iked has heard it" grep -q 'Current state is ACTIVE' "$hosts_dir/a/dump"
    check "$case_name: in.iked stops" iked_stop a
    [ $case_failed -eq $tests_failed ] || {
        show_host a
        show "the peer" "$hosts_dir/b/peer.log"
    }
}

# A peer whose proof is wrong hears nothing after it, and the next one comes through.
# name, the peer's words
forger_case() {
    case_name="preshared, the peer's $1"
    case_failed=$tests_failed
    p1_xform='p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(128) }'
    mode_ends="--local $b_net4 --remote $a_net4"
    ike_config a
    check "$case_name: in.iked starts" iked_start a
    # shellcheck disable=SC2086 # words
    check "$case_name: it begins" peer_start initiate $mode_ends $2
    check "$case_name: and gives up" wait_for 10 peer_has '"why": "no answer"'
    check "$case_name: it has heard messages 2 and 4" test "$(grep -c '"received"' "$hosts_dir/b/peer.log")" -eq 2
    check "$case_name: and says 5 three times or more" \
        test "$(grep -c '"sent".*"flags": 1' "$hosts_dir/b/peer.log")" -ge 3
    check_not "$case_name: to which nothing is said" grep -Eq '"(received|repeat)".*"(flags": 1|exchange": 5)' \
        "$hosts_dir/b/peer.log"
    host_stop b peer
    ikeadm a dump p1 >"$hosts_dir/a/dump" 2>&1
    check_not "$case_name: no Phase 1 stands" grep -q 'Current state is ACTIVE' "$hosts_dir/a/dump"
    # shellcheck disable=SC2046,SC2086
    check "$case_name: an honest one begins" peer_start initiate $(peer_method preshared) $mode_ends
    check "$case_name: and has its pair" wait_for 10 peer_has '"phase2"'
    check "$case_name: it takes leave" host_stop b peer
    check "$case_name: in.iked stops" iked_stop a
    [ $case_failed -eq $tests_failed ] || {
        show_host a
        show "the peer" "$hosts_dir/b/peer.log"
    }
}

pair_add || exit 1
ike_key a $key_hex
while IFS='|' read -r method words peer_words; do
    [ -n "$method" ] || continue
    while IFS='|' read -r mode mode_words mode_peer_words pfs; do
        [ -n "$mode" ] || continue
        for role in initiator responder; do
            peer_case $role "$method" "$words" "$peer_words" "$mode" "$mode_words" "$mode_peer_words" "$pfs" </dev/null
        done
    done <<EOF2
$suites
EOF2
done <<EOF1
$methods
EOF1

echo "{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}" |
    policy_load a
while IFS='|' read -r name words; do
    forger_case "$name" "$words --tries 2 --interval 0.7" </dev/null
done <<EOF
HASH_I is wrong|$(peer_method preshared) --bend proof:wrong
HASH_I is one octet short|$(peer_method preshared) --bend proof:cut
key is another|--method preshared --psk 00112233445566778899aabbccddeeff
EOF
test_end
