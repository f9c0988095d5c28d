#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - the demo's machine alpha: the client's side
await ready 60 || exit 1
echo "alpha: boot $(cat /proc/sys/kernel/random/boot_id), kernel $(uname -r)"
tell bye
result ok "two machines booted"
