# What the interop scripts share: TAP, captures, pings, strongSwan; on top of scripts/hosts.sh.
#
#   test_begin                        namespaces or one SKIP line; $build is the build directory
#   check NAME COMMAND...             one result: the command succeeds
#   check_not NAME COMMAND...         one result: it fails
#   check_line NAME FILE PATTERN      one result: a line of FILE matches the extended expression
#   test_end                          the plan; the script's exit status
#   show NAME FILE                    a file as TAP comments, for a person who reads a failure
#
#   capture_start HOST DEVICE         everything on a wire, into $hosts_dir/HOST/DEVICE.pcap
#   capture_stop HOST DEVICE
#   capture_count HOST DEVICE FILTER  packets that match, printed
#   wire_has HOST DEVICE FILTER       at least one packet matches
#   wire_is_dark HOST DEVICE          no octets of a marked ping stand in the capture
#   ping_marked HOST FROM TO COUNT    pings with the mark; succeeds only without loss
#
#   charon_start HOST [PLUGINS [LINE]] strongSwan: with kernel-libipsec (user-space ESP), or these
#   charon_load HOST                  swanctl.conf from standard input, then loads it
#   charon_sas HOST                   its own status, raw

interop=${interop:-$(dirname "$0")}
. "$interop/../../scripts/hosts.sh"

build=${BUILD:-$interop/../../build}
# Sixteen octets that stand in every marked ping and in nothing else.
mark_hex=456e74656e74652e6d61726b2e70696e
mark_text=Entente.mark.pin
filter_udp_esp='udp port 4500 and udp[4:2] > 12 and udp[8:4] != 0'
filter_udp_esp6='ip6 and udp port 4500 and ip6[44:2] > 12 and ip6[48:4] != 0'
filter_esp='ip proto 50'
filter_esp6='ip6 proto 50'
filter_ah='ip proto 51'
filter_ping='icmp or (icmp6 and (ip6[40] = 128 or ip6[40] = 129))'
tests_run=0
tests_failed=0

test_begin() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "1..0 # SKIP network namespaces need root"
        exit 0
    fi
    build=$(cd "$build" 2>/dev/null && pwd) || build=
    hosts_begin || exit 1
}

test_result() {
    tests_run=$((tests_run + 1))
    if [ "$2" -eq 0 ]; then
        echo "ok $tests_run - $1"
    else
        tests_failed=$((tests_failed + 1))
        echo "not ok $tests_run - $1"
    fi
}

check() {
    test_name=$1
    shift
    test_status=0
    # In this shell, not in a subshell: what a command makes must live on.
    "$@" >"$hosts_dir/said" 2>&1 || test_status=$?
    test_result "$test_name" $test_status
    [ $test_status -eq 0 ] || show "$* -> $test_status" "$hosts_dir/said"
    return $test_status
}

is_false() {
    ! "$@"
}

check_not() {
    test_name=$1
    shift
    check "$test_name" is_false "$@"
}

check_line() {
    test_status=0
    grep -Eq -- "$3" "$2" || test_status=1
    test_result "$1" $test_status
    [ $test_status -eq 0 ] || {
        echo "# no line matches: $3"
        show "$2" "$2"
    }
    return $test_status
}

show() {
    echo "# ---- $1"
    tail -n 60 "$2" 2>/dev/null | sed 's/^/#   /'
}

test_end() {
    [ $tests_run -gt 0 ] || tests_failed=1
    echo "1..$tests_run"
    exit $((tests_failed > 0))
}

capture_start() {
    # Its process is the host's, so nothing that leaves or enters there is missed.
    # shellcheck disable=SC2086 # no word or two
    host_start "$1" "capture-$2" tcpdump ${capture_way:-} -i "$2" --immediate-mode -U -n -s 0 -Z root -w "$hosts_dir/$1/$2.pcap" &&
        wait_for 5 grep -q 'listening on' "$hosts_dir/$1/capture-$2.log"
}

capture_stop() {
    sleep 0.1
    host_stop "$1" "capture-$2" INT
}

capture_count() {
    tcpdump -n -r "$hosts_dir/$1/$2.pcap" "$3" 2>/dev/null | wc -l
}

wire_has() {
    [ "$(capture_count "$1" "$2" "$3")" -gt 0 ]
}

wire_is_dark() {
    [ -s "$hosts_dir/$1/$2.pcap" ] || return 1
    ! grep -aq "$mark_text" "$hosts_dir/$1/$2.pcap"
}

ping_marked() {
    host_run "$1" ping -n -I "$2" -c "$4" -i 0.2 -W 2 -p "$mark_hex" "$3" >"$hosts_dir/$1/ping.log" 2>&1
    ping_status=$?
    cat "$hosts_dir/$1/ping.log"
    [ $ping_status -eq 0 ] && grep -q ' 0% packet loss' "$hosts_dir/$1/ping.log"
}

charon_start() { # HOST [PLUGINS [LINE]]
    host_write "$1" /etc/strongswan.conf 0644 <<EOF
charon-systemd {
  load_modular = no
  load = random nonce openssl revocation constraints pubkey pkcs1 pkcs8 pem kdf hmac ${2:-kernel-libipsec kernel-netlink} socket-default vici
  ${3:-}
  retransmit_tries = 3
  retransmit_timeout = 1
  filelog {
    f {
      path = $hosts_dir/$1/charon.text
      default = 1
      flush_line = yes
    }
  }
  journal {
    default = -1
  }
}
EOF
    host_start "$1" charon charon-systemd &&
        wait_for 10 host_run "$1" test -S /run/charon.vici || {
        show "charon of $1" "$hosts_dir/$1/charon.log"
        return 1
    }
}

charon_load() {
    host_write "$1" /etc/swanctl/swanctl.conf 0600
    host_run "$1" swanctl --load-all
}

charon_initiate() {
    host_run "$1" swanctl --initiate --timeout 15 --child "$2"
}

charon_sas() {
    host_run "$1" swanctl --list-sas
}
