# SPDX-License-Identifier: GPL-2.0
# qnet - qnetctl
T := $(B)/qnetctl
ctl-src := $(wildcard tools/qnetctl/*.c)
ctl-obj := $(ctl-src:tools/qnetctl/%.c=$T/%.o)
ctl-inc = -Iuapi -Itools/qnetctl $(shell $(PKG_CONFIG) --cflags libnl-genl-3.0)

.PHONY: tools
tools: $(if $(ctl-src),$T/qnetctl)

$T/flags: FORCE
	$(call keep,$@,$(CC) $(CFLAGS_ALL))

$T/%.o: tools/qnetctl/%.c $T/flags
	$(say) CC $<
	$(Q)$(CC) $(CFLAGS_ALL) -DQNET_VERSION='"$(VERSION)"' $(ctl-inc) -MMD -MP -c -o $@ $<

$T/qnetctl: $(ctl-obj)
	$(say) LD $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $$($(PKG_CONFIG) --libs libnl-genl-3.0)

-include $(ctl-obj:.o=.d)
