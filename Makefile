# SPDX-License-Identifier: MIT
#
# Short commands that call meson. Each one first installs the packages that it needs and that are
# missing (see scripts/deps), configures and builds. How things are built is said in the
# meson.build files.

# A compiler that is named has build directories of its own: CC=clang uses build-clang/.
compiler := $(if $(filter default,$(origin CC)),,-$(lastword $(notdir $(CC))))
BUILD ?= build$(compiler)
BUILD_ASAN ?= build-asan$(compiler)
BUILD_FUZZ ?= build-fuzz
BUILD_INSTALL ?= build-install$(compiler)
BUILD_DEB ?= build-deb
BUILD_DOCS ?= build-docs
BUILD_CROSS ?= build-cross$(compiler)
HOSTS ?= s390x armhf
PREFIX ?= /usr/local
WITH ?= kvm unicorn serve tool probes
EDITS ?= 10000000
SECONDS ?= 30

ifeq ($(BUILD),$(BUILD_ASAN))
$(error BUILD and BUILD_ASAN are two directories: $(BUILD) cannot be both)
endif

built = probes kvm unicorn serve tool tests examples
parts = $(built) bench docs
NINJA = ninja -C $(BUILD) --quiet
export ASAN_OPTIONS ?= detect_leaks=1:strict_string_checks=1
export UBSAN_OPTIONS ?= halt_on_error=1:print_stacktrace=1

# Steps run one after the other; ninja and meson use all processors within a step.
.NOTPARALLEL:
.PHONY: all help demo demo-pc pictures check check-fast test asan asan-fast bench accept-abi accept-api accept-costs performance soak
.PHONY: fuzz docs
.PHONY: clean
.PHONY: install configure-install uninstall deb check-deb check-cross check-musl check-probes
.PHONY: before-build before-asan deps-all deps-bench deps-demo deps-check deps-install

all: deps-all $(BUILD)/build.ninja
	$(NINJA)

help:
	@echo 'make             builds everything into $(BUILD)/'
	@echo 'make demo        boots U-Boot on the example board'
	@echo 'make demo-pc     boots SeaBIOS and GRUB on the example PC; needs /dev/kvm'
	@echo 'make check       builds and runs the test suite; make test is the same'
	@echo 'make check-fast  runs the tests that take less than two seconds: 20 s in all'
	@echo 'make asan        runs the suite with address and undefined-behaviour sanitizers'
	@echo 'make asan-fast   the same for the tests of make check-fast'
	@echo 'make bench       prints costs beside peers and the bare machine; BENCH_ARGS=--json'
	@echo 'make docs        makes the site $(BUILD_DOCS)/html and manual pages in $(BUILD_DOCS)/man'
	@echo 'make pictures    draws the pictures of docs/ again'
	@echo 'make accept-api  lists the interface again (docs/physmem-api.json)'
	@echo 'make accept-abi  accepts the binary interface that make check compares'
	@echo 'make accept-costs  accepts the counts of instructions that make check compares'
	@echo 'make performance   measures, and writes the tables of docs/performance.md and README.md'
	@echo 'make soak        runs random edits and threads for longer; EDITS=N SECONDS=N say how long'
	@echo 'make fuzz        reads damaged maps with libFuzzer; SECONDS=N says how long'
	@echo 'make install     installs to PREFIX=/usr/local; DESTDIR=DIR stages it there for a package;'
	@echo '                 WITH="kvm unicorn serve tool probes" lists what to install besides the library,'
	@echo '                 and docs: the site in share/doc/libphysmem/html, manual pages'
	@echo 'make uninstall   removes that; needs the same PREFIX, DESTDIR and WITH'
	@echo 'make deb         builds Debian packages in $(BUILD_DEB)/'
	@echo 'make check-probes  runs the scripts for bpftrace, as root, beside example programs'
	@echo 'make check-deb   builds and tries them in a Debian that has nothing else; takes minutes'
	@echo 'make check-cross  builds and tests the core for other processors; HOSTS="$(HOSTS)"'
	@echo 'make check-musl   builds with musl, and runs the programs of the guide'
	@echo 'make clean       removes these builds'
	@echo 'CC=clang make    uses another compiler, in build directories of its own'

