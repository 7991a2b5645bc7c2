// Synapses of two digits: a low one that pulses move, and a high one that it is carried to.
#include <cmath>

#include "array/device_array.hpp"
#include "kernel_testing.hpp"
#include "target_testing.hpp"

using kernel_testing::random_between;
using namespace target_testing;

namespace {

// `every` batches; 0: when a pulse asks for it.
DeviceSpec digits(int every = 0) {
    DeviceSpec m;
    m.cells = Cells::carry;
    m.refresh_every = every;
    m.curve.one_level = true;
    return m;
}

SynapseArray array_of(const DeviceSpec& m, int bits, int rows = 20, int depth = 50) {
    SynapseArray a = make_synapses(rows, depth, bits, -7, 1024, 3, 0);
    make_devices(
        a, std::make_shared<const DeviceTables>(make_device(m, top_synapse_level(bits), 3)), 3, 0);
    return a;
}

void pulse(SynapseArray& a, DeviceScratch& scratch, std::uint64_t step) {
    program(a, 0, a.size(), stream(3, Purpose::device_pulse, 0, step),
            stream(3, Purpose::device_pulse, 1, step), scratch, best_kernels());
}

std::uint64_t carry_now(SynapseArray& a, Carry which, DeviceScratch& scratch,
                        std::uint64_t step = 1) {
    return carry(a, which, 0, a.size(), stream(3, Purpose::verified_pulse, 0, step),
                 stream(3, Purpose::verified_pulse, 1, step), scratch, best_kernels());
}

std::vector<std::int8_t> steps(std::size_t n) {
    std::vector<std::int8_t> pulses(n);
    for (std::int8_t& p : pulses)
        p = static_cast<std::int8_t>(random_between(-1, 1));
    return pulses;
}

}  // namespace

TEST_CASE("two digits hold every weight of their range", "[carry]") {
    for (const int bits : {3, 4, 5, 6, 7, 8}) {
        INFO("bits " << bits);
        const SynapseArray ideal = make_synapses(20, 50, bits, -7, 1024, 3, 0);
        const SynapseArray a = array_of(digits(), bits);
        const DeviceTables& d = *a.devices.device;
        const int middle = d.highest / 2;
        REQUIRE(d.zero <= d.top);
        REQUIRE(d.zero > d.top * 3 / 4);
        for (std::size_t i = 0; i < a.size(); ++i) {
            REQUIRE(level_at(a, i) == std::clamp(level_at(ideal, i), -d.zero, d.zero));
            const int high = device_level(a, 0, i), low = device_level(a, 1, i);
            REQUIRE((high >= 0 && high <= d.highest && low >= 0 && low <= d.highest));
            REQUIRE(level_at(a, i) == d.digit[0] * (high - middle) + low - middle);
        }
    }
    // Odd numbers of bits: all levels of a plain synapse, each digit of about half of the bits.
    REQUIRE(array_of(digits(), 3).devices.device->highest == 2);
    REQUIRE(array_of(digits(), 3).devices.device->zero == 3);
    REQUIRE(array_of(digits(), 7).devices.device->highest == 14);
    REQUIRE(array_of(digits(), 7).devices.device->zero == 63);
}

