#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# qnet - qnetctl: words, output, errors and exit codes
#
# vm: timeout=120 more=debug
#
#	+- this namespace -+
#	|  veth0 --- veth1 |
#	+------------------+

count=0

ok() { count=$((count + 1)) && echo "ok $count $1"; }
not_ok() {
	count=$((count + 1))
	echo "not ok $count $1"
	shift
	printf '# %s\n' "$@"
}

# check NAME CODE PATTERN COMMAND...: exit code, and a pattern of case in what it says
check() {
	name=$1 code=$2 pattern=$3
	shift 3
	said=$("$@" 2>&1)
	rc=$?
	# shellcheck disable=SC2254
	case $said in
	$pattern) [ "$rc" = "$code" ] && ok "$name" && return ;;
	esac
	not_ok "$name" "$* gave $rc and said:" "$said"
}

if [ "$(id -u)" != 0 ] || ! command -v qnetctl >/dev/null || ! command -v ip >/dev/null; then
	echo "1..0 # SKIP wants root, qnetctl and ip"
	exit 4
fi
if [ -z "$QNETCTL_TEST_INSIDE" ]; then
	QNETCTL_TEST_INSIDE=1 exec unshare -n "$0"
fi
ip link add veth0 up type veth peer name veth1 || exit 4
ip link set veth1 up

check "help" 0 "*node add NAME lladdr MAC dev DEV*" qnetctl help
check "no word is help" 0 "*bearer add DEV*" qnetctl
check "-h" 0 "*stats*" qnetctl -h
check "unknown command" 2 "*'nod3'*" qnetctl nod3
check "ambiguous command" 2 "*'s'*show or set*" qnetctl node s
check "unknown option" 2 "*'-x'*" qnetctl -x
check "too many words" 2 "*'more'*" qnetctl version more

check "version" 0 "qnetctl *module *abi *1*wire *1*family *ethertype *0x*" qnetctl version
check "version -j" 0 '{"qnetctl":"*","loaded":true,"module":"*","abi":1,"wire":1,*}' qnetctl -j version

check "node list without a name" 0 "ND *0 *- *local *" qnetctl node list
check "node set" 0 "" qnetctl node set alpha dead-after 300
check "node show" 0 "node *alpha*nd *0*state *local*dead-after *300 ms*" qnetctl node show alpha
check "abbreviations" 0 "node *alpha*" qnetctl n sh alpha
check "node set name by keyword" 0 "" qnetctl node set name alpha
check "node set: bad name" 1 "qnetctl: node a b: *name*" qnetctl node set "a b"
check "node set: long name" 2 "*1 to 63*" qnetctl node set "$(printf '%064d' 0)"
check "node set: dead-after too short" 1 "*dead-after is 50 to 60000*" qnetctl node set dead-after 1
check "node set: dead-after is no number" 2 "*dead-after 'soon'*" qnetctl node set dead-after soon
check "node set eager" 0 "" qnetctl node set eager 16384
check "node show eager" 0 "node *dead-after *300 ms*eager *16384 bytes*" qnetctl node show alpha
check "node show -j eager" 0 '*"dead_after_ms":300,"eager":16384*' qnetctl -j node show alpha
check "node set: eager too large" 1 "*eager is 0 to 65536 bytes*" qnetctl node set eager 65537
check "node set: eager is no number" 2 "*eager 'all'*" qnetctl node set eager all
check "node set eager back" 0 "" qnetctl node set eager 65536
check "node set: nothing" 2 "*node set*" qnetctl node set
check "node show: unknown" 1 "qnetctl: node nobody: no such node*" qnetctl node show nobody
check "node del: unknown" 1 "qnetctl: node nobody: no such node*" qnetctl node del nobody

check "bearer list, empty" 0 "DEV *TX-BYTES" qnetctl bearer list
check "bearer list -j, empty" 0 "[[]]" qnetctl -j bearer list
check "bearer add: unknown device" 1 "qnetctl: device eth77: not found*" qnetctl bearer add eth77
check "bearer add: loopback" 1 "qnetctl: bearer lo: *" qnetctl bearer add lo
check "bearer add" 0 "" qnetctl bearer add veth0
check "bearer add: again" 1 "qnetctl: bearer veth0: *already*" qnetctl bearer add veth0
check "bearer list" 0 "DEV*veth0 *up *" qnetctl bearer
check "bearer list -j" 0 '[[]{"dev":"veth0","ifindex":*,"state":"up","lladdr":"*","mtu":1500,*}]' \
	qnetctl bearer list -j
