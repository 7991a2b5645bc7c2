// Costs: a small layer recomputed by hand, and wear.
#include <catch2/catch.hpp>

#include "analysis/cost.hpp"
#include "analysis/wear.hpp"
#include "learning_testing.hpp"

using namespace learning_testing;

namespace {

// Ten inputs, three outputs, one device each, all at their highest level; 60 pulses so far.
struct Small {
    Hardware hardware;
    Plan plan;
    Network net;

    Small() {
        hardware.device = DeviceSpec{};
        hardware.device->curve.one_level = true;
        hardware.cost = CostFigures{};
        hardware.cost->on_ohm = 1e4;
        hardware.cost->on_off = 10;
        hardware.cost->set = {1, 1e-6};
        hardware.cost->reset = {-2, 1e-7};
        hardware.cost->read_volt = 0.2;
        plan = make_plan(settings_of("bm1", "frsf"), hardware);
        net = network_of("fc 3", {1, 10, 1}, 3, plan);
        SynapseArray& a = net.layers[0].forward;
        std::get<std::vector<std::int8_t>>(a.levels).assign(30, 127);
        a.pulses = 60;
        net.layers[0].feedback.copies = 15;
    }
};

const CostPart& part(const std::vector<CostPart>& parts, const std::string& name) {
    for (const CostPart& p : parts)
        if (name == p.name) return p;
    FAIL("no part " << name);
    return parts.front();
}

void is(const CostPart& p, double events, double joules, double seconds = 0) {
    INFO(p.name);
    REQUIRE(p.events == Approx(events));
    REQUIRE(p.joules / 1e-12 == Approx(joules / 1e-12));
    REQUIRE(p.seconds / 1e-12 == Approx(seconds / 1e-12));
}

}  // namespace

TEST_CASE("counters that synapses share are so much less memory", "[cost]") {
    Small s;
    Settings settings = settings_of("bm4", "frsf");
    const auto counters = [&](int share) {
        settings.counter_share = share;
        s.plan = make_plan(settings, s.hardware);
        const Cost cost = cost_of(s.net, s.plan, s.hardware, 30, 10);
        return part(cost.training, "trace memory").events;
    };
    REQUIRE(counters(1) > 0);
    REQUIRE(counters(4) == Approx(counters(1) / 4));
}

TEST_CASE("the cost of a small layer is what it is by hand", "[cost]") {
    const Small s;
    const Cost cost = cost_of(s.net, s.plan, s.hardware, 30, 10);
    // Seven bits, 10 rows, 3 columns of 100 uS; half of the bits are 1.
    is(part(cost.inference, "array reads"), 210, 105 * 0.04 * 1e-4 * 1e-8, 7e-8);
    is(part(cost.inference, "ADC"), 21, 21 * 0.167e-12, 7 * 3 * 7e-9);
    is(part(cost.inference, "digital"), 6, 6 * 0.3e-12);
    REQUIRE(part(cost.inference, "pulses").events == 0);
    // The one layer sends no errors below: it is read forward alone.
    is(part(cost.training, "array reads"), 210, 105 * 0.04 * 1e-4 * 1e-8, 7e-8);
    const double set = 1e-6 * 1e-4, reset = 4 * 1e-7 * 1e-4;
    is(part(cost.training, "pulses"), 2, set + reset);
    // Four a batch, ten batches, thirty images.
    is(part(cost.training, "programming phases"), 4 * 10 / 30.0, 0, 4 * 10 / 30.0 * 0.55e-6);
    is(part(cost.training, "half-selected"), 20, 20 * (set + reset) / 8);
    is(part(cost.training, "trace memory"), 320, 320 * 0.16e-12);
    is(part(cost.training, "gradient memory"), 1920, 1920 * 0.16e-12);
    is(part(cost.training, "sign wire"), 10, 10 * 0.16e-12);
    // 15 copies, a SET and a RESET each at the middle of 10 and 100 uS.
    is(part(cost.training, "sign copy"), 0.5, 0.5 * (1e-6 + 4e-7) * 55e-6);
    is(part(cost.training, "digital"), 6 + 12 + 30 + 20, 68 * 0.3e-12);
    is(part(cost.sram_inference, "weight reads"), 240, 240 * 0.16e-12, 10e-9);
    is(part(cost.sram_training, "multiply-accumulate"), 60, 60 * 0.3e-12);
    const double square = 32e-9 * 32e-9;
    REQUIRE(cost.square_metres / square == Approx(60 * 16 + 30 * 48 * 160));
    REQUIRE(total(cost.inference).joules ==
            Approx(105 * 0.04 * 1e-12 + 21 * 0.167e-12 + 6 * 0.3e-12));
}

