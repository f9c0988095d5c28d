# SPDX-License-Identifier: GPL-2.0
# qnet - the module and the library once more, counting their lines
#
# The library is clang's: its counters lie in a mapped file, so that a process
# that is killed has been counted, and most of the tests' are.
COV := $(B)/coverage
cov-mirror := $(COV)/$(KVER)
# By its soname: that is what the guest has a plain one of.
cov-lib := $(COV)/root/usr/lib/$(lib-soname)
CLANG ?= clang

.PHONY: coverage coverage-build
coverage:
	$(Q)scripts/coverage.sh

coverage-build: check-kdir $(cov-lib)
	$(say) MODULE $(cov-mirror)/qnet.ko
	$(Q)$(call reflect,$(cov-mirror))
	+$(Q)$(call kbuild,$(cov-mirror),QNET_GCOV=1)

$(cov-lib): $(lib-src) $(lib-map) $(wildcard libqnet/*.h libqnet/include/*/*.h libqnet/include/*.h uapi/linux/*.h)
	$(say) CLANG $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -std=gnu11 -O1 -g $(WARN) -fPIC -shared $(lib-inc) \
		-fprofile-instr-generate=/var/coverage/%c%m.profraw -fcoverage-mapping \
		-mllvm -runtime-counter-relocation -Wl,-soname,$(lib-soname) \
		$(lib-map:%=-Wl,--version-script=%) -o $@ $(addprefix $(top)/,$(lib-src)) -lpthread
