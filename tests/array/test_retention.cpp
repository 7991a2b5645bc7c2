// Levels that decay between batches: by how much, where to, which devices do not; and training with
// it gives one signature.
#include <cmath>

#include "array/device_array.hpp"
#include "target_testing.hpp"

using namespace target_testing;

namespace {

constexpr std::size_t row_count = 100, column_count = 200;

SynapseArray array_of(const DeviceSpec& m) {
    SynapseArray a = make_synapses(row_count, column_count, 8, -7, 1024, 3, 0);
    make_devices(a, std::make_shared<const DeviceTables>(make_device(m, 127, 3)), 3, 0);
    return a;
}

DeviceSpec forgetful(Cells cells, double lifetime) {
    DeviceSpec m;
    m.cells = cells;
    m.lifetime = lifetime;
    return m;
}

void leak_once(SynapseArray& a, std::uint64_t step, const Kernels& k = best_kernels()) {
    DeviceScratch scratch;
    for (std::size_t first = 0; first < a.size(); first += 777)
        leak(a, first, std::min<std::size_t>(777, a.size() - first),
             stream(3, Purpose::leakage, 0, step), stream(3, Purpose::leakage, 1, step), scratch,
             k);
}

}  // namespace

TEST_CASE("levels decay exponentially to their rest", "[retention]") {
    for (const Cells cells : {Cells::one, Cells::pair, Cells::one_sided, Cells::carry})
        for (const double lifetime : {3.0, 50.0, 4096.0}) {
            INFO(static_cast<int>(cells) << ", lifetime " << lifetime);
            SynapseArray a = array_of(forgetful(cells, lifetime));
            const DeviceTables& d = *a.devices.device;
            REQUIRE(d.leak_every == std::max(1, static_cast<int>(lifetime / 1024)));
            const std::vector<std::int8_t> before = std::get<0>(a.levels);
            const int times = 20;
            for (int step = 1; step <= times; ++step)
                leak_once(a, static_cast<std::uint64_t>(step));
            // What is left is right on average over devices, whatever the level.
            const double left = std::exp(-times * d.leak_every / lifetime);
            double expected = 0, found = 0;
            for (std::size_t i = 0; i < a.size(); ++i) {
                expected += std::abs(before[i]) * left;
                found += before[i] < 0 ? -level_at(a, i) : level_at(a, i);
            }
            REQUIRE(found == Approx(expected).epsilon(0.01).margin(500));
        }
}

TEST_CASE("decay stops at the rest of each kind, and stuck devices keep their level",
          "[retention]") {
    DeviceSpec m = forgetful(Cells::pair, 2);
    m.rest = 0.9;
    m.bound_spread = {0.2, 0.2};
    m.stuck_random = 0.1;
    m.lifetime_spread = 0.3;
    SynapseArray a = array_of(m);
    const DeviceTables& d = *a.devices.device;
    std::array<std::vector<int>, 2> before;
    for (std::size_t plane = 0; plane < 2; ++plane)
        for (std::size_t i = 0; i < a.size(); ++i)
            before[plane].push_back(device_level(a, plane, i));
    for (std::uint64_t step = 1; step <= 100; ++step)
        leak_once(a, step);
    std::size_t stuck = 0;
    for (std::size_t plane = 0; plane < 2; ++plane)
        for (std::size_t i = 0; i < a.size(); ++i) {
            const std::uint8_t kind = a.devices.kinds[plane][i];
            stuck += kind == stuck_kind;
            REQUIRE(device_level(a, plane, i) ==
                    (kind == stuck_kind ? before[plane][i] : d.rest[kind]));
            if (kind != stuck_kind)
                REQUIRE((d.rest[kind] >= d.kinds[kind].low && d.rest[kind] <= d.kinds[kind].high));
        }
    REQUIRE(stuck > a.size() / 10);
    REQUIRE(stuck == stuck_devices(a));
}

TEST_CASE("one decay is the same on every instruction set and in other pieces", "[retention]") {
    const SynapseArray start = array_of(forgetful(Cells::pair, 30));
    SynapseArray expected = start;
    DeviceScratch scratch;
    leak(expected, 0, expected.size(), stream(3, Purpose::leakage, 0, 7),
         stream(3, Purpose::leakage, 1, 7), scratch, best_kernels());
    REQUIRE(expected.levels != start.levels);
    for (const Kernels* set : all_kernels()) {
        if (!set->available()) continue;
        SynapseArray a = start;
        leak_once(a, 7, *set);
        INFO(set->name);
        REQUIRE(a.levels == expected.levels);
        REQUIRE(a.devices.second == expected.devices.second);
    }
}

TEST_CASE("training on devices that decay gives one signature", "[retention]") {
    for (const std::string changes :
         {"lifetime=20;lifetime_spread=0.5", "cells=pair;lifetime=3000;rest=-1"})
        for (const std::string rule : {"bm1", "bm4"}) {
            INFO(changes << ", " << rule);
            require_one_signature(Trial(load_target("capacitor", changes), rule));
        }
}

TEST_CASE("layers that do not learn decay too", "[retention]") {
    Trial trial(load_target("capacitor", "lifetime=4"), "bm1");
    trial.settings.train_layers = TrainLayers::last;
    trial.plan = make_plan(trial.settings, load_target("capacitor", "lifetime=4").hardware);
    Network net = trial.start();
    const Network before = net;
    trial.go(net, 1, 40);
    const auto& first = std::get<0>(net.layers[0].forward.levels);
    const auto zero =
        static_cast<std::size_t>(std::count(first.begin(), first.end(), std::int8_t{0}));
    REQUIRE(zero > first.size() * 9 / 10);
    REQUIRE(before.layers[0].forward.levels != net.layers[0].forward.levels);
}

TEST_CASE("a lifetime is part of a checkpoint's device; none leaves all as it was", "[retention]") {
    const auto print = [](const std::string& changes) {
        return fingerprint_of(
            make_device(*load_target("capacitor", changes).hardware.device, 127, 1));
    };
    REQUIRE(print("lifetime=20") != print(""));
    REQUIRE(print("lifetime=20") != print("lifetime=20;rest=-0.5"));
    REQUIRE(print("lifetime=20") != print("lifetime=20;lifetime_spread=0.1"));
    REQUIRE_THROWS_WITH(load_target("capacitor", "lifetime=0"), Contains("lifetime is 0"));
    REQUIRE_THROWS_WITH(load_target("capacitor", "rest=0"),
                        Contains("'rest' does nothing here; it needs lifetime"));
}
