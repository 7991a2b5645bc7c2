# crossbar_sim: help, deps, sim, test, test-long, bench, check, signature, data, format, lint, clean.
# Options: DEBUG=1, SANITIZE=address,undefined or SANITIZE=thread, WERROR=1, JOBS by make -j.

CXX      ?= g++
DEBUG    ?= 0
SANITIZE ?=
WERROR   ?= 0
SHELL    := /bin/bash

PACKAGES := g++ make libboost-dev libeigen3-dev libfmt-dev catch2 libbenchmark-dev libcli11-dev \
            libtomlplusplus-dev nlohmann-json3-dev zlib1g-dev clang-format clang-tidy curl ca-certificates

comma    := ,
CONFIG   := $(if $(filter 1,$(DEBUG)),debug,release)$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
BUILD    := build/$(CONFIG)
BIN      := $(if $(filter release,$(CONFIG)),bin,bin/$(CONFIG))
WARNINGS := -Wall -Wextra -Wconversion -Wshadow $(if $(filter 1,$(WERROR)),-Werror)
OPTIMISE := $(if $(filter 1,$(DEBUG)),-O1 -D_GLIBCXX_ASSERTIONS,-O2) -g1
# -ffp-contract=off: synthetic images and the float baseline do not depend on fused multiplies.
CXXFLAGS := -std=c++20 $(OPTIMISE) $(WARNINGS) -ffp-contract=off -pthread -Iinclude \
            $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)
LIBS     := -lfmt -lz
TEST_LIB := $(firstword $(wildcard /usr/lib/libCatch2WithMain.a /usr/lib/*/libCatch2WithMain.a) -lCatch2WithMain)

library  := $(wildcard src/*.cpp src/kernels/*.cpp src/readers/*.cpp)
program  := $(filter-out sim/main.cpp,$(wildcard sim/*.cpp))
tests    := $(wildcard tests/*.cpp)
benches  := $(wildcard bench/*.cpp)
data     := $(wildcard datasets/*.toml targets/*.toml)
object    = $(patsubst %.cpp,$(BUILD)/%.o,$(1))
embedded := $(BUILD)/embedded.o

.PHONY: help deps sim test test-long bench check signature data format lint clean
.DEFAULT_GOAL := sim

help:
	@echo 'make            the simulator: $(BIN)/crossbar_sim'

sim: $(BIN)/crossbar_sim
$(BIN)/crossbar_sim: $(call object,sim/main.cpp $(program) $(library)) $(embedded)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $^ $(LIBS) -o $@

$(BIN)/tests: $(call object,$(tests) $(program) $(library)) $(embedded)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $^ $(TEST_LIB) $(LIBS) -o $@

$(BUILD)/embedded.cpp: $(data) datasets/embed.sh
	@mkdir -p $(@D)
	bash datasets/embed.sh $(data) > $@.tmp && mv $@.tmp $@
$(embedded): $(BUILD)/embedded.cpp
	$(CXX) $(CXXFLAGS) -c $< -o $@

$(BUILD)/%.o: %.cpp Makefile
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(FLAGS_$(notdir $*)) -MMD -MP -c $< -o $@
# Kernels lean on the vectoriser, and so does the float baseline.
$(BUILD)/src/kernels/%.o $(BUILD)/src/float_baseline%.o: OPTIMISE += -O3
FLAGS_float_baseline_avx2 := -mavx2 -mfma

clean:
	rm -rf build bin compile_commands.json

-include $(shell find build -name '*.d' 2>/dev/null)