TEST_CASE("columns are programmed one after the other, tiles converted for themselves", "[cost]") {
    Small s;
    s.hardware.cost->by_column = true;
    s.hardware.tiles = TileSpec{};
    s.hardware.tiles->rows = 4;
    s.hardware.tiles->adc_bits = 5;
    const Cost cost = cost_of(s.net, s.plan, s.hardware, 30, 10);
    REQUIRE(part(cost.training, "programming phases").seconds / 1e-9 ==
            Approx(2 * 3 * 10 / 30.0 * 550));
    REQUIRE(part(cost.inference, "ADC").events == 21 * 3);
    REQUIRE(part(cost.inference, "ADC").joules / 1e-12 == Approx(63 * 0.167 * 6 / 7));
}

TEST_CASE("each slice has its cells and conversions", "[cost]") {
    Small s;
    s.hardware.tiles = TileSpec{};
    s.hardware.tiles->slice_bits = 3;
    const Cost cost = cost_of(s.net, s.plan, s.hardware, 30, 10);
    // Seven bits of magnitude in three slices, a pair each.
    REQUIRE(part(cost.inference, "array reads").events == 6 * 210);
    REQUIRE(part(cost.inference, "ADC").events == 6 * 21);
    const double square = 32e-9 * 32e-9;
    REQUIRE(cost.square_metres / square == Approx((6 + 1) * 30 * 16 + 30 * 48 * 160));
}

TEST_CASE("channels of a depthwise layer have rows and columns of their own", "[cost]") {
    Small s;
    const auto cost_with = [&](const std::string& text, const Shape& image, int classes) {
        s.net = network_of(text, image, classes, s.plan);
        return cost_of(s.net, s.plan, s.hardware, 30, 10);
    };
    // Three channels with nine rows and a column each; seven bits.
    const Cost one = cost_with("dwconv 3x3", {3, 3, 3}, 3);
    REQUIRE(part(one.inference, "array reads").events == 7 * 27);
    REQUIRE(part(one.inference, "DAC").events == 7 * 27);
    REQUIRE(part(one.inference, "ADC").events == 7 * 3);
    REQUIRE(part(one.inference, "ADC").seconds / 1e-9 == Approx(7 * 3 * 7));
    REQUIRE(part(one.sram_inference, "multiply-accumulate").events == 27);
    REQUIRE(part(one.sram_inference, "weight reads").seconds / 1e-9 == Approx(9));
    // The three on one tile's diagonal; nothing where they cross.
    const double square = 32e-9 * 32e-9;
    REQUIRE(one.square_metres / square == Approx(2 * 27 * 3 * 16 + 27 * 48 * 160));
    // Of 128 rows fourteen channels.
    const Cost many = cost_with("dwconv 3x3", {3, 3, 20}, 20);
    REQUIRE(many.square_metres / square == Approx(2 * 180 * 14 * 16 + 180 * 48 * 160));
    // Errors drive a row each, and every synapse is a column of its own.
    const Cost two = cost_with("conv 1x1x3, dwconv 3x3", {3, 3, 2}, 3);
    REQUIRE(part(two.inference, "array reads").events == 9 * 7 * 6 + 7 * 27);
    REQUIRE(part(two.training, "array reads").events == 9 * 7 * 6 + 7 * 27 + 7 * 27);
    REQUIRE(part(two.training, "DAC").events == 9 * 7 * 2 + 7 * 27 + 7 * 3);
    REQUIRE(part(two.training, "ADC").events == 9 * 7 * 3 + 7 * 3 + 7 * 27);
    REQUIRE(part(two.sram_training, "multiply-accumulate").events == 2 * (9 * 6 + 27) + 27);
}

TEST_CASE("every target with figures has a cost, however its cells are read", "[cost]") {
    std::size_t known = 0;
    for (const std::string& name : target_names()) {
        if (!load_target(name).hardware.cost) continue;
        ++known;
        for (const std::string change :
             {"", "cells=pair", "cells=one-sided", "tiles.rows=4;tiles.adc_bits=6",
              "cells=pair;tiles.slice_bits=3"}) {
            INFO(name << " " << change);
            const Hardware hardware = load_target(name, change).hardware;
            const Plan plan = make_plan(settings_of("bm1", "frsf"), hardware);
            Network net = network_of("fc 3", {1, 10, 1}, 3, plan);
            net.layers[0].forward.pulses = 60;
            const Cost cost = cost_of(net, plan, hardware, 30, 10);
            REQUIRE(cost.figures);
            REQUIRE(cost.square_metres > 0);
            REQUIRE(total(cost.inference).joules > 0);
            // Between all pulses SET or RESET at the lowest conductance, and at the highest.
            const CostFigures& f = *hardware.cost;
            const double set = f.set[0] * f.set[0] * f.set[1] / f.on_ohm;
            const double reset = f.reset[0] * f.reset[0] * f.reset[1] / f.on_ohm;
            const CostPart& pulses = part(cost.training, "pulses");
            REQUIRE(pulses.joules <= pulses.events * std::max(set, reset));
            REQUIRE(pulses.joules >= pulses.events * std::min(set, reset) / f.on_off);
            REQUIRE(pulses.events == (hardware.device->cells == Cells::pair ? 4 : 2));
        }
    }
    REQUIRE(known == 8);
}

