#!/bin/sh
# The same negotiation in the other forms that the RFCs allow (peer/vary.py), in both roles: orders of
# payloads and attributes, long attributes, numbers, padding, strangers among the payloads.
set -u
. "$(dirname "$0")/python.sh"
test_begin
forms='strangers private swapped spread asking contact replay long-life reversed numbers port padding tail'

peer_begins() { # WORDS...
    # shellcheck disable=SC2086 # words
    host_run b timeout 20 $python "$peer_program" initiate $b4 $a4 --psk $key_hex $ends \
        --ping "$b_from,$a_from" --once "$@" >"$hosts_dir/b/peer.log" 2>&1
}

peer_waits() { # WORDS...
    # shellcheck disable=SC2086
    host_start b peer $python "$peer_program" respond $b4 $a4 --psk $key_hex $ends "$@" --for 60 &&
        wait_for 10 grep -q '"ready"' "$hosts_dir/b/peer.log"
}

# name, words
form_case() {
    name="$1"
    shift
    form_failed=$tests_failed
    check "$name: the peer begins, and its pings are answered" peer_begins "$@"
    check "$name: the peer waits" peer_waits "$@"
    check "$name: we begin, and not one ping is lost" ping_marked a "$a_from" "$b_from" 2
    check "$name: the peer takes leave" host_stop b peer
    [ $form_failed -eq $tests_failed ] || {
        show "the peer" "$hosts_dir/b/peer.log"
        show "in.iked" "$(iked_log a)"
    }
}

pair_add || exit 1
ike_key a $key_hex
ike_config a 'p2_pfs 14'
echo "{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}" |
    policy_load a
a_from=$a_inner4 b_from=$b_inner4 ends="--local $b_net4 --remote $a_net4 --pfs 14"
check "in.iked starts" iked_start a
for form in $forms; do
    form_case "$form" --vary "$form"
done
# shellcheck disable=SC2086 # words
form_case "all of them at once" --vary $forms
form_case "nonces of 8 octets" --nonce 8
form_case "nonces of 256 octets" --nonce 256
form_case "offers that we do not have before the one that we have" --cipher 3des aes256 aes128 --hash sha1 sha256 \
    --group 2 5 14 --esp-cipher 3des aes256 aes128 --esp-hash sha1 sha256
check "in.iked stops" iked_stop a

echo "{laddr $a4 raddr $b4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}" | policy_load a
a_from=$a4 b_from=$b4 ends="--mode transport --pfs 14"
check "in.iked starts again" iked_start a
check "transport without identities: the peer begins, and its pings are answered" peer_begins --no-ids
check "in.iked stops again" iked_stop a
test_end
