# SPDX-License-Identifier: GPL-2.0
# qnet - the tests again, as 32-bit programs for the 64-bit kernel
#
# Static, so that a guest needs no second libc.  They lie as a directory for
# vm-run.sh --dir: there each takes the place of the 64-bit one.
M32 := $(B)/m32
lib32-obj := $(lib-src:libqnet/%.c=$(M32)/libqnet/%.o)
test32-bin := $(test-src:selftests/qnet/%.c=$(M32)/root/tests/%)
prog32-bin := $(prog-src:selftests/qnet/tools/%.c=$(M32)/root/tests/%)
aux32-obj := $(test-aux-src:selftests/qnet/%.c=$(M32)/aux/%.o)

.PHONY: tests32
tests32: $(test32-bin) $(prog32-bin)

$(M32)/flags: FORCE
	$(call keep,$@,$(CC) -m32 $(CFLAGS_ALL))

$(M32)/libqnet/%.o: libqnet/%.c $(M32)/flags
	$(say) CC32 $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m32 $(CFLAGS_ALL) $(lib-inc) -MMD -MP -c -o $@ $<

$(M32)/aux/%.o: selftests/qnet/%.c $(M32)/flags | $(B)/kselftest/kselftest_harness.h
	$(say) CC32 $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m32 $(CFLAGS_ALL) $(test-inc) -MMD -MP -c -o $@ $<

$(M32)/all.a: $(lib32-obj) $(aux32-obj)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

link32 = $(CC) -m32 -static $(CFLAGS_ALL) $(test-inc) -MMD -MP -MF $(M32)/$(@F).d -o $@ $< $(M32)/all.a -lpthread

$(M32)/root/tests/%: selftests/qnet/%.c $(M32)/all.a
	$(say) CC32 $<
	$(Q)mkdir -p $(@D)
	$(Q)$(link32)

$(M32)/root/tests/%: selftests/qnet/tools/%.c $(M32)/all.a
	$(say) CC32 $<
	$(Q)mkdir -p $(@D)
	$(Q)$(link32)

-include $(wildcard $(M32)/*.d) $(lib32-obj:.o=.d) $(aux32-obj:.o=.d)
