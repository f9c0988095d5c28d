#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - two machines and one message: what the README promises in one command
#
# Puts module, library, tools and examples into two guests; what happens there
# is in examples/demo/alpha.sh and beta.sh.
. "$(dirname "$0")/lib.sh"

cd "$TOP"
scripts/deps.sh build vm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
scripts/pair-root.sh "$root" examples/demo/*.sh
cp "$(scripts/kernel.sh stock)/bzImage" "$root/demo/vmlinuz"
cp COPYING "$root/demo/text"

out=$TOP/build/demo
status=0
run scripts/vm-pair.sh --out "$out" --dir "$root" --watch both || status=$?
if [ $status != 0 ]; then
	echo "demo: consoles and verdicts are in $out" >&2
	echo "demo: it was not right: $(cat "$out/why")" >&2
	exit $status
fi
echo "demo: all of it was right: $(sed -n 's/^result ok *//p' "$out/verdict.alpha")"