TEST_CASE("a network written once costs its writings and readings", "[cost]") {
    Small s;
    s.hardware.inference = InferenceSpec{};
    REQUIRE(part(cost_of(s.net, s.plan, s.hardware, 30, 10).writing, "verify").events == 0);
    // Without spread each of the thirty is near at once.
    s.hardware.inference->verify_tries = 5;
    const Cost cost = cost_of(s.net, s.plan, s.hardware, 30, 10);
    is(part(cost.writing, "writing"), 30, 30 * 1e-6 * 1e-4);
    is(part(cost.writing, "verify"), 30, 30 * 0.04 * 1e-4 * 1e-8);
    is(part(cost.inference, "array reads"), 210, 105 * 0.04 * 1e-4 * 1e-8, 7e-8);
    // An ideal array becomes pairs, one device at 100 uS and one at 10.
    s.net.layers[0].forward.devices = {};
    const Cost pairs = cost_of(s.net, s.plan, s.hardware, 30, 10);
    is(part(pairs.inference, "array reads"), 420, 210 * 0.04 * 55e-6 * 1e-8, 7e-8);
    REQUIRE(part(pairs.training, "array reads").events == 210);
    is(part(pairs.writing, "writing"), 60, 60 * 1e-6 * 55e-6);
    s.hardware.cost.reset();
    is(part(cost_of(s.net, s.plan, s.hardware, 30, 10).writing, "writing"), 60, 0);
}

TEST_CASE("feedback synapses that get pulses cost what forward ones do, at the same time",
          "[cost]") {
    Small s;
    s.net.layers[0].feedback.copies = 0;
    const Cost once = cost_of(s.net, s.plan, s.hardware, 30, 10);
    s.plan = make_plan(settings_of("bm1", "kp"), s.hardware);
    SynapseArray& v = s.net.layers[0].feedback.pulsed.emplace(s.net.layers[0].forward);
    const Cost twice = cost_of(s.net, s.plan, s.hardware, 30, 10);
    for (const char* name : {"pulses", "half-selected"}) {
        const CostPart& p = part(once.training, name);
        is(part(twice.training, name), 2 * p.events, 2 * p.joules, 2 * p.seconds);
    }
    const CostPart& phases = part(once.training, "programming phases");
    is(part(twice.training, "programming phases"), phases.events, phases.joules, phases.seconds);
    REQUIRE(part(once.training, "sign wire").events > 0);
    is(part(twice.training, "sign wire"), 0, 0);
    is(part(twice.training, "sign copy"), 0, 0);

    v.devices.wear[0].assign(30, 7);
    s.net.layers[0].forward.devices.wear[0].assign(30, 7);
    const Wear wear = wear_of(s.net, s.hardware);
    REQUIRE(wear.counts[3] == 60);
    REQUIRE(wear.mean == 7);
}

TEST_CASE("without figures events are counted, and nothing else", "[cost]") {
    Small s;
    s.hardware.cost.reset();
    const Cost cost = cost_of(s.net, s.plan, s.hardware, 30, 10);
    REQUIRE_FALSE(cost.figures);
    is(part(cost.training, "pulses"), 2, 0);
    is(part(cost.sram_inference, "weight reads"), 240, 0);
    REQUIRE(cost.square_metres == 0);
}

TEST_CASE("wear: a histogram, and how many trainings it leaves", "[cost]") {
    Small s;
    s.hardware.device->endurance = 100;
    std::vector<std::uint16_t>& wear = s.net.layers[0].forward.devices.wear[0];
    std::fill(wear.begin(), wear.end(), std::uint16_t{2});
    wear[0] = 0;
    wear[1] = 1;
    wear[2] = 65535;
    const Wear w = wear_of(s.net, s.hardware);
    REQUIRE(w.counts[0] == 1);
    REQUIRE(w.counts[1] == 1);
    REQUIRE(w.counts[2] == 27);
    REQUIRE(w.counts[17] == 1);
    REQUIRE(w.median == 2);
    REQUIRE(w.most == 65535);
    REQUIRE(w.mean == Approx((65535 + 1 + 54) / 30.0));
    REQUIRE(w.trainings_most == Approx(100 / 65535.0));
    REQUIRE(w.copies == Approx(15 / 30.0));
    REQUIRE(w.feedback_most == 0);
}
