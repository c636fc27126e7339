#!/bin/sh
# A scanner's first message gets the right answer, or the right silence.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

scan() {
    host_run b ike-scan -M -s 0 "$@" $a4 >"$hosts_dir/b/scan" 2>&1
}

pair_add || exit 1
ike_key a $key_hex
ike_config a
check "in.iked starts" iked_start a

scan "--trans=(1=7,14=128,2=4,3=1,4=14)"
check_line "what a rule holds is chosen" "$hosts_dir/b/scan" 'Main Mode Handshake returned'
check_line "and repeated as it was offered" "$hosts_dir/b/scan" \
    'SA=\(Enc=AES KeyLength=128 Hash=SHA2-256 Auth=PSK Group=14:modp2048\)'
scan "--trans=(1=7,14=128,2=4,3=1,4=14)" --vendor=afcad71368a1f1c96b8696fc77570100
check_line "dead peer detection is announced to who knows it" "$hosts_dir/b/scan" 'VID=afcad713'
scan "--trans=(1=5,2=2,3=1,4=2)" "--trans=(1=7,14=128,2=4,3=1,4=14)"
check_line "the second transform is found behind one that no rule holds" "$hosts_dir/b/scan" \
    'SA=\(Enc=AES KeyLength=128 Hash=SHA2-256 Auth=PSK Group=14:modp2048\)'
scan
check_line "what no rule holds is refused" "$hosts_dir/b/scan" 'NO-PROPOSAL-CHOSEN'
check_line "in our log too" "$(iked_log a)" "refused $b4 main mode: rule \"pair\""
scan -A --id=scanner "--trans=(1=7,14=128,2=4,3=1,4=14)" -g 14
check_not "aggressive mode gets no handshake" grep -q 'Aggressive Mode Handshake returned' \
    "$hosts_dir/b/scan"
host_address b eth0 192.0.2.77/24
host_run b ike-scan -M -s 0 "--bindip=192.0.2.77" "--trans=(1=7,14=128,2=4,3=1,4=14)" $a4 \
    >"$hosts_dir/b/scan" 2>&1
check_not "a stranger gets no handshake" grep -q 'Main Mode Handshake returned' "$hosts_dir/b/scan"
check "in.iked still runs" host_is_running a iked
check "and stops when it is told to" iked_stop a
test_end
