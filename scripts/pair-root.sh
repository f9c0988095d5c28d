#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - module, library, tools and examples of the stock kernel, as a root for vm-pair.sh
#
# usage: pair-root.sh DIR FILE...    builds them; each FILE goes to DIR/demo, a program to DIR/usr/bin
. "$(dirname "$0")/lib.sh"

cd "$TOP"
root=$1
shift
dir=$(scripts/kernel.sh stock)
release=$(cat "$dir/release")
make -s module lib tools examples KERNEL=stock >&2 || die "the build failed"

mkdir -p "$root"/{demo,usr/{lib,bin,sbin},lib/qnet}
for f; do
	case $f in
	*.sh) cp "$f" "$root/demo/" ;;
	*) cp "$f" "$root/usr/bin/" ;;
	esac
done
cp -a build/libqnet/libqnet.so.* "$root/usr/lib/"
cp build/qnetctl/qnetctl "$root/usr/sbin/"
cp "build/$release/qnet.ko" "$root/lib/qnet/"
find build/examples -maxdepth 1 -type f -executable -exec cp {} "$root/usr/bin/" \;
