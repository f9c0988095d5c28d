#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - load the KUnit module and flatten its results to plain TAP
#
# Suites contain cases as indented lines.  What a case says has little room there: where one failed
# the line that tells so may be cut off, but not the suite's own.
modprobe qnet-kunit || exit 1
found='' failed=''
for results in /sys/kernel/debug/kunit/qnet*/results; do
	[ -e "$results" ] || continue
	found=1
	sed -n 's/^  *\(#.*\)/\1/p; s/^ *\(ok\|not ok\) /\1 /p' "$results"
	! grep -q '^not ok' "$results" || failed=1
done
rmmod qnet-kunit || exit 1
[ -n "$found" ] && [ -z "$failed" ]
