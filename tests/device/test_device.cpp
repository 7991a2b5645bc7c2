// Devices: the curves against their formulas and published points; the tables; every instruction
// set's pulses against the reference; and what holds after any number of pulses.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "array/device_array.hpp"
#include "array/target.hpp"
#include "base/check.hpp"
#include "kernel_testing.hpp"
#include "learning_testing.hpp"

using namespace kernel_testing;
using learning_testing::settings_of;

namespace {

DeviceSpec model_of(Cells cells, double pulse = 0.02) {
    DeviceSpec m;
    m.cells = cells;
    m.curve.family = StepFamily::soft_bounds;
    m.curve.pulse = pulse;
    return m;
}

DeviceSpec worn_model(Cells cells) {
    DeviceSpec m = model_of(cells, 0.05);
    m.step_spread = 0.4;
    m.log_normal = true;
    m.asymmetry_spread = 0.1;
    m.bound_spread = {0.2, 0.2};
    m.cycle_spread = 1;
    m.cycle_noise = 0.02;
    m.stuck_low = m.stuck_high = m.stuck_random = 0.02;
    m.endurance = 300;
    m.endurance_spread = 0.5;
    return m;
}

SynapseArray array_of(const DeviceSpec& m, int rows, int depth, int bits = 8) {
    SynapseArray a = make_synapses(rows, depth, bits, -7, 700, 3, 0);
    make_devices(
        a, std::make_shared<const DeviceTables>(make_device(m, top_synapse_level(bits), 3)), 3, 0);
    return a;
}

std::vector<std::int8_t> sparse(std::size_t n, int percent, int most) {
    std::vector<std::int8_t> pulses(n, 0);
    for (std::int8_t& p : pulses)
        if (random_between(0, 99) < percent)
            p = static_cast<std::int8_t>(random_between(-most, most));
    return pulses;
}

}  // namespace

TEST_CASE("pulse curves follow their formulas", "[device]") {
    Curve c;
    c.bounds = {-0.75, 1.25};
    c.pulse = 0.002;
    const double step = 0.002 / 2;
    const auto at = [&](Pulse pulse, double w) { return step_at(c, pulse, (w + 0.75) / 2); };
    REQUIRE(at(Pulse::set, 0.4) == Approx(step));
    c.family = StepFamily::soft_bounds;
    REQUIRE(at(Pulse::set, 0) == Approx(step));
    REQUIRE(at(Pulse::set, 1.25) == Approx(0).margin(1e-12));
    REQUIRE(at(Pulse::set, -0.75) == Approx(step * 1.6));
    REQUIRE(at(Pulse::reset, -0.75) == Approx(0).margin(1e-12));
    c.family = StepFamily::linear;
    c.gamma = {0.115, 0.509};
    REQUIRE(at(Pulse::set, 1.25) == Approx(step * (1 - 0.115)));
    REQUIRE(at(Pulse::reset, -0.75) == Approx(step * (1 - 0.509)));
    c.family = StepFamily::power;
    c.gamma = {2, 3};
    REQUIRE(at(Pulse::set, 0.25) == Approx(step / 4));
    REQUIRE(at(Pulse::reset, 0.25) == Approx(step / 8));
    c.family = StepFamily::exponential;
    c.scale = {-1.184, -0.0814};
    c.gamma = {5, 5};
    c.stretch = c.offset = -0.5;
    const double z = 2 * -0.5 * 1.25 / 2 - 0.5;
    REQUIRE(at(Pulse::set, 1.25) == Approx(step * (1 + 1.184 * std::exp(5 * z))));
    REQUIRE(at(Pulse::reset, 1.25) == Approx(step * (1 + 0.0814 * std::exp(-5 * z))));
    c.asymmetry = 0.25;
    REQUIRE(at(Pulse::set, 1.25) == Approx(1.25 * step * (1 + 1.184 * std::exp(5 * z))));
    c.asymmetry = 0;
    c.family = StepFamily::table;
    c.points[0] = {{0.2, 0.5}, {0.6, 0.1}};
    REQUIRE(step_at(c, Pulse::set, 0.3) == Approx(0.4));
    REQUIRE(step_at(c, Pulse::set, 0.1) == Approx(0.5));
    REQUIRE(step_at(c, Pulse::set, 0.9) == Approx(0.1));
}

