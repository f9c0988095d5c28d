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
kbuild = $(MAKE) -C $(KDIR) M=$(top)/$(mirror) W=$(W) KCFLAGS=-Werror CONFIG_DEBUG_INFO_BTF_MODULES= \
	$(if $(filter 1,$(V)),V=1,-s) modules

# -s silences Kbuild's own lines too: what it compiles is told by its output
# only with V=1, and by us in one line.
.PHONY: module sparse mirror check-kdir
module: mirror
	$(say) MODULE $(mirror)/qnet.ko
	$(Q)$(kbuild)

sparse: mirror
	$(Q)find $(mirror) -name '*.o' -delete
	$(Q)$(kbuild) C=2 CF="-D__CHECK_ENDIAN__ -Wsparse-error"

mirror: check-kdir
	$(Q)mkdir -p $(mirror)/kmod/compat/include
	$(Q)find $(mirror) -xtype l -delete
	$(Q)cp -rsf $(top)/kmod $(top)/uapi $(top)/Kbuild $(mirror)/

check-kdir:
	$(Q)[ -n "$(KVER)" ] || { echo "no kernel headers in '$(KDIR)': run make deps, or name a built tree with KDIR=" >&2; exit 1; }
