#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - every style gate; silent when good
#
# usage: lint.sh [--top DIR] [checkpatch|sparse|w1|shellcheck|codespell|mandoc|spec|marked]...
# --top lints another tree laid out like this one: the self-test's copies.
# shellcheck disable=SC2317 # run_* are called by the name of their gate
. "$(dirname "$0")/lib.sh"

all=(checkpatch sparse w1 shellcheck codespell mandoc spec marked)
top=$TOP
if [ "${1-}" = --top ]; then
	top=$(cd "$2" && pwd)
	shift 2
fi
[ $# -gt 0 ] || set -- "${all[@]}"
cd "$top"

# Ours, not what was built: tracked or about to be.
files() {
	find "$@" -name build -prune -o -name .git -prune -o -type f -print 2>/dev/null | sort
}

# Kernel code out of the kernel's tree: no MAINTAINERS file to keep.
# compat/ is the one place that asks which kernel this is.  uapi: BIT() is not for user space.  Programs: Neutrino's names and types are
# given, C99's types, libc's functions and positive error numbers are theirs,
# __printf() is not.
kernel_ignore=FILE_PATH_CHANGES
compat_ignore=$kernel_ignore,LINUX_VERSION_CODE,CONSTANT_COMPARISON
uapi_ignore=$kernel_ignore,BIT_MACRO
user_ignore=$uapi_ignore,CAMELCASE,NEW_TYPEDEFS,PREFER_KERNEL_TYPES
user_ignore=$user_ignore,USE_NEGATIVE_ERRNO,PREFER_DEFINED_ATTRIBUTE_MACRO,STRLCPY,STRCPY,STRNCPY

# A false alarm is silenced where it stands, by a comment in that file:
#	checkpatch: TYPE[,TYPE] - the reason
drop_excused() {
	local line file type

	while IFS= read -r line; do
		file=${line%%:*}
		type=$(cut -d: -f4 <<<"$line")
		[ -f "$file" ] && grep -qE "checkpatch: ([A-Z_]+, ?)*$type(, ?[A-Z_]+)* - ." "$file" && continue
		echo "$line"
	done
}

checkpatch() {
	local ignore=$1 list=()

	shift
	mapfile -t list < <(files "$@" | grep '\.[ch]$')
	[ "${#list[@]}" -gt 0 ] || return 0
	perl "$dir/checkpatch.pl" --strict --no-tree --terse --no-summary --quiet --show-types \
		--ignore "$ignore" -f "${list[@]}" 2>&1 | grep -v '^fatal: .* not have any commits' |
		drop_excused
}

run_checkpatch() {
	checkpatch "$kernel_ignore" kmod/*.[ch] kmod/tests selftests/vm
	checkpatch "$compat_ignore" kmod/compat
	checkpatch "$uapi_ignore" uapi
	checkpatch "$user_ignore" libqnet examples tools selftests/qnet selftests/unit selftests/fuzz selftests/wire
	# It asks git for the kernel's history and leaves what it found.
	rm -f .checkpatch-camelcase.git.*
}

run_sparse() { make -s sparse W=; }
run_w1() { make -s module lib tools tests W=1; }

run_shellcheck() {
	local scripts=()

	mapfile -t scripts < <(files . | while read -r s; do
		case $s in
		*.sh) echo "$s" ;;
		*) head -n 1 "$s" | grep -aqE '^#!.*sh$' && echo "$s" ;;
		esac
	done)
	for s in "${scripts[@]}"; do
		# Busybox's shell is ash; shellcheck's name for its like is dash.
		case $(head -n 1 "$s") in
		*busybox*) shellcheck -s dash -x -P SCRIPTDIR "$s" ;;
		*) shellcheck -x -P SCRIPTDIR "$s" ;;
		esac || return 1
	done
}

run_codespell() {
	local text

	mapfile -t text < <(files . | grep -v '^./COPYING$')
	codespell --quiet-level 35 --ignore-words scripts/codespell.ignore "${text[@]}"
}

run_mandoc() {
	local pages

	mapfile -t pages < <(files Documentation/man | grep '\.[1-8]$')
	[ "${#pages[@]}" -gt 0 ] || return 0
	# Which other manuals this machine has installed is not the page's fault.
	{ mandoc -T lint -W style "${pages[@]}" 2>&1 || true; } |
		{ grep -vE 'outdated mandoc.db|referenced manual not found' || true; }
}

# Debian's python, with Debian's yaml: another one in PATH may lack it.
run_spec() {
	[ ! -e Documentation/netlink ] || /usr/bin/python3 "$TOP/scripts/check-spec.py" .
}

run_marked() { python3 "$TOP/scripts/check-marked.py" .; }

bad=0
for gate; do
	tool=$gate
	case $gate in
	checkpatch) tool=perl dir=$("$TOP/scripts/kernel-files.sh") ;;
	w1) tool="make" ;;
	spec) tool=/usr/bin/python3 ;;
	marked) tool=python3 ;;
	esac
	need "$tool"
	# What says anything has failed, whatever its exit status.
	out=$(run_"$gate" 2>&1) && [ -z "$out" ] && continue
	printf '%s\n' "$out"
	echo "lint: $gate is not silent" >&2
	bad=1
done
exit $bad
