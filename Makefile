# crossbar_sim: help, deps, sim, lib, python, install, uninstall, deb, ablate, test, test-long, test-cluster, neon, fuzz, bench, profile, check, signature, data, format, hooks, lint, clean.
# Options: DEBUG=1, SANITIZE=address,undefined or SANITIZE=thread, WERROR=1, LINE_NUMBERS=0, UNITY="src sim tests",
# CROSS=aarch64-linux-gnu-, MPI=0 or 1;
# make -j2 in parallel.

CXX      ?= g++
DEBUG    ?= 0
SANITIZE ?=
WERROR   ?= 0
CROSS    ?=
SHELL    := /bin/bash
# Several processes train one network through MPI, where mpicxx (Open MPI's or MPICH's) is found.
MPI      ?= $(if $(CROSS)$(findstring fuzzer,$(SANITIZE)),0,$(if $(shell command -v mpicxx),1,0))

PACKAGES := g++ make libboost-dev libeigen3-dev libfmt-dev catch2 libbenchmark-dev libcli11-dev \
            libtomlplusplus-dev nlohmann-json3-dev zlib1g-dev liblzma-dev libarchive-dev libjpeg62-turbo-dev libpng-dev \
            libmatio-dev libzip-dev libonnx-dev libprotobuf-dev libcairo2-dev libfontconfig-dev libcpp-httplib-dev libssl-dev \
            fonts-dejavu-core node-d3 python3-numpy cmake pkg-config clang-format clang-tidy zsh curl ca-certificates

# For make neon and make profile; what Debian has for two architectures side by side.
CROSS_PACKAGES := g++-aarch64-linux-gnu qemu-user-static libfmt-dev:arm64 zlib1g-dev:arm64 liblzma-dev:arm64 \
                  libarchive-dev:arm64 libjpeg62-turbo-dev:arm64 libpng-dev:arm64 libmatio11:arm64 libzip-dev:arm64 \
                  libonnx-dev:arm64 libprotobuf-dev:arm64 libcairo2:arm64 libfontconfig1:arm64 libcpp-httplib0.11:arm64 libssl-dev:arm64
PROFILE_PACKAGES := linux-perf
FUZZ_PACKAGES := clang libclang-rt-dev
# For make test-cluster, which starts a Slurm of its own.
CLUSTER_PACKAGES := slurm-wlm munge
MPI_PACKAGES := libopenmpi-dev openmpi-bin
# For make embedded: compilers and C library of Arm's and RISC-V's microcontrollers, and their emulators.
EMBEDDED_PACKAGES := gcc-arm-none-eabi picolibc-arm-none-eabi qemu-system-arm \
                     gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc
# For the Debian package: lintian is Perl, in some hundred packages.
DEB_PACKAGES := dpkg-dev lintian
# For make python, and what its notebook shows.
PYTHON_PACKAGES := python3-dev pybind11-dev python3-numpy python3-setuptools python3-wheel python3-pip
NOTEBOOK_PACKAGES := python3-matplotlib python3-nbconvert python3-ipykernel
# For tests of ONNX models alone: ONNX Runtime, from npm.
ONNX_RUNTIME := onnxruntime-node@1.30.0
# For tests of pages alone: a browser, and what drives it, from npm.
BROWSER_PACKAGES := chromium
PLAYWRIGHT := playwright-core@1.65.1

