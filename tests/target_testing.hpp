// What the tests of targets share: a target file of one's own, a small network trained on a target.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/replace_file.hpp"
#include "learning_testing.hpp"
#include "training/checkpoint.hpp"

namespace target_testing {

using namespace learning_testing;
using Catch::Matchers::Contains;

namespace fs = std::filesystem;

inline std::string own_file() {
    return (fs::temp_directory_path() / fmt::format("crossbar_target_{}.toml", ::getpid()))
        .string();
}

inline Target load(const std::string& device) {
    std::ofstream(own_file()) << "title = \"t\"\ncitation = \"c\"\n" << device;
    try {
        const Target target = load_target(own_file());
        fs::remove(own_file());
        return target;
    } catch (const Error&) {
        fs::remove(own_file());
        throw;
    }
}

struct Trial {
    Settings settings;
    Plan plan;
    Dataset data = pictures(small_input, 3, 48);

    Trial(const Target& target, const std::string& rule, const char* feedback = "frsf")
        : settings(settings_of(rule, feedback)) {
        settings.rate = 0.02;
        if (target.weight_bits != 0) settings.weight_bits = target.weight_bits;
        plan = make_plan(settings, target.hardware);
    }
    Network start() const { return network_of(every_stage, small_input, 3, plan); }

    // Steps first .. last of 8 images each.
    void go(Network& net, std::uint64_t first, std::uint64_t last, int threads_count = 1,
            const Kernels& kernels = best_kernels()) const {
        Threads threads(threads_count);
        Workspace work = make_workspace(net, threads);
        for (std::uint64_t step = first; step <= last; ++step) {
            std::vector<std::uint32_t> images(8);
            std::iota(images.begin(), images.end(), static_cast<std::uint32_t>(step % 6 * 8));
            train_step(net, plan, 0, step, data, images, work, {kernels, threads});
        }
    }
    // Of the network after so many steps.
    std::uint64_t signature_after(std::uint64_t steps) const {
        Network net = start();
        go(net, 1, steps);
        return signature(net);
    }
};

// Twelve steps come to the same on any number of threads, on every instruction set, and where they
// are interrupted.
inline void require_one_signature(const Trial& trial) {
    const std::uint64_t expected = trial.signature_after(12);
    REQUIRE(expected != signature(trial.start()));
    Network threaded = trial.start();
    trial.go(threaded, 1, 12, 3);
    REQUIRE(signature(threaded) == expected);
    for (const Kernels* set : all_kernels()) {
        if (!set->available()) continue;
        Network other = trial.start();
        trial.go(other, 1, 12, 1, *set);
        INFO(set->name);
        REQUIRE(signature(other) == expected);
    }
    Network first = trial.start();
    trial.go(first, 1, 5);
    replace_file(own_file(), checkpoint_of("", {}, first));
    Network second = trial.start();
    restore(load_checkpoint(own_file()), second);
    fs::remove(own_file());
    trial.go(second, 6, 12);
    REQUIRE(signature(second) == expected);
}

}  // namespace target_testing