TEST_CASE("NeuroSim's nonlinearity label", "[device]") {
    // Points of its published table of A.
    REQUIRE(label_parameter(0.01) == Approx(126.268958));
    REQUIRE(label_parameter(1) == Approx(1.251653).epsilon(1e-5));
    REQUIRE(label_parameter(-9) == Approx(-0.022810).epsilon(1e-4));
    // `states` pulses lead along G(P) = B (1 - exp(-P / A)) from one bound to the other.
    Curve c;
    c.family = StepFamily::label;
    c.label = {2.4, -4.88};
    c.states = 97;
    double up = 0, down = 1;
    const double a = label_parameter(2.4), b = 1 / (1 - std::exp(-1 / a));
    for (int pulse = 1; pulse <= 97; ++pulse) {
        up += step_at(c, Pulse::set, up);
        down -= step_at(c, Pulse::reset, down);
        REQUIRE(up == Approx(b * (1 - std::exp(-pulse / 97.0 / a))));
    }
    REQUIRE(up == Approx(1));
    REQUIRE(down == Approx(0).margin(1e-9));
}

TEST_CASE("device tables hold the model", "[device]") {
    const DeviceSpec m = worn_model(Cells::one);
    const DeviceTables d = make_device(m, 127, 1);
    REQUIRE(d.highest == 254);
    double mean = 0, low = 0, life = 0;
    for (std::size_t k = 0; k < stuck_kind; ++k) {
        mean += std::log(d.kinds[k].scale[0] / 256.0) / 255;
        low += d.kinds[k].low / 255.0;
        life += std::log(d.kinds[k].life) / 255;
        const int span = d.kinds[k].high - d.kinds[k].low;
        REQUIRE(span * d.kinds[k].inverse >> 8 == 255);
    }
    REQUIRE(mean == Approx(0).margin(0.03));
    REQUIRE(low == Approx(254 * (0.4 / 2.8)).margin(1));  // -1 on a grid of -1.4..1.4
    REQUIRE(life == Approx(std::log(300)).margin(0.01));
    // Range 2 of 2.8: 254 / 1.4 levels; a step of 0.05 / 2 of it in the middle.
    REQUIRE(d.steps[128].mean == Approx(0.025 * 254 / 1.4 * 4096).epsilon(0.01));
    REQUIRE(d.steps[128].spread ==
            Approx(std::hypot(0.025, 0.02) * 254 / 1.4 * 4096).epsilon(0.01));
    DeviceSpec still = m;
    still.curve.pulse = 1e-6;
    REQUIRE_THROWS_AS(make_device(still, 127, 1), Error);
}

TEST_CASE("pulses of the rules equal the reference, and the moves of ideal levels", "[kernels]") {
    std::vector<const Kernels*> sets = sets_to_test();
    sets.push_back(&reference());
    for (const Kernels* set : sets)
        for (const SignRuleKind kind :
             {SignRuleKind::bm1, SignRuleKind::bm2, SignRuleKind::bm3, SignRuleKind::bm4})
            for (const std::size_t n : lengths())
                for (const int stride : {1, 2, 5}) {
                    INFO(set->name << ": " << n << ", kind " << static_cast<int>(kind));
                    SignRule rule{kind, 29491, 300, 10, 20000, 9, 3, 511, 127, stride};
                    // Every second length, counted votes with all that can be done to them.
                    if (n % 2 == 1) rule.skip = 20000, rule.leak = rule.spare = 1;
                    const auto levels = numbers<std::int8_t>(n, -127, 127);
                    const auto trace = numbers<std::int16_t>(n, -3000, 3000);
                    const auto signs = numbers<std::int8_t>(n, -1, 1);
                    const auto random = numbers<std::uint16_t>(n, 0, 65535);
                    auto expected_trace = trace, got_trace = trace, moved_trace = trace;
                    Guarded<std::int8_t> expected(n), got(n);
                    const auto sent =
                        reference().pulses8(expected.data(), levels.data(), expected_trace.data(),
                                            signs.data(), random.data(), n, rule);
                    REQUIRE(sent == set->pulses8(got.data(), levels.data(), got_trace.data(),
                                                 signs.data(), random.data(), n, rule));
                    REQUIRE(got == expected);
                    REQUIRE(got_trace == expected_trace);
                    if (stride > 2) continue;
                    auto moved = levels;
                    set->update8(moved.data(), moved_trace.data(), signs.data(), random.data(), n,
                                 rule);
                    REQUIRE(moved_trace == expected_trace);
                    for (std::size_t i = 0; i < n; ++i)
                        REQUIRE(moved[i] == std::clamp(levels[i] + expected.data()[i], -127, 127));
                }
}

