#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# qnet - asking for the netlink family loads the module; without it qnetctl says so
#
# Ends with the module unloaded: the runner loads it again as it wants it.

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
echo "1..4"
