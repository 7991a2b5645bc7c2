// Networks written into devices and read later: exact where nothing is wrong with the devices, else
// by the formulas; what one factor per layer makes up for; keys of [inference].
#include <cmath>

#include "analysis/deploy.hpp"
#include "array/device_array.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "target_testing.hpp"
#include "training/evaluate.hpp"

using namespace target_testing;

namespace {

InferenceSpec pcm() {
    return *load_target("pcm_inference").hardware.inference;
}

Network written_after(const Network& net, const Plan& plan, const InferenceSpec& m,
                      double seconds) {
    return written(net, conductance_tables(m, seconds), plan).network;
}

std::int64_t loss_of(const Network& net, const Dataset& data,
                     const Kernels& kernels = best_kernels(), int threads_count = 1) {
    Threads threads(threads_count);
    Workspace work = make_workspace(net, threads);
    return evaluate(net, data, work, {kernels, threads}).metrics.loss;
}

// 300 x 400 synapses, one after the other from the lowest level to the highest.
Network ramp(const Plan& plan) {
    Network net = network_of("fc 300", {1, 1, 400}, 300, plan);
    std::visit(
        [&](auto& levels) {
            const int top = top_synapse_level(plan.weight_bits);
            for (std::size_t i = 0; i < levels.size(); ++i)
                levels[i] = static_cast<std::decay_t<decltype(levels[0])>>(
                    static_cast<int>(i % static_cast<std::size_t>(2 * top + 1)) - top);
        },
        net.layers[0].forward.levels);
    return net;
}

double mean_of(const Network& net, const Network& of, int level, double& deviation) {
    double sum = 0, square = 0, n = 0;
    const SynapseArray& a = net.layers[0].forward;
    const double unit = std::exp2(of.layers[0].forward.exponent - a.exponent);
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (level_at(of.layers[0].forward, i) != level) continue;
        const double w = level_at(a, i) / unit;
        ++n, sum += w, square += w * w;
    }
    deviation = std::sqrt(square / n - sum * sum / n / n);
    return sum / n;
}

}  // namespace

TEST_CASE("devices without spread and drift read as the network itself", "[written]") {
    for (const int bits : {1, 2, 4, 8, 12, 16})
        for (const std::string target : {"ideal", "capacitor", "prezioso2015", "pcm"}) {
            if (bits > 8 && target != "ideal") continue;
            INFO(bits << " bits on " << target);
            Target t = load_target(target);
            t.weight_bits = bits;
            // The rate would move wide synapses too far at once.
            const Trial trial(t, bits > 8 ? "sgd" : "bm1");
            Network net = trial.start();
            trial.go(net, 1, 5);
            const Network copy = written_after(net, trial.plan, {}, 1e6);
            REQUIRE(copy.layers[0].compensation == 65536);
            for (std::size_t l = 0; l < net.layers.size(); ++l) {
                const SynapseArray &a = net.layers[l].forward, &b = copy.layers[l].forward;
                REQUIRE(a.exponent + net.layers[l].sum_shift ==
                        b.exponent + copy.layers[l].sum_shift);
                for (std::size_t i = 0; i < a.size(); ++i)
                    REQUIRE(level_at(b, i) == level_at(a, i) * (1 << (a.exponent - b.exponent)));
            }
            REQUIRE(loss_of(copy, trial.data) == loss_of(net, trial.data));
        }
}

TEST_CASE("the same through tiles", "[written]") {
    for (const int bits : {2, 8}) {
        Target t = load_target("analog_io");
        // Ranges of other levels than 8-bit ones would be other multiples of a step.
        if (bits == 2) t.hardware.tiles->adc_bits = 0;
        t.weight_bits = bits;
        const Trial trial(t, "bm1");
        Network net = trial.start();
        trial.go(net, 1, 5);
        const Network copy = written_after(net, trial.plan, {}, 0);
        REQUIRE_FALSE(copy.layers[0].forward.wide());
        if (bits == 8) REQUIRE(loss_of(copy, trial.data) == loss_of(net, trial.data));
        // Noise has its rounding.
        REQUIRE(loss_of(copy, trial.data) ==
                Approx(loss_of(net, trial.data)).epsilon(bits == 8 ? 0 : 0.02));
    }
}

