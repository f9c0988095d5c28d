#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# qnet - a network falls apart into two, and heals: who was linked is linked again within a second,
# whoever else is linked meanwhile
#
# vm: timeout=150 more=debug

ip=/usr/sbin/ip
most=120	# hundredths of a second: the programs that look take their time, too
[ ! -e /sys/kernel/debug/kmemleak ] || most=400
cut=7		# seconds: nobody asks for who is away any more

on() {
	ns=$1
	shift
	$ip netns exec "$ns" "$@"
}

now() { sed 's/ .*//; s/\.//' /proc/uptime; }

# linked X Y...: node X has a link to each Y
linked() {
	on "$1" qnetctl node list >/run/test/nodes
	shift
	for other; do
		grep -q " node-$other  *up " /run/test/nodes || return 1
	done
}

all() { linked a b c d && linked b c d && linked c d; }
halves() { linked a b && linked c d; }
across() { linked a c || linked a d || linked b c || linked b d; }

# within HUNDREDTHS COMMAND...
within() {
	end=$(($(now) + $1))
	shift
	until "$@"; do
		[ "$(now)" -lt $end ] || return 1
	done
}

result() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count $2"
	else
		echo "not ok $count $2"
		on a qnetctl node list | sed 's/^/# /'
	fi
}

count=0
echo 1..7
for switch in one other; do
	$ip link add $switch type bridge forward_delay 0
	$ip link set $switch up
done
for n in a b c d; do
	$ip netns add $n
	$ip link add port-$n type veth peer name veth0 netns $n
	$ip link set port-$n master one up
	on $n $ip link set veth0 up
	on $n qnetctl node set node-$n
	on $n qnetctl bearer add veth0
done
within 1500 all
result $? "four nodes"
for round in 1 2; do
	$ip link set port-c master other
	$ip link set port-d master other
	sleep $cut
	! across && halves
	result $? "two and two, $round"
	before=$(now)
	$ip link set port-c master one
	$ip link set port-d master one
	within 1500 all
	result $? "four again, $round"
	took=$(($(now) - before))
	echo "# after $took hundredths of a second"
	[ $took -le $most ]
	result $? "soon, $round"
done
