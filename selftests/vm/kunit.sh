#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - load the KUnit module and flatten its results to plain TAP
#
# Suites contain cases as indented lines: the cases are what is counted.
modprobe qnet-kunit || exit 1
found=0
for results in /sys/kernel/debug/kunit/qnet*/results; do
	[ -e "$results" ] || continue
	found=1
	sed -n 's/^  *\(#.*\)/\1/p; s/^  *\(ok\|not ok\) /\1 /p' "$results"
	grep -q '^not ok' "$results" && found=2
done
rmmod qnet-kunit || exit 1
[ "$found" = 1 ]
