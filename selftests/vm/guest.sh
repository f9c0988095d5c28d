# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# qnet - what every guest's init begins with; sourced
#
# ttyS0 is the console.  The verdict goes to ttyS1 (descriptor 3) and nothing
# else does: what a test or the kernel writes can neither fake it nor stand for it.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /dev/hugepages
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mkdir -p /run/netns /run/test
mount -t cgroup2 cgroup /sys/fs/cgroup 2>/dev/null
exec </dev/null >/dev/ttyS0 2>&1
# The kernel ends its own lines as a terminal wants them; ours stay as they are.
stty -F /dev/ttyS0 -onlcr 2>/dev/null
stty -F /dev/ttyS1 raw -echo 2>/dev/null
exec 3>/dev/ttyS1

verdict() { echo "$*" >&3; }
now() { read -r up _ </proc/uptime && echo "${up%.*}"; }
finish() {
	verdict "done"
	sync
	# With no ACPI poweroff hangs; reboot ends a QEMU that has -no-reboot.
	exec reboot -f
}
give_up() {
	echo "# $*"
	verdict "fatal $*"
	finish
}