TEST_CASE("pulsed devices equal the reference", "[kernels]") {
    const DeviceTables d = make_device(worn_model(Cells::one), 127, 5);
    for (const Kernels* set : sets_to_test())
        for (const std::size_t n : lengths())
            for (const int percent : {0, 3, 40, 100}) {
                INFO(set->name << ": " << n);
                const auto kinds = numbers<std::uint8_t>(n, 0, 255);
                auto levels = numbers<std::uint8_t>(n, 0, 254);
                for (std::size_t i = 0; i < n; ++i)
                    levels[i] =
                        std::clamp(levels[i], d.kinds[kinds[i]].low, d.kinds[kinds[i]].high);
                const auto wear = numbers<std::uint16_t>(n, 0, percent == 3 ? 65535 : 400);
                const auto pulses = sparse(n, percent, percent == 40 ? 127 : 3);
                const auto random = numbers<std::uint16_t>(n, 0, 65535);
                const auto run = [&](const Kernels& k, Guarded<std::uint8_t>& l,
                                     Guarded<std::uint8_t>& t, Guarded<std::uint16_t>& w) {
                    k.program(l.data(), t.data(), w.data(), pulses.data(), random.data(), n,
                              d.tables());
                };
                Guarded<std::uint8_t> l0(levels), l1(levels), t0(kinds), t1(kinds);
                Guarded<std::uint16_t> w0(wear), w1(wear);
                run(reference(), l0, t0, w0);
                run(*set, l1, t1, w1);
                REQUIRE((l0 == l1 && t0 == t1 && w0 == w1));
            }
}

TEST_CASE("pulses move a device by its mean step with its spread", "[device]") {
    DeviceSpec m = model_of(Cells::one, 0.01);
    m.cycle_spread = 0.5;
    const DeviceTables d = make_device(m, 127, 1);
    for (const int level : {60, 127, 200})
        for (const int pulses : {1, -1, 9, -9}) {
            const std::size_t n = 65536;  // every random half once
            std::vector<std::uint8_t> levels(n, static_cast<std::uint8_t>(level)), kinds(n, 7);
            std::vector<std::uint16_t> wear(n, 0), random(n);
            std::iota(random.begin(), random.end(), std::uint16_t{0});
            const std::vector<std::int8_t> sent(n, static_cast<std::int8_t>(pulses));
            best_kernels().program(levels.data(), kinds.data(), wear.data(), sent.data(),
                                   random.data(), n, d.tables());
            double mean = 0, square = 0;
            for (const std::uint8_t l : levels) {
                mean += (l - level) / 65536.0;
                square += (l - level) * (l - level) / 65536.0;
            }
            const double x = level / 254.0;
            const double step = step_at(m.curve, pulses > 0 ? Pulse::set : Pulse::reset, x) * 254;
            REQUIRE(mean == Approx(pulses * step).epsilon(0.01));
            // The rounding adds at most a quarter.
            const double variance = square - mean * mean;
            const double wanted = std::abs(pulses) * step * step / 4;
            REQUIRE(variance > 0.97 * wanted);
            REQUIRE(variance < 1.03 * wanted + 0.26);
            REQUIRE(wear[5] == std::abs(pulses));
        }
}

TEST_CASE("bounds spread normally, or their logarithms do", "[device]") {
    for (const bool logarithms : {false, true}) {
        DeviceSpec m = model_of(Cells::one);
        m.bound_spread = {0.3, 0.3};
        m.log_normal_bounds = logarithms;
        const DeviceTables d = make_device(m, 127, 5);
        // The grid reaches to two standard deviations: to 1.6, or to e^0.6.
        const double reach = logarithms ? std::exp(0.6) : 1.6;
        std::vector<int> high, low;
        for (std::size_t k = 0; k < mobile_kinds; ++k) {
            high.push_back(d.kinds[k].high - 127);
            low.push_back(127 - d.kinds[k].low);
        }
        for (std::vector<int>* side : {&high, &low}) {
            std::sort(side->begin(), side->end());
            // Median, and one standard deviation on either side of it.
            const auto at = [&](double share) {
                return (*side)[static_cast<std::size_t>(share * mobile_kinds)] * reach / 127;
            };
            REQUIRE(at(0.5) == Approx(1).margin(0.02));
            REQUIRE(at(0.8413) == Approx(logarithms ? std::exp(0.3) : 1.3).margin(0.03));
            REQUIRE(at(0.1587) == Approx(logarithms ? std::exp(-0.3) : 0.7).margin(0.03));
        }
    }
    REQUIRE(load_target("reram_sb", "bound_distribution=log-normal")
                .hardware.device->log_normal_bounds);
}

