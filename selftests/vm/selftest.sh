#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - see the runner red: a splat, a leak, a dead guest, and lesser ways to fail
#
# usage: selftest.sh stock|debug|kcsan
. "$(dirname "$0")/../../scripts/lib.sh"

kernel=${1:-stock}
case $kernel in stock | debug | kcsan) ;; *) die "stock, debug or kcsan, not $kernel" ;; esac
cd "$TOP"
dir=$(scripts/kernel.sh "$kernel")
work=$TOP/build/planted/$kernel
mkdir -p "$work/src" "$work/root/lib/qnet" "$work/root/tests"
cp -rsf "$TOP"/selftests/vm/planted/{Kbuild,planted.c} "$work/src"
make -s -C "$dir/build" M="$work/src" W=1 KCFLAGS=-Werror CONFIG_DEBUG_INFO_BTF_MODULES= modules >&2
cp "$work/src/planted.ko" "$work/root/lib/qnet/"
cp selftests/vm/planted/tests/* "$work/root/tests/"

n=0 bad=0
# is WHAT PATTERN: the last run's report has such a line
is() {
	n=$((n + 1))
	if grep -qE "$2" "$work/log"; then
		echo "ok $n $1"
	else
		echo "not ok $n $1: no line like '$2' in:"
		sed 's/^/# /' "$work/log"
		bad=1
	fi
}

# red TEST...: runs them in one guest, which must be refused
red() {
	local args=() t status=0

	for t; do args+=(--test "$t"); done
	run scripts/vm-run.sh --kernel "$kernel" --no-build --module '' --dir "$work/root" \
		--out "$work/out" "${args[@]}" >"$work/log" 2>&1 || status=$?
	[ "$status" = 0 ] && echo "runner: accepted" >>"$work/log"
	[ "$status" = 0 ] || echo "runner: refused" >>"$work/log"
	is "a run of $* is refused" '^runner: refused$'
}

if [ "$kernel" = debug ]; then
	echo 1..3
	red leak.sh
	is "the test itself was good" '^  ok     leak.sh: 1 passed'
	is "a leak is found" '^  not ok kmemleak: 0 passed, 1 failed'
	exit $bad
fi

if [ "$kernel" = kcsan ]; then
	echo 1..2
	red race.sh
	is "a data race" '^  not ok race.sh: 1 passed, 1 failed, .* splat'
	exit $bad
fi

echo 1..11
red pass.sh fail.sh short.sh status.sh hang.sh warn.sh
is "passed and skipped cases are counted" '^  ok     pass.sh: 2 passed, 1 skipped'
is "a case that fails" '^  not ok fail.sh: 1 passed, 1 failed'
is "cases that are missing" '^  not ok short.sh: 1 passed, 4 failed'
is "an exit status" '^  not ok status.sh: 0 passed, 1 failed'
is "a program that never ends" '^  not ok hang.sh: .* timeout'
is "a kernel warning" '^  not ok warn.sh: 1 passed, 1 failed, .* splat'
red panic.sh pass.sh
is "a guest that dies" '^  not ok guest \(stock\): the guest died'
is "it died in this test" '^  not ok panic.sh: the guest died in it'
is "the next one never ran" '^  not ok pass.sh: never ran'
exit $bad
