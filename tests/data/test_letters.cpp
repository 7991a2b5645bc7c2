// The built-in letters: thirty patterns, learnt on the devices they were first learnt on.
#include <catch2/catch.hpp>
#include <set>

#include "data/task.hpp"
#include "session/run.hpp"

using namespace crossbar;

TEST_CASE("the letters are three patterns, and each with one pixel turned over", "[data]") {
    const Task task = load_task("letters");
    const auto found = find_data(task, data_folders(task, {}, "", ""));
    REQUIRE(found->label == "full");
    const TaskData data = read_data(task, *found);
    REQUIRE(data.kind == "real");
    REQUIRE(data.notices.empty());
    REQUIRE_THAT(read_data(task, *found, nullptr, {}, true).notices.at(0),
                 Catch::StartsWith("--skip-bad has nothing to pass over: the reader 'letters'"));
    REQUIRE(data.train.count() == 30);
    REQUIRE(data.test.pixels == data.train.pixels);
    std::set<std::vector<std::uint8_t>> all;
    for (std::size_t i = 0; i < 30; ++i) {
        const auto image = data.train.image(i), clean = data.train.image(data.train.labels[i]);
        REQUIRE(data.train.labels[data.train.labels[i]] == data.train.labels[i]);
        int turned = 0;
        for (std::size_t p = 0; p < 9; ++p)
            turned += image[p] != clean[p] ? 1 : 0;
        REQUIRE(turned == (i < 3 ? 0 : 1));
        REQUIRE(image[9] == 255);
        all.emplace(image.begin(), image.end());
    }
    REQUIRE(all.size() == 30);
    REQUIRE_FALSE(find_data(task, data_folders(task, {DataChoice::synthetic, {}}, "", "")));
}

TEST_CASE("letters of another geometry cannot be trained on", "[data]") {
    Task task = load_task("letters");
    task.shape = {3, 3, 1};
    REQUIRE(find_data(task, {"anywhere"})->counts.lacking.find("[1, 10, 1]") != std::string::npos);
}

TEST_CASE("pairs of real devices learn all letters in fifteen epochs", "[learning]") {
    for (int seed = 1; seed <= 10; ++seed) {
        Run e = prepare(new_run({{{"task", "letters"},
                                  {"target", "prezioso2015"},
                                  {"threads", "1"},
                                  {"seed", std::to_string(seed)}}}));
        train(e, {});
        INFO("seed " << seed);
        REQUIRE(e.progress.history.size() == 15);
        REQUIRE(e.progress.history.back().test.wrong == 0);
        REQUIRE(e.progress.history.front().train.wrong > 0);
    }
}
