#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - run unit tests; the last line is "unit: N passed, N failed, N skipped"
#
# usage: run.sh PROGRAM...
. "$(dirname "$0")/../../scripts/lib.sh"

export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
passed=0 failed=0 skipped=0
for t; do
	status=0
	timeout -k 5 300 "$t" >"$t.log" 2>&1 || status=$?
	read -r p f s < <("$TOP/scripts/tap-count.sh" "$status" <"$t.log")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	[ "$f" = 0 ] && continue
	echo "  not ok ${t##*/}: status $status"
	tail -n 60 "$t.log" | sed 's/^/      /'
done
echo "  unit: $passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
