#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - two machines and one message: what the README promises in one command
#
# Puts module, library, tools and examples into two guests; what happens there
# is in examples/demo/alpha.sh and beta.sh.
. "$(dirname "$0")/lib.sh"

cd "$TOP"
scripts/deps.sh build vm
dir=$(scripts/kernel.sh stock)
release=$(cat "$dir/release")
make -s module lib tools examples KERNEL=stock >&2 || die "the build failed"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{demo,usr/{lib,bin,sbin},lib/qnet}
cp examples/demo/*.sh "$root/demo/"
cp "$dir/bzImage" "$root/demo/vmlinuz"
cp COPYING "$root/demo/text"
cp -a build/libqnet/libqnet.so.* "$root/usr/lib/"
cp build/qnetctl/qnetctl "$root/usr/sbin/"
[ ! -e "build/$release/qnet.ko" ] || cp "build/$release/qnet.ko" "$root/lib/qnet/"
find build/examples -maxdepth 1 -type f -executable -exec cp {} "$root/usr/bin/" \;

out=$TOP/build/demo
status=0
run scripts/vm-pair.sh --out "$out" --dir "$root" --watch both || status=$?
if [ $status != 0 ]; then
	echo "demo: consoles and verdicts are in $out" >&2
	echo "demo: it was not right: $(cat "$out/why")" >&2
	exit $status
fi
echo "demo: all of it was right: $(sed -n 's/^result ok *//p' "$out/verdict.alpha")"
