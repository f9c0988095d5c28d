#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - stops: the server's machine
# shellcheck source=examples/demo/node.sh
. /demo/node.sh

served() {
	once once 0 0 2>/dev/null
}

bring_up beta
once once &
server=$!
wait_for "the server's name" served
tell ready
await bye 150 || { result fail "beta: alpha did not say good-bye"; exit 1; }
[ -e /proc/$server ] || fail "beta: the server died"
kill $server
result ok "beta served until the end"
