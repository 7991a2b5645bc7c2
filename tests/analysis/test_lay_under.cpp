// Other hardware under a trained network: without faults the same logits, bit for bit; fewer levels
// by the nearest of the best grid; converters, wires and devices by what they are known to do.
#include <cmath>

#include "analysis/lay_under.hpp"
#include "array/device_array.hpp"
#include "target_testing.hpp"
#include "training/evaluate.hpp"

using namespace target_testing;

namespace {

struct Laid {
    Plan plan;
    Network net;
};

Laid laid(const Network& trained, Settings settings, const Target& target, const Dataset& data,
          const Kernels& kernels = best_kernels(), int threads_count = 1) {
    const std::uint64_t trained_seed = 1;
    settings.rate = 0;  // nothing learns
    Laid l{make_plan(settings, target.hardware), {}};
    l.net = make_network(every_stage, small_input, 3, l.plan, kernels);
    lay_under(trained, trained_seed, l.plan, kernels, l.net);
    Threads threads(threads_count);
    calibrate_ranges(l.net, l.plan, data, false, {kernels, threads});
    return l;
}

std::vector<std::int32_t> logits_of(const Network& net, const Dataset& data,
                                    const Kernels& kernels = best_kernels(),
                                    int threads_count = 1) {
    Threads threads(threads_count);
    Workspace work = make_workspace(net, threads);
    return evaluate(net, data, work, {kernels, threads}, true).logits;
}

Network trained_on(const Trial& trial) {
    Network net = trial.start();
    trial.go(net, 1, 12);
    return net;
}

// How far logits are off, in the mean.
double off_by(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::abs(static_cast<double>(a[i]) - b[i]);
    return sum / static_cast<double>(a.size());
}

SynapseArray& first_array(Network& net) {
    return net.layers.front().forward;
}

}  // namespace

TEST_CASE("hardware without faults gives a trained network's logits", "[layunder]") {
    const Target ideal = load_target("ideal");
    for (const std::string& on :
         {std::string("ideal"), std::string("pcm"), std::string("reram_sb")}) {
        const Trial trial(load_target(on), "bm1");
        const Network net = trained_on(trial);
        const auto expected = logits_of(net, trial.data);
        INFO(on);
        REQUIRE(logits_of(laid(net, trial.settings, ideal, trial.data).net, trial.data) ==
                expected);
        // Tiles alone, ideal devices of each make, and what it was trained on.
        for (const std::string& under :
             {std::string("[tiles]\nrows = 7\n"), std::string("[device]\npulse = \"level\"\n"),
              std::string("[device]\ncells = \"pair\"\npulse = \"level\"\n"),
              std::string("[device]\ncells = \"one-sided\"\npulse = \"level\"\n")}) {
            INFO(under);
            REQUIRE(logits_of(laid(net, trial.settings, load(under), trial.data).net, trial.data) ==
                    expected);
        }
        const Network same = laid(net, trial.settings, load_target(on), trial.data).net;
        REQUIRE(signature(same) == signature(net));
    }
}

TEST_CASE("feedback that gets pulses is laid onto the grid and the devices of W", "[layunder]") {
    for (const std::string& on : {std::string("ideal"), std::string("pcm")}) {
        INFO(on);
        const Trial trial(load_target(on), "bm1", "kp");
        const Network net = trained_on(trial);
        REQUIRE(signature(laid(net, trial.settings, load_target(on), trial.data).net) ==
                signature(net));
        const Target other = load("[device]\npulse = \"level\"\nstuck_random = 0.2\n");
        Settings fewer = trial.settings;
        fewer.weight_bits = 4;
        const Network onto = laid(net, fewer, other, trial.data).net;
        for (std::size_t i = 0; i < onto.layers.size(); ++i) {
            const SynapseArray &w = onto.layers[i].forward, &v = *onto.layers[i].feedback.pulsed;
            REQUIRE(v.exponent == w.exponent);
            REQUIRE(v.bits == 4);
            REQUIRE(stuck_devices(v) > 0);
            const SynapseArray& from = *net.layers[i].feedback.pulsed;
            double off = 0, size = 0;
            for (std::size_t k = 0; k < v.size(); ++k) {
                if (v.devices.kinds[0][k] == stuck_kind) continue;
                const double level = std::ldexp(level_at(from, k), from.exponent - v.exponent);
                off += std::abs(std::clamp(level, -7.0, 7.0) - level_at(v, k));
                size += 1;
            }
            REQUIRE(off / size < 0.6);
        }
    }
}

