#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - latency: the servers' machine
# shellcheck source=examples/demo/node.sh
. /demo/node.sh

served() {
	pingpong -n 1 -w 0 small >/dev/null 2>&1 && pingpong -n 1 -w 0 large >/dev/null 2>&1
}

bring_up beta
pingpong -s small &
servers=$!
pingpong -s large &
servers="$servers $!"
wait_for "both servers' names" served
tell ready
await bye 150 || { result fail "beta: alpha did not say good-bye"; exit 1; }
# shellcheck disable=SC2086 # several pids
kill $servers
result ok "beta served until the end"
