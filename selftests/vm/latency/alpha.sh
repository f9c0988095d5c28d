#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - latency: round trips of 32 bytes, alone and beside 16 MiB
# shellcheck source=examples/demo/node.sh
. /demo/node.sh

there=/net/beta/dev/name/local
small() {
	pingpong -n "$1" -w 100 $there/small || fail "pingpong to beta"
}

bulk_moves() {
	[ $(($(device tx_bytes) - before)) -gt 4000000 ]
}

bring_up alpha
await ready 60 || fail "beta did not come up"
echo "# measured: alone:  $(small 2000)"
before=$(device tx_bytes)
pingpong -n 1000 -w 0 -b 16777216 $there/large >/run/large 2>&1 &
bulk=$!
wait_for "16 MiB on their way" bulk_moves
before=$(device tx_bytes)
echo "# measured: beside: $(small 2000)"
echo "# measured: $(($(device tx_bytes) - before)) bytes went meanwhile"
[ -e /proc/$bulk ] || fail "the transfers ended: $(cat /run/large)"
kill $bulk
tell bye
result ok "measured"