TEST_CASE("other draws of devices are another chip", "[layunder]") {
    const Trial trial(load_target("ideal"), "bm1");
    const Network net = trained_on(trial);
    const Target faults = load("[device]\npulse = \"level\"\nstuck_random = 0.2\n");
    Settings settings = trial.settings;
    const auto expected = signature(laid(net, settings, faults, trial.data).net);
    REQUIRE(signature(laid(net, settings, faults, trial.data).net) == expected);
    for (const Kernels* set : all_kernels())
        if (set->available())
            REQUIRE(signature(laid(net, settings, faults, trial.data, *set, 3).net) == expected);
    settings.seed = 2;
    REQUIRE(signature(laid(net, settings, faults, trial.data).net) != expected);

    // The same devices with other shares of stuck ones are none of those that were trained; so are
    // those of another seed.
    const Target pcm = load_target("pcm"), worse = load_target("pcm", "stuck_low=0.3");
    const Trial on_pcm(pcm, "bm1");
    const Network chip = trained_on(on_pcm);
    const auto stuck = [](const Network& of) { return stuck_devices(of.layers.front().forward); };
    REQUIRE(stuck(laid(chip, on_pcm.settings, pcm, trial.data).net) == stuck(chip));
    REQUIRE(stuck(laid(chip, on_pcm.settings, worse, trial.data).net) > stuck(chip) + 20);
}

TEST_CASE("synapses that are all stuck hold one level", "[layunder]") {
    const Trial trial(load_target("ideal"), "bm1");
    Laid l = laid(trained_on(trial), trial.settings,
                  load("[device]\npulse = \"level\"\nstuck_low = 1\n"), trial.data);
    for (std::size_t i = 0; i < first_array(l.net).size(); ++i)
        REQUIRE(level_at(first_array(l.net), i) == -127);
}

TEST_CASE("fewer levels are the nearest of the best grid", "[layunder]") {
    const Trial trial(load_target("ideal"), "bm1");
    Network net = trained_on(trial);
    SynapseArray& a = first_array(net);
    auto& levels = std::get<std::vector<std::int8_t>>(a.levels);
    // Multiples of 16 up to 112 are the levels of 4 bits.
    for (std::size_t i = 0; i < levels.size(); ++i)
        levels[i] = static_cast<std::int8_t>(16 * (static_cast<int>(i % 15) - 7));
    Settings settings = trial.settings;
    settings.weight_bits = 4;
    Laid l = laid(net, settings, load_target("ideal"), trial.data);
    REQUIRE(first_array(l.net).bits == 4);
    REQUIRE(first_array(l.net).exponent == a.exponent + 4);
    for (std::size_t i = 0; i < levels.size(); ++i)
        REQUIRE(level_at(first_array(l.net), i) * 16 == levels[i]);
    // Small levels have a finer grid, whose error is below that of the whole range.
    for (std::size_t i = 0; i < levels.size(); ++i)
        levels[i] = static_cast<std::int8_t>(static_cast<int>(i % 15) - 7);
    l = laid(net, settings, load_target("ideal"), trial.data);
    REQUIRE(first_array(l.net).exponent == a.exponent);
    for (std::size_t i = 0; i < levels.size(); ++i)
        REQUIRE(level_at(first_array(l.net), i) == levels[i]);
    for (const int bits : {1, 2, 3, 8, 12, 16}) {
        settings.weight_bits = bits;
        l = laid(net, settings, load_target("ideal"), trial.data);
        const SynapseArray& to = first_array(l.net);
        const double step = std::exp2(to.exponent - a.exponent);
        double error = 0, widest = 0;
        const double whole =
            std::exp2(make_network(every_stage, small_input, 3, l.plan, best_kernels())
                          .layers.front()
                          .forward.exponent -
                      a.exponent);
        for (std::size_t i = 0; i < to.size(); ++i) {
            const int top = top_synapse_level(bits);
            REQUIRE(std::abs(level_at(to, i)) <= top);
            error += std::pow(levels[i] - step * level_at(to, i), 2);
            double q = std::clamp<double>(std::floor(levels[i] / whole + 0.5), -top, top);
            if (bits == 1) q = levels[i] < 0 ? -1 : 1;
            widest += std::pow(levels[i] - whole * q, 2);
        }
        INFO(bits);
        REQUIRE(error <= widest);
    }
}

