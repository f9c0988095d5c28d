# SPDX-License-Identifier: GPL-2.0
# qnet - installation: DESTDIR, PREFIX, INSTALL_MOD_PATH as everywhere else
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
SBINDIR ?= $(PREFIX)/sbin
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions

D = $(DESTDIR)
man-pages := $(wildcard Documentation/man/*.[1-8])
completion := $(wildcard tools/qnetctl/completion/*)
copy = $(Q)install -D -m

.PHONY: install install-lib modules_install
install: install-lib tools
	$(if $(ctl-src),$(copy) 755 $T/qnetctl $(D)$(SBINDIR)/qnetctl)
	$(Q)for page in $(man-pages); do \
		install -D -m 644 $$page $(D)$(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; \
	done
	$(Q)for file in $(completion); do \
		install -D -m 644 $$file $(D)$(COMPLETIONDIR)/$$(basename $$file .bash) || exit 1; \
	done

install-lib: lib
	$(copy) 755 $L/$(lib-so) $(D)$(LIBDIR)/$(lib-so)
	$(Q)ln -sf $(lib-so) $(D)$(LIBDIR)/$(lib-soname)
	$(Q)ln -sf $(lib-so) $(D)$(LIBDIR)/libqnet.so
	$(copy) 644 $L/libqnet.a $(D)$(LIBDIR)/libqnet.a
	$(Q)cd libqnet/include && find . -name '*.h' -exec install -D -m 644 {} $(D)$(INCLUDEDIR)/qnet/{} \;
	$(copy) 644 uapi/linux/qnet.h $(D)$(INCLUDEDIR)/qnet/linux/qnet.h
	$(Q)install -d $(D)$(LIBDIR)/pkgconfig
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
		-e 's|@VERSION@|$(VERSION)|' libqnet/qnet.pc.in >$(D)$(LIBDIR)/pkgconfig/qnet.pc

modules_install: check-kdir
	$(Q)[ -e $(mirror)/qnet.ko ] || $(MAKE) module
	$(copy) 644 $(mirror)/qnet.ko $(INSTALL_MOD_PATH)/lib/modules/$(KVER)/updates/qnet.ko
	$(Q)# A root without that kernel gets its depmod when the kernel comes.
	$(Q)[ ! -e $(INSTALL_MOD_PATH)/lib/modules/$(KVER)/modules.order ] || \
		depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(KVER)
