// Targets: every built-in one trains, to the same signature for any threads, instruction set and
// after a restart; files that are wrong are refused with their line; a device of one level a pulse
// is the ideal one.
#include "target_testing.hpp"

using namespace target_testing;

TEST_CASE("every target gives one signature: threads, instruction sets, restarts", "[target]") {
    for (const std::string& name : target_names())
        for (const std::string rule : {"bm1", "bm4", "sgd"}) {
            INFO(name << ", " << rule);
            require_one_signature(Trial(load_target(name), rule));
        }
}

TEST_CASE("feedback synapses that get pulses are made as forward ones, each in its own way",
          "[target]") {
    std::size_t apart = 0;
    for (const std::string& name : target_names()) {
        const Target target = load_target(name);
        if (target.hardware.feedback_device) continue;
        INFO(name);
        const Trial trial(target, "bm1", "kp");
        require_one_signature(trial);
        Network net = trial.start();
        trial.go(net, 1, 12);
        for (const Layer& layer : net.layers) {
            const DeviceState &w = layer.forward.devices, &v = layer.feedback.pulsed->devices;
            REQUIRE(v.device == w.device);
            REQUIRE(layer.feedback.pulsed->pulses == layer.forward.pulses);
            for (std::size_t plane = 0; plane < 2; ++plane) {
                REQUIRE(v.kinds[plane].size() == w.kinds[plane].size());
                apart += v.kinds[plane] != w.kinds[plane];
            }
        }
    }
    REQUIRE(apart > 20);
}

TEST_CASE("every target says what to expect of it", "[target]") {
    for (const std::string& name : target_names()) {
        INFO(name);
        const Target target = load_target(name);
        REQUIRE(target.expected.size() == 2);
        const double least = target.expected[0], most = target.expected[1];
        REQUIRE((least > 0.3 && most > least && most < least + 1.5));
        REQUIRE(!target.citation.empty());
    }
}

TEST_CASE("a device of one level a pulse is the ideal synapse", "[target]") {
    DeviceSpec m;
    m.curve.pulse = 2.0 / 254;
    for (const std::string rule : {"bm1", "bm2", "bm3", "bm4", "sgd"}) {
        INFO(rule);
        Target device = load_target("ideal");
        const Trial ideal(device, rule);
        device.hardware.device = m;
        const Trial devices(device, rule);
        Network a = ideal.start(), b = devices.start();
        ideal.go(a, 1, 20);
        devices.go(b, 1, 20);
        for (std::size_t i = 0; i < a.layers.size(); ++i)
            REQUIRE(a.layers[i].forward.levels == b.layers[i].forward.levels);
    }
}

TEST_CASE("a device of few states: so many steps at w = 0 are its range", "[target]") {
    for (const auto& [states, change] :
         {std::pair{4, "pulse=0.5"}, {10, "pulse=0.2"}, {16, "pulse=0.125"}}) {
        CAPTURE(states);
        const Target target = load_target("docs/softbounds.toml", change);
        const DeviceSpec& m = *target.hardware.device;
        for (const Pulse side : {Pulse::set, Pulse::reset})
            CHECK(step_at(m.curve, side, 0.5) == Approx(1.0 / states));
        // Bounds of -1 and 1, and two deviations of 0.3 on either side, are 254 levels.
        const double range = 254 / 1.6;
        CHECK(make_device(m, 127, 1).steps[128].mean / 4096.0 ==
              Approx(range / states).epsilon(0.01));
        require_one_signature(Trial(target, "bm4"));
    }
}

TEST_CASE("a checkpoint of another device is refused", "[target]") {
    Target target = load_target("ecram");
    const Trial trial(target, "bm1");
    const Network net = trial.start();
    replace_file(own_file(), checkpoint_of("", {}, net));
    target.hardware.device->step_spread += 0.1;
    Network other = Trial(target, "bm1").start();
    REQUIRE_THROWS_WITH(restore(load_checkpoint(own_file()), other), Contains("another network"));
    fs::remove(own_file());
}

