#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - goodput between two guests: the clients' machine
# shellcheck source=selftests/vm/goodput/setup.sh
. /demo/setup.sh

set_up alpha 1
await ready 60 || fail "beta did not come up"
for rate in 100 any; do
	for loss in 0 1 5; do
		echo "wire 1000 $loss ${rate%any}" >/dev/ttyS1
		sleep 1
		goodput client $loss $rate || fail "goodput at $loss %, $rate Mbit/s"
	done
done
echo "wire 0 0" >/dev/ttyS1
sleep 1
tell bye
result ok "measured"
