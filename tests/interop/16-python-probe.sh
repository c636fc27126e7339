#!/bin/sh
# Is in.iked an oracle? The Python peer makes every mistake of the methods that encrypt, in turn, and
# compares what comes back (peer/probe.py): a wrong padding must look like a right one around the wrong
# secret, a stranger like a known one. house/python-peer shows that the probe finds a naive responder.
set -u
. "$(dirname "$0")/python.sh"
test_begin
keys=$hosts_dir/keys
peer_log=$hosts_dir/b/peer.log

probe() { # METHOD
    host_run b timeout 150 $python "$peer_program" probe $b4 $a4 --method "$1" --key "$keys/b.key" \
        --certificate "$keys/b.crt" --peer "$keys/a.crt" --id fqdn:b.example.org --rounds 1 --interval 0.6 \
        >"$peer_log" 2>&1
}

hidden_flaws() {
    grep '"event": "shape"' "$peer_log" | grep -c '"hidden": true, "shows": false'
}

# No pre-shared key: whatever fails must not look for one.
pair_add || exit 1
mkdir "$keys"
for host in a:$a4 b:$b4; do
    python_peer certificate "$keys/${host%%:*}" rsa "${host%%:*}.example.org" --ip "${host#*:}" --use encrypt
done
install -d -m 0755 "$hosts_dir/a/etc/inet/ike/publickeys"
install -d -m 0700 "$hosts_dir/a/etc/inet/secret/ike.privatekeys"
install -m 0600 "$keys/a.key" "$hosts_dir/a/etc/inet/secret/ike.privatekeys/0"
install -m 0644 "$keys/a.crt" "$hosts_dir/a/etc/inet/ike/publickeys/0"
install -m 0644 "$keys/b.crt" "$hosts_dir/a/etc/inet/ike/publickeys/1"
echo "{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}" |
    policy_load a

# method | how many flaws there are to hide
while IFS='|' read -r method flaws; do
    host_write a /etc/inet/ike/config 0644 <<EOF2
cert_trust "DNS=a.example.org"
cert_trust "DNS=b.example.org"
ignore_crls
p1_xform { auth_method $method oakley_group 14 auth_alg sha256 encr_alg aes(128) }
{
    label "pair"
    local_addr $a4
    remote_addr $b4
    local_id_type fqdn
    local_id "DNS=a.example.org"
    remote_id "DNS=b.example.org"
}
EOF2
    before=$tests_failed
    check "$method: in.iked starts" iked_start a
    check "$method: no mistake that must be hidden can be seen" probe "$method" </dev/null
    check "$method: and all of them were made" test "$(hidden_flaws)" -eq "$flaws"
    check_line "$method: an honest one was let in before" "$peer_log" '"event": "honest", "phase1": true'
    check_not "$method: the log of in.iked does not say padding" grep -qi padding "$(iked_log a)"
    check "$method: in.iked stops" iked_stop a
    [ $before -eq $tests_failed ] || {
        show "in.iked" "$(iked_log a)"
        show "the peer" "$peer_log"
    }
done <<EOF
rsa_encrypt|22
rsa_encrypt_revised|17
EOF
test_end