TEST_CASE("target files that are wrong", "[target]") {
    const auto refused = [](const std::string& device, const std::string& message) {
        INFO(device);
        REQUIRE_THROWS_WITH(load(device), Contains(message) && Contains(own_file() + ":"));
    };
    REQUIRE(load("[device]\n").hardware.device->curve.family == StepFamily::constant);
    REQUIRE(!load("").hardware.device);
    refused("device = 3\n", "device is an integer, expected the table [device]");
    refused("[device]\ncells = \"two\"\n",
            ":4: [device] cells is 'two'; expected one of: one, pair");
    refused("[device]\nstep = \"liner\"\n", "did you mean 'linear'?");
    refused("[device]\nstep = \"linear\"\n", "the key 'gamma' is missing");
    refused("[device]\nstep = \"linear\"\ngamma = [1]\n", "gamma is not [of SET, of RESET]");
    refused("[device]\nstep = \"linear\"\ngamma = [1, 30]\n",
            "gamma is 30, expected a number from 0 to 20");
    refused("[device]\ngamma = [1, 1]\n", "the key 'gamma' does nothing here");
    refused("[device]\npulse = nan\n", "pulse is nan");
    for (const std::string letter : {"\xc3\xa4", "\xcf\xa2", "\xe3\x81\x82"})  // no strings
        refused("[device]\npulse = 0." + letter + "\n", "not valid TOML");
    refused("[device]\npulse = \"big\"\n", "pulse is a string, expected a number");
    refused("[device]\nbounds = [0, 1]\n", "expected 0 between them");
    refused("[device]\ncells = \"pair\"\nstep = \"soft-bounds\"\nbounds = [0, 1]\n",
            "expected 0 between them");
    refused("[device]\nstep = \"label\"\nlabel = [9.5, 0]\n", "label is 9.5");
    refused("[device]\nstep = \"table\"\nset = []\nreset = [[0, 1]]\n", "set is not an array");
    refused("[device]\nstep = \"table\"\nset = [[0.5, 1], [0.5, 1]]\nreset = [[0, 1]]\n",
            "expected positions that rise");
    refused("[device]\nstuck_low = 1.5\n", "stuck_low is 1.5");
    refused("[device]\nendurance = 0\n", "endurance is 0");
    refused("[device]\nrefresh_at = 0.5\n", "the key 'refresh_at' does nothing here");
    refused("weight_bits = 9\n", "weight_bits is 9");
    refused("expected_error_percent = [1]\n", "is not [lowest, highest]");
}

TEST_CASE("keys of a target are changed one by one, in the ranges of its file", "[target]") {
    const Target plain = load_target("reram_es");
    const Target changed = load_target("reram_es", "stuck_random=0.25;device.endurance = 30");
    REQUIRE(changed.hardware.device->stuck_random == 0.25);
    REQUIRE(changed.hardware.device->endurance == 30);
    REQUIRE(changed.hardware.device->curve.gamma == plain.hardware.device->curve.gamma);
    REQUIRE(load_target("reram_es", "step_distribution=log-normal").hardware.device->log_normal);
    const Target tiled = load_target("ideal", "tiles.adc_bits=6");
    REQUIRE(tiled.hardware.tiles->adc_bits == 6);
    REQUIRE_FALSE(tiled.hardware.device);
    const auto refused = [](const std::string& changes, const std::string& message) {
        INFO(changes);
        REQUIRE_THROWS_WITH(load_target("reram_es", changes), Contains(message));
    };
    refused("stuck_random=2", "--device stuck_random=2: [device] stuck_random is 2, expected a");
    refused("stuck_rnd=0", "--device stuck_rnd=0: [device] unknown key 'stuck_rnd' (did you mean");
    refused("nothing.x=0", "--device nothing.x=0: unknown key 'nothing'");
    for (const std::string bad : {"stuck_random", "=1", ";", "a b=1", "[x]=1", "x=1\ny=2"})
        refused(bad, "expected KEY=VALUE");
}

TEST_CASE("the ideal target with a device of its own keys has ideal pulses", "[target]") {
    for (const int bits : {1, 2, 8}) {
        INFO(bits);
        Target ideal = load_target("ideal"), device = load_target("ideal", "stuck_random=0");
        REQUIRE(device.hardware.device->curve.one_level);
        ideal.weight_bits = device.weight_bits = bits;
        const Trial one(ideal, "bm1"), two(device, "bm1");
        Network a = one.start(), b = two.start();
        one.go(a, 1, 20);
        two.go(b, 1, 20);
        for (std::size_t i = 0; i < a.layers.size(); ++i)
            REQUIRE(a.layers[i].forward.levels == b.layers[i].forward.levels);
    }
    REQUIRE_FALSE(load_target("ideal", "pulse=0.5").hardware.device->curve.one_level);
}

TEST_CASE("devices need narrow synapses and integers", "[target]") {
    Hardware m;
    m.device.emplace();
    Settings s = settings_of("bm1", "frsf");
    s.weight_bits = 9;
    REQUIRE_THROWS_WITH(make_plan(s, m), Contains("--weight-bits 9"));
    s.weight_bits = 8;
    s.arithmetic = Arithmetic::floating;
    REQUIRE_THROWS_WITH(make_plan(s, m), Contains("--arithmetic float"));
}