TEST_CASE("writing has its spread, and drift its mean and spread", "[written]") {
    Settings s = settings_of("bm1", "frsf");
    const Plan plan = make_plan(s);
    const Network net = ramp(plan);
    const InferenceSpec m = pcm();
    for (const int level : {-100, -30, 20, 90, 127}) {
        INFO(level);
        const double g = std::abs(level) / 127.0;
        double spread = 0;
        REQUIRE(std::abs(mean_of(written_after(net, plan, m, 0), net, level, spread) - level) <
                1.4);  // at 0 the other device of the pair cannot fall below it
        const double own = (0.26348 + 1.9650 * g - 1.1731 * g * g) / 25 * 127;
        const double other = 0.26348 / 25 * 127 * 0.584;  // of a normal cut off below 0
        REQUIRE(spread == Approx(std::hypot(own, other)).epsilon(0.12));
        InferenceSpec still = m;
        still.write_spread = {};
        double drifted = 0;
        const double left =
            std::abs(mean_of(written_after(net, plan, still, 86400), net, level, drifted) / level);
        const double nu = std::clamp(0.0244 - 0.0155 * std::log(g), 0.049, 0.1);
        const double nu_spread = std::clamp(-0.0059 - 0.0125 * std::log(g), 0.008, 0.045);
        const double age = std::log(1 + 86400 / 20.0);
        // Of a log-normal factor.
        REQUIRE(left ==
                Approx(std::exp(-nu * age + nu_spread * nu_spread * age * age / 2)).epsilon(0.025));
        REQUIRE(drifted / std::abs(level) / left == Approx(nu_spread * age).epsilon(0.12));
    }
}

TEST_CASE("one factor a layer makes up for a drift that all devices share", "[written]") {
    const Trial trial(load_target("ideal"), "bm1");
    Network net = trial.start();
    trial.go(net, 1, 20);
    InferenceSpec m;
    m.drift = {0.05, 0, 0.05, 0.05};
    const double year = 31536000, left = std::pow(1 + year / 20, -0.05);
    const std::int64_t exact = loss_of(net, trial.data);
    const std::int64_t drifted = loss_of(written_after(net, trial.plan, m, year), trial.data);
    m.compensation = true;
    const Network copy = written_after(net, trial.plan, m, year);
    for (const Layer& layer : copy.layers)
        REQUIRE(layer.compensation == Approx(65536 / left).epsilon(0.002));
    const std::int64_t compensated = loss_of(copy, trial.data);
    REQUIRE(std::abs(compensated - exact) * 20 < std::abs(drifted - exact));
    REQUIRE(written_after(net, trial.plan, m, 0).layers[0].compensation == 65536);
}

TEST_CASE("a written network is the same everywhere, and its training untouched", "[written]") {
    const Target target = load_target("pcm_inference");
    const Trial trial(target, "bm1"), ideal(load_target("ideal"), "bm1");
    REQUIRE(trial.signature_after(12) == ideal.signature_after(12));
    Network net = trial.start();
    trial.go(net, 1, 12);
    const std::uint64_t before = signature(net);
    const Network copy = written_after(net, trial.plan, pcm(), 3600);
    REQUIRE(signature(net) == before);
    REQUIRE(signature(copy) == signature(written_after(net, trial.plan, pcm(), 3600)));
    REQUIRE(signature(copy) != signature(written_after(net, trial.plan, pcm(), 3700)));
    const std::int64_t expected = loss_of(copy, trial.data);
    REQUIRE(loss_of(copy, trial.data, best_kernels(), 3) == expected);
    for (const Kernels* set : all_kernels())
        if (set->available()) REQUIRE(loss_of(copy, trial.data, *set) == expected);
    Plan other = trial.plan;
    other.seed = 2;
    REQUIRE(signature(copy) != signature(written_after(net, other, pcm(), 3600)));
}

