# SPDX-License-Identifier: GPL-2.0
# qnet - test programs, examples, unit tests
#
# A new file is a new test: nothing is listed here.  What a test wants from
# the guest stands in its own head: see scripts/vm-run.sh --help.
S := $(B)/selftests
test-src := $(sort $(wildcard selftests/qnet/*_test.c selftests/qnet/test_*.c))
test-bin := $(test-src:selftests/qnet/%.c=$S/%)
test-aux-src := $(filter-out $(test-src),$(wildcard selftests/qnet/*.c))
test-aux := $(test-aux-src:selftests/qnet/%.c=$S/aux/%.o)
# The empty value is what a file's own #define gives: no redefinition.
test-inc := -D_GNU_SOURCE= -Iuapi -Ilibqnet/include -Iselftests/qnet -isystem $(B)/kselftest

# Programs that script tests start; C++ users of the headers, which only must
# compile and link.
prog-src := $(wildcard selftests/qnet/tools/*.c)
prog-bin := $(prog-src:selftests/qnet/tools/%.c=$S/tools/%)
cxx-src := $(wildcard selftests/qnet/*.cc)
cxx-bin := $(cxx-src:selftests/qnet/%.cc=$S/cxx/%)

.PHONY: tests examples unit
tests: $(test-bin) $(prog-bin) $(cxx-bin)

# The harness comes from Debian's kernel source, not from this repository.
$(B)/kselftest/kselftest_harness.h: scripts/kernel-files.sh
	$(Q)mkdir -p $(@D)
	$(Q)cp $$(scripts/kernel-files.sh)/kselftest*.h $(@D)
	$(Q)touch $@

$S/flags: FORCE
	$(call keep,$@,$(CC) $(CFLAGS_ALL))

# Files in selftests/qnet/ that are no test are helpers, linked into each.
$S/aux/%.o: selftests/qnet/%.c $S/flags | $(B)/kselftest/kselftest_harness.h
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(test-inc) -MMD -MP -c -o $@ $<

$S/aux.a: $(test-aux)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$S/%: selftests/qnet/%.c $(lib-all) $S/aux.a $S/flags | $(B)/kselftest/kselftest_harness.h
	$(say) CC $<
	$(Q)$(CC) $(CFLAGS_ALL) $(test-inc) -MMD -MP -MF $@.d -o $@ $< $S/aux.a $(if $(lib-all),-L$L -lqnet) -lpthread

$S/tools/%: selftests/qnet/tools/%.c $(lib-all) $S/aux.a $S/flags | $(B)/kselftest/kselftest_harness.h
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(test-inc) -MMD -MP -MF $@.d -o $@ $< $S/aux.a $(if $(lib-all),-L$L -lqnet) -lpthread

# Programs of this machine, beside guests.
$S/wire/%: selftests/wire/%.c $S/flags
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -MF $@.d -o $@ $<

$S/cxx/%: selftests/qnet/%.cc $(lib-all) $S/flags
	$(say) CXX $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) -std=gnu++17 $(OPT) $(WARN) $(CXXFLAGS) -Iuapi -Ilibqnet/include -MMD -MP -MF $@.d -o $@ $< -L$L -lqnet -lpthread

-include $(test-bin:=.d) $(prog-bin:=.d) $(cxx-bin:=.d) $(test-aux:.o=.d)

# Examples see only what is installed: an installation of their own.
X := $(B)/examples
stage := $(top)/$(B)/stage
ex-src := $(wildcard examples/*.c)
ex-bin := $(ex-src:examples/%.c=$X/%)
ex-pc = PKG_CONFIG_PATH=$(stage)/usr/local/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$(stage) $(PKG_CONFIG)

examples: $(ex-bin)

$X/staged: $(lib-all) $(wildcard libqnet/include/*/*.h libqnet/include/*.h uapi/linux/*.h libqnet/*.in)
	$(Q)rm -rf $(stage)
	$(Q)$(MAKE) -s install-lib DESTDIR=$(stage) PREFIX=/usr/local
	$(Q)mkdir -p $(@D) && touch $@

$X/%: examples/%.c $X/staged
	$(say) CC $<
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -MF $@.d -o $@ $< $$($(ex-pc) --cflags --libs qnet)

-include $(ex-bin:=.d)

# The first lines of a unit test name the pure files it is compiled with.
U := $(B)/unit
unit-src := $(sort $(wildcard selftests/unit/*_test.c))
unit-bin := $(unit-src:selftests/unit/%.c=$U/%)

unit: $(unit-bin)
	$(Q)selftests/unit/run.sh $(unit-bin)

$U/%: selftests/unit/%.c FORCE
	$(Q)selftests/unit/build.sh $< $@
