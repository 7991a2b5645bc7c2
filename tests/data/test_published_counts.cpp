// The real MNIST and CIFAR-10, where they are: counts and mean as published.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "base/parallel.hpp"
#include "data/task.hpp"

using namespace crossbar;

namespace {

using Counts = std::array<int, 10>;

Counts count(const Dataset& set) {
    Counts counts{};
    for (const std::uint16_t label : set.labels)
        ++counts[label];
    return counts;
}

}  // namespace

TEST_CASE("the real MNIST has the published label counts", "[data]") {
    const char* root = std::getenv("CROSSBAR_DATA");
    const Task task = load_task("mnist");
    const auto found = find_data(task, data_folders(task, {}, root ? root : "", ""));
    if (!found) {
        WARN("CROSSBAR_DATA does not hold them: not tested");
        return;
    }
    REQUIRE(found->counts.train == 60000);
    REQUIRE(found->label == "full");
    const TaskData data = read_data(task, *found);
    REQUIRE(data.kind == "real");
    REQUIRE(count(data.train) ==
            Counts{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
    REQUIRE(count(data.test) == Counts{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
}

TEST_CASE("the real CIFAR-10 has the published label counts", "[data]") {
    const char* root = std::getenv("CROSSBAR_DATA");
    const Task task = load_task("cifar10");
    auto found = find_data(task, data_folders(task, {}, root ? root : "", ""));
    if (!found || found->label != "full") {
        WARN("CROSSBAR_DATA does not hold them: not tested");
        return;
    }
    REQUIRE(found->counts.train == 50000);
    REQUIRE(found->counts.test == 10000);
    found->files.erase(found->files.begin() + 1, found->files.end() - 1);  // one batch of five
    const TaskData data = read_data(task, *found);
    REQUIRE(count(data.train) == Counts{1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981});
    REQUIRE(count(data.test) == Counts{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000});
}

// All of it takes some seconds: tests/long.sh.
TEST_CASE("the real CIFAR-10 has the published mean", "[.long]") {
    const char* root = std::getenv("CROSSBAR_DATA");
    const Task task = load_task("cifar10");
    const auto found = find_data(task, data_folders(task, {}, root ? root : "", ""));
    if (!found || found->label != "full") {
        WARN("CROSSBAR_DATA does not hold them: not tested");
        return;
    }
    Threads threads(2);
    const TaskData data = read_data(task, *found, &threads);
    REQUIRE(count(data.train) ==
            Counts{5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000});
    std::array<double, 3> sum{};
    for (std::size_t i = 0; i < data.train.pixels.size(); ++i)
        sum[i % 3] += data.train.pixels[i];
    const std::array<double, 3> mean = {.491400, .482158, .446531};
    for (std::size_t c = 0; c < 3; ++c)
        REQUIRE(std::abs(sum[c] / 255 / 50000 / 1024 - mean[c]) < 1e-6);
}
