#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - deps.sh on machines that are not here: apt is a script that says what it was asked for
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"

# On the machine: fresh, lists that are there; installed, all packages; old, what lists name is gone.
cat >"$work/bin/apt-get" <<'END'
#!/bin/sh
case " $* " in
*' update '*)
	echo update >>"$MACHINE/said"
	: >"$MACHINE/fresh"
	rm -f "$MACHINE/old" ;;
*' install '*)
	echo "$*" >>"$MACHINE/said"
	[ ! -e "$MACHINE/old" ] || exit 100 ;;
esac
END
cat >"$work/bin/apt-cache" <<'END'
#!/bin/sh
if [ ! -e "$MACHINE/fresh" ]; then
	echo 'E: No packages found' >&2
	exit 100
fi
printf 'linux-image-amd64\n  Depends: linux-image-6.1.0-0-amd64\n'
END
cat >"$work/bin/dpkg-query" <<'END'
#!/bin/sh
[ -e "$MACHINE/installed" ] && echo installed
END
# root needs no sudo, and who is not root has it
printf '#!/bin/sh\necho 0\n' >"$work/bin/id"
chmod +x "$work"/bin/*

n=0 bad=0
# try WHAT STATUS SAID STATE...: on a machine with these, deps.sh ends so and asked apt for this
try() {
	local what=$1 status=$2 said=$3 state ended=0

	shift 3
	export MACHINE=$work/machine
	rm -rf "$MACHINE"
	mkdir "$MACHINE"
	: >"$MACHINE/said"
	for state; do : >"$MACHINE/$state"; done
	PATH=$work/bin:$PATH "$TOP/scripts/deps.sh" build >"$work/log" 2>&1 || ended=$?
	n=$((n + 1))
	if [ $ended = "$status" ] && [ "$(tr '\n' ';' <"$MACHINE/said")" = "$said" ]; then
		echo "ok $n $what"
	else
		echo "not ok $n $what"
		sed 's/^/# /' "$work/log" "$MACHINE/said"
		bad=1
	fi
}

packages='gcc g++ kmod libc6-dev libnl-3-dev libnl-genl-3-dev linux-headers-6.1.0-0-amd64 make pkg-config'
packages=$(tr ' ' '\n' <<<"$packages" | LC_ALL=C sort | tr '\n' ' ')
install="-q -y --no-install-recommends install ${packages% };"
echo 1..4
try "a machine with everything is left alone" 0 '' fresh installed
try "what is missing is installed" 0 "$install" fresh
try "a machine whose apt has no lists gets them" 0 "update;$install"
try "lists that are old are made anew" 0 "${install}update;$install" fresh old
exit $bad
