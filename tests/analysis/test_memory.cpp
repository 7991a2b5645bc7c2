// What a run allocates: nothing inside a step once the first is done, and as much as memory_of
// says. Every allocation of the test program is counted here.
#include <malloc.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>
#include <numeric>
#include <string>

#include "analysis/memory.hpp"
#include "array/target.hpp"
#include "export/export.hpp"
#include "picture_testing.hpp"
#include "run/memory_report.hpp"
#include "training/trainer.hpp"

namespace {

std::atomic<long> allocations{0}, live{0}, peak{0};

void* counted(void* p) {
    if (!p) throw std::bad_alloc();
    ++allocations;
    const long size = static_cast<long>(::malloc_usable_size(p)), now = live += size;
    for (long before = peak; now > before && !peak.compare_exchange_weak(before, now);) {
    }
    return p;
}

void release(void* p) {
    if (p) live -= static_cast<long>(::malloc_usable_size(p));
    std::free(p);
}

}  // namespace

void* operator new(std::size_t n) {
    return counted(std::malloc(n == 0 ? 1 : n));
}
// std::stable_sort's buffer: taken here, released below, so both have to be ours.
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
    void* p = std::malloc(n == 0 ? 1 : n);
    if (!p) return nullptr;
    return counted(p);
}
void* operator new(std::size_t n, std::align_val_t alignment) {
    const auto a = static_cast<std::size_t>(alignment);
    return counted(std::aligned_alloc(a, (n + a - 1) / a * a));
}
void operator delete(void* p) noexcept {
    release(p);
}
void operator delete(void* p, std::size_t) noexcept {
    release(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
    release(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    release(p);
}

namespace {

using namespace crossbar;

constexpr int images_a_batch = 24;
const Shape shape{20, 20, 2};
const char* const memory_text =
    "conv 5x5x24, bn, max 2x2/2, relu, conv 3x3x32 pad 1, bn, avg 3x3/2, relu, fc 200, bn, relu, "
    "fc 10";

struct Case {
    Settings settings;
    std::string target = "ideal";
};

std::vector<Case> cases_to_test() {
    std::vector<Settings> list(5);
    list[1].weight_bits = 4;
    list[1].bn = BatchNormMode::affine;
    list[1].error_rounding = Rounding::stochastic;
    list[2].weight_bits = 12;
    list[2].feedback = "brsf-p";
    list[2].rule = "bm4";
    list[3].weight_bits = 16;
    list[3].feedback = "sym";
    list[3].rule = "sgd";
    list[3].rate = 0.02;
    list[4].weight_bits = 2;
    list[4].sign_of_zero = SignOfZero::zero;
    for (Settings& s : list) {
        s.network = memory_text;
        s.batch = images_a_batch;
    }
    std::vector<Case> cases;
    for (const Settings& s : list)
        cases.push_back({s});
    list[1].network =
        "conv 3x3x24 pad 1, bn, relu as a, conv 3x3x24 pad 1, bn, add a, relu as b, conv 3x3x24 "
        "pad "
        "1, bn, add b, max 2x2/2, relu, fc 10";
    cases.push_back({list[1]});
    for (Settings s : {list[0], list[3]}) {
        s.network =
            "conv 3x3x24 pad 1, bn, relu, dwconv 3x3/2 pad 1, bn, relu, conv 1x1x48, bn, relu, "
            "dwconv 3x3 pad 1, bn, relu, max 2x2/2, fc 10";
        cases.push_back({s});
    }
    list[1].train_layers = TrainLayers::all_but_last;
    cases.push_back({list[1]});
    cases.push_back({list[0], "ecram"});
    cases.push_back({list[0], "array128"});
    list[0].feedback = "kp";
    cases.push_back({list[0]});
    cases.push_back({list[0], "ecram"});
    return cases;
}

Dataset some_images() {
    Dataset data{shape, 10, {}, {}};
    data.pixels.resize(2 * images_a_batch * shape.size());
    for (std::size_t i = 0; i < data.pixels.size(); ++i)
        data.pixels[i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
    for (std::size_t i = 0; i < 2 * images_a_batch; ++i)
        data.labels.push_back(static_cast<std::uint16_t>(i * 7 % 10));
    return data;
}

// All that a training step works on.
struct Bench {
    Plan plan;
    Threads threads;
    Compute compute{best_kernels(), threads};
    Dataset data = some_images();
    std::vector<std::uint32_t> batch = std::vector<std::uint32_t>(images_a_batch);
    long before = live;  // what follows is counted
    Network network;
    Workspace work;

    Bench(const Case& c, int thread_count)
        : plan(make_plan(c.settings, load_target(c.target).hardware)),
          threads(thread_count),
          network(make_network(c.settings.network, shape, 10, plan, compute.kernels)),
          work(make_workspace(network, threads)) {}

    void step(std::uint64_t number) {
        std::iota(batch.begin(), batch.end(), number % 2 == 0 ? 0u : unsigned{images_a_batch});
        train_step(network, plan, 0, number, data, batch, work, compute);
    }
};

TEST_CASE("after its first step, training allocates nothing", "[memory]") {
    for (const Case& c : cases_to_test())
        for (const int threads : {1, 3}) {
            Bench bench(c, threads);
            bench.step(1);
            const long before = allocations;
            for (std::uint64_t step = 2; step < 6; ++step)
                bench.step(step);
            const long within = allocations - before;
            CAPTURE(c.settings.rule, c.settings.weight_bits, c.target, threads);
            CHECK(within == 0);
        }
}

TEST_CASE("the memory foretold is the memory used", "[memory]") {
    for (const Case& c : cases_to_test())
        for (const int threads : {1, 3}) {
            Bench bench(c, threads);
            const auto foretold = static_cast<double>(
                memory_of(bench.network, images_a_batch, 0, threads, bench.compute.kernels)
                    .total());
            bench.step(1);
            const auto used = static_cast<double>(live - bench.before);
            CAPTURE(c.settings.rule, c.settings.weight_bits, c.target, threads, foretold, used);
            CHECK(used / foretold > 0.96);
            CHECK(used / foretold < 1.04);
        }
}

// What a run's options add to all of that: nothing but what is foretold.
TEST_CASE("the memory foretold is the most used, whatever a run writes", "[memory]") {
    using Options = std::vector<std::pair<std::string, std::string>>;
    const std::vector<Options> modes = {
        {},
        {{"weight-bits", "16"}},
        {{"rule", "sgd"}, {"feedback", "sym"}, {"rate", "0.02"}},
        {{"target", "ecram"}, {"feedback", "kp"}},
        {{"device", "cells=\"pair\";endurance=500;feedback_device.endurance=99"}},
        {{"arithmetic", "float"}},
        {{"arithmetic", "float"}, {"feedback", "brsf-p"}},
        {{"diagnose", "true"}},
        {{"diagnose", "true"}, {"arithmetic", "float"}},
        {{"network", "conv 3x3x90, bn, max 2x2/2, relu, fc 500, bn, relu, fc 4"}},
        {{"arithmetic", "float"},
         {"network", "conv 3x3x90, bn, max 2x2/2, relu, fc 500, bn, relu, fc 4"}}};
    const crossbar::TestFolder folder;
    const std::string task =
        folder.write("t.toml",
                     "title='t'\nhome='-'\nlicence='-'\nreader='idx'\nfolder='f'\nshape=[20,20,1]\n"
                     "classes=4\ntrain_count=30\ntest_count=10\n"
                     "network='fc 700, bn, relu, fc 1000, bn, relu, fc 4'\n");
    for (const Options& mode : modes) {
        CAPTURE(mode);
        Options options = {{"task", task},
                           {"data", "synthetic"},
                           {"threads", "2"},
                           {"epochs", "2"},
                           {"batch", "15"}};
        bool diagnose = false;  // the program's own option, no setting
        for (const auto& option : mode)
            if (option.first == "diagnose")
                diagnose = true;
            else
                options.push_back(option);
        const long before = live;
        Run e = prepare(new_run({options}));
        const auto foretold =
            static_cast<double>(sim::network_memory(e, diagnose).total() + sim::image_bytes(e));
        peak = live.load();
        const auto write = [&e] {
            write_checkpoint(e, [](std::string_view) {});
            for (const auto what : {sim::Exported::network, sim::Exported::state})
                sim::write_export(e, what, sim::Packing::stored, [](auto, auto) {});
        };
        Callbacks callbacks;
        callbacks.epoch = [&](const Progress&) { write_checkpoint(e, [](std::string_view) {}); };
        train(e, callbacks, diagnose);
        write();
        const auto used = static_cast<double>(peak - before);
        CAPTURE(foretold, used);
        CHECK(used / foretold > 0.9);
        CHECK(used / foretold < 1.1);
    }
}

TEST_CASE("8-bit synapses train in 8 bytes each", "[memory]") {
    for (const char* rule : {"bm1", "bm2", "bm3", "bm4"}) {
        Settings s = cases_to_test()[0].settings;
        s.rule = rule;
        const Plan plan = make_plan(s);
        const Network net = make_network(s.network, shape, 10, plan, best_kernels());
        const MemoryUse use = memory_of(net, images_a_batch, 0, 1, best_kernels());
        CHECK(use.training() <= 8 * net.synapses());
    }
}

}  // namespace
