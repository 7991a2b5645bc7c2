// Feedback synapses on devices: what is stuck, lost, unlike or worn out, and how many signs are
// copied; training gives one signature.
#include "device/device.hpp"
#include "target_testing.hpp"

using namespace target_testing;

namespace {

constexpr std::size_t synapses = 20000;

SynapseArray forward_array(std::uint64_t seed) {
    return make_synapses(100, 200, 8, -7, 1024, seed, 0);
}

FeedbackArray array_of(const FeedbackSpec& m, const SynapseArray& forward,
                       const std::string& scheme, bool device = true) {
    for (const FeedbackScheme& s : feedback_schemes())
        if (scheme == s.name)
            return make_feedback(
                s, 8, SignOfZero::keep, 40000, 3, 0, forward, best_kernels(),
                device ? std::make_shared<const FeedbackDevice>(make_feedback_device(m, 3))
                       : nullptr);
    FAIL("no scheme " << scheme);
    return {};
}

// In pieces, as threads do.
std::uint64_t follow_all(FeedbackArray& f, const SynapseArray& forward, std::uint64_t step) {
    std::uint64_t copies = 0;
    for (std::size_t first = 0; first < synapses; first += 777)
        copies += sync_feedback_signs(f, forward, step, first,
                                      std::min<std::size_t>(first + 777, synapses), best_kernels());
    return copies;
}

}  // namespace

TEST_CASE("devices without faults are the ideal feedback synapses", "[feedback]") {
    const SynapseArray first = forward_array(3), second = forward_array(4);
    for (const FeedbackScheme& s : feedback_schemes()) {
        INFO(s.name);
        FeedbackArray ideal = array_of({}, first, s.name, false);
        FeedbackSpec lasting;
        lasting.endurance = 60000;  // so that pulses are counted
        FeedbackArray devices = array_of(lasting, first, s.name);
        REQUIRE(array_of({}, first, s.name).wear.empty());
        REQUIRE(devices.levels == ideal.levels);
        const std::vector<std::int8_t> before = ideal.levels;
        const std::uint64_t copies = follow_all(ideal, second, 5);
        REQUIRE(follow_all(devices, second, 5) == copies);
        REQUIRE(devices.levels == ideal.levels);
        if (!s.signs_follow || ideal.levels.empty()) {
            REQUIRE(copies == 0);
            continue;
        }
        std::uint64_t changed = 0, pulses = 0;
        for (std::size_t i = 0; i < synapses; ++i)
            changed += (before[i] < 0) != (ideal.levels[i] < 0);
        for (const std::uint16_t wear : devices.wear)
            pulses += wear;
        REQUIRE(copies == (s.redrawn ? synapses : changed));
        REQUIRE(pulses == 2 * copies);
        REQUIRE(changed > synapses / 4);
        if (!s.redrawn) REQUIRE(follow_all(ideal, second, 6) == 0);
    }
}

TEST_CASE("stuck feedback synapses have a sign of their own, lost ones none", "[feedback]") {
    FeedbackSpec m;
    m.stuck = 0.2;
    m.lost = 0.1;
    const SynapseArray first = forward_array(3), second = forward_array(4);
    for (const std::string scheme : {"frsf", "brsf", "usf"}) {
        INFO(scheme);
        FeedbackArray f = array_of(m, first, scheme);
        const FeedbackArray start = f;
        const std::uint64_t copies = follow_all(f, second, 1);
        std::size_t lost = 0, stuck = 0, wrong = 0, sound = 0, changed = 0;
        for (std::size_t i = 0; i < synapses; ++i) {
            const int w = level_at(second, i), v = f.levels[i];
            lost += v == 0;
            if (f.kinds[i] == stuck_kind) {
                REQUIRE(v == start.levels[i]);
                stuck += v != 0;
                wrong += v * w < 0;
            } else {
                ++sound;
                changed += (v < 0) != (start.levels[i] < 0);
                REQUIRE((w == 0 || w * v > 0));
            }
        }
        REQUIRE(lost == Approx(0.1 * synapses).epsilon(0.05));
        REQUIRE(stuck == Approx(0.2 * synapses).epsilon(0.05));
        REQUIRE(wrong == Approx(0.1 * synapses).epsilon(0.07));
        REQUIRE(copies == (scheme == "brsf" ? sound : changed));
    }
}