demo: deps-all deps-demo $(BUILD)/build.ninja
	$(NINJA) examples/riscv-virt/riscv-virt tool/physmem
	$(BUILD)/examples/riscv-virt/riscv-virt --map $(BUILD)/riscv-virt.txt
	@$(BUILD)/tool/physmem draw -o $(BUILD)/riscv-virt.svg $(BUILD)/riscv-virt.txt
	@$(BUILD)/tool/physmem draw -o $(BUILD)/riscv-virt.html $(BUILD)/riscv-virt.txt
	@echo "The memory map as a picture: $(BUILD)/riscv-virt.svg"
	@echo "and as a page, to search and fold: $(BUILD)/riscv-virt.html"

demo-pc: deps-all deps-demo $(BUILD)/build.ninja
	$(NINJA) examples/pc/pc-demo examples/pc/disk.img
	$(BUILD)/examples/pc/pc-demo $(BUILD)/examples/pc/disk.img

# The test "draw" says when they are out of date. Look at them before you commit them.
pictures: deps-check $(BUILD)/build.ninja
	$(NINJA) tool/physmem
	scripts/draw-pictures $(BUILD)/tool/physmem

docs:
	@scripts/deps docs
	scripts/make-docs . $(BUILD_DOCS)
	@echo "Open $(BUILD_DOCS)/html/index.html"

check test: deps-check $(BUILD)/build.ninja
	$(NINJA)
	meson test -C $(BUILD) --no-rebuild --print-errorlogs

check-fast: deps-check $(BUILD)/build.ninja
	$(NINJA)
	meson test -C $(BUILD) --no-rebuild --print-errorlogs --setup fast

# The same suite with the address and undefined-behaviour sanitizers. A test ends at the first thing
# that either of them finds.
asan: deps-check $(BUILD_ASAN)/build.ninja
	ninja -C $(BUILD_ASAN) --quiet
	meson test -C $(BUILD_ASAN) --no-rebuild --print-errorlogs --timeout-multiplier 4

asan-fast: deps-check $(BUILD_ASAN)/build.ninja
	ninja -C $(BUILD_ASAN) --quiet
	meson test -C $(BUILD_ASAN) --no-rebuild --print-errorlogs --timeout-multiplier 4 --setup fast

# Configures again: a peer may have been installed meanwhile.
bench: deps-all deps-bench
	@$(call configure,$(BUILD),-Dauto_features=enabled)
	$(NINJA) bench/physmem-bench
	$(BUILD)/bench/physmem-bench $(BENCH_ARGS)

# Says in bench/costs.txt how many instructions the operations take now.
accept-costs: deps-check $(BUILD)/build.ninja
	$(NINJA)
	scripts/check-costs --accept $(BUILD) $(CC)

# Makes the present binary interface the one that 'make check' compares with (docs/stability.md).
accept-abi: deps-check $(BUILD)/build.ninja
	$(NINJA)
	scripts/check-abi --accept $(BUILD) $(CC)

# Lists the interface again, for bindings.
accept-api:
	scripts/write-api .

# Measures for two minutes, then writes the tables and the drawing of docs/performance.md and
# README.md. The machine should have nothing else to do.
performance: deps-all deps-bench deps-check
	@$(call configure,$(BUILD),-Dauto_features=enabled)
	$(NINJA) bench/physmem-bench bench/physmem-costs
	$(BUILD)/bench/physmem-bench --json > $(BUILD)/performance.json
	$(BUILD)/bench/physmem-bench --plot=docs/performance.svg
	scripts/write-performance $(BUILD)/performance.json $(BUILD) $(CC)

soak: deps-all $(BUILD)/build.ninja
	$(NINJA)
	$(BUILD)/tests/test-random --edits $(EDITS)
	$(BUILD)/tests/test-threads --seconds $(SECONDS)
	$(BUILD)/tests/test-whole-commits --seconds $(SECONDS)
	$(BUILD)/tests/test-dirty-threads --seconds $(SECONDS)
	$(BUILD)/tests/test-extras --seconds $(SECONDS)
	$(BUILD)/tests/test-find-threads --seconds $(SECONDS)

