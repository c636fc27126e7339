#!/bin/bash
# The time to put 10,000 policy entries into the kernel's SPD, beside `ip -batch` with the very same
# policies, in a network of its own. Parsing the file, finding duplicates and writing the record are
# in ipsecconf's time. The faster of two turns counts. Deletions cost the kernel a walk over its tree
# each: a replacement by wholly other entries is mostly that.
# Usage: BUILD=build-bench tests/bench/policy_load.sh [ENTRIES]
set -u
entries=${1:-10000}
case $entries in
inside) entries=$2 ;;
*)
    ipsecconf=$(realpath "${BUILD:-build-bench}/src/shell/tools/ipsecconf") || exit 1
    export ipsecconf
    exec unshare -nm "$0" inside "$entries"
    ;;
esac
mount -t tmpfs none /run && mount -t tmpfs none /etc/default && cd /run || exit 1
echo data_plane=xfrm >/etc/default/ike

# Hosts, prefixes, ports and protocols, some of them let go or dropped.
policy() { # NETWORK
    awk -v entries="$entries" -v network="$1" 'BEGIN {
        esp = "ipsec {encr_algs aes encr_auth_algs sha256}"
        for (i = 0; i < entries; i++) {
            address = network "." int(i / 65536) "." int(i / 256) % 256 "." i % 256
            if (i % 4 == 0) print "{raddr " address "} " esp
            if (i % 4 == 1) print "{raddr " address " ulp tcp rport " 1 + i % 1000 "} " esp
            if (i % 4 == 2) print "{raddr " address "/31 ulp udp lport " 1 + i % 1000 "} drop {}"
            if (i % 4 == 3) print "{raddr " address " ulp icmp} bypass {}"
        }
    }'
}

# What the kernel holds, as lines for `ip -batch`.
batch() {
    ip xfrm policy | awk '
        /^src / { if (line) print line; line = "xfrm policy add " $0 }
        /^\t/ { sub(/0\/0x8000000/, "0 mask 0x8000000"); line = line " " $0 }
        END { if (line) print line }'
}

seconds() { # COMMAND...
    local before after
    before=$(date +%s.%N)
    "$@" >out 2>&1 || {
        head -3 out >&2
        exit 1
    }
    after=$(date +%s.%N)
    echo "$after $before" | awk '{ printf "%.3f", $1 - $2 }'
}

least() {
    printf '%s\n' "$@" | sort -n | head -1
}

policies() {
    ip xfrm policy | grep -c ' priority '
}

policy 10 >first
policy 11 >second
load=
replace=
same=
flush=
ip=
for turn in 1 2; do
    load="$load $(seconds "$ipsecconf" -q -a first)" || exit 1
    same="$same $(seconds "$ipsecconf" -q -a first -f)" || exit 1
    [ $turn -gt 1 ] || batch >lines
    held=$(policies)
    replace="$replace $(seconds "$ipsecconf" -q -a second -f)" || exit 1
    flush="$flush $(seconds "$ipsecconf" -F)" || exit 1
    ip="$ip $(seconds ip -batch lines)" || exit 1
    [ "$(policies)" -eq "$held" ] || {
        echo "ip made $(policies) policies of $held" >&2
        exit 1
    }
    ip xfrm policy flush
done
# shellcheck disable=SC2086 # a list of figures
{
    load=$(least $load) replace=$(least $replace) same=$(least $same) flush=$(least $flush) ip=$(least $ip)
}
ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}
printf '%s entries, %s policies of the kernel\n' "$entries" "$held"
printf '%-44s %8s s   ratio to ip -batch\n' '' ''
printf '%-44s %8s\n' "ip -batch with the same policies" "$ip"
printf '%-44s %8s     %s\n' "ipsecconf -a: from nothing" "$load" "$(ratio "$load" "$ip")" \
    "ipsecconf -a -f: by another policy" "$replace" "$(ratio "$replace" "$ip")" \
    "ipsecconf -a -f: by the same" "$same" "$(ratio "$same" "$ip")" \
    "ipsecconf -F" "$flush" "$(ratio "$flush" "$ip")"