// Carried after every pulse, or when a pulse asks for it.
void require_one_ideal_synapse(Carry which, int bits) {
    SynapseArray a = array_of(digits(which == Carry::all ? 1 : 0), bits);
    const int bound = a.devices.device->zero;
    std::vector<int> walk(a.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        walk[i] = level_at(a, i);
    DeviceScratch scratch;
    std::uint64_t carries = 0, sent = 0;
    for (std::uint64_t step = 1; step <= 300; ++step) {
        const std::vector<std::int8_t> pulses = scratch.pulses = steps(a.size());
        if (which == Carry::pulsed) carries += carry_now(a, which, scratch);
        REQUIRE(scratch.pulses == pulses);
        pulse(a, scratch, step);
        if (which == Carry::all) carries += carry_now(a, which, scratch);
        for (std::size_t i = 0; i < a.size(); ++i) {
            walk[i] = std::clamp(walk[i] + pulses[i], -bound, bound);
            REQUIRE(level_at(a, i) == walk[i]);
            sent += pulses[i] != 0;
        }
    }
    REQUIRE(carries > a.size() / 10);
    REQUIRE(scratch.reads == (which == Carry::all ? 300 * a.size() : sent));
    // A carry is a pulse on the high digit, whose wear counts nothing else.
    std::uint64_t worn = 0;
    for (const std::uint16_t n : a.devices.wear[0])
        worn += n;
    REQUIRE(worn == carries);
}

TEST_CASE("two ideal digits are one ideal synapse", "[carry]") {
    for (const int bits : {3, 4, 5, 6, 7, 8}) {
        INFO("bits " << bits);
        require_one_ideal_synapse(Carry::pulsed, bits);
        if (bits > 3) require_one_ideal_synapse(Carry::all, bits);
    }
}

TEST_CASE("a carry moves no weight, whatever is stuck", "[carry]") {
    DeviceSpec m = digits(1);
    m.stuck_random = 0.2;
    SynapseArray a = array_of(m, 7);
    const DeviceTables& d = *a.devices.device;
    REQUIRE(stuck_devices(a) > a.size() / 4);
    DeviceScratch scratch;
    std::size_t tried = 0;  // to carry low digits that are stuck
    for (std::uint64_t step = 1; step <= 40; ++step) {
        scratch.pulses = steps(a.size());
        pulse(a, scratch, step);
        const SynapseArray before = a;
        carry_now(a, Carry::all, scratch);
        for (std::size_t i = 0; i < a.size(); ++i) {
            REQUIRE(level_at(a, i) == level_at(before, i));
            const int digit = device_level(before, 1, i) - d.highest / 2;
            tried += std::abs(digit) >= d.full && a.devices.kinds[1][i] == stuck_kind &&
                     a.devices.wear[0][i] > before.devices.wear[0][i];
        }
    }
    REQUIRE(tried > 20);
}

TEST_CASE("a verified carry comes near the weight, with pulses and readings counted", "[carry]") {
    DeviceSpec m = digits(1);
    m.curve.one_level = false;
    m.curve.family = StepFamily::soft_bounds;
    m.curve.pulse = 0.1;
    m.cycle_spread = 0.5;
    m.verify_tries = 20;
    SynapseArray a = array_of(m, 8);
    DeviceScratch scratch;
    scratch.pulses.assign(a.size(), 9);
    pulse(a, scratch, 1);
    const SynapseArray before = a;
    const std::uint64_t due = carry_now(a, Carry::all, scratch);
    REQUIRE(due > a.size() / 4);
    REQUIRE(scratch.reads > a.size() + 2 * due);
    std::uint64_t worn = 0, off = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t plane = 0; plane < 2; ++plane)
            worn += static_cast<std::uint64_t>(a.devices.wear[plane][i] -
                                               before.devices.wear[plane][i]);
        off += level_at(a, i) != level_at(before, i);
    }
    REQUIRE(worn == scratch.writes);
    REQUIRE(off < due / 20);
}

TEST_CASE("training on digits that are carried gives one signature", "[carry]") {
    for (const std::string changes :
         {"cells=carry;refresh_every=3", "cells=carry;refresh_every=0",
          "cells=carry;carry_base=4;refresh_every=2;verify_tries=5", "cells=carry;lifetime=40"})
        for (const std::string rule : {"bm1", "bm4"}) {
            INFO(changes << ", " << rule);
            const Trial trial(load_target("constant", changes), rule);
            require_one_signature(trial);
            if (rule == "bm1")
                REQUIRE(trial.signature_after(12) !=
                        Trial(load_target("constant", "cells=carry;refresh_every=1000"), rule)
                            .signature_after(12));
        }
}

TEST_CASE("digits that leave a gap, or have no room, are refused", "[carry]") {
    REQUIRE_THROWS_WITH(array_of(digits(), 2), Contains("carry_base"));
    REQUIRE_THROWS_WITH(array_of(digits(10), 3), Contains("refresh_every = 0"));
    DeviceSpec m = digits();
    m.carry_base = 12;  // digits of 127 / 13 = 9 levels up; 9 * 0.5 < 6
    m.refresh_at = 0.5;
    REQUIRE_THROWS_WITH(array_of(m, 8), Contains("refresh_at"));
    m.refresh_at = 0.9;
    REQUIRE(array_of(m, 8).devices.device->zero == 117);
    REQUIRE_THROWS_WITH(load_target("constant", "carry_base=4"),
                        Contains("does nothing here; it needs cells"));
    REQUIRE_THROWS_WITH(load_target("pcm_inference", "cells=carry"), Contains("[inference]"));
    REQUIRE_THROWS_WITH(load_target("ecram", "cells=carry;carry_base=1"),
                        Contains("carry_base is 1"));
}
