// One seed, one signature: short runs give the same levels, traces and statistics with any number
// of threads and every instruction set, for every rule, width, normalisation and rounding.
#include <catch2/catch.hpp>

#include "learning_testing.hpp"
#include "training/run.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

const std::string chain =
    "conv 3x3x5 pad 1, bn, max 3x3/2, relu, conv 2x2x7, bn, avg 3x3/2, relu, fc 9, bn, relu, fc 3";
const std::string block =
    "conv 3x3x5 pad 1, bn, relu as a, conv 3x3x5 pad 1, bn, add a, relu as b, avg 3x3/1 pad 1, add "
    "b, "
    "add a, max 3x3/2, fc 3";
const std::string depthwise_text =
    "dwconv 3x3 pad 1, bn, relu, conv 1x1x19, bn, relu, dwconv 3x3/2 pad 1, bn, relu, conv 1x1x6, "
    "bn, relu, dwconv 2x2/2, bn, relu, fc 3";
const Shape input{9, 9, 2};
constexpr std::size_t batches = 3, batch_size = 7;

std::uint64_t signature_of(const Plan& plan, const Dataset& data, const Kernels& kernels,
                           int thread_count, const std::string& text = chain) {
    Threads threads(thread_count);
    const Compute compute{kernels, threads};
    Network net = make_network(text, input, 3, plan, kernels);
    Workspace work = make_workspace(net, threads);
    const std::vector<std::uint32_t> images = first_n(batches * batch_size);
    for (std::size_t step = 0; step < batches; ++step)
        train_step(net, plan, 0, step + 1, data,
                   std::span(images).subspan(step * batch_size, batch_size), work, compute);
    return signature(net);
}

std::vector<const Kernels*> available_sets() {
    std::vector<const Kernels*> sets;
    for (const Kernels* set : all_kernels())
        if (set->available()) sets.push_back(set);
    return sets;
}

}  // namespace

TEST_CASE("threads and instruction sets leave no trace in the signature", "[learning]") {
    const std::string rule = GENERATE("sgd", "bm1", "bm2", "bm3", "bm4");
    const int bits = GENERATE(1, 2, 4, 8, 12, 16);
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain, BatchNormMode::affine);
    const auto rounding = GENERATE(Rounding::nearest, Rounding::stochastic);
    CAPTURE(rule, bits, static_cast<int>(bn), static_cast<int>(rounding));
    const Dataset data = noise(input, 3, batches * batch_size);
    Settings settings = settings_of(rule, bits % 8 == 4 ? "sym" : "brsf", bn, bits);
    settings.error_rounding = rounding;
    settings.rate = rule == "sgd" ? 0.2 : 0.01;
    const Plan plan = make_plan(settings);
    const std::string& text = bits == 1 || bits == 8 || bits == 16 ? depthwise_text : chain;
    const std::uint64_t expected = signature_of(plan, data, *find_kernels("reference"), 1, text);
    int threads = bits % 7 + 1;
    for (const Kernels* set : available_sets()) {
        INFO(set->name << " with " << threads << " threads");
        CHECK(signature_of(plan, data, *set, threads, text) == expected);
        threads = threads % 7 + 1;
    }
}

TEST_CASE("every thread count with every instruction set, on one setting", "[learning]") {
    const Dataset data = noise(input, 3, batches * batch_size);
    const std::string scheme = GENERATE("sym", "nusf", "brsf-p", "rndf", "kp");
    const std::string text = GENERATE(chain, block, depthwise_text);
    Settings settings = settings_of("bm1", scheme, BatchNormMode::affine, 8);
    if (scheme == "brsf-p") settings.concordance = 0.8;
    settings.error_rounding = Rounding::stochastic;
    const Plan plan = make_plan(settings);
    const std::uint64_t expected = signature_of(plan, data, *find_kernels("reference"), 1, text);
    for (const Kernels* set : available_sets())
        for (const int threads : {1, 2, 3, 4, 7}) {
            INFO(scheme << " " << set->name << " with " << threads << " threads, " << text);
            CHECK(signature_of(plan, data, *set, threads, text) == expected);
        }
    settings.seed = 2;
    CHECK(signature_of(make_plan(settings), data, best_kernels(), 1, text) != expected);
}

TEST_CASE("a run may be cut anywhere", "[learning]") {
    const TaskData data{noise(input, 3, 30), noise(input, 3, 10, 2), "synthetic", ""};
    Settings settings = settings_of("bm1", GENERATE("brsf", "kp"), BatchNormMode::plain, 8);
    settings.batch = 8;
    settings.epochs = 2;
    const std::string text = GENERATE(chain, block, depthwise_text);
    const Plan plan = make_plan(settings);
    const auto run_with_cut = [&](std::uint64_t cut) {
        Threads threads(2);
        const Compute compute{best_kernels(), threads};
        Network net = make_network(text, input, 3, plan, best_kernels());
        Progress progress;
        Callbacks callbacks;
        callbacks.stop = [&] { return progress.step == cut; };
        if (run(net, plan, data, progress, callbacks, compute) == RunEnd::stopped) {
            callbacks.stop = {};
            CHECK(run(net, plan, data, progress, callbacks, compute) == RunEnd::finished);
        }
        CHECK(progress.step == 8);
        REQUIRE(progress.history.size() == 2);
        CHECK(progress.history[0].train.images == 30);
        CHECK(progress.history[1].test.images == 10);
        return signature(net);
    };
    const std::uint64_t whole = run_with_cut(0);
    for (const std::uint64_t cut : {1, 3, 4, 6})
        CHECK(run_with_cut(cut) == whole);
}
