#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - two machines, which stop for seconds, one or both, and whose clocks jump; TAP
#
# usage: stops.sh [more]
# OVER=DIR is laid over both roots: another module, for mutants.sh.
. "$(dirname "$0")/../../scripts/lib.sh"

cd "$TOP"
more=${1-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -s build/selftests/tools/once KERNEL=stock >&2
scripts/pair-root.sh "$work" examples/demo/node.sh selftests/vm/stops/*.sh build/selftests/tools/once
status=0
run scripts/vm-pair.sh --out build/stops --dir "$work" ${OVER:+--dir "$OVER"} --timeout 300 \
	--append "nosoftlockup rcupdate.rcu_cpu_stall_suppress=1${more:+ QNET_MORE=1}" >&2 || status=$?

n=0
while read -r what; do
	n=$((n + 1))
	line=$(grep -a "^$what: " build/stops/console.alpha | tr -d '\r' || true)
	[ -z "$line" ] || echo "# $line"
	[ -n "$line" ] && echo "ok $n $what" || echo "not ok $n $what"
done < <(sed -n "s/^${more:+\t*}"'stopped[a-z_]* "\([^"]*\)".*/\1/p' selftests/vm/stops/alpha.sh)
echo "1..$n"
exit $status