TEST_CASE("devices that do not reach outermost levels hold a wider grid", "[layunder]") {
    const Trial trial(load_target("ideal"), "bm1");
    Network net = trained_on(trial);
    SynapseArray& a = first_array(net);
    auto& levels = std::get<std::vector<std::int8_t>>(a.levels);
    for (std::size_t i = 0; i < levels.size(); ++i)
        levels[i] = static_cast<std::int8_t>(static_cast<int>(i * 37 % 255) - 127);
    const Target target =
        load("[device]\nstep = \"soft-bounds\"\nbounds = [-1, 1]\nbound_spread = [0.4, 0.4]\n");
    Laid l = laid(net, trial.settings, target, trial.data);
    SynapseArray same = a;
    make_devices(same, l.plan.device, l.plan.seed, 0);
    double wide = 0, plain = 0;
    const SynapseArray& to = first_array(l.net);
    REQUIRE(to.exponent > a.exponent);
    for (std::size_t i = 0; i < a.size(); ++i) {
        wide += std::pow(level_at(to, i) * std::exp2(to.exponent - a.exponent) - levels[i], 2);
        plain += std::pow(level_at(same, i) - levels[i], 2);
    }
    REQUIRE(wide < plain);
}

TEST_CASE("a grid of more levels than are needed changes next to nothing", "[layunder]") {
    const Trial trial(load_target("ideal"), "bm1");
    const Network net = trained_on(trial);
    Settings settings = trial.settings;
    settings.weight_bits = 12;
    const Laid l = laid(net, settings, load_target("ideal"), trial.data);
    // Logits of levels that are 16 times finer are 16 times as large.
    auto expected = logits_of(net, trial.data);
    const int up = net.layers.back().forward.exponent + net.layers.back().sum_shift -
                   l.net.layers.back().forward.exponent - l.net.layers.back().sum_shift;
    REQUIRE(up == 4);
    for (std::int32_t& logit : expected)
        logit *= 16;
    REQUIRE(off_by(logits_of(l.net, trial.data), expected) < 64);
}

TEST_CASE("converters of more bits and shorter wires are nearer to exact", "[layunder]") {
    const Trial trial(load_target("ideal"), "bm1");
    const Network net = trained_on(trial);
    const auto exact = logits_of(net, trial.data);
    double before = 1e30;
    for (const int bits : {2, 4, 6, 8, 11, 14}) {
        const Target target = load(fmt::format("[tiles]\nrows = 16\nadc_bits = {}\n", bits));
        const double off =
            off_by(logits_of(laid(net, trial.settings, target, trial.data).net, trial.data), exact);
        INFO(bits << " bits: " << off);
        REQUIRE(off < before);
        before = off;
    }
    before = -1;
    for (const double loss : {0.0, 0.1, 0.3, 0.6}) {
        const Target target =
            load(fmt::format("[tiles]\nrows = 16\nwire_loss = [{}, {}]\n", loss, loss));
        const double off =
            off_by(logits_of(laid(net, trial.settings, target, trial.data).net, trial.data), exact);
        REQUIRE(off > before);
        before = off;
    }
}

TEST_CASE("ranges of converters are the largest sums of the first batches", "[layunder]") {
    const Trial trial(load_target("ideal"), "bm1");
    const Network net = trained_on(trial);
    for (const int batches : {1, 3, 100}) {
        const Target target = load(
            fmt::format("[tiles]\nrows = 500\nadc_bits = 14\nadc_calibration = {}\n", batches));
        const Laid l = laid(net, trial.settings, target, trial.data);
        const int seen = std::min(batches, 6);  // 48 images, 8 in a batch
        REQUIRE(l.net.layers.front().tiles.seen.batches == seen);
        if (batches != 100) continue;
        // The last layer is one tile: its sums are the logits, but for the codes of layers before.
        std::int32_t largest = 0;
        for (const std::int32_t logit : logits_of(l.net, trial.data))
            largest = std::max(largest, std::abs(logit));
        const std::int32_t range = l.net.layers.back().tiles.seen.largest;
        REQUIRE(std::abs(range - largest) <= range / 4096 + 1);
    }
    const Laid following =
        laid(net, trial.settings, load("[tiles]\nadc_bits = 6\nadc_range = \"following\"\n"),
             trial.data);
    REQUIRE(following.net.layers.front().tiles.seen.batches == 1);
    // What was calibrated in training stays.
    const Target tiles = load("[tiles]\nrows = 16\nadc_bits = 6\n");
    const Trial through(tiles, "bm1");
    const Network tiled = trained_on(through);
    REQUIRE(signature(laid(tiled, through.settings, tiles, trial.data).net) == signature(tiled));
}