comma    := ,
# With CROSS=aarch64-linux-gnu- the compiler is another machine's, and so are the folders.
ifneq ($(CROSS),)
override CXX := $(patsubst %g++,$(CROSS)g++,$(CXX))
endif
OTHER    := $(firstword $(subst -, ,$(CROSS)))
CONFIG   := $(if $(filter 1,$(DEBUG)),debug,release)$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
BUILD    := build/$(or $(OTHER),$(CONFIG))
BIN      := $(if $(filter build/release,$(BUILD)),bin,$(BUILD:build/%=bin/%))
WARNINGS := -Wall -Wextra -Wconversion -Wshadow $(if $(filter 1,$(WERROR)),-Werror)
# Under sanitizers and for a debugger: what trains stays bearable, the rest is soon compiled.
SLOW     := $(if $(SANITIZE)$(filter 1,$(DEBUG)),-Og -D_GLIBCXX_ASSERTIONS)
# Line numbers of addresses, for profiles and what sanitizers say, take a tenth of compiling.
LINE_NUMBERS ?= 1
INFO     := $(if $(filter 0,$(LINE_NUMBERS)),-g0,-g1)
OPTIMISE  = $(or $(SLOW),-O1) $(INFO)
# -ffp-contract=off: synthetic images and the float baseline do not depend on fused multiplies.
# -Wno-maybe-uninitialized: it is known to err on instrumented code.
# A pointer that is null is left to the address sanitizer, which ends once it is followed; of types of objects few are virtual.
# So is one beside its object or beyond all memory, but not under the fuzzer, which is clang's.
# Looks of the address sanitizer are called, not written out, where nothing waits for them, which is sooner compiled; nor is
# looked there for words at odd addresses, for pointers to them are cast in kernels and the loops around them alone.
CALLED    = --param asan-instrumentation-with-call-threshold=0 -fno-sanitize=alignment
UNSANITIZED = $(if $(and $(findstring address,$(SANITIZE)),$(findstring undefined,$(SANITIZE))), \
              -fno-sanitize=null$(comma)vptr $(if $(findstring clang,$(CXX)),,-fno-sanitize=object-size$(comma)pointer-overflow $(CALLED)))
# A program of the address sanitizer starts in little more than half the time where it has a fixed place; tests start thousands.
PLACED    = $(if $(findstring address,$(SANITIZE)),-no-pie)
# The compiler's own memory is not looked through for what is free before it holds 1 GiB: most files end before that.
SPACIOUS  = $(if $(findstring clang,$(CXX)),,--param ggc-min-heapsize=1048576)
CXXFLAGS  = -std=c++20 $(OPTIMISE) $(WARNINGS) -ffp-contract=off -pthread -Iinclude -iquote src -iquote sim -iquote tests $(SPACIOUS) \
            $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all $(UNSANITIZED) \
            $(if $(findstring clang,$(CXX)),,-Wno-maybe-uninitialized))
LIBS     := -lfmt -larchive -lz -llzma -ljpeg -lpng
# Of the program alone.
SIM_LIBS := -lzip -lonnx_proto -lprotobuf $(if $(CROSS),-l:libcairo.so.2 -l:libfontconfig.so.1 -l:libcpp-httplib.so.0.11,-lcairo -lfontconfig -lcpp-httplib)
# MPI's own compiler adds its headers and libraries to whatever compiler it is told to call.
MPICXX   := $(if $(filter 1,$(MPI)),OMPI_CXX="$(CXX)" MPICH_CXX="$(CXX)" mpicxx,$(CXX))
# For tests, which write MATLAB files. Debian has libmatio-dev for one architecture at a time, the library itself for both.
MATIO    := $(if $(CROSS),-l:libmatio.so.11,-lmatio)
MACHINE  := $(firstword $(subst -, ,$(shell $(CXX) -dumpmachine)))
BENCH_LIBS := $(if $(wildcard /usr/include/cblas-openblas.h /usr/include/*/cblas-openblas.h),-lopenblas) \
              $(if $(wildcard /usr/include/dnnl.h),-ldnnl -lgomp)
TEST_LIB := $(if $(CROSS),$(BUILD)/catch.o,$(firstword $(wildcard /usr/lib/libCatch2WithMain.a /usr/lib/*/libCatch2WithMain.a) -lCatch2WithMain))