TEST_CASE("a feedback synapse keeps its sign when its pulses are used up", "[feedback]") {
    FeedbackSpec m;
    m.endurance = 12;
    m.endurance_spread = 0.3;
    m.copy_pulses = 4;
    const SynapseArray arrays[2] = {forward_array(3), forward_array(4)};
    FeedbackArray f = array_of(m, arrays[0], "frsf");
    const FeedbackDevice& d = *f.device;
    const std::vector<std::uint8_t> kinds = f.kinds;
    std::uint64_t copies = 0, pulses = 0;
    for (std::uint64_t step = 1; step <= 60; ++step)
        copies += follow_all(f, arrays[step % 2], step);
    std::size_t worn = 0;
    for (std::size_t i = 0; i < synapses; ++i) {
        pulses += f.wear[i];
        worn += f.kinds[i] == stuck_kind;
        // As many copies as it takes to reach its life; of the others one at most, where a level
        // is 0 in one of the two arrays.
        const int life = d.life[kinds[i]];
        if (f.kinds[i] == stuck_kind)
            REQUIRE(f.wear[i] == (life + 3) / 4 * 4);
        else
            REQUIRE(f.wear[i] <= 4);
    }
    REQUIRE(pulses == 4 * copies);
    REQUIRE(worn > synapses / 4);
    REQUIRE(follow_all(f, arrays[1], 61) == 0);
}

TEST_CASE("magnitudes of feedback devices have their spread", "[feedback]") {
    FeedbackSpec m;
    m.magnitude_spread = 0.1;
    const SynapseArray forward = forward_array(3);
    const FeedbackArray f = array_of(m, forward, "frsf"), ideal = array_of({}, forward, "frsf");
    double sum = 0, square = 0, count = 0;
    for (std::size_t i = 0; i < synapses; ++i) {
        REQUIRE((f.levels[i] != 0 && (f.levels[i] < 0) == (ideal.levels[i] < 0)));
        if (std::abs(ideal.levels[i]) < 40 || std::abs(ideal.levels[i]) > 80) continue;
        const double ratio = static_cast<double>(f.levels[i]) / ideal.levels[i];
        ++count, sum += ratio, square += ratio * ratio;
    }
    REQUIRE(sum / count == Approx(1).epsilon(0.01));
    REQUIRE(std::sqrt(square / count - sum * sum / count / count) == Approx(0.1).epsilon(0.05));
}

TEST_CASE("training with feedback on devices gives one signature", "[feedback]") {
    const std::string changes =
        "feedback_device.stuck=0.05;feedback_device.magnitude_spread=0.3;"
        "feedback_device.endurance=4;feedback_device.endurance_spread=0.5";
    for (const std::string rule : {"bm1", "bm4"}) {
        INFO(rule);
        const Trial trial(load_target("ideal", changes), rule);
        require_one_signature(trial);
        REQUIRE(trial.signature_after(12) != Trial(load_target("ideal"), rule).signature_after(12));
    }
    // Copies are counted without devices too, and are those of devices that never fail.
    const Trial ideal(load_target("ideal"), "bm1");
    const Trial devices(load_target("ideal", "feedback_device.copy_pulses=3"), "bm1");
    Network a = ideal.start(), b = devices.start();
    ideal.go(a, 1, 12, 3);
    devices.go(b, 1, 12);
    std::uint64_t copies = 0;
    for (std::size_t i = 0; i < a.layers.size(); ++i) {
        copies += a.layers[i].feedback.copies;
        REQUIRE(a.layers[i].feedback.copies == b.layers[i].feedback.copies);
        REQUIRE(a.layers[i].feedback.levels == b.layers[i].feedback.levels);
        REQUIRE(a.layers[i].forward.levels == b.layers[i].forward.levels);
    }
    REQUIRE(copies > 0);
}

TEST_CASE("keys of [feedback_device]", "[feedback]") {
    const Target target = load("[feedback_device]\nstuck = 0.1\nendurance = 50\n");
    REQUIRE(target.hardware.feedback_device->stuck == 0.1);
    REQUIRE_FALSE(target.hardware.device);
    const auto refused = [](const std::string& keys, const std::string& message) {
        INFO(keys);
        REQUIRE_THROWS_WITH(load("[feedback_device]\n" + keys), Contains(message));
    };
    refused("stuck = 2\n", "[feedback_device] stuck is 2, expected a number from 0 to 1");
    refused("copy_pulses = 0\n", "copy_pulses is 0");
    refused("endurance = 0\n", "endurance is 0");
    refused("step = 1\n", "unknown key 'step'");
    Settings s = settings_of("bm1", "frsf");
    s.arithmetic = Arithmetic::floating;
    REQUIRE_THROWS_WITH(make_plan(s, target.hardware), Contains("--arithmetic float"));
    // Of another array.
    const Trial one(target, "bm1"), other(load("[feedback_device]\nstuck = 0.2\n"), "bm1");
    replace_file(own_file(), checkpoint_of("", {}, one.start()));
    Network net = other.start();
    REQUIRE_THROWS_WITH(restore(load_checkpoint(own_file()), net), Contains("another network"));
    fs::remove(own_file());
}