# Reads damaged maps for SECONDS with libFuzzer, which needs clang. What it finds is in $(BUILD_FUZZ)/,
# and so are the inputs that it keeps for the next run.
fuzz: deps-check
	@CC=clang && export CC && $(call configure,$(BUILD_FUZZ),-Dauto_features=disabled -Dtool=enabled \
	    -Dtests=enabled -Db_sanitize=address$(comma)undefined -Db_lundef=false \
	    -Dc_args=-fsanitize=fuzzer-no-link)
	ninja -C $(BUILD_FUZZ) --quiet tests/maps/fuzz-map
	@mkdir -p $(BUILD_FUZZ)/kept
	$(BUILD_FUZZ)/tests/maps/fuzz-map -max_total_time=$(SECONDS) -max_len=16384 -timeout=20 \
	    -detect_leaks=0 -print_final_stats=1 -artifact_prefix=$(BUILD_FUZZ)/ $(BUILD_FUZZ)/kept \
	    tests/data/map-cases tests/data/mtree-bad tests/data/other-maps

# A build of its own, of the installed parts only, so that it needs no other packages.
install: configure-install
	@$(if $(DESTDIR),,scripts/before-install "$(PREFIX)")
	ninja -C $(BUILD_INSTALL) --quiet
	meson install -C $(BUILD_INSTALL) --no-rebuild --quiet $(if $(DESTDIR),--destdir "$(stage)")
	$(if $(DESTDIR),,@scripts/after-install $(BUILD_INSTALL))

uninstall: configure-install
	@scripts/uninstall $(BUILD_INSTALL) $(if $(DESTDIR),"$(stage)")

stage = $(shell realpath -m -- "$(DESTDIR)")
install_options = --prefix "$(PREFIX)" -Drunpath=$(if $(DESTDIR),false,true) \
    $(foreach part,$(parts),-D$(part)=$(if $(filter $(part),$(WITH)),enabled,disabled))

configure-install: deps-install
	@scripts/before-build BUILD_INSTALL $(BUILD_INSTALL)
	@$(call configure,$(BUILD_INSTALL),$(install_options))

deb:
	@scripts/deps core $(built) deb
	scripts/build-deb $(BUILD_DEB)

# Both happen in a Debian that has nothing else.
check-deb:
	@scripts/deps deb check-deb
	scripts/build-deb --clean $(BUILD_DEB)
	scripts/check-deb $(BUILD_DEB)

check-cross:
	@scripts/deps core cross
	scripts/check-cross $(BUILD_CROSS) $(CC) $(HOSTS)

check-musl:
	@scripts/deps core musl
	scripts/check-musl $(BUILD_CROSS)/musl

# Runs the scripts for tracers.
check-probes: deps-all $(BUILD)/build.ninja
	@scripts/deps check-probes
	$(NINJA)
	scripts/try-probes $(BUILD)

clean:
	rm -rf $(BUILD) $(BUILD_ASAN) $(BUILD_FUZZ) $(BUILD_INSTALL) $(BUILD_DEB) $(BUILD_DOCS)
	rm -rf $(BUILD_CROSS)

before-build:
	@scripts/before-build BUILD $(BUILD)

before-asan:
	@scripts/before-build BUILD_ASAN $(BUILD_ASAN)

deps-all:
	@scripts/deps core $(built)

deps-bench:
	@scripts/deps bench || echo "The benchmark runs without these peers." >&2

deps-demo:
	@scripts/deps demo

deps-check:
	@scripts/deps core $(built) demo check

deps-install:
	$(if $(filter-out kvm unicorn serve tool probes docs,$(WITH)),$(error WITH is some of: kvm unicorn serve tool probes docs))
	@scripts/deps core $(WITH)

$(BUILD)/build.ninja: | before-build deps-all
	@$(call configure,$(BUILD),-Dauto_features=enabled)

$(BUILD_ASAN)/build.ninja: | before-asan deps-all
	@$(call configure,$(BUILD_ASAN),-Dauto_features=enabled -Db_sanitize=address$(comma)undefined \
	    -Db_lundef=false)

# The directory where Debian's tools look for libraries. Meson would ask dpkg-dev for it, which need
# not be installed.
multiarch = $(shell $(CC) -print-multiarch 2>/dev/null)

# $(call configure,DIRECTORY,OPTIONS). The directory may be configured already with other options.
comma := ,
define configure
if [ -e $(1)/build.ninja ]; then again=--reconfigure; else again=; fi; \
said=$$(meson setup $$again $(1) $(if $(multiarch),--libdir lib/$(multiarch)) $(2) 2>&1) || \
    { echo "$$said" | tail; exit 1; }
endef