library  := $(wildcard src/*/*.cpp src/*/*/*.cpp)
python   := $(wildcard sim/python/*.cpp)
program  := $(filter-out $(python),$(wildcard sim/*/*.cpp))
tests    := $(wildcard tests/*.cpp $(filter-out tests/fuzz/%,$(wildcard tests/*/*.cpp)))
benches  := $(wildcard bench/*.cpp)
fuzz     := $(wildcard tests/fuzz/*.cpp tests/*_testing.cpp)
data     := $(wildcard datasets/*.toml targets/*.toml sim/chip/runtime/* sim/chip/template/*)
# Tests that compare with plain loops, over whole trainings.
loops    := tests/analysis/test_diagnose.cpp tests/float/test_float.cpp tests/training/test_learning.cpp
# UNITY="src sim tests", or some of them: the files of a folder are compiled as one, which is sooner done, for builds
# that are made whole and once. By themselves stay those with flags of their own, and those that hold names alike by plan.
UNITY    ?=
$(if $(filter-out src sim tests,$(UNITY)),$(error UNITY=$(UNITY): expected some of src, sim and tests))
alone    := $(wildcard src/kernels/*.cpp src/float/*.cpp sim/commands/*.cpp sim/cluster/*.cpp) $(loops) \
            src/session/settings.cpp tests/sim/test_chip_runtime.cpp
united   := $(filter-out $(alone),$(filter $(addsuffix /%,$(UNITY)),$(library) $(program) $(tests)))
object    = $(patsubst %.cpp,$(BUILD)/%.o,$(filter-out $(united),$(1))) \
            $(patsubst %,$(BUILD)/%unity.o,$(sort $(dir $(filter $(united),$(1)))))
embedded := $(BUILD)/embedded.o
# Of the program alone: what pages of reports are made of. Without node-d3 their charts do not move.
D3       := $(wildcard /usr/share/nodejs/d3/dist/d3.min.js)
pages    := $(sort $(wildcard sim/report/*.js sim/watch/*.html sim/watch/*.js sim/watch/*.css)) sim/report/report.css \
            $(if $(D3),d3.min.js=$(D3) d3.copyright=/usr/share/doc/node-d3/copyright)
page     := $(BUILD)/page_files.o

.PHONY: ablate help lib python install uninstall deb deps deps-cluster deps-cross deps-fuzz deps-deb deps-embedded deps-browser deps-playwright deps-mpi deps-notebook deps-onnx deps-python sim test test-threads test-long test-cluster embedded neon fuzz bench bench-train bench-hosts profile check check-fuzzers signature data format hooks lint clean
.DEFAULT_GOAL := sim

help:
	@echo 'make              the simulator, $(BIN)/crossbar_sim'
	@echo 'make deps         install the Debian packages it needs (asks sudo where needed)'
	@echo '                  (make deps-mpi: what several processes of one training need, found by make itself)'
	@echo 'make data         download the real data sets (TASK=mnist) into datasets/data'
	@echo 'make ablate       how few bits, every target, faults of devices: tables, and ablate.html (TASK=mnist, SEEDS=1;'
	@echo '                  stand-in images without data; goes on where it stopped)'
	@echo 'make install      program, library, headers, man page: PREFIX=/usr/local, DESTDIR=; make uninstall; make lib;'
	@echo '                  make deb, a Debian package (make deps-deb: what makes and checks it)'
	@echo 'make python       the module crossbar_sim for Python, in $(BIN)/python (make deps-python; PYTHON=python3; pip install . calls it)'
	@echo 'make test         fast tests; make test-long adds the sanitizers and long runs (make deps-onnx: ONNX Runtime, with which'
	@echo '                  ONNX models are tested; make deps-browser: a browser, for pages of reports)'
	@echo 'make test-cluster a study on a Slurm of two nodes on this machine (installs slurm-wlm and munge; part of make test-long)'
	@echo 'make embedded     networks as C sources on emulated microcontrollers: logits compared, instructions counted (make deps-embedded'
	@echo '                  installs compilers and emulators; IMAGES=200 of each, TRAIN=20000 to learn from; part of make test-long)'
	@echo 'make neon         the program for AArch64: cross-compiled, its kernels and signature tested under qemu'
	@echo '                  (make deps-cross installs compiler and emulator; part of make test-long)'
	@echo 'make fuzz         every reader against damaged files, by clang'"'"'s libFuzzer (READERS="png tar", SECONDS=10 each,'
	@echo '                  JOBS=2 side by side; make deps-fuzz installs it; part of make test-long)'
	@echo 'make check        format, include order, files that pages name, no floating point in the training path, signature,'
	@echo '                  whether fuzzers compile'
	@echo 'make lint         clang-tidy (minutes; part of test-long)'
	@echo 'make signature    train a fixed short run on every instruction set, compare with tests/signature.txt'
	@echo 'make bench        benchmarks, questions and answers in bench/README.md'
	@echo 'make bench-train  images/s of training and inference as JSON; FILE=answers.json writes a file'
	@echo 'make bench-hosts  training on 2 and 4 hosts joined by slow links, against the model of docs/scaling.md (as root; FILE=hosts.csv)'
	@echo 'make profile      where the time of a training step goes (NETWORK=mnist; perf: $(PROFILE_PACKAGES))'
	@echo 'make hooks        a pre-commit hook that formats and checks what a commit changes'
	@echo 'make format compile_commands.json clean'
	@echo 'options           DEBUG=1  SANITIZE=address,undefined  SANITIZE=thread  WERROR=1  LINE_NUMBERS=0  UNITY="src sim tests"'

# Each by itself, so that several in one call install all that they say.
deps-fuzz: PACKAGES := $(FUZZ_PACKAGES)
deps-mpi: PACKAGES := $(MPI_PACKAGES)
deps-deb: PACKAGES := $(DEB_PACKAGES)
deps-embedded: PACKAGES := $(EMBEDDED_PACKAGES)
deps-python: PACKAGES := $(PYTHON_PACKAGES)
deps-notebook: PACKAGES := $(PYTHON_PACKAGES) $(NOTEBOOK_PACKAGES)
# Its install script would fetch what serves graphics cards.
deps-onnx:
	npm install --prefix build/npm --no-audit --no-fund --ignore-scripts $(ONNX_RUNTIME)
deps-browser: PACKAGES := $(BROWSER_PACKAGES)
deps-browser: deps-playwright
deps-playwright:
	npm install --prefix build/npm --no-audit --no-fund --ignore-scripts $(PLAYWRIGHT)
deps deps-fuzz deps-mpi deps-deb deps-embedded deps-python deps-notebook deps-browser:
	@echo 'installing: $(PACKAGES)'
	@sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	missing=$$(for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -z "$$missing" ]; then echo 'all there'; else \
	$$sudo apt-get update -qq && $$sudo apt-get install -y --no-install-recommends $$missing; fi
deps-cross:
	@echo 'adding the architecture arm64 and installing: $(CROSS_PACKAGES)'
	@sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); $$sudo dpkg --add-architecture arm64 && $$sudo apt-get update -qq && \
	$$sudo apt-get install -y --no-install-recommends --no-remove $(CROSS_PACKAGES)

sim: $(BIN)/crossbar_sim
# What threads share is all in the library: a program to look for races takes its own files from the plain build. Those of the
# library come first, so that functions which both hold are those that are looked at.
own := $(call object,sim/main.cpp $(program))
ifeq ($(SANITIZE),thread)
own := $(own:$(BUILD)/%=build/release/%)
.PHONY: plain
plain:
	$(MAKE) --no-print-directory SANITIZE= sim
$(own): plain ;
endif
$(BIN)/crossbar_sim: $(call object,$(library)) $(embedded) $(page) $(own)
	@mkdir -p $(@D)
	$(MPICXX) $(CXXFLAGS) $(PLACED) $^ $(SIM_LIBS) $(LIBS) -o $@

# Only what is marked CROSSBAR_API leaves the shared library, and of templates what is made for its own types.
VERSION := $(shell sed -n 's/^.define CROSSBAR_VERSION "\(.*\)"/\1/p' include/crossbar/version.hpp)
SHARED  := $(BIN)/libcrossbar.so.$(VERSION)
lib: $(BIN)/libcrossbar.a $(SHARED)
$(BIN)/libcrossbar.a: $(call object,$(library)) $(embedded)
	@mkdir -p $(@D)
	rm -f $@ && $(CROSS)ar rcs $@ $^
$(SHARED): $(call object,$(library)) $(embedded) sim/packaging/exported.map
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -shared -Wl,-soname,libcrossbar.so.$(firstword $(subst ., ,$(VERSION))) -Wl,--no-undefined \
	-Wl,--version-script=sim/packaging/exported.map $(filter %.o,$^) $(LIBS) -o $@

# The module holds the library; the program comes along for studies. Of the interpreters there are, the first that has NumPy.
PYTHON  ?= $(firstword $(foreach each,python3 /usr/bin/python3,$(shell $(each) -c 'import numpy' 2>/dev/null && echo $(each))) python3)
of_python = $(shell $(PYTHON) -c 'import sysconfig as s; print(s.$(1))')
python: $(BIN)/python/crossbar_sim/__init__.pyi
$(BIN)/python/crossbar_sim/__init__.pyi: $(call object,$(python) $(library)) $(embedded) $(BIN)/crossbar_sim $(wildcard sim/python/*.py sim/python/crossbar_sim/*)
	rm -rf $(@D) && mkdir -p $(@D)/bin
	cp sim/python/crossbar_sim/* $(@D) && cp $(BIN)/crossbar_sim $(@D)/bin
	$(CXX) $(CXXFLAGS) -shared $(filter %.o,$^) $(LIBS) -o $(@D)/_core$(call of_python,get_config_var("EXT_SUFFIX"))
	PYTHONDONTWRITEBYTECODE=1 $(PYTHON) sim/python/make_stubs.py $@
$(call object,$(python)): OPTIMISE = $(or $(SLOW),-O1) $(INFO) -fPIC -fvisibility=hidden -isystem $(call of_python,get_paths()["include"])

PREFIX  ?= /usr/local
LIBDIR  ?= lib
DESTDIR ?=
export PREFIX LIBDIR DESTDIR
install uninstall: sim lib
	bash sim/packaging/install.sh $@ $(BIN)
deb: sim lib
	bash sim/packaging/deb.sh $(BIN)

$(BIN)/tests: $(call object,$(tests) $(program) $(library)) $(embedded) $(page) $(filter %.o,$(TEST_LIB))
	@mkdir -p $(@D)
	$(MPICXX) $(CXXFLAGS) $(PLACED) $(filter-out $(TEST_LIB),$^) $(TEST_LIB) -lonnx $(MATIO) $(SIM_LIBS) $(LIBS) -o $@
# Debian has Catch2's library for one architecture at a time.
$(BUILD)/catch.o:
	@mkdir -p $(@D)
	printf '#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n' | $(CXX) $(CXXFLAGS) -x c++ -c - -o $@

$(BIN)/fuzz: $(call object,$(fuzz) $(program) $(library)) $(embedded) $(page)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $^ $(MATIO) $(SIM_LIBS) $(LIBS) -o $@

$(BIN)/bench: $(call object,$(benches) $(library)) $(embedded)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $^ -lbenchmark_main -lbenchmark $(BENCH_LIBS) $(LIBS) -o $@

# The model of docs/scaling.md, with the program's own processes and charts.
$(BIN)/scaling: $(call object,bench/scaling/scaling.cpp $(program) $(library)) $(embedded) $(page)
	@mkdir -p $(@D)
	$(MPICXX) $(CXXFLAGS) $^ $(SIM_LIBS) $(LIBS) -o $@

$(BUILD)/embedded.cpp: $(data) datasets/embed.sh
	@mkdir -p $(@D)
	bash datasets/embed.sh crossbar::embedded_files $(data) > $@.tmp && mv $@.tmp $@
$(BUILD)/page_files.cpp: $(foreach file,$(pages),$(lastword $(subst =, ,$(file)))) datasets/embed.sh
	@mkdir -p $(@D)
	bash datasets/embed.sh crossbar::sim::page_files $(pages) > $@.tmp && mv $@.tmp $@
$(embedded) $(page): %.o: %.cpp
	$(CXX) $(CXXFLAGS) -fPIC -fvisibility=hidden -c $< -o $@

$(BUILD)/%.o: %.cpp Makefile
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(FLAGS_$(notdir $*)) $(if $(HEADER),-Winvalid-pch -include $(HEADER)) -MMD -MP -c $< -o $@
define unite
$(BUILD)/$(1)unity.cpp: $(1) $(2) Makefile
	@mkdir -p $$(@D) && printf '#include "$(CURDIR)/%s"\n' $(2) >$$@
endef
$(foreach folder,$(sort $(dir $(united))),$(eval $(call unite,$(folder),$(filter $(united),$(wildcard $(folder)*.cpp)))))
$(BUILD)/%/unity.o: $(BUILD)/%/unity.cpp Makefile
	$(CXX) $(CXXFLAGS) $(FLAGS_unity) $(if $(HEADER),-Winvalid-pch -include $(HEADER)) -MMD -MP -c $< -o $@
# The instruction sets are written in g++'s pragmas. Under the fuzzer, which is clang's, they are as they always are.
ifneq ($(findstring fuzzer,$(SANITIZE)),)
$(call object,$(wildcard src/kernels/*.cpp)): override CXX := $(CXX:clang++=g++)
$(call object,$(wildcard src/kernels/*.cpp)): override SANITIZE :=
endif
# The same objects make the program and both libraries. Kernels and the loops around them lean on the vectoriser.
$(call object,$(library)) $(BUILD)/src/headers.hpp.gch: OPTIMISE = $(or $(SLOW),-O2) $(INFO) -fPIC -fvisibility=hidden
busy     := $(call object,$(wildcard $(addprefix src/,$(addsuffix /*.cpp,kernels float device array network training))))
$(busy): OPTIMISE = $(or $(SLOW:-Og=-O1),-O3) $(INFO) -fPIC -fvisibility=hidden
$(busy): private CALLED =
# Tests wait for the compiler, not it for them.
$(call object,$(tests)) $(BUILD)/tests/headers.hpp.gch: OPTIMISE = $(or $(SLOW),-Og) $(INFO)
# Unless they are plain loops.
looping  := $(call object,$(loops))
$(looping): OPTIMISE = $(or $(SLOW:-Og=-O1 -finline-small-functions),-Og) $(INFO)
$(looping): private CALLED =
# What most files begin with is compiled once for each folder, but not with ccache, which would keep nothing then, nor
# for kernels, which bring in next to nothing, and the float control, whose files have flags of their own.
HEADERS  := algorithm array cstdint filesystem functional map memory optional set span string string_view utility variant vector \
            fmt/core.h fmt/format.h fmt/ranges.h
ifeq ($(findstring ccache,$(CXX))$(findstring clang,$(CXX)),)
define begin_with
$(call object,$(2)): HEADER := $(BUILD)/$(1)/headers.hpp
$(call object,$(2)): $(BUILD)/$(1)/headers.hpp.gch
endef
$(eval $(call begin_with,src,$(filter-out src/kernels/% src/float/%,$(library))))
$(eval $(call begin_with,sim,sim/main.cpp $(program)))
$(eval $(call begin_with,tests,$(tests)))
$(BUILD)/tests/headers.hpp.gch: HEADERS += catch2/catch.hpp
$(BUILD)/%/headers.hpp.gch: Makefile
	@mkdir -p $(@D)
	printf '#include <%s>\n' $(HEADERS) >$(@:.gch=) && $(CXX) $(CXXFLAGS) -x c++-header -c $(@:.gch=) -o $@
endif
ifeq ($(MPI),1)
# Its C functions alone.
FLAGS_mpi_processes := -DCROSSBAR_MPI -DOMPI_SKIP_MPICXX -DMPICH_SKIP_MPICXX
$(call object,sim/cluster/mpi_processes.cpp): override CXX := $(MPICXX)
endif
# Compiled anew where MPI has changed.
$(call object,sim/cluster/mpi_processes.cpp): $(BUILD)/mpi_$(MPI)
$(BUILD)/mpi_$(MPI):
	@mkdir -p $(@D) && rm -f $(BUILD)/mpi_? && touch $@
FLAGS_float_avx2 := $(if $(filter x86_64,$(MACHINE)),-mavx2 -mfma)
# g++ 12 takes the undefined operand of its own AVX-512 header for an oversight.
FLAGS_float_avx512 := $(if $(filter x86_64,$(MACHINE)),-mavx512f -mavx512dq -mfma \
                               $(if $(findstring clang,$(CXX)),,-Wno-uninitialized -Wno-maybe-uninitialized))
# g++ 12 sees an overflow inside fmt 9 at -O3 that is none.
$(foreach noun,task task_data target toml_section idx_elements near_misses tuned svhn mat columns option resolve run,$(eval FLAGS_$(noun) := $(if $(findstring clang,$(CXX)),,-Wno-stringop-overflow)))
# What is seen of an included file alone: that names within it are its own.
FLAGS_unity := $(if $(findstring clang,$(CXX)),,-Wno-stringop-overflow -Wno-subobject-linkage)
# A name of one file is no shadow in another.
$(BUILD)/src/%/unity.o $(BUILD)/sim/%/unity.o: FLAGS_unity += -Wno-shadow

test: sim $(if $(SANITIZE)$(CROSS),,lib) $(BIN)/tests
	@bash tests/run.sh $(BIN)
# What several threads touch; for SANITIZE=thread, under which the rest would be slow.
test-threads: sim
	@bash tests/threads.sh $(BIN)/crossbar_sim
test-long: test
	$(MAKE) --no-print-directory SANITIZE=address,undefined test
	$(MAKE) --no-print-directory SANITIZE=thread test-threads
	@bash tests/long.sh $(BIN)
	@bash tests/study_killed.sh $(BIN)/crossbar_sim
	$(MAKE) --no-print-directory test-cluster
	@bash tests/browser.sh $(BIN)/crossbar_sim
	@bash tests/notebook.sh $(BIN)
	@bash tests/cross.sh
	$(MAKE) --no-print-directory embedded
	$(MAKE) --no-print-directory lint
	@JOBS=$(JOBS) bash tests/fuzz/fuzz.sh $(SECONDS)
# A Slurm of two nodes on this machine. Where it cannot be installed, the test says so and is skipped.
test-cluster: sim
	-@$(MAKE) --no-print-directory deps-cluster
	@bash tests/cluster.sh $(BIN)/crossbar_sim
neon:
	@bash tests/cross.sh
IMAGES ?= 200
embedded: sim
	@TRAIN=$(TRAIN) bash tests/embedded.sh $(BIN)/crossbar_sim $(IMAGES)
SECONDS ?= 10
fuzz:
	@JOBS=$(JOBS) bash tests/fuzz/fuzz.sh $(SECONDS) $(READERS)

bench: $(BIN)/bench
	$(BIN)/bench --benchmark_counters_tabular=true
	@for python in python3 /usr/bin/python3; do $$python -c 'import torch' 2>/dev/null && \
	    exec bench/compare.sh -b $(BIN)/bench -n 'mnist|cifar|resnet8|resnet20' $$python bench/torch_peer.py; done; \
	echo 'skipped: PyTorch (apt install python3-torch)'
FILE    ?=
bench-train: $(BIN)/bench
	@$(BIN)/bench --benchmark_filter='^(train|infer|stages)/' \
	$(if $(FILE),--benchmark_out='$(FILE)' --benchmark_out_format=json,--benchmark_format=json)
# Hosts as network namespaces with a slow link between them; as root.
bench-hosts: sim $(BIN)/scaling
	@bash bench/hosts.sh $(if $(FILE),-o '$(FILE)') $(BIN)
NETWORK ?= mnist
profile: $(BIN)/bench
	@bash bench/profile.sh $(BIN)/bench $(NETWORK)

# Short runs on a part of the images, so that all of it takes about an hour; ABLATE= for whole ones.
ABLATE  ?= --epochs 3 --rate-decay 0.3 --train-images 20000
SEEDS   ?= 1
JOBS    ?= 2
ablate: sim
	for experiment in bits devices faults; do $(BIN)/crossbar_sim study --experiment $$experiment --task $(TASK) \
	--seeds $(SEEDS) --jobs $(JOBS) --store ablate.jsonl $(ABLATE) || exit; done
	$(BIN)/crossbar_sim report ablate.jsonl --out ablate.html

signature: sim
	@bash tests/signature.sh $(BIN)/crossbar_sim

check: sim check-fuzzers
	@bash tests/check_includes.sh
	@bash tests/check_docs.sh
	@bash tests/check_integer.sh $(BUILD)
	@bash tests/signature.sh $(BIN)/crossbar_sim
	@clang-format --dry-run -Werror $(formatted)
# Fuzzers are built by make fuzz alone, and by clang: that they still fit is seen here.
check-fuzzers:
	@$(CXX) $(CXXFLAGS) -fsyntax-only $(wildcard tests/fuzz/*.cpp)

formatted := $(wildcard include/crossbar/*.hpp src/*/*.[ch]pp src/*/*.inl src/*/*/*.[ch]pp sim/*.cpp sim/*/*.[ch]pp tests/*.[ch]pp tests/*/*.[ch]pp bench/*.[ch]pp)
format:
	clang-format -i $(formatted)
hooks:
	@ln -sf "$(CURDIR)/tests/pre_commit.sh" "$$(git rev-parse --git-path hooks)/pre-commit" && echo 'installed: pre-commit'
lint: compile_commands.json
	@# Not the instruction sets: they are written in g++'s pragmas.
	@printf '%s\n' $(filter-out src/kernels/isa_%,$(library)) sim/main.cpp $(program) | xargs -P2 -n4 clang-tidy -p . --quiet 2>/dev/null

compile_commands.json: Makefile $(library) $(program) $(tests)
	@{ echo '['; for f in $(library) sim/main.cpp $(program) $(tests); do \
	printf '%s{"directory":"%s","file":"%s","command":"$(CXX) $(CXXFLAGS) -c %s"}\n' "$$comma" "$(CURDIR)" "$$f" "$$f"; \
	comma=,; done; echo ']'; } > $@

TASK ?= mnist
data:
	bash datasets/fetch.sh $(TASK)

clean:
	rm -rf build bin compile_commands.json

-include $(wildcard $(addprefix $(BUILD)/,*.d */*.d */*/*.d */*/*/*.d))