TEST_CASE("what holds for devices after many pulses", "[device]") {
    for (const Cells cells : {Cells::one, Cells::pair, Cells::one_sided, Cells::carry})
        for (const int bits : {8, 4}) {
            INFO(static_cast<int>(cells) << ", bits " << bits);
            SynapseArray a = array_of(worn_model(cells), 20, 50, bits);
            const DeviceTables& d = *a.devices.device;
            const std::size_t n = a.size(), planes = d.two() ? 2 : 1;
            const std::size_t dead = stuck_devices(a);
            REQUIRE(dead > 20);
            DeviceScratch scratch;
            std::vector<std::uint64_t> sent(n, 0);
            std::vector<std::array<int, 2>> stuck_at(n, {-1, -1});
            for (std::uint64_t step = 1; step <= 100; ++step) {
                scratch.pulses = sparse(n, 60, 9);
                for (std::size_t i = 0; i < n; ++i)
                    sent[i] += static_cast<std::uint64_t>(std::abs(scratch.pulses[i]));
                program(a, 0, n, stream(3, Purpose::device_pulse, 0, step),
                        stream(3, Purpose::device_pulse, 1, step), scratch, best_kernels());
                for (std::size_t i = 0; i < n; ++i)
                    for (std::size_t plane = 0; plane < planes; ++plane) {
                        const int level = device_level(a, plane, i);
                        const std::uint8_t k = a.devices.kinds[plane][i];
                        REQUIRE((level >= d.kinds[k].low && level <= d.highest));
                        int& at = stuck_at[i][plane];
                        if (k != stuck_kind) continue;
                        if (at >= 0) REQUIRE(level == at);
                        at = level;
                    }
            }
            REQUIRE(stuck_devices(a) > dead + n / 50);  // endurance is over for some
            for (std::size_t i = 0; i < n; ++i) {
                const std::uint64_t worn =
                    std::uint64_t{a.devices.wear[0][i]} + (d.two() ? a.devices.wear[1][i] : 0);
                REQUIRE(worn == (cells == Cells::pair ? 2 : 1) * sent[i]);
                const int w = level_at(a, i);
                REQUIRE(w == d.digit[0] * device_level(a, 0, i) +
                                 d.digit[1] * (d.two() ? device_level(a, 1, i) : 0) - d.zero);
            }
        }
}

TEST_CASE("a refresh keeps the weight and empties the pair", "[device]") {
    DeviceSpec m = model_of(Cells::one_sided, 0.05);
    m.refresh_at = 0.5;
    SynapseArray a = array_of(m, 10, 30);
    auto& w = std::get<std::vector<std::int8_t>>(a.levels);
    for (std::size_t i = 0; i < a.size(); ++i) {
        a.devices.second[i] = static_cast<std::uint8_t>(random_between(0, 127));
        w[i] = static_cast<std::int8_t>(random_between(0, 127) - a.devices.second[i]);
    }
    const auto before = w;
    const auto full = a.devices.device->full;
    std::size_t expected = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int most = std::max(device_level(a, 0, i), device_level(a, 1, i));
        const int least = std::min(device_level(a, 0, i), device_level(a, 1, i));
        expected += most > full && least > 0;
    }
    REQUIRE(refresh(a, 0, a.size()) == expected);
    REQUIRE(w == before);
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a.devices.wear[0][i] + a.devices.wear[1][i] > 0)
            REQUIRE(std::min(device_level(a, 0, i), device_level(a, 1, i)) == 0);
}

TEST_CASE("a synapse of two devices with spread, wear and feedback takes 11 bytes", "[device]") {
    const auto bytes = [](std::optional<FeedbackSpec> feedback) {
        Hardware hardware{worn_model(Cells::pair), {}, {}};
        hardware.feedback_device = feedback;
        const Plan plan = make_plan(settings_of("bm1", "frsf"), hardware);
        const Network net = learning_testing::network_of("fc 10", {1, 1, 50}, 10, plan);
        const Layer& l = net.layers[0];
        const DeviceState& d = l.forward.devices;
        std::size_t sum = l.forward.size() + d.second.size() + l.feedback.levels.size() +
                          l.feedback.mask.size() + l.feedback.kinds.size() +
                          2 * l.feedback.wear.size() + 2 * l.trace.sign.size() +
                          4 * l.trace.sgd.size();
        for (std::size_t plane = 0; plane < 2; ++plane)
            sum += d.kinds[plane].size() + 2 * d.wear[plane].size();
        REQUIRE(sum % l.forward.size() == 0);
        return sum / l.forward.size();
    };
    REQUIRE(bytes({}) == 11);
    FeedbackSpec faulty;
    faulty.stuck = faulty.magnitude_spread = 0.1;
    REQUIRE(bytes(faulty) == 12);
    faulty.endurance = 100;  // a count for each
    REQUIRE(bytes(faulty) == 14);
}
