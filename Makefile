# SPDX-License-Identifier: MIT
#
# The short commands in front of meson. Each installs what it misses (see scripts/deps), configures
# and builds first. What is built how stands in the meson.build files, not here.

# A compiler that the user names has a build of its own: CC=clang uses build-clang/.
compiler := $(if $(filter default,$(origin CC)),,-$(lastword $(notdir $(CC))))
BUILD ?= build$(compiler)
BUILD_ASAN ?= build-asan$(compiler)
BUILD_INSTALL ?= build-install$(compiler)
PREFIX ?= /usr/local
WITH ?= kvm unicorn tool
EDITS ?= 10000000
SECONDS ?= 30

parts = kvm unicorn tool tests examples bench
NINJA = ninja -C $(BUILD) --quiet
export ASAN_OPTIONS ?= detect_leaks=1:strict_string_checks=1
export UBSAN_OPTIONS ?= halt_on_error=1:print_stacktrace=1

# One step after the other; ninja and meson use all processors within each.
.NOTPARALLEL:
.PHONY: all help demo demo-pc check check-fast test asan bench soak install configure-install uninstall clean
.PHONY: deps-all deps-demo deps-check deps-install

all: deps-all $(BUILD)/build.ninja
	$(NINJA)

help:
	@echo 'make             builds everything into $(BUILD)/'
	@echo 'make demo        boots U-Boot on the example board'
	@echo 'make demo-pc     boots SeaBIOS and GRUB on the example PC, under KVM'
	@echo 'make check       builds and runs the test suite; make test is the same'
	@echo 'make check-fast  the same without tests of more than two seconds: less than 20 s'
	@echo 'make asan        the same suite with address and undefined-behaviour sanitizers'
	@echo 'make bench       costs, beside a peer and the bare machine; BENCH_ARGS=--json for programs'
	@echo 'make soak        random edits and threads for longer; EDITS=N SECONDS=N'
	@echo 'make install     installs to PREFIX=/usr/local; DESTDIR=DIR stages it there for a package;'
	@echo '                 WITH="kvm unicorn tool" is what is installed besides the library'
	@echo 'make uninstall   removes that; give it the same PREFIX, DESTDIR and WITH'
	@echo 'make clean       removes these builds'
	@echo 'CC=clang make    uses another compiler, in build directories of its own'

demo: deps-all deps-demo $(BUILD)/build.ninja
	$(NINJA) examples/riscv-virt/riscv-virt
	$(BUILD)/examples/riscv-virt/riscv-virt

demo-pc: deps-all deps-demo $(BUILD)/build.ninja
	$(NINJA) examples/pc/pc-demo examples/pc/disk.img
	$(BUILD)/examples/pc/pc-demo $(BUILD)/examples/pc/disk.img

check test: deps-check $(BUILD)/build.ninja
	$(NINJA)
	meson test -C $(BUILD) --no-rebuild --print-errorlogs

check-fast: deps-check $(BUILD)/build.ninja
	$(NINJA)
	meson test -C $(BUILD) --no-rebuild --print-errorlogs --setup fast

# The same suite with the address and undefined-behaviour sanitizers; the first finding of either
# ends the test.
asan: deps-check $(BUILD_ASAN)/build.ninja
	ninja -C $(BUILD_ASAN) --quiet
	meson test -C $(BUILD_ASAN) --no-rebuild --print-errorlogs --timeout-multiplier 4

bench: deps-all $(BUILD)/build.ninja
	$(NINJA) bench/physmem-bench
	$(BUILD)/bench/physmem-bench $(BENCH_ARGS)

soak: deps-all $(BUILD)/build.ninja
	$(NINJA)
	$(BUILD)/tests/test-random --edits $(EDITS)
	$(BUILD)/tests/test-threads --seconds $(SECONDS)
	$(BUILD)/tests/test-whole-commits --seconds $(SECONDS)

# A build of its own, of only the installed parts, so that it needs no other packages.
install: configure-install
	ninja -C $(BUILD_INSTALL) --quiet
	meson install -C $(BUILD_INSTALL) --no-rebuild --quiet $(if $(DESTDIR),--destdir "$(stage)")
	$(if $(DESTDIR),,@scripts/after-install $(BUILD_INSTALL))

uninstall: configure-install
	@scripts/uninstall $(BUILD_INSTALL) $(if $(DESTDIR),"$(stage)")

stage = $(shell realpath -m -- "$(DESTDIR)")
# The directory where Debian's tools look for libraries. Meson asks dpkg-dev for it, which need not
# be installed.
multiarch = $(shell $(CC) -print-multiarch 2>/dev/null)
install_options = --prefix "$(PREFIX)" $(if $(multiarch),--libdir lib/$(multiarch)) \
    -Drunpath=$(if $(DESTDIR),false,true) \
    $(foreach part,$(parts),-D$(part)=$(if $(filter $(part),$(WITH)),enabled,disabled))

configure-install: deps-install
	@if [ -e $(BUILD_INSTALL) ] && find $(BUILD_INSTALL) ! -writable | grep -q .; then \
	    echo "$(BUILD_INSTALL)/ belongs to another user: remove it, or call make with BUILD_INSTALL=DIRECTORY" >&2; \
	    exit 1; \
	fi
	@$(call configure,$(BUILD_INSTALL),$(install_options))

clean:
	rm -rf $(BUILD) $(BUILD_ASAN) $(BUILD_INSTALL)

deps-all:
	@scripts/deps core $(parts)

deps-demo:
	@scripts/deps demo

deps-check:
	@scripts/deps core $(parts) demo check

deps-install:
	$(if $(filter-out kvm unicorn tool,$(WITH)),$(error WITH is some of: kvm unicorn tool))
	@scripts/deps core $(WITH)

$(BUILD)/build.ninja: | deps-all
	@$(call configure,$(BUILD),-Dauto_features=enabled)

$(BUILD_ASAN)/build.ninja: | deps-all
	@$(call configure,$(BUILD_ASAN),-Dauto_features=enabled -Db_sanitize=address$(comma)undefined \
	    -Db_lundef=false)

# $(call configure,DIRECTORY,OPTIONS). The directory may be configured already, with other options.
comma := ,
define configure
if [ -e $(1)/build.ninja ]; then again=--reconfigure; else again=; fi; \
said=$$(meson setup $$again $(1) $(2) 2>&1) || { echo "$$said" | tail; exit 1; }
endef
