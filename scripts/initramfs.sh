#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - assemble a guest's root: busybox, ip, tc, kernel modules, what is given
#
# usage: initramfs.sh KERNELDIR INIT OUT [DIR...]
# Each DIR is laid over the root.  Shared libraries that programs in it need
# are added; modules in it (lib/qnet/*.ko) are known to the guest's modprobe.
. "$(dirname "$0")/lib.sh"
need cpio depmod modprobe ldd busybox

[ $# -ge 3 ] || die "usage: initramfs.sh KERNELDIR INIT OUT [DIR...]"
kernel=$1 init=$2 out=$3
shift 3
release=$(cat "$kernel/release")

# In the order in which virtio needs them; the rest is loaded by alias.
modules=(virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci
	failover net_failover virtio_net virtio_console veth dummy macvlan tun ifb bridge 8021q bonding
	sch_netem sch_tbf sch_prio sch_ingress cls_u32 cls_matchall cls_flower act_mirred
	act_gact act_vlan act_police crc32c_generic crc32c_intel libcrc32c chacha20poly1305
	libchacha20poly1305 tipc act_pedit vxlan)

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,sbin,lib,lib64,usr/{bin,sbin,lib},demo,proc,sys,dev,tmp,run,root,etc,var,tests}
chmod 1777 "$root/tmp"
echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:
nogroup:x:65534:' >"$root/etc/group"

cp "$(command -v busybox)" "$root/bin/busybox"
! ldd "$root/bin/busybox" >/dev/null 2>&1 || die "busybox is not static: install busybox-static"
for applet in $("$root/bin/busybox" --list-full); do
	[ -e "$root/$applet" ] || ln -s /bin/busybox "$root/$applet"
done
# busybox's shell prefers its own applets to any ip or tc in PATH: tests get dash.
rm -f "$root/bin/sh"
cp -L "$(command -v dash)" "$root/bin/sh"
# busybox has an ip and a tc of its own in /sbin, which know less.
for tool in ip tc bridge tipc ethtool; do
	rm -f "$root"/{sbin,usr/sbin,bin,usr/bin}/$tool
	path=$(command -v $tool) || continue
	cp -L "$path" "$root/usr/sbin/$tool"
	ln -s /usr/sbin/$tool "$root/sbin/$tool"
done
mkdir -p "$root/usr/lib/tc"
cp /usr/lib/tc/*.dist "$root/usr/lib/tc" 2>/dev/null || true
# glibc opens it by name when a thread is cancelled: ldd does not show it.
cp -L "$(gcc -print-file-name=libgcc_s.so.1)" "$root/usr/lib"
ln -s sbin/init "$root/init"
rm -f "$root/sbin/init"
cp "$init" "$root/sbin/init"
chmod 755 "$root/sbin/init"
cp "$TOP/selftests/vm/guest.sh" "$root/etc/"

tree=lib/modules/$release
mkdir -p "$root/$tree"
cp "$kernel/root/$tree"/modules.{builtin,order} "$root/$tree" 2>/dev/null || true
cp "$kernel/root/$tree/modules.builtin.modinfo" "$root/$tree" 2>/dev/null || true
for m in "${modules[@]}"; do
	# A kernel that has it built in, or not at all, has no file to give.
	modprobe -d "$kernel/root" -S "$release" --show-depends "$m" 2>/dev/null || true
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r file; do
	install -D -m 644 "$file" "$root/$tree/${file##*/lib/modules/"$release"/}"
done

for dir; do
	cp -aL "$dir/." "$root/"
done
for ko in "$root"/lib/qnet/*.ko; do
	[ ! -e "$ko" ] || install -D -m 644 "$ko" "$root/$tree/updates/${ko##*/}"
done
depmod -b "$root" "$release"

# To a fixed point is not needed: ldd lists what libraries need themselves.  It
# fails where there is nothing to list: a static program.
find "$root"/bin/sh "$root"/usr/sbin "$root"/usr/bin "$root"/tests "$root"/usr/lib "$root"/demo -type f \
	-exec sh -c 'for f; do ! head -c 4 "$f" | grep -q ELF || printf "%s\0" "$f"; done' sh {} + |
	{ LD_LIBRARY_PATH=$root/usr/lib xargs -0 -r ldd 2>/dev/null || true; } |
	sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p; s/^\t\(\/[^ ]*\) (.*/\1/p' | sort -u |
	while read -r lib; do
		case $lib in
		"$root"/*) continue ;;
		*/ld-linux*) dest=$root$lib ;;
		*) dest=$root/usr/lib/${lib##*/} ;;
		esac
		[ -e "$dest" ] || install -D -m 755 "$lib" "$dest"
	done

mkdir -p "$(dirname "$out")"
(cd "$root" && find . -print0 | cpio --null -o -H newc -R 0:0 --quiet) >"$out.tmp"
mv "$out.tmp" "$out"