check "bearer del: not a bearer" 1 "qnetctl: bearer veth1: no such bearer*" qnetctl bearer del veth1

check "node add: not an address" 2 "*lladdr '02:00'*" qnetctl node add beta lladdr 02:00 dev veth0
check "node add: a group's address" 1 "qnetctl: node beta: *address*" \
	qnetctl node add beta lladdr ff:ff:ff:ff:ff:ff dev veth0
check "node add: device that is no bearer" 1 "qnetctl: node beta: *bearer*" \
	qnetctl node add beta lladdr 02:00:5e:10:00:01 dev veth1
check "node add: unknown device" 1 "qnetctl: device eth77: *" \
	qnetctl node add beta lladdr 02:00:5e:10:00:01 dev eth77
check "node add: a word missing" 2 "*lladdr MAC dev DEV*" qnetctl node add beta dev veth0
check "node add" 0 "" qnetctl node add beta lladdr 02:00:5e:10:00:01 dev veth0
check "node add: again" 1 "qnetctl: node beta: *" \
	qnetctl node add beta lladdr 02:00:5e:10:00:01 dev veth0
check "node add: this node's name" 1 "qnetctl: node alpha: *" \
	qnetctl node add alpha lladdr 02:00:5e:10:00:01 dev veth0
check "node list" 0 "*alpha *local*beta *veth0 *02:00:5e:10:00:01 *static*" qnetctl node list
check "node list -j" 0 '[[]{"nd":0,"name":"alpha","state":"local",*},{"nd":*,"name":"beta",*"static":true,"lladdr":"02:00:5e:10:00:01",*"dev":"veth0",*}]' \
	qnetctl -j node list
check "node show -j" 0 '{"nd":*,"name":"beta",*}' qnetctl -j node show beta
check "node del: this node" 1 "qnetctl: node alpha: *" qnetctl node del alpha
check "node del" 0 "" qnetctl node del beta
check "node del: again" 1 "qnetctl: node beta: no such node*" qnetctl node del beta

check "stats -a" 0 "*processes_made *links_dead *" qnetctl stats -a
check "stats -j" 0 '{*"nodes_made":*}' qnetctl -j stats
check "stats PREFIX" 0 "*rx_bad_crc *0*" qnetctl -a stats rx_bad_crc
check "stats: unknown" 2 "*'zz'*" qnetctl stats zz

check "param" 0 "NAME*DEFAULT*ack_delay *10000 *us*pulses_client*" qnetctl param
check "param list PREFIX" 0 "NAME*mtu_tries *3 *3 *1 *100 frames*" qnetctl param list mtu
check "param list: unknown" 2 "*'zz'*" qnetctl param list zz
check "param set" 0 "" qnetctl param set ack_frames 8
check "param -j" 0 '[[]{"name":"ack_frames","value":8,"default":16,"least":1,"most":16,"unit":"frames"},{*}]' \
	qnetctl -j param list ack_frames
check "param set: default" 0 "" qnetctl param set ack_frames default
check "param: as at first" 0 "*ack_frames *16 *16 *" qnetctl param list ack_frames
check "param set: range" 1 "qnetctl: param ack_frames: out of range*" qnetctl param set ack_frames 17
check "param set: unknown" 1 "qnetctl: param zz: no such parameter*param list*" qnetctl param set zz 1
check "param set: no number" 2 "*ack_frames*'many'*" qnetctl param set ack_frames many
check "param set: no value" 2 "*NAME VALUE*" qnetctl param set ack_frames

ip link del veth0
check "a device that went" 0 "DEV*veth0 *gone *" qnetctl bearer list
check "bearer del of it" 0 "" qnetctl bearer del veth0
check "it is gone" 0 "[[]]" qnetctl -j bearer list

# In a user namespace of its own, which does not own this network namespace.
check "without CAP_NET_ADMIN: look" 0 "ND*" unshare -U qnetctl node list
check "without CAP_NET_ADMIN: change" 1 "qnetctl: node beta: not permitted: *CAP_NET_ADMIN*" \
	unshare -U qnetctl node set beta
check "a namespace's own root: less" 0 "" unshare -Urn qnetctl param set requests 100
check "a namespace's own root: more" 1 "qnetctl: param requests: *CAP_NET_ADMIN*" \
	unshare -Urn qnetctl param set requests 5000
check "without CAP_NET_ADMIN: param" 1 "qnetctl: param busy: not permitted: *CAP_NET_ADMIN*" \
	unshare -U qnetctl param set busy 1
echo "1..$count"
