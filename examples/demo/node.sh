# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# qnet - what both machines of the demo do
ip=/usr/sbin/ip

# The one Ethernet device.
dev=$(cd /sys/class/net && echo e*)

device() {
	cat "/sys/class/net/$dev/statistics/$1"
}

fail() {
	result fail "$1"
	exit 1
}

# wait_for WHAT COMMAND...: at most 30 s
wait_for() {
	what=$1 tries=300
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || fail "waited in vain for $what"
		sleep 0.1
	done
}

counter() {
	qnetctl stats -a | awk -v name="$1" '$1 == name { print $2 }'
}

bring_up() {
	echo "$1: boot $(cat /proc/sys/kernel/random/boot_id), kernel $(uname -r)"
	$ip link set "$dev" up || fail "$1: no device on the wire"
	qnetctl node set "$1" || fail "$1: qnetctl node set $1"
	qnetctl bearer add "$dev" || fail "$1: qnetctl bearer add $dev"
}

# Both example servers have published their names when a client finds them.
served() {
	digest_client digest /dev/null >/dev/null 2>&1 &&
		pingpong -n 1 -w 0 pingpong >/dev/null 2>&1
}
