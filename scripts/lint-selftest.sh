#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - see each lint gate red: a clean little tree, then one fault at a time
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

plant() {
	rm -rf "${work:?}"/* "$work/.ci"
	mkdir -p kmod uapi scripts selftests/vm Documentation/man tools/planted
	cp -r "$TOP/Makefile" .
	cp -r "$TOP/scripts/mk" scripts/
	cp "$TOP/scripts/codespell.ignore" scripts/
	ln -s "$TOP/scripts/kernel.sh" "$TOP/scripts/kernel-files.sh" scripts/
	printf 'obj-m := qnet.o\nqnet-y := kmod/main.o\n' >Kbuild
	cat >kmod/main.c <<-'END'
	// SPDX-License-Identifier: GPL-2.0
	/*
	 * planted - a module that is clean
	 */
	#include <linux/init.h>
	#include <linux/module.h>

	static int __init planted_init(void)
	{
		return 0;
	}
	module_init(planted_init);

	static void __exit planted_exit(void)
	{
	}
	module_exit(planted_exit);

	MODULE_LICENSE("GPL");
	MODULE_DESCRIPTION("planted");
	END
	printf '#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0\necho good\n' >tools/planted/good.sh
	cat >Documentation/man/planted.7 <<-'END'
	.\" SPDX-License-Identifier: GPL-2.0
	.Dd $Mdocdate$
	.Dt PLANTED 7
	.Os
	.Sh NAME
	.Nm planted
	.Nd a page that is clean
	.Sh DESCRIPTION
	Nothing.
	END
}

n=0 bad=0
report() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n $2"
		return
	fi
	echo "not ok $n $2"
	sed 's/^/# /' "$work/log"
	bad=1
}

# red GATE WORD: this gate, and for this reason
red() {
	local wrong=1

	if ! "$TOP/scripts/lint.sh" --top . "$1" >log 2>&1; then
		grep -q -- "$2" log && wrong=0
	fi
	report $wrong "$1 is red: $2"
}

echo 1..11
plant
wrong=0
"$TOP/scripts/lint.sh" --top . >log 2>&1 || wrong=1
report $wrong "a clean tree is silent"

plant
sed -i 's/return 0;/return(0);/' kmod/main.c
red checkpatch RETURN_PARENTHESES

plant
sed -i 's/return 0;/__be32 be = 1;\n\n\treturn (__force int)be;/' kmod/main.c
red sparse 'incorrect type in initializer'

plant
# Only W=1 asks for it.
sed -i 's/return 0;/int unused;\n\n\tunused = 1;\n\treturn 0;/' kmod/main.c
red w1 unused-but-set-variable

plant
# shellcheck disable=SC2016 # the fault is the missing quotes
echo 'rm $1' >>tools/planted/good.sh
red shellcheck SC2086

plant
# The word is put together here: this file is spell-checked too.
printf '%s%s end\n' t eh >Documentation/planted.rst
red codespell 'the'

plant
echo '.Xx' >>Documentation/man/planted.7
red mandoc 'unknown macro'

plant
mkdir -p uapi/linux Documentation/netlink/specs
cp "$TOP/uapi/linux/qnet.h" uapi/linux/
cp "$TOP/kmod/netlink.c" kmod/
sed 's/name: node-add/name: node-more/' "$TOP/Documentation/netlink/specs/qnet.yaml" \
	>Documentation/netlink/specs/qnet.yaml
cp "$TOP/Documentation/protocol.rst" Documentation/
sed 's/^\tX(ack_delay,/\tX(planted, "ms", 1, 1, 1) \\\n&/' "$TOP/kmod/param.h" >kmod/param.h
red spec QNET_CMD_NODE_MORE
red spec 'parameter planted .* read nowhere'
sed 's/^\tX(pull_idle, "ms", [0-9]*,/\tX(pull_idle, "ms", 101,/' "$TOP/kmod/param.h" >kmod/param.h
red spec 'parameter pull_idle is 101 ms'

plant
sed -i 's/^static int __init/static int state;\n\n&/; s/return 0;/return READ_ONCE(state);/' \
	kmod/main.c
red marked 'who else touches state'
exit $bad
