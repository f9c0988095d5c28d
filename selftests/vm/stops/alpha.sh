#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - stops: both machines, or one, stand still under calls, and their clocks jump
# shellcheck source=examples/demo/node.sh
. /demo/node.sh

service=/net/beta/dev/name/local/once

called() {
	[ "$(device tx_packets)" -gt $((before + 200)) ]
}

# stopped WHAT WHO SECONDS CLOCK
stopped() {
	before=$(device tx_packets)
	once $service $(($3 + 6)) "$3" >/run/once &
	calls=$!
	wait_for "calls" called
	case $2 in
	none) date -s "$4" >/dev/null || fail "date -s $4" ;;
	*) echo "stop $2 $3" >/dev/ttyS1 ;;
	esac
	wait $calls || fail "$1: $(cat /run/once)"
	# who stood still himself does not take the other one for dead
	case $2 in
	both | none) grep -q ' 0 failed' /run/once || fail "$1: $(cat /run/once)" ;;
	esac
	echo "$1: $(cat /run/once)"
	qnetctl node list | grep -q 'beta .*up' || fail "$1: no link afterwards"
}

# stopped_quiet WHAT WHO SECONDS: nobody calls meanwhile
stopped_quiet() {
	once $service quiet $(($3 + 3)) >/run/once 2>&1 &
	calls=$!
	wait_for "a call" grep -q quiet /run/once
	sleep 1
	echo "stop $2 $3" >/dev/ttyS1
	wait $calls || fail "$1: $(cat /run/once)"
	echo "$1: $(tail -n 1 /run/once)"
}

bring_up alpha
await ready 60 || fail "beta did not come up"
stopped "both stop for 3 s" both 3
stopped "alpha stops for 3 s" alpha 3
stopped "beta stops for 3 s" beta 3
stopped "both stop for 30 s" both 30
stopped_quiet "both stop for 3 s while nobody calls" both 3
[ -z "${QNET_MORE-}" ] ||
	stopped_quiet "both stop for 30 s while nobody calls" both 30
stopped "a clock jumps ahead" none 0 "2038-01-01 00:00:00"
stopped "a clock jumps back" none 0 "2001-01-01 00:00:00"
tell bye
result ok "no call ran twice, and links came back"
