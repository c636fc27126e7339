#!/bin/sh
# What must be protected never leaves in clear, whatever becomes of the daemon.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

guard_policy() {
    echo "{laddr $1 raddr $2} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}"
}

# No answer, and nothing on the wire; with one policy only, that side alone is asked.
dark_case() {
    capture_start a eth0
    check_not "$1: a ping gets no answer" ping_marked a $a4 $b4 3
    [ "${2:-both}" = one ] || check_not "$1: nor one from the other side" ping_marked b $b4 $a4 3
    capture_stop a eth0
    check "$1: nothing of it is on the wire" wire_is_dark a eth0
}

pair_add || exit 1
for host in a b; do
    ike_key $host $key_hex
    ike_config $host "p2_lifetime_secs 12" "p2_softlife_secs 12" "retry_limit 1"
done
check "the policy of a loads" eval "guard_policy $a4 $b4 | policy_load a"
dark_case "one side has a policy and no daemon" one
check "the policy of b loads" eval "guard_policy $b4 $a4 | policy_load b"
dark_case "both have one and no daemon"

iked_start a
dark_case "a daemon without a peer"
iked_start b
# What wanted an SA in vain asks again after 30 s.
check "with both: a ping is answered in the end" wait_for 40 ping_marked a $a4 $b4 1
check "and not one is lost from then on" ping_marked a $a4 $b4 5

host_stop a iked KILL
dark_case "after kill -9 of the daemon"
host_stop b iked KILL
iked_start b
iked_start a
check "a new start: not one ping is lost" ping_marked a $a4 $b4 5

# No soft limit: the SA ends at 12 s, and with its peer killed no other one comes.
host_stop b iked KILL
sleep 13
dark_case "after the hard limit"

# Clear packets of a peer that forgot its policy do not come in.
host_run b "$build/src/shell/tools/ipsecconf" -q -F
capture_start a eth0
check_not "a clear ping is not answered" ping_marked b $b4 $a4 3
capture_stop a eth0
check_not "though it was there" wire_is_dark a eth0
check_not "in clear" wire_has a eth0 'icmp[icmptype] = icmp-echoreply'

iked_stop a
host_run a "$build/src/shell/tools/ipsecconf" -q -F
check "without a policy everything flows again" ping_marked a $a4 $b4 2
[ $tests_failed -eq 0 ] || { show_host a && show_host b; }
test_end
