# SPDX-License-Identifier: GPL-2.0
# qnet - libqnet, shared and static
#
# The symbol map decides what is exported; only the soname is a promise.
L := $(B)/libqnet
lib-src := $(wildcard libqnet/*.c)
lib-obj := $(lib-src:libqnet/%.c=$L/%.o)
lib-map := $(wildcard libqnet/libqnet.map)
lib-inc := -Iuapi -Ilibqnet -Ilibqnet/include
lib-so := libqnet.so.$(VERSION)
lib-soname := libqnet.so.$(firstword $(subst ., ,$(VERSION)))
lib-all := $(if $(lib-src),$L/$(lib-soname) $L/libqnet.so $L/libqnet.a)

.PHONY: lib
lib: $(lib-all)

$L/flags: FORCE
	$(call keep,$@,$(CC) $(CFLAGS_ALL))

$L/%.o: libqnet/%.c $L/flags
	$(say) CC $<
	$(Q)$(CC) $(CFLAGS_ALL) -fPIC $(lib-inc) -MMD -MP -c -o $@ $<

$L/$(lib-so): $(lib-obj) $(lib-map)
	$(say) LD $@
	$(Q)$(CC) $(CFLAGS_ALL) -shared -Wl,-soname,$(lib-soname) -Wl,-z,defs $(lib-map:%=-Wl,--version-script=%) \
		$(LDFLAGS) -o $@ $(lib-obj) -lpthread

$L/$(lib-soname) $L/libqnet.so: $L/$(lib-so)
	$(Q)ln -sf $(lib-so) $@

$L/libqnet.a: $(lib-obj)
	$(say) AR $@
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

-include $(lib-obj:.o=.d)
