#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - a table of tests and kernels: passed/failed/skipped
#
# usage: check-table.sh KERNEL=DIR...     DIR: what vm-run.sh --out left
# One kernel's parts follow each other.
# "-": the test is not for that kernel.  "lost": it was to run and has no end.
. "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || die "usage: check-table.sh KERNEL=DIR..."
for column; do
	kernel=${column%%=*} dir=${column#*=}
	[ -d "$dir" ] || die "$dir is no directory"
	echo "kernel $kernel"
	sed 's/^/listed /' /dev/null "$dir"/tests.*
	grep -ah '^end ' "$dir"/verdict.* || true
done | awk '
function value(key) {
	if (!match($0, key "=[0-9]+"))
		return 0
	return substr($0, RSTART + length(key) + 1, RLENGTH - length(key) - 1)
}
function row(name) {
	if (!(name in known)) {
		known[name] = 1
		names[rows++] = name
	}
	if (length(name) > wide)
		wide = length(name)
}
$1 == "kernel" {
	if (!n || kernels[n - 1] != $2)
		kernels[n++] = $2
	next
}
$1 == "listed" {
	row($2)
	lost[$2, n] = 1
	failed[n]++
	next
}
{
	row($2)
	if (($2, n) in lost) {
		failed[n]--
		delete lost[$2, n]
	}
	add(passed, value("passed"))
	add(failed, value("failed"))
	add(skipped, value("skipped"))
	ended[$2, n] = 1
}
function add(of, count) {
	of[$2, n] += count
	of[n] += count
}
function cell(name, k) {
	if ((name, k) in lost)
		return "lost"
	if (!((name, k) in ended))
		return "-"
	return passed[name, k] "/" failed[name, k] "/" skipped[name, k]
}
END {
	line = sprintf("  %-" wide "s", "passed/failed/skipped")
	for (k = 0; k < n; k++)
		line = line sprintf(" %10s", kernels[k])
	print line
	for (r = 0; r < rows; r++) {
		line = sprintf("  %-" wide "s", names[r])
		for (k = 1; k <= n; k++)
			line = line sprintf(" %10s", cell(names[r], k))
		print line
	}
	line = sprintf("  %-" wide "s", "in all")
	for (k = 1; k <= n; k++)
		line = line sprintf(" %10s", passed[k] + 0 "/" failed[k] + 0 "/" skipped[k] + 0)
	print line
}'