TEST_CASE("stuck devices are neither written nor do they drift", "[written]") {
    const Plan plan = make_plan(settings_of("bm1", "frsf"),
                                load_target("capacitor", "cells=pair;stuck_random=1").hardware);
    const Network net = network_of("fc 10", {1, 1, 50}, 10, plan);
    const Network copy = written_after(net, plan, pcm(), 1e6);
    for (std::size_t i = 0; i < net.layers[0].forward.size(); ++i)
        REQUIRE(level_at(copy.layers[0].forward, i) == 128 * level_at(net.layers[0].forward, i));
}

namespace {

// What PCM misses by alone, written again until a reading is near.
InferenceSpec verified(int tries, double within, double read_spread = 0) {
    InferenceSpec m = pcm();
    m.drift = m.drift_spread = {};
    m.compensation = false;
    m.verify_tries = tries;
    m.verify_within = within;
    m.read_spread = read_spread;
    return m;
}

// Root mean square of what levels are off by, in the network's own.
double miss_of(const Network& copy, const Network& net) {
    const SynapseArray &a = copy.layers[0].forward, &b = net.layers[0].forward;
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::pow(level_at(a, i) / 128.0 - level_at(b, i), 2);
    return std::sqrt(sum / static_cast<double>(a.size()));
}

}  // namespace

TEST_CASE("verified writing is the plain loop over writings and readings", "[written]") {
    const Plan plan = make_plan(settings_of("bm1", "frsf"));
    const Network net = ramp(plan);
    const ConductanceTables t = conductance_tables(verified(3, 0.015, 0.2), 0);
    const Deployed copy = written(net, t, plan);
    WriteCounts counts;
    const auto drawn = [&](std::uint32_t lane, std::uint64_t step, std::size_t i) {
        const Stream s = stream(plan.seed, Purpose::writing, lane, step);
        return t.normal[random_half(s, i) >> 8];
    };
    const auto device = [&](std::uint32_t lane, int level, std::size_t i) {
        const int g = std::max(level, 0) * 65536 / 127;
        ++counts.devices;
        for (std::uint64_t attempt = 0;; ++attempt) {
            const int spread = t.spread[static_cast<std::size_t>((g + 128) / 256)];
            const int now = std::clamp(g + (spread * drawn(lane, attempt, i) >> 8), 0, 131072);
            const int seen = now + (t.read_spread * drawn(lane, 1024 + attempt, i) >> 8);
            ++counts.writings, ++counts.readings;
            const bool near = std::abs(seen - g) <= t.verify_within;
            if (!near && attempt < 2) continue;
            counts.missed += !near;
            return now;
        }
    };
    for (std::size_t i = 0; i < net.layers[0].forward.size(); ++i) {
        const int level = level_at(net.layers[0].forward, i);
        const std::int64_t g = device(0, level, i) - device(1, -level, i);
        REQUIRE(level_at(copy.network.layers[0].forward, i) == round_shift(g * 127 * 128, 16));
    }
    REQUIRE(copy.layers[0].devices == counts.devices);
    REQUIRE(copy.layers[0].writings == counts.writings);
    REQUIRE(copy.layers[0].readings == counts.readings);
    REQUIRE(copy.layers[0].missed == counts.missed);
    REQUIRE(counts.missed > 0);
    REQUIRE(counts.missed < counts.devices);
}

