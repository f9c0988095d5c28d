#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - goodput between two guests: the servers' machine
# shellcheck source=selftests/vm/goodput/setup.sh
. /demo/setup.sh

set_up beta 2
goodput server >/run/serving &
servers=$!
wait_for "the servers" grep -q serving /run/serving
tell ready
await bye 2300 || { result fail "beta: alpha did not say good-bye"; exit 1; }
kill $servers
result ok "beta served until the end"
