// Angles of --diagnose as text, and over the layers as a figure.
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/check.hpp"
#include "base/format.hpp"
#include "report/figures.hpp"
#include "report/page.hpp"
#include "run/angles.hpp"

using namespace crossbar;
using namespace crossbar::sim;

namespace {

EpochRecord epoch_of(int epoch, const std::vector<double>& angles) {
    EpochRecord record;
    record.epoch = epoch;
    for (const double angle : angles)
        record.layers.push_back({angle, {3, 4}, {}});
    return record;
}

// A run with one epoch for each list of angles.
std::string run_of(const std::string& feedback, int seed, const std::string& more,
                   const std::vector<std::vector<double>>& epochs) {
    std::string history;
    for (std::size_t e = 0; e < epochs.size(); ++e) {
        std::vector<std::string> layers;
        for (const double angle : epochs[e])
            layers.push_back(angle < 0 ? "{\"angle_degrees\":null}"
                                       : fmt::format("{{\"angle_degrees\":{}}}", angle));
        history += fmt::format("{}{{\"epoch\":{},\"layers\":[{}]}}", e == 0 ? "" : ",", e + 1,
                               fmt::join(layers, ","));
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < epochs.front().size(); ++i)
        names.push_back(fmt::format("{{\"name\":\"fc {}\"}}", i));
    return fmt::format(
        "{{\"task\":\"mnist\",\"data\":\"real\",\"feedback\":\"{}\",\"bn\":\"plain\",\"rule\":"
        "\"bm1\",\"seed\":{},\"test_error_percent\":1,{}\"history\":[{}],\"layers\":[{}]}}\n",
        feedback, seed, more, history, fmt::join(names, ","));
}

std::vector<Group> groups_in(const std::string& lines, Results& results) {
    const std::string path =
        (std::filesystem::temp_directory_path() / "crossbar_test_angles.jsonl").string();
    std::ofstream(path) << lines;
    results = read_results({path});
    std::remove(path.c_str());
    return groups_of(results);
}

}  // namespace

TEST_CASE("angles: of epochs the first, the middle and the last") {
    CHECK(first_middle_last(0).empty());
    CHECK(first_middle_last(1) == std::vector<std::size_t>{0});
    CHECK(first_middle_last(2) == std::vector<std::size_t>{0, 1});
    CHECK(first_middle_last(3) == std::vector<std::size_t>{0, 1, 2});
    CHECK(first_middle_last(10) == std::vector<std::size_t>{0, 4, 9});
}

TEST_CASE("angles: a line has every layer, and none for one that does not learn") {
    CHECK(angle_line(epoch_of(1, {61.6, -1, 0}).layers) == "62 - 0");
}

TEST_CASE("angles: the table has a row per layer") {
    const std::vector<std::string> names = {"conv 3x3x4", "fc 3"};
    const std::vector<EpochRecord> history = {epoch_of(1, {70, 0}),
                                              epoch_of(2, {65, 0}),
                                              {},  // was not diagnosed
                                              epoch_of(4, {60.25, -1})};
    const Table table = angle_table(names, history, {});
    using Row = std::vector<std::string>;
    CHECK(table.head == Row{"layer", "epoch 1", "epoch 2", "epoch 4", "equal signs %"});
    REQUIRE(table.rows.size() == 2);
    CHECK(table.rows[0] == Row{"1 conv 3x3x4", "70.0", "65.0", "60.2", "75.0"});
    CHECK(table.rows[1] == Row{"2 fc 3", "0.0", "0.0", "-", "75.0"});
    const Table now = angle_table(names, {}, epoch_of(0, {3, 4}).layers);
    CHECK(now.head == Row{"layer", "now", "equal signs %"});
    CHECK(now.rows[1] == Row{"2 fc 3", "4.0", "75.0"});
}

TEST_CASE("angles: runs of one network stand over one another, means over seeds") {
    Results results;
    const std::vector<Group> groups =
        groups_in(run_of("frsf", 1, "\"epochs\":2,", {{80, 40, 0}, {70, 30, 0}}) +
                      run_of("frsf", 2, "\"epochs\":2,", {{80, 40, 0}, {60, 20, 0}}) +
                      run_of("rndf", 1, "\"epochs\":2,", {{90, 90, 0}, {85, -1, 0}}) +
                      run_of("usf", 1, "\"network\":\"fc 1\",", {{50, 0}}),
                  results);
    REQUIRE(groups.size() == 3);
    const Figure figure = report_figure(report_figure_named("angles"), groups);
    REQUIRE(figure.panels.size() == 2);  // the other network has one run
    const FigurePanel& compared = figure.panels[figure.panels[0].series.size() == 2 ? 0 : 1];
    REQUIRE(compared.series.size() == 2);
    for (const FigureSeries& series : compared.series) {
        using Points = std::vector<std::pair<double, double>>;
        Points points;
        for (const FigureValue& value : series.values)
            points.emplace_back(value.x, value.y);
        const bool random = series.name.starts_with("rndf");
        CHECK(points == (random ? Points{{1, 85}, {3, 0}} : Points{{1, 65}, {2, 25}, {3, 0}}));
        CHECK(series.name.find("epochs") == std::string::npos);  // which they share
    }
    // Each run's, epoch by epoch.

    CHECK(data_of(page_of(results)).find("[[1,80,40,0],[2,70,30,0]]") != std::string::npos);
}

TEST_CASE("angles: a figure of runs that were not diagnosed is refused") {
    Results results;
    const std::vector<Group> groups = groups_in(run_of("frsf", 1, "", {{}}), results);
    REQUIRE(groups.size() == 1);
    CHECK_THROWS_WITH(report_figure(report_figure_named("angles"), groups),
                      Catch::Contains("--diagnose"));
}
