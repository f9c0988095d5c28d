#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - the demo's machine beta: the server's side
echo "beta: boot $(cat /proc/sys/kernel/random/boot_id), kernel $(uname -r)"
tell ready
await bye 120 || exit 1
result ok "beta served until the end"
