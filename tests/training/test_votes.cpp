// Counted votes (bm4) with all their options equal a plain model, synapse by synapse and batch by
// batch, on every instruction set, with threads, on devices and after a restart.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <vector>

#include "base/random_address.hpp"
#include "kernel_testing.hpp"
#include "learning_testing.hpp"
#include "target_testing.hpp"
#include "training/run.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

constexpr std::uint64_t epoch_batches = 12;

// What a synapse with counted votes does, in the words of docs/learning.md.
struct Model {
    std::vector<int> levels, votes;
    std::uint64_t pulses = 0;

    int turn(const Settings& s, std::uint64_t batch) const {
        return static_cast<int>((batch - 1) / epoch_batches) % s.counter_share;
    }

    Ballot ballot(const Settings& s, const Plan& plan, int epoch, std::uint64_t batch) const {
        const int top = top_count(s.counter_bits);
        if (s.pulse_budget == 0)
            return ballot_of_quorum(plan.quorum[std::min<std::size_t>(
                                        static_cast<std::size_t>(epoch), plan.quorum.size() - 1)],
                                    top);
        const PulseBudget budget{std::llround(s.pulse_budget * 1024),
                                 epoch_batches * static_cast<std::uint64_t>(s.epochs)};
        const std::uint64_t wait = wait_for(budget, levels.size(), pulses, batch - 1);
        if (wait == longest_wait) return ballot_of_wait(wait, top, s.counting);
        return ballot_of_wait(
            std::max<std::uint64_t>(1, wait / static_cast<unsigned>(s.counter_share)), top,
            s.counting);
    }

    void batch(const Settings& s, const Plan& plan, const std::int32_t* gradient,
               std::uint64_t batch) {
        const int epoch = static_cast<int>((batch - 1) / epoch_batches);
        const Ballot b = ballot(s, plan, epoch, batch);
        const std::size_t n = levels.size(), share = static_cast<std::size_t>(s.counter_share);
        const std::size_t counters = (n + share - 1) / share;
        const Stream draws = stream(s.seed, Purpose::pulse, 0, batch);
        const int bound = top_synapse_level(s.weight_bits), top = top_count(s.counter_bits);
        votes.resize(counters);
        if (share > 1 && (batch - 1) % epoch_batches == 0) std::fill(votes.begin(), votes.end(), 0);
        for (std::size_t c = 0; c < counters; ++c) {
            const std::size_t i = static_cast<std::size_t>(turn(s, batch)) * counters + c;
            if (i >= n) break;
            int& v = votes[c];
            if (s.counter_leak != 0 && batch % static_cast<unsigned>(s.counter_leak) == 0)
                v -= v > 0 ? 1 : v < 0 ? -1 : 0;
            const bool counts = static_cast<int>(random_half(draws, i)) >= b.skip;
            if (counts) v -= gradient[i] > 0 ? 1 : gradient[i] < 0 ? -1 : 0;
            v = std::clamp(v, -top, top);
            if (std::abs(v) < b.quorum) continue;
            const int move = v > 0 ? 1 : -1;
            v = 0;
            if (s.at_bound == AtBound::spare && levels[i] == move * bound) continue;
            ++pulses;
            levels[i] = std::clamp(levels[i] + move * (s.weight_bits == 1 ? 2 : 1), -bound, bound);
        }
    }
};

// Gradients of one batch: two thirds drawn anew, a third pulls one way; some are 0.
void draw(std::mt19937& source, std::vector<std::int32_t>& gradient, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const auto g = static_cast<std::int32_t>(source() % 7) - 3;
        gradient[i] = i % 3 == 0 ? std::abs(g) * (i % 2 == 0 ? 1 : -1) : g;
    }
}

// One dense layer of n = 3 * depth synapses under made-up gradients, beside the model.
void equals_model(const Settings& settings, int depth, const Kernels& kernels, int thread_count,
                  const Hardware& hardware = {}) {
    Plan plan = make_plan(settings, hardware);
    plan.epoch_batches = epoch_batches;
    Threads threads(thread_count);
    const Compute compute{kernels, threads};
    Network net = make_network("fc 3", {1, 1, depth}, 3, plan, kernels);
    Workspace work = make_workspace(net, threads);
    work.count = work.whole_count = 1;
    SynapseArray& a = net.layers[0].forward;
    std::vector<std::int32_t>& gradient = work.layers[0].gradient;
    gradient.assign(a.size() + read_slack, 0);
    Model model;
    for (std::size_t i = 0; i < a.size(); ++i)
        model.levels.push_back(level_at(a, i));
    std::mt19937 source(5);
    const auto all = static_cast<std::uint64_t>(settings.epochs) * epoch_batches;
    std::uint64_t wrong = 0;
    for (std::uint64_t batch = 1; batch <= all; ++batch) {
        draw(source, gradient, a.size());
        const int epoch = static_cast<int>((batch - 1) / epoch_batches);
        update(net, plan, epoch, batch, work, compute);
        model.batch(settings, plan, gradient.data(), batch);
        for (std::size_t i = 0; i < a.size(); ++i)
            wrong += level_at(a, i) != model.levels[i];
        const std::vector<std::int16_t>& votes = net.layers[0].trace.sign;
        REQUIRE(votes.size() == model.votes.size());
        for (std::size_t i = 0; i < votes.size(); ++i)
            wrong += votes[i] != model.votes[i];
    }
    REQUIRE(wrong == 0);
    REQUIRE(a.pulses == model.pulses);
    REQUIRE(model.pulses > 0);
}

Settings voting(int bits) {
    Settings s = settings_of("bm4", "frsf", BatchNormMode::none, bits);
    s.epochs = 7;
    s.quorum.clear();
    s.pulse_budget = 2;
    return s;
}

