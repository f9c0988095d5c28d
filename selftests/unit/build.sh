#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - compile one unit test with the pure files that its head names
#
# usage: build.sh TEST.c PROGRAM
# The head says: /* unit: kmod/wire.c kmod/ack.c */ and, if it must, what to
# add for the compiler: /* cflags: -DX */.  include/ stands for <linux/...>.
. "$(dirname "$0")/../../scripts/lib.sh"

source=$1 program=$2
cd "$TOP"
mapfile -t pure < <(head -n 20 "$source" | sed -n 's/.*\bunit: *\([^*]*\).*/\1/p' | tr -s ' ' '\n' | sed '/^$/d')
read -ra extra < <(head -n 20 "$source" | sed -n 's/.*\bcflags: *\([^*]*\).*/\1/p'; echo)
for f in "${pure[@]}"; do
	[ -f "$f" ] || die "$source names $f, which is not there"
done

mkdir -p "$(dirname "$program")"
# Nothing to do when no file that the last compilation read has changed.
if [ -x "$program" ] && [ -f "$program.d" ]; then
	new=0
	for f in "$0" $(sed -e 's/^[^:]*://' -e 's/\\$//' "$program.d"); do
		[ "$f" -ot "$program" ] || new=1
	done
	[ $new = 1 ] || exit 0
fi

[ -n "${V-}" ] && set -x
: >"$program.d.new"
objects=()
for f in "$source" "${pure[@]}"; do
	object=$program.$(basename "$f" .c).o
	${CC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-unused-parameter \
		-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
		-D__KERNEL__ -DQNET_UNIT -Iselftests/unit/include -Ikmod -Iuapi "${extra[@]}" \
		-MMD -MF "$object.d" -c -o "$object" "$f"
	cat "$object.d" >>"$program.d.new"
	objects+=("$object")
done
${CC:-gcc} -fsanitize=address,undefined -o "$program" "${objects[@]}" -lpthread -lm
sed -e 's/^[^:]*://' -e 's/\\$//' "$program.d.new" >"$program.d"
rm -f "$program.d.new"
printf '  %-7s %s\n' UNIT "$source"