TEST_CASE("with many tries every device is near enough, as often as by chance", "[written]") {
    const Plan plan = make_plan(settings_of("bm1", "frsf"));
    const Network net = ramp(plan);
    InferenceSpec m = verified(1000, 0.01);
    m.write_spread = {0.5, 0, 0};  // twice the tolerance
    const Deployed copy = written(net, conductance_tables(m, 0), plan);
    const SynapseArray &a = copy.network.layers[0].forward, &b = net.layers[0].forward;
    for (std::size_t i = 0; i < a.size(); ++i)
        REQUIRE(std::abs(level_at(a, i) - 128 * level_at(b, i)) <= 2 * 0.01 * 127 * 128 + 1);
    const WriteCounts& c = copy.layers[0];
    REQUIRE(c.devices == 2 * a.size());
    REQUIRE(c.missed == 0);
    REQUIRE(c.readings == c.writings);
    // A normal within half a deviation: 0.383. Half of the devices are empty, and cannot fall
    // below: 0.691.
    REQUIRE(static_cast<double>(c.writings) / static_cast<double>(c.devices) ==
            Approx((1 / 0.383 + 1 / 0.691) / 2).epsilon(0.02));
}

TEST_CASE("one writing, verified or not, is one; readings that err help less", "[written]") {
    const Plan plan = make_plan(settings_of("bm1", "frsf"));
    const Network net = ramp(plan);
    const auto after = [&](const InferenceSpec& m) {
        return written(net, conductance_tables(m, 0), plan);
    };
    const Deployed open = after(verified(0, 0)), once = after(verified(1, 0.01));
    REQUIRE(signature(open.network) == signature(once.network));
    REQUIRE(open.layers[0].writings == open.layers[0].devices);
    REQUIRE(open.layers[0].readings == 0);
    REQUIRE(once.layers[0].readings == once.layers[0].devices);
    const double best = miss_of(after(verified(20, 0.01)).network, net);
    const double erring = miss_of(after(verified(20, 0.01, 0.5)).network, net);
    REQUIRE(best * 3 < miss_of(open.network, net));
    REQUIRE(best * 1.3 < erring);
    REQUIRE(erring * 1.3 < miss_of(open.network, net));
    // Later it is the same writing, and each device drifts as it did.
    InferenceSpec m = verified(20, 0.01);
    m.drift = {0.05, 0, 0.05, 0.05};
    const Deployed late = written(net, conductance_tables(m, 86400), plan);
    REQUIRE(late.layers[0].writings == after(m).layers[0].writings);
    REQUIRE(miss_of(late.network, net) > miss_of(after(m).network, net));
}

TEST_CASE("keys of [inference]", "[written]") {
    const InferenceSpec m = pcm();
    REQUIRE(m.write_spread[1] == 1.965);
    REQUIRE(m.compensation);
    REQUIRE(m.seconds.size() == 4);
    const Target changed = load_target("ideal", "inference.seconds=60;inference.t0=1");
    REQUIRE(changed.hardware.inference->seconds == std::vector<double>{60});
    REQUIRE(changed.hardware.inference->t0 == 1);
    REQUIRE_FALSE(changed.hardware.device);
    const auto refused = [](const std::string& keys, const std::string& message) {
        INFO(keys);
        REQUIRE_THROWS_WITH(load("[inference]\n" + keys), Contains(message));
    };
    refused("g_max = 0\n", "g_max is 0");
    refused("write_spread = [1, 2]\n", "write_spread is not an array of 3 numbers");
    refused("drift = [1, 2, 3]\n", "drift is not an array of 4 numbers");
    refused("drift = [1, 2, 0.1, 0.05]\n", "drift is held within 0.1 and 0.05");
    refused("drift_spread = [1, 2, -0.1, 0.05]\n", "expected 0 or more");
    refused("seconds = -1\n", "seconds is -1, expected a number from 0");
    refused("seconds = []\n", "seconds is not a number, or an array of 1 to 100");
    refused("compensation = \"all\"\n", "compensation is 'all'");
    refused("noise = 1\n", "unknown key 'noise'");
    refused("verify_tries = 0\n", "verify_tries is 0");
    refused("verify_within = 0.1\n", "'verify_within' does nothing here; it needs verify_tries");
    refused("verify_tries = 2\nread_spread = -1\n", "read_spread is -1");
    Settings s = settings_of("bm1", "frsf");
    s.arithmetic = Arithmetic::floating;
    REQUIRE_THROWS_WITH(make_plan(s, changed.hardware), Contains("--arithmetic float"));
}