// Every option of bm4 by itself, and all at once.
std::vector<Settings> choices(int bits) {
    std::vector<Settings> list(9, voting(bits));
    list[1].counting = Counting::sampled, list[1].counter_bits = 3;
    list[2].pulse_budget = 0, list[2].quorum = {2, 9, 30}, list[2].counter_bits = 4;
    list[2].counting = Counting::sampled;
    list[3].counter_leak = 5;
    list[4].pulse_budget = 0, list[4].quorum = {3}, list[4].counter_leak = 2;
    list[5].counter_share = 4;
    list[6].at_bound = AtBound::spare;
    list[7].pulse_budget = 0, list[7].quorum = {2, 3}, list[7].counter_share = 3;
    Settings& every = list[8];
    every.counting = Counting::sampled, every.counter_bits = 2, every.counter_leak = 3;
    every.counter_share = 2, every.at_bound = AtBound::spare;
    return list;
}

}  // namespace

TEST_CASE("counted votes equal a plain model", "[votes]") {
    const int bits = GENERATE(1, 2, 8, 12);
    for (const Settings& settings : choices(bits)) {
        CAPTURE(bits, settings.pulse_budget, settings.counter_bits, settings.counter_leak,
                settings.counter_share, static_cast<int>(settings.at_bound));
        int threads = 1;
        for (const Kernels* set : all_kernels()) {
            if (!set->available()) continue;
            INFO(set->name);
            for (const int depth : {1, 5, 11, 43, 333})
                equals_model(settings, depth, *set, threads = threads % 3 + 1);
        }
        equals_model(settings, 3000, best_kernels(), 3);  // more than one piece
    }
}

TEST_CASE("under a schedule spared pulses change no level", "[votes]") {
    const int bits = GENERATE(1, 2, 3);
    const auto trained = [&](AtBound at_bound) {
        Settings settings = voting(bits);
        settings.pulse_budget = 0, settings.quorum = {2, 4}, settings.at_bound = at_bound;
        const Plan plan = make_plan(settings);
        Threads threads(1);
        const Compute compute{best_kernels(), threads};
        Network net = make_network("fc 3", {1, 1, 50}, 3, plan, best_kernels());
        Workspace work = make_workspace(net, threads);
        work.count = work.whole_count = 1;
        work.layers[0].gradient.assign(150 + read_slack, 0);
        std::mt19937 source(8);
        for (std::uint64_t batch = 1; batch <= 60; ++batch) {
            draw(source, work.layers[0].gradient, 150);
            update(net, plan, batch > 30 ? 1 : 0, batch, work, compute);
        }
        return net.layers[0].forward;
    };
    const SynapseArray sent = trained(AtBound::send), spared = trained(AtBound::spare);
    REQUIRE(sent.levels == spared.levels);
    REQUIRE(spared.pulses > 0);
    REQUIRE(spared.pulses < sent.pulses);
}

TEST_CASE("without options bm4 does what it did", "[votes]") {
    Settings s = voting(2);
    s.pulse_budget = 0;
    s.quorum = {2, 5};
    equals_model(s, 77, best_kernels(), 2);
}

TEST_CASE("counted votes on devices of one level a pulse equal the model", "[votes]") {
    Hardware hardware;
    hardware.device = DeviceSpec{};
    hardware.device->curve.pulse = 2.0 / 254;
    for (const Settings& settings : choices(8)) {
        CAPTURE(settings.pulse_budget, settings.counter_bits, settings.counter_share);
        equals_model(settings, 43, best_kernels(), 2, hardware);
    }
}

TEST_CASE("a budget in training: spent, resumed to the bit, on devices too", "[votes]") {
    using namespace target_testing;
    const TaskData data{pictures(small_input, 3, 40), pictures(small_input, 3, 10, 2), "synthetic",
                        ""};
    for (const std::string name : {"ideal", "cell_1bit", "pcmo", "pcm", "array128"}) {
        INFO(name);
        Settings settings = choices(name == "cell_1bit" ? 1 : name == "ideal" ? 2 : 8).back();
        settings.bn = BatchNormMode::affine;
        settings.epochs = 4;
        settings.batch = 8;
        Plan plan = make_plan(settings, load_target(name).hardware);
        plan.epoch_batches = batches_in(data.train.count(), plan.batch);
        REQUIRE(plan.epoch_batches == 5);
        std::vector<std::uint64_t> signatures;
        for (const Kernels* set : all_kernels()) {
            if (!set->available()) continue;
            const auto cut = static_cast<std::uint64_t>(signatures.size());
            Threads threads(static_cast<int>(cut) % 3 + 1);
            const Compute compute{*set, threads};
            Network net = make_network(every_stage, small_input, 3, plan, *set);
            Progress progress;
            Callbacks callbacks;
            callbacks.stop = [&] { return progress.step == 3 * cut; };
            if (run(net, plan, data, progress, callbacks, compute) == RunEnd::stopped) {
                Network other = make_network(every_stage, small_input, 3, plan, *set);
                replace_file(own_file(), checkpoint_of("", progress, net));
                restore(load_checkpoint(own_file()), other);
                net = other;
                run(net, plan, data, progress, {}, compute);
                fs::remove(own_file());
            }
            signatures.push_back(signature(net));
            // All synapses may be sent their pulse in one batch.
            const auto once = static_cast<std::uint64_t>(plan.device ? plan.device->burst : 1);
            for (const Layer& layer : net.layers)
                REQUIRE(layer.forward.pulses <= (2 + once) * layer.forward.size());
        }
        for (const std::uint64_t s : signatures)
            REQUIRE(s == signatures.front());
    }
}
