#!/bin/sh
# What was negotiated is what is on the wire: tshark, which knows nothing of us, reads the packets of
# the kernel's plane with the keys of its SAs, and icv.py recomputes what authenticates them. The SAs
# have ESN, which tshark 4.0 has not: of ESP it decrypts, and calls no ICV good. Nobody but the peer's
# kernel judges the ICV of GCM here.
set -u
interop=$(dirname "$0")/../interop
PLANE=xfrm
. "$interop/entente.sh"
test_begin
here=$(cd "$(dirname "$0")" && pwd)
pings=3
capture=$hosts_dir/a/eth0.pcap found=$hosts_dir/a/decoded state=$hosts_dir/a/state
# In transport mode a packet that arrives is on the device once: both ways in one capture.
# shellcheck disable=SC2034 # for capture_start
capture_way=

# The last word of what matches in what host a's kernel says of an SA.
sa_word() { # SOURCE DESTINATION PROTOCOL EXPRESSION
    host_run a ip xfrm state list src "$1" dst "$2" proto "$3" | grep -oE -- "$4" | awk '{ print $NF }'
}

# An ESP SA in the words of tshark, after its suite. With "altered" its key is another.
sa_option() { # SOURCE DESTINATION [altered]
    case $suite in
    *gcm*)
        cipher='AES-GCM with 16 octet ICV [RFC4106]' auth=NULL auth_key=
        cipher_key=$(sa_word "$1" "$2" esp 'aead rfc4106\(gcm\(aes\)\) 0x[0-9a-f]{72}\>')
        ;;
    *)
        cipher='AES-CBC [RFC3602]' auth='HMAC-SHA-256-128 [RFC4868]'
        cipher_key=$(sa_word "$1" "$2" esp 'enc cbc\(aes\) 0x[0-9a-f]{64}\>')
        auth_key=$(sa_word "$1" "$2" esp 'auth-trunc hmac\(sha256\) 0x[0-9a-f]{64}\>')
        ;;
    esac
    [ $# -eq 2 ] || cipher_key=$(altered "$cipher_key")
    esp_spi=$(sa_word "$1" "$2" esp 'spi 0x[0-9a-f]{8}')
    echo "uat:esp_sa:\"IPv4\",\"*\",\"*\",\"$esp_spi\",\"$cipher\",\"$cipher_key\",\"$auth\",\"$auth_key\""
}

# Each packet of AH, ESP or ICMP, as "source|protocols|AH SPI|ESP SPI|type of ICMP|its data".
decode() { # [OPTION...]
    tshark -n -r "$capture" -o esp.enable_encryption_decode:TRUE "$@" -Y 'ah or esp or icmp' -T fields \
        -E 'separator=|' -e ip.src -e frame.protocols -e ah.spi -e esp.spi -e icmp.type -e data.data \
        >"$found" 2>"$hosts_dir/a/tshark.log"
}

# As many packets as a host's pings and answers, all of them as the expression says.
all_are() { # SOURCE EXPRESSION
    grep "^$1|" "$found"
    [ "$(grep -Ecx -- "$1\|$2" "$found")" -eq $((2 * pings)) ] &&
        [ "$(grep -c "^$1|" "$found")" -eq $((2 * pings)) ]
}

none_is_readable() {
    [ "$(wc -l <"$found")" -eq $((4 * pings)) ] && ! grep "$mark_hex" "$found"
}

# Another last digit.
altered() { # HEX
    case $1 in
    *0) echo "${1%?}1" ;;
    *) echo "${1%?}0" ;;
    esac
}

start() { # NAME
    for host in a b; do
        pair_sides $host
        check "$1: the policy of $host loads" eval \
            "echo '{laddr $local4 raddr $remote4} ipsec {$suite sa shared}' | policy_load $host"
        check "$1: in.iked of $host starts" iked_start $host
    done
    capture_start a eth0
    check "$1: pings pass" ping_marked a $a4 $b4 $pings
    check "$1: from the other side too" ping_marked b $b4 $a4 $pings
    capture_stop a eth0
    host_run a ip xfrm state >"$state"
}

sas_are() { # AH ESP: how many SAs
    [ "$(grep -c 'proto ah ' "$state")" -eq "$1" ] && [ "$(grep -c 'proto esp ' "$state")" -eq "$2" ]
}

# Both ways: the SPIs and the order of the headers, and what is behind the last of them.
packets_are() { # NAME [BEHIND DATA]
    for ends in "$a4 $b4" "$b4 $a4"; do
        ah_spi=$(sa_word ${ends% *} ${ends#* } ah 'spi 0x[0-9a-f]{8}')
        esp_spi=$(sa_word ${ends% *} ${ends#* } esp 'spi 0x[0-9a-f]{8}')
        outer="eth:ethertype:ip${ah_spi:+:ah}${esp_spi:+:esp}"
        check "sec_214: $1, from ${ends% *}" all_are ${ends% *} "$outer${2:-}\|$ah_spi\|$esp_spi\|${3:-\|}"
    done
}

with_keys() { # NAME
    decode -o "$(sa_option $a4 $b4)" -o "$(sa_option $b4 $a4)"
    packets_are "$1: with the keys of the SAs it sees pings" "$behind" "$data"
}

esp_is_read() { # NAME
    decode
    packets_are "$1: without keys tshark sees the SPIs of the SAs"
    check "$1: and nothing is readable" none_is_readable
    check "$1: nor on the wire" wire_is_dark a eth0
    with_keys "$1"
    decode -o "$(sa_option $a4 $b4 altered)" -o "$(sa_option $b4 $a4 altered)"
    check "$1: and with other keys none" none_is_readable
}

icvs_are_wrong() { # STATE HEADER...
    "$here/icv.py" "$capture" "$@" 2>&1 | grep 'wrong ICV'
}

icvs_are_read() { # NAME HEADER...
    icv_name=$1
    shift
    check "sec_214: $icv_name: every ICV is that of the SA's key" "$here/icv.py" "$capture" "$state" "$@"
    for header; do
        # Another first digit.
        sed -E "/proto $header /,/auth-trunc/{/auth-trunc/{s/ 0x0/ 0x_/;s/ 0x[1-9a-f]/ 0x0/;s/ 0x_/ 0x1/}}" \
            "$state" >"$state.altered"
        check "$icv_name: another key of $header is refused" icvs_are_wrong "$state.altered" "$@"
    done
}

pair_add || exit 1
for host in a b; do
    ike_key $host $key_hex
    ike_config $host
done
behind=:icmp:data data="[08]\|[0-9a-f]*${mark_hex}[0-9a-f]*"
while IFS='|' read -r name sa_counts headers suite; do
    start "$name" </dev/null
    # shellcheck disable=SC2086 # words
    check "sec_214: $name: there are SAs of this and of nothing else" sas_are $sa_counts
    case $name in
    AH) decode && packets_are "$name: tshark sees pings in the SAs" "$behind" "$data" ;;
    # tshark starts slowly in the guest; that it reads nothing without the keys is shown once.
    ESP) with_keys "$name" ;;
    *) esp_is_read "$name" ;;
    esac
    # shellcheck disable=SC2086 # words
    [ -z "$headers" ] || icvs_are_read "$name" $headers
    iked_stop a && iked_stop b
done <<EOF
ESP in AH|2 2|ah esp|auth_algs sha256 encr_algs aes(256) encr_auth_algs sha256
ESP|0 2||encr_algs aes-gcm16(256)
AH|2 0|ah|auth_algs sha256
EOF
[ $tests_failed -eq 0 ] || {
    show "SAs of a" "$state"
    show_host a
    show_host b
}
test_end
