#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - the demo's machine alpha: the client's side
# shellcheck source=examples/demo/node.sh
. /demo/node.sh

# The last thing beta told under this name.
told() {
	sed -n "s/^$1-//p" /run/told | tail -n 1
}

beta_up() {
	qnetctl node list | grep -q 'beta .*up'
}

# compare NAME FILE...: the server's digests against sha256sum's
compare() {
	service=$1
	shift
	echo "--- digest_client $service"
	digest_client -p "$service" "$@" >/run/digests || fail "digest_client $service"
	cat /run/digests
	sha256sum "$@" | awk '{ print $1, $2 }' >/run/wanted
	awk '{ print $1, $2 }' /run/digests | cmp -s - /run/wanted ||
		fail "a digest by $service is not sha256sum's"
}

# Frames on the wire for one transaction, by our counters and by the device's.
frames() {
	awk -v ours="$1" -v devices="$2" -v n="$3" 'BEGIN {
		printf "frames per transaction: %.3f by qnet, %.3f by the device\n",
			ours / n, devices / n
		exit !(devices / n <= 2.01 && ours / n <= 2.01 && devices / n >= 1.99)
	}'
}

bring_up alpha
await ready 60 || fail "beta did not come up"
mine=$(cat /proc/sys/kernel/random/boot_id)
other=$(told beta-boot)
echo "beta:  boot $other"
if [ -z "$other" ] || [ "$mine" = "$other" ]; then
	fail "these are not two machines"
fi
wait_for "beta in the list of nodes" beta_up
qnetctl node list
qnetctl bearer list

head -c 1 text >one
: >empty
bytes=0
for f in vmlinuz text empty one; do
	bytes=$((bytes + $(wc -c <$f)))
done

before=$(device tx_bytes)
compare /net/beta/dev/name/local/digest vmlinuz text empty one
sent=$(($(device tx_bytes) - before))
echo "of the files $bytes bytes, of the device $sent bytes sent"
# every 1,400 bytes or so carry about 60 of headers; more than a tenth more were sent twice
if [ $sent -lt $bytes ] || [ $sent -gt $((bytes + bytes / 10 + 65536)) ]; then
	fail "the device sent $sent bytes for $bytes"
fi
seen=$(counter replies)

digest_server &
local_servers=$!
pingpong -s -r &
local_servers="$local_servers $!"
wait_for "the servers here" served
compare digest vmlinuz text empty one
[ "$(counter replies)" -gt "${seen:-0}" ] || fail "the local server was not asked"

echo "--- round trips"
n=2100
# round: counts the frames of n transactions
round() {
	ours=$(($(counter tx_frames) + $(counter rx_frames)))
	devices=$(($(device tx_packets) + $(device rx_packets)))
	pingpong -n 2000 -w 100 /net/beta/dev/name/local/pingpong >/run/remote ||
		fail "pingpong to beta"
	ours=$(($(counter tx_frames) + $(counter rx_frames) - ours))
	devices=$(($(device tx_packets) + $(device rx_packets) - devices))
	echo "to beta: $(cat /run/remote)"
	frames $ours $devices $n
}
# A machine that stands still for ten milliseconds acknowledges by itself: other load on the
# host is no fault of the link, so the best of three rounds counts.
round || round || round || fail "more frames than two for a transaction"
pingpong -n 2000 -w 100 pingpong >/run/local || fail "pingpong here"
echo "here:    $(cat /run/local)"

tell measured
wait_for "beta's counters" grep -q beta-tx /run/told
rx=$(told beta-rx)
tx=$(device tx_bytes)
echo "alpha's device sent $tx bytes, beta's received $rx"
if [ "${rx:-0}" -lt $((tx - tx / 50 - 4096)) ] || [ "$rx" -gt $((tx + 4096)) ]; then
	fail "the devices' byte counters do not fit each other"
fi
# shellcheck disable=SC2086 # several pids
kill $local_servers
tell bye
result ok "every digest was right, on beta and on alpha; 2.00 frames a transaction"
