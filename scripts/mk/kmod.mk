# SPDX-License-Identifier: GPL-2.0
# qnet - the module, out of tree, once for each kernel
#
# Kbuild writes beside its sources, so every kernel gets a mirror of links in
# build/KVER/: stock, debug and others do not disturb each other.

ifneq ($(KERNEL),)
  KDIR := $(shell scripts/kernel.sh $(KERNEL))/build
else ifneq ($(KVER),)
  KDIR ?= /lib/modules/$(KVER)/build
else
  # The running kernel may be one without headers: a container's, a cloud's.
  KDIR ?= $(lastword $(shell ls -d /lib/modules/*/build 2>/dev/null | sort -V))
endif
# Debian's kernel.release names the source, not the kernel.
KVER := $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)

mirror := $(B)/$(KVER)
W ?= 1
# $(call kbuild,mirror,more): the lock is for two people in one tree.
kbuild = flock $1/.lock $(MAKE) -C $(KDIR) M=$(top)/$1 W=$(W) KCFLAGS=-Werror \
	CONFIG_DEBUG_INFO_BTF_MODULES= $(if $(filter 1,$(V)),V=1,-s) modules $2

# $(call reflect,mirror): links to what is there, none to what is gone; those
# that exist are not made anew under a compiler that runs.
reflect = mkdir -p $1/kmod/compat/include && find $1 -xtype l -delete && \
	{ cp -rsn $(top)/kmod $(top)/uapi $(top)/Kbuild $1/ 2>/dev/null || :; }

.PHONY: module sparse check-kdir
module: check-kdir
	$(say) MODULE $(mirror)/qnet.ko
	$(Q)$(call reflect,$(mirror))
	+$(Q)$(call kbuild,$(mirror))

sparse: check-kdir
	$(Q)$(call reflect,$(B)/sparse)
	+$(Q)$(call kbuild,$(B)/sparse,C=2 CF="-D__CHECK_ENDIAN__ -Wsparse-error")

check-kdir:
	$(Q)[ -n "$(KVER)" ] || { echo "no kernel headers in '$(KDIR)': run make deps, or name a built tree with KDIR=" >&2; exit 1; }
