#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# qnet - asking for the netlink family loads the module; without it qnetctl says so
#
# Ends with the module unloaded: the runner loads it again as it wants it.

ip=/usr/sbin/ip

check() {
	number=$1 name=$2
	shift 2
	if "$@" >/run/said 2>&1; then
		echo "ok $number $name"
	else
		echo "not ok $number $name"
		sed 's/^/# /' /run/said
	fi
}

says_absent() {
	said=$(qnetctl node list 2>&1)
	[ $? = 1 ] && [ "$said" = "qnetctl: qnet: kernel module not loaded: modprobe qnet" ] && return
	echo "$said"
	return 1
}

version_without() { qnetctl -j version | grep '"loaded":false'; }
loads() { qnetctl node list && [ -d /sys/module/qnet ]; }

# A device has frames when the module goes: that waits for them, for their destructor is its code.
# Half a second each; HELLOs are longer than the bucket is deep, and are dropped.
unloads_late() {
	$ip netns add far &&
		$ip link add slow0 type veth peer name slow1 netns far &&
		$ip link set slow0 up && $ip netns exec far $ip link set slow1 up || return
	qnetctl node set near dead-after 200 &&
		$ip netns exec far qnetctl node set far dead-after 200 &&
		$ip netns exec far qnetctl bearer add slow1 &&
		qnetctl bearer add slow0 || return
	within 50 up || return
	/usr/sbin/tc qdisc add dev slow0 root tbf rate 1kbit burst 300 limit 10000
	within 50 waiting || return
	rmmod qnet || return
	# that of any that is left runs now
	within 50 drained || return
	$ip link del slow0 && $ip netns del far
}

up() { qnetctl node list | grep -q ' far .*up '; }
drained() { /usr/sbin/tc -s qdisc show dev slow0 | grep 'backlog 0b 0p'; }
waiting() { /usr/sbin/tc -s qdisc show dev slow0 | grep 'backlog [^ ]* [2-9]'; }

# within TENTHS COMMAND...
within() {
	tenths=$1
	shift
	until "$@"; do
		[ "$tenths" -gt 0 ] || return 1
		tenths=$((tenths - 1))
		sleep 0.1
	done
}

if ! command -v qnetctl >/dev/null || ! rmmod qnet; then
	echo "1..0 # SKIP wants qnetctl and a module that can be unloaded"
	exit 4
fi
modprobe=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
check 1 "no module: says what to do" says_absent
check 2 "no module: version" version_without
echo "$modprobe" >/proc/sys/kernel/modprobe
check 3 "the first request loads it" loads
check 4 "it unloads" rmmod qnet
modprobe qnet
check 5 "it unloads when a device is through with its frames" unloads_late
echo "1..5"
