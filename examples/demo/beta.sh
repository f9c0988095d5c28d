#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - the demo's machine beta: the server's side
# shellcheck source=examples/demo/node.sh
. /demo/node.sh

bring_up beta
tell "beta-boot-$(cat /proc/sys/kernel/random/boot_id)"
digest_server &
servers=$!
pingpong -s -r &
servers="$servers $!"
wait_for "both servers' names" served
tell ready
await measured 150 || { result fail "beta: alpha never came to its end"; exit 1; }
tell "beta-rx-$(device rx_bytes)"
tell "beta-tx-$(device tx_bytes)"
await bye 60 || { result fail "beta: alpha did not say good-bye"; exit 1; }
# shellcheck disable=SC2086 # several pids
kill $servers
result ok "beta served until the end"
