# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# qnet - what every script here shares; sourced, never run
#
# Messages go to stderr: stdout belongs to what a script answers.

set -euo pipefail
export LC_ALL=C

# shellcheck disable=SC2034 # for those who source this
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/qnet
PATH=$PATH:/usr/sbin:/sbin
# The guests' CPU has no instruction that QEMU emulates much more slowly, beside others, than
# a machine has it: with ERMS and FSRM kernels copy and clear memory byte by byte.
# shellcheck disable=SC2034 # as above
CPU=max,la57=off,erms=off,fsrm=off

say() { printf '  %-7s %s\n' "$1" "$2" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

need() {
	local tool

	for tool in "$@"; do
		command -v "$tool" >/dev/null || die "$tool is missing: run scripts/deps.sh"
	done
}

# What was built by an interrupted run never has the name it is looked up by.
publish() {
	mkdir -p "$(dirname "$2")"
	mv -T "$1" "$2" 2>/dev/null || { [ -e "$2" ] && rm -rf "$1"; }
}

# One builder at a time for each thing in the cache.
lock() {
	mkdir -p "$CACHE"
	exec 9>"$CACHE/$1.lock"
	flock 9
}

# Bash looks at a signal only between its children: one that runs long is put
# in the background and waited for, and told when we are told to go.
run() {
	local child before status=0

	before=$(trap -p HUP INT TERM)
	"$@" &
	child=$!
	# shellcheck disable=SC2064 # this child, not a later one
	trap "kill $child 2>/dev/null || true; wait $child; exit 143" HUP INT TERM
	wait $child || status=$?
	trap - HUP INT TERM
	eval "$before"
	return $status
}

# Lanes are jobs at the same time, each in a process group of its own; told to end, all of them are,
# with whatever they began.
lanes=()
begin_lane() {
	set -m
	{ set +m; trap - HUP INT TERM; "$@"; } &
	set +m
	lanes+=($!)
}

stop_lanes() {
	local l

	trap - HUP INT TERM
	for l in "${lanes[@]}"; do kill -- "-$l" 2>/dev/null || true; done
	wait
	exit 130
}
