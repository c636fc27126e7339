#!/bin/sh
# Life of the daemon: checking, starting, re-reading, ending; and the tools beside it.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

iked=$build/src/shell/daemon/in.iked
ipsecconf=$build/src/shell/tools/ipsecconf

daemon_policy() {
    echo "{laddr $1 raddr $2} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}"
}

said() {
    host_said=$1
    shift
    host_run "$host_said" "$@" >"$hosts_dir/$host_said/said" 2>&1
}

pair_add || exit 1
for host in a b; do
    ike_key $host $key_hex
    ike_config $host
done
check "in.iked -c finds a good file good" said a "$iked" -c
check "in.iked -c reads another file by -f" said a "$iked" -c -f /etc/inet/ike/config
check "in.iked -V names its version" said a "$iked" -V
check_line "as the project does" "$hosts_dir/a/said" '[0-9]+\.[0-9]+\.[0-9]+'
check_not "an unknown option is refused" said a "$iked" --no-such-option
if [ "$plane" != xfrm ]; then
    check_not "a kernel without ESP is no data plane" said a "$iked" --foreground --data-plane xfrm
    check_line "and the line says so" "$hosts_dir/a/said" 'takes no ESP SA'
fi

check "the policies load" eval "daemon_policy $a4 $b4 | policy_load a; daemon_policy $b4 $a4 | policy_load b"
check "ipsecconf lists the entries" said a "$ipsecconf"
check_line "with their index" "$hosts_dir/a/said" '^#INDEX 1'
check "ipsecconf -l -n lists the table" said a "$ipsecconf" -l -n
check_line "in the form of Solaris" "$hosts_dir/a/said" \
    "^\{ laddr $a4/32 raddr $b4/32 dir both \} ipsec \{ encr_algs aes-cbc\(128\) encr_auth_algs hmac-sha256(\(256\))? sa shared \}"

# Without --foreground it goes to the background when it is ready; the exit status tells.
check "in.iked goes to the background" said b "$iked" --data-plane user
check "its control socket is there" host_run b test -S /run/ike_door
check "it says who may use it" eval "host_run b stat -c %a /run/ike_door | grep -q '^600$'"
check "in.iked starts in the foreground" iked_start a
check_line "and names its mode" "$(iked_log a)" 'single.process'
check "not one ping is lost" ping_marked a $a4 $b4 3

check "ikeadm dump p1" said a "$build/src/shell/tools/ikeadm" dump p1
check_line "shows the cookies" "$hosts_dir/a/said" '^IKESA: Cookies: Initiator 0x[0-9a-f]+ +Responder 0x[0-9a-f]+'
check_line "the transform" "$hosts_dir/a/said" '^XFORM: Encryption alg: aes-cbc(\(128.*\))?; Authentication alg: hmac-sha256'
check "ikeadm --json dump p1" said a "$build/src/shell/tools/ikeadm" --json dump p1
check "is JSON" eval "python3 -c 'import json,sys; [json.loads(l) for l in sys.stdin]' <$hosts_dir/a/said"
check "ikeadm dump rule" said a "$build/src/shell/tools/ikeadm" dump rule
check_line "shows the label" "$hosts_dir/a/said" 'pair'
check "ikeadm get stats" said a "$build/src/shell/tools/ikeadm" get stats
check_line "counts one" "$hosts_dir/a/said" '^Current:   initiator: +1   responder: +0'
check "ikeadm set debug" said a "$build/src/shell/tools/ikeadm" set debug all
check "ikeadm get debug" said a "$build/src/shell/tools/ikeadm" get debug
check "ikeadm set priv lowers" said a "$build/src/shell/tools/ikeadm" set priv base
check_not "and does not raise" said a "$build/src/shell/tools/ikeadm" set priv keymat

# A file with a mistake is refused whole; what runs stays.
echo '{ label "broken" local_adr 192.0.2.1 }' | host_write a /etc/inet/ike/config 0644
host_run a kill -HUP "$(cat "$hosts_dir/a/iked.pid")"
wait_for 5 grep -q 'local_adr' "$(iked_log a)"
check_line "SIGHUP: a mistake is named" "$(iked_log a)" 'config:1:[0-9]+: found "local_adr"'
check "SIGHUP: the SAs stay" ping_marked a $a4 $b4 3
ike_config a "p2_lifetime_secs 600"
host_run a kill -HUP "$(cat "$hosts_dir/a/iked.pid")"
check "SIGHUP: a good file is taken, the SAs stay" ping_marked a $a4 $b4 3
check "one phase 1 all the time" eval "ikeadm a get stats | grep -Eq '^Total: +initiator: +1 '"

started=$(date +%s%N)
host_run a kill -TERM "$(cat "$hosts_dir/a/iked.pid")"
wait_for 5 host_is_gone a iked
took=$((($(date +%s%N) - started) / 1000000))
check "SIGTERM: it ends in under a second ($took ms)" test $took -lt 1000
check "SIGTERM: the peer has heard it" eval "sleep 0.3; ! ikeadm b dump p1 | grep -q 'Current state is ACTIVE'"
check_not "its control socket is gone" host_run a test -S /run/ike_door
check_not "its device is gone" host_run a ip link show ipsec0
check_not "its routing rules are gone" eval "host_run a ip rule | grep -q 4500"
[ $tests_failed -eq 0 ] || { show_host a && show_host b; }
test_end
