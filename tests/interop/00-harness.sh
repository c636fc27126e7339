#!/bin/sh
# The harness proves itself: two strongSwans, so that a failure elsewhere is ours.
set -u
. "$(dirname "$0")/lib.sh"
test_begin

charon_config() {
    cat <<EOF
connections {
  net {
    version = 1
    local_addrs = $1
    remote_addrs = $2
    proposals = aes128-sha256-modp2048
    local {
      auth = psk
    }
    remote {
      auth = psk
    }
    children {
      net {
        mode = tunnel
        local_ts = $3
        remote_ts = $4
        esp_proposals = aes128-sha256
      }
    }
  }
}
secrets {
  ike-1 {
    id-1 = $1
    id-2 = $2
    secret = "interop-psk"
  }
}
EOF
}

check "two hosts come up" eval 'host_add a && host_add b && host_link a eth0 b eth0'
host_address a eth0 192.0.2.1/24 2001:db8::1/64
host_address a lo 10.1.0.1/24
host_address b eth0 192.0.2.2/24 2001:db8::2/64
host_address b lo 10.2.0.1/24

capture_start a eth0
check "they reach each other by IPv4" ping_marked a 192.0.2.1 192.0.2.2 2
check "and by IPv6" ping_marked a 2001:db8::1 2001:db8::2 2
capture_stop a eth0
check_not "a clear ping is seen on the wire" wire_is_dark a eth0
check "a host has a table of nftables of its own" host_run a nft add table inet entente_harness
check_not "the other host does not see it" host_run b nft list table inet entente_harness
echo private | host_write a /etc/inet/mark 0600
check "a host reads its own /etc" host_run a grep -q private /etc/inet/mark
check_not "the machine does not" test -e /etc/inet/mark
{ sleep 0.3 && cat "$hosts_dir/a/etc/inet/mark" && echo more; } | host_write a /etc/inet/mark 0600
check "a file may be written from its own text" \
    test "$(tr '\n' ' ' <"$hosts_dir/a/etc/inet/mark")" = 'private more '

check "strongSwan starts on one" charon_start a
check "and on the other" charon_start b
check "the first takes its connection" \
    eval 'charon_config 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 | charon_load a'
check "and the second its own" \
    eval 'charon_config 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24 | charon_load b'
capture_start a eth0
check "they negotiate" charon_initiate a net
check "pings go through the tunnel" ping_marked a 10.1.0.1 10.2.0.1 3
capture_stop a eth0
check "ESP in UDP was on the wire" wire_has a eth0 "$filter_udp_esp"
check "nothing of the pings was" wire_is_dark a eth0
charon_sas b >"$hosts_dir/b/sas" 2>&1
check_line "the responder's status agrees" "$hosts_dir/b/sas" 'INSTALLED, TUNNEL-in-UDP, ESP:AES_CBC-128/HMAC_SHA2_256_128'
check "strongSwan stops" host_stop a charon
check_not "and is gone" host_is_running a charon
test_end
