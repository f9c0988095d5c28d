#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - install the Debian packages that building and testing need
#
# usage: deps.sh [build] [vm] [debug] [lint] [model] [fuzz]     (default: these six)
#        deps.sh kernels multilib coverage       what only check-all and coverage need
# build: module, library, tools.  vm: guests.  debug: a kernel.  lint: the gates.
# model: spin.  fuzz: libFuzzer.  kernels: 6.12 and 6.12-rt.  multilib: 32-bit programs.  coverage: its pages.
# Asks nothing, says what it installs, touches nothing that is there.
. "$(dirname "$0")/lib.sh"

build=(make gcc g++ libc6-dev pkg-config kmod libnl-3-dev libnl-genl-3-dev)
vm=(qemu-system-x86 busybox-static iproute2 ethtool cpio dash)
debug=(linux-source-6.1 xz-utils bc bison flex libelf-dev libssl-dev)
lint=(linux-source-6.1 xz-utils sparse shellcheck codespell mandoc perl git python3 python3-yaml)
kernels=(pahole xz-utils)
multilib=(gcc-multilib)
model=(spin gcc)
coverage=(lcov clang llvm libclang-rt-14-dev)
fuzz=(clang-14 libclang-rt-14-dev)

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

update() {
	say APT "update"
	as_root apt-get -q update >&2 || die "apt-get update failed: is the network there?"
}

# dpkg-query alone would call a removed package with its configuration left "known".
missing() {
	local p

	for p in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
			grep -qx installed || echo "$p"
	done
}

command -v apt-get >/dev/null || die "no apt-get: install these by hand: ${build[*]} ${vm[*]} ${debug[*]} ${lint[*]} ${fuzz[*]}"

# Debian 12 has 6.12 in its security suite; of a machine without that suite we
# ask for backports, from the mirror it uses already.
have_612() {
	apt-cache search --names-only '^linux-headers-6\.12\..*-common$' | grep -q .
}

add_backports() {
	local list=/etc/apt/sources.list.d/qnet-backports.list mirror option=''
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg

	# shellcheck disable=SC2016 # apt's own variable
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Codename: bookworm' 'Component: main' | head -1)
	[ -n "$mirror" ] || die "apt has no mirror of Debian 12: 6.12 is in bookworm-backports"
	[ ! -e $keys ] || option="[signed-by=$keys] "
	say APT "add bookworm-backports, for 6.12, as $list"
	echo "deb $option$mirror bookworm-backports main" | as_root tee $list >/dev/null
}

want=() newer=
for group in "${@:-all}"; do
	case $group in
	build) want+=("${build[@]}") ;;
	vm) want+=("${vm[@]}") ;;
	debug) want+=("${debug[@]}") ;;
	lint) want+=("${lint[@]}") ;;
	model) want+=("${model[@]}") ;;
	fuzz) want+=("${fuzz[@]}") ;;
	kernels) want+=("${kernels[@]}") newer=1 ;;
	multilib) want+=("${multilib[@]}") ;;
	coverage) want+=("${coverage[@]}") ;;
	all) want+=("${build[@]}" "${vm[@]}" "${debug[@]}" "${lint[@]}" "${model[@]}" \
		"${fuzz[@]}") ;;
	*) die "no group $group: build, vm, debug, lint, model, fuzz, kernels, multilib or coverage" ;;
	esac
done

if [ -n "$newer" ] && ! have_612; then
	update
	have_612 || { add_backports; update; }
	have_612 || die "apt knows no linux-headers-6.12"
fi

# Headers of the kernel that guests run: Debian's current one.  Without lists apt knows none.
current_image() {
	apt-cache depends linux-image-amd64 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1 || true
}

image=$(current_image)
if [ -z "$image" ]; then
	update
	image=$(current_image)
fi
[ -n "$image" ] || die "apt knows no linux-image-amd64: is this Debian 12 on amd64?"
want+=("${image/image/headers}")

mapfile -t todo < <(missing "${want[@]}" | sort -u)
[ "${#todo[@]}" -gt 0 ] || exit 0

say APT "install ${todo[*]}"
install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		--no-install-recommends install "${todo[@]}" >&2
}
# Lists that are old name files the mirror no longer has.
install || { update; install; } || die "could not install: ${todo[*]}"
