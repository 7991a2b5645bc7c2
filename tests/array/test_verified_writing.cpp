// Writing by pulses that are verified: how near it comes, what it costs, what it does with devices
// that are stuck; training that begins and refreshes with it gives one signature.
#include "array/device_array.hpp"
#include "target_testing.hpp"

using namespace target_testing;

namespace {

// Fine steps that vary between devices and pulses.
DeviceSpec model_of(Cells cells, int tries) {
    DeviceSpec m;
    m.cells = cells;
    m.curve.family = StepFamily::soft_bounds;
    m.curve.pulse = 0.02;
    m.step_spread = 0.2;
    m.cycle_spread = 0.3;
    m.verify_tries = tries;
    m.verify_within = 0.01;
    return m;
}

SynapseArray verified_array(const DeviceSpec& m, const Kernels& k = best_kernels()) {
    SynapseArray a = make_synapses(100, 200, 8, -7, 700, 3, 0);
    make_devices(a, std::make_shared<const DeviceTables>(make_device(m, 127, 3)), 3, 0, k);
    return a;
}

std::uint64_t worn(const SynapseArray& a) {
    std::uint64_t pulses = 0;
    for (const auto& plane : a.devices.wear)
        for (const std::uint16_t n : plane)
            pulses += n;
    return pulses;
}

}  // namespace

TEST_CASE("verified writing comes near, and counts what it takes", "[verified]") {
    for (const Cells cells : {Cells::one, Cells::pair, Cells::one_sided}) {
        INFO(static_cast<int>(cells));
        const SynapseArray ideal = make_synapses(100, 200, 8, -7, 700, 3, 0);
        const SynapseArray a = verified_array(model_of(cells, 60));
        const DeviceTables& d = *a.devices.device;
        const std::size_t planes = d.two() ? 2 : 1;
        std::size_t far = 0;
        for (std::size_t i = 0; i < a.size(); ++i)
            far += std::abs(level_at(a, i) - level_at(ideal, i)) >
                   static_cast<int>(planes) * d.verify_within;
        // Where a step may not be taken back some stay too high.
        REQUIRE(far < a.size() / (cells == Cells::one_sided ? 3 : 200));
        REQUIRE(worn(a) == a.devices.first_pulses);
        REQUIRE(a.devices.verify_reads > planes * a.size());
        REQUIRE(a.devices.verify_reads < 20 * planes * a.size());
        REQUIRE(a.devices.first_pulses > a.devices.verify_reads);
    }
}

TEST_CASE("writing ends after its tries", "[verified]") {
    DeviceSpec m = model_of(Cells::pair, 1);
    const SynapseArray one = verified_array(m);
    std::uint64_t pulsed = 0;
    for (const auto& plane : one.devices.wear)
        for (const std::uint16_t n : plane) {
            REQUIRE(n <= 127);
            pulsed += n != 0;
        }
    REQUIRE(one.devices.verify_reads == 2 * one.size() + pulsed);
    // Nobody tells the writer that a device is stuck.
    m.stuck_high = 1;
    m.verify_tries = 5;
    const SynapseArray stuck = verified_array(m);
    REQUIRE(stuck_devices(stuck) == 2 * stuck.size());
    for (std::size_t i = 0; i < stuck.size(); ++i)
        REQUIRE((device_level(stuck, 0, i) == 127 && device_level(stuck, 1, i) == 127));
    // All are off: a middle level is wanted.
    REQUIRE(stuck.devices.verify_reads == 6 * 2 * stuck.size());
}

TEST_CASE("verified writing is the same on every instruction set and in other pieces",
          "[verified]") {
    const SynapseArray expected = verified_array(model_of(Cells::pair, 8));
    for (const Kernels* set : all_kernels()) {
        if (!set->available()) continue;
        const SynapseArray a = verified_array(model_of(Cells::pair, 8), *set);
        INFO(set->name);
        REQUIRE(a.levels == expected.levels);
        REQUIRE(a.devices.second == expected.devices.second);
        REQUIRE(a.devices.wear == expected.devices.wear);
        REQUIRE(a.devices.verify_reads == expected.devices.verify_reads);
    }
    const DeviceTables& d = *expected.devices.device;
    std::vector<std::uint8_t> whole(1000, 10), pieces(1000, 10), kinds(1000, 7), wanted(1000, 90);
    std::vector<std::uint16_t> wear(1000, 0);
    wanted[500] = unwanted;
    DeviceScratch scratch;
    const Stream s = stream(3, Purpose::verified_pulse, 0, 4);
    write_verified(d, whole.data(), kinds.data(), wear.data(), wanted.data(), 0, 1000, s, scratch,
                   best_kernels());
    for (std::size_t at = 0; at < 1000; at += 125)
        write_verified(d, pieces.data() + at, kinds.data() + at, wear.data() + at,
                       wanted.data() + at, at, 125, s, scratch, best_kernels());
    REQUIRE(whole == pieces);
    REQUIRE(whole[500] == 10);
    REQUIRE(wear[500] == 0);
    REQUIRE(std::abs(whole[499] - 90) < 20);
}

TEST_CASE("a verified refresh comes near the weight again", "[verified]") {
    DeviceSpec m = model_of(Cells::one_sided, 40);
    m.refresh_at = 0.5;
    SynapseArray a = verified_array(m);
    auto& w = std::get<std::vector<std::int8_t>>(a.levels);
    std::size_t due = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int plus = static_cast<int>(i % 128), minus = static_cast<int>(i / 128 % 128);
        a.devices.second[i] = static_cast<std::uint8_t>(minus);
        w[i] = static_cast<std::int8_t>(plus - minus);
        due += std::max(plus, minus) > a.devices.device->full;
    }
    const SynapseArray before = a;
    const std::uint64_t pulses = worn(a);
    DeviceScratch scratch;
    REQUIRE(refresh_verified(a, 0, a.size(), stream(3, Purpose::verified_pulse, 0, 9),
                             stream(3, Purpose::verified_pulse, 1, 9), scratch,
                             best_kernels()) == due);
    REQUIRE(worn(a) == pulses + scratch.writes + 2 * due);
    REQUIRE(scratch.reads > 2 * due);
    std::size_t far = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int was = level_at(before, i),
                  most = std::max(device_level(before, 0, i), device_level(before, 1, i));
        if (most <= a.devices.device->full) {
            REQUIRE(level_at(a, i) == was);
            continue;
        }
        REQUIRE(std::min(device_level(a, 0, i), device_level(a, 1, i)) == 0);
        far += std::abs(level_at(a, i) - was) > 4;
    }
    REQUIRE(far < due / 4);
}

TEST_CASE("training with verified writing gives one signature", "[verified]") {
    for (const std::string rule : {"bm1", "bm4"}) {
        INFO(rule);
        const std::string often = "refresh_at=0.3;refresh_every=3";
        const Trial trial(load_target("pcm", often + ";verify_tries=10"), rule);
        require_one_signature(trial);
        REQUIRE(trial.signature_after(12) !=
                Trial(load_target("pcm", often), rule).signature_after(12));
        Network net = trial.start();
        const std::uint64_t first = net.layers[0].forward.devices.verify_reads;
        REQUIRE(first > 0);
        trial.go(net, 1, 12, 3);
        REQUIRE(net.layers[0].forward.devices.verify_reads > first);
    }
    REQUIRE_THROWS_WITH(load_target("pcm", "verify_tries=0"), Contains("verify_tries is 0"));
    REQUIRE_THROWS_WITH(load_target("pcm", "verify_within=0.1"),
                        Contains("'verify_within' does nothing here"));
}
