# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# qnet - goodput between two guests: what both do
# shellcheck source=examples/demo/node.sh
. /demo/node.sh

set_up() {
	bring_up "$1"
	$ip addr add "10.0.0.$2/24" dev "$dev" || fail "$1: no address"
	modprobe tipc || fail "$1: no TIPC"
	tipc node set identity "$1" || fail "$1: TIPC wants no name"
	tipc bearer enable media eth device "$dev" || fail "$1: TIPC wants no device"
}
