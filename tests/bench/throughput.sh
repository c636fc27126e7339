#!/bin/sh
# TCP through a tunnel: octets per second of the two daemons' CPU time, beside two strongSwans with
# kernel-libipsec. Usage: BUILD=build-bench tests/bench/throughput.sh [SECONDS]
set -u
interop=$(dirname "$0")/../interop
. "$interop/entente.sh"
seconds=${1:-10}
build=$(cd "${BUILD:-build-bench}" && pwd) || exit 1
hosts_begin || exit 1

# CPU time of a host's daemon, in clock ticks: user and system time, /proc/PID/stat 14 and 15.
host_ticks() {
    host_run "$1" sh -c 'sed "s/.*) //" "/proc/$1/stat" | cut -d " " -f 12,13 | tr " " +' sh \
        "$(cat "$hosts_dir/$1/$2.pid")" | bc
}

# daemon's tag -> "octets ticks" of a run from a to b
measure() {
    host_start b iperf iperf3 --server --one-off --bind $b_inner4 --forceflush
    wait_for 5 grep -q listening "$hosts_dir/b/iperf.log"
    ticks_before=$(($(host_ticks a "$1") + $(host_ticks b "$1")))
    host_run a iperf3 --client $b_inner4 --bind $a_inner4 --time "$seconds" --json >"$hosts_dir/a/iperf" ||
        return 1
    ticks_after=$(($(host_ticks a "$1") + $(host_ticks b "$1")))
    octets=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["end"]["sum_received"]["bytes"])' \
        <"$hosts_dir/a/iperf") || return 1
    echo "$octets $((ticks_after - ticks_before))"
}

strongswan_run() {
    charon_start a && charon_start b || return 1
    charon_config_b "esp_proposals = $esp" | charon_load b >/dev/null || return 1
    charon_config_b "esp_proposals = $esp" | sed "s/_addrs = $b4/_addrs = x/; s/_addrs = $a4/_addrs = $b4/
        s/_addrs = x/_addrs = $a4/; s#_ts = $b_net4#_ts = x#; s#_ts = $a_net4#_ts = $b_net4#
        s#_ts = x#_ts = $a_net4#" | charon_load a >/dev/null || return 1
    charon_initiate a net >/dev/null || return 1
    measure charon
    host_stop a charon
    host_stop b charon
}

entente_run() {
    for host in a b; do
        ike_key $host $key_hex
        ike_config $host
    done
    policy_load a <<EOF || return 1
{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {$words sa shared}
EOF
    policy_load b <<EOF || return 1
{tunnel ip.tun0 negotiate tunnel tsrc $b4 tdst $a4 laddr $b_net4 raddr $a_net4} ipsec {$words sa shared}
EOF
    iked_start a && iked_start b && ping_marked a $a_inner4 $b_inner4 1 >/dev/null || return 1
    measure iked
    iked_stop a
    iked_stop b
}

report() {
    python3 - "$1" "$(getconf CLK_TCK)" "$seconds" "$2" <<'EOF'
import sys
name, hertz, seconds, said = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4].split()
octets, cpu_s = float(said[0]), float(said[1]) / hertz
print(f"{name:<12} {octets * 8 / seconds / 1e6:8.0f} Mbit/s  {cpu_s:6.2f} CPU s  "
      f"{octets / cpu_s / 1e6:8.1f} MB per CPU s")
EOF
}

pair_add || exit 1
status=0
while IFS='|' read -r words esp; do
    echo "$words, TCP for $seconds s"
    theirs=$(strongswan_run </dev/null) && report strongSwan "$theirs" || status=1
    ours=$(entente_run </dev/null) && report Entente "$ours" || status=1
    [ $status -ne 0 ] ||
        echo "$ours $theirs" | awk '{ printf "ratio        %.2f x octets per CPU second\n", $1 / $2 / ($3 / $4) }'
done <<EOF
encr_algs aes-gcm16(128)|aes128gcm16
encr_algs aes(256) encr_auth_algs sha256|aes256-sha256
EOF
exit $status
