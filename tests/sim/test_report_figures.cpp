// Figures of what stores hold: which groups stand in which panel, what lines are called, and that
// each value of the records is there.
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/check.hpp"
#include "data/task.hpp"
#include "report/figures.hpp"

using namespace crossbar;
using namespace crossbar::sim;
using Catch::Matchers::Contains;

namespace {

// A record of the column frsf+bn+bm1 with other settings and results.
std::string record(const std::string& settings, double error, int seed,
                   const std::string& more = "") {
    return fmt::format(
        "{{\"task\":\"mnist\",\"data\":\"real\",\"feedback\":\"frsf\",\"bn\":\"plain\",{}\"seed\":{"
        "},"
        "\"bn_images\":2000,\"test_error_percent\":{},\"pulses_per_synapse\":{}{}}}\n",
        settings, seed, error, 10 * error, more);
}

struct Stored {
    Results results;
    std::vector<Group> groups;

    explicit Stored(const std::string& lines) {
        const std::string path =
            (std::filesystem::temp_directory_path() / "crossbar_test_figures.jsonl").string();
        std::ofstream(path) << lines;
        results = read_results({path});
        std::remove(path.c_str());
        groups = groups_of(results);
    }
};

Figure figure_of(const char* name, const std::vector<Group>& groups) {
    return report_figure(report_figure_named(name), groups);
}

std::string report_refusal(const std::function<void()>& what) {
    try {
        what();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

const FigureSeries& line(const FigurePanel& panel, const std::string& name) {
    for (const FigureSeries& series : panel.series)
        if (series.name == name || series.name.starts_with(name + ",")) return series;
    std::string names;
    for (const FigureSeries& series : panel.series)
        names += series.name + "; ";
    FAIL("no line " << name << " of " << names);
    return panel.series.front();
}

}  // namespace

TEST_CASE("report figures: error against bits, a line for each rule, over seeds", "[figure]") {
    std::string lines;
    for (const char* rule : {"bm1", "bm3"})
        for (const int bits : {2, 4, 8})
            for (const int seed : {1, 2, 3})
                lines += record(fmt::format("\"rule\":\"{}\",\"weight_bits\":{},", rule, bits),
                                10.0 / bits + seed + (*(rule + 2) == '3'), seed);
    const Stored stored(lines);
    const Figure figure = figure_of("bits", stored.groups);
    REQUIRE(figure.panels.size() == 1);
    const FigurePanel& panel = figure.panels[0];
    CHECK_THAT(panel.title, Contains("mnist, real images, integers"));
    CHECK(panel.title.find("weight-bits") == std::string::npos);
    REQUIRE(panel.series.size() == 2);
    const FigureSeries& bm1 = line(panel, "frsf+bn+bm1");
    REQUIRE(bm1.values.size() == 3);
    CHECK(bm1.values[0].x == 2);
    CHECK(bm1.values[0].y == Approx(7));       // 5 + the mean of 1, 2, 3
    CHECK(bm1.values[0].spread == Approx(1));  // the sample deviation
    CHECK(bm1.runs.size() == 9);
    CHECK(line(panel, "frsf+bn+bm3").values[2].y == Approx(1.25 + 3));
    CHECK_THAT(
        report_refusal([&] { figure_of("stuck", stored.groups); }),
        Contains("no runs that differ in stuck devices alone") && Contains("crossbar_sim study"));
}

TEST_CASE("report figures: a target that does not say a share has 0 of it", "[figure]") {
    std::string lines = record("\"rule\":\"bm1\",", 1, 1);
    for (const char* share : {"0.01", "0.1"})
        lines +=
            record(fmt::format("\"rule\":\"bm1\",\"device\":\"stuck_random={}\",", share), 2, 1);
    const Stored stored(lines);
    const Figure figure = figure_of("stuck", stored.groups);
    REQUIRE(figure.panels.size() == 1);
    REQUIRE(figure.panels[0].series.size() == 1);
    const FigureSeries& series = figure.panels[0].series[0];
    CHECK(series.name.empty());  // nothing differs but the share
    REQUIRE(series.values.size() == 3);
    CHECK(series.values[0].x == 0);
    CHECK(series.values[2].x == Approx(0.1));
    CHECK(figure_of("faults", stored.groups).panels.size() == 1);
}

TEST_CASE("report figures: real and synthetic images are no one panel, nor are tasks", "[figure]") {
    std::string lines;
    for (const int bits : {2, 8}) {
        const std::string settings = fmt::format("\"rule\":\"bm1\",\"weight_bits\":{},", bits);
        std::string line = record(settings, bits, 1);
        lines += line;
        lines += line.replace(line.find("\"real\""), 6, "\"synthetic\"");
    }
    const Stored stored(lines);
    const Figure figure = figure_of("bits", stored.groups);
    REQUIRE(figure.panels.size() == 2);
    CHECK_THAT(figure.panels[1].title, Contains("SYNTHETIC"));
}

TEST_CASE("report figures: learning curves, and angles over depth", "[figure]") {
    const char* history =
        ",\"layers\":[{\"name\":\"conv\"},{\"name\":\"fc\"}],\"history\":["
        "{\"epoch\":1,\"test_error_percent\":9,\"layers\":[{\"angle_degrees\":80},{\"angle_"
        "degrees\":10}]},"
        "{\"epoch\":2,\"test_error_percent\":4,\"layers\":[{\"angle_degrees\":40},{\"angle_"
        "degrees\":null}]}]";
    const Stored stored(record("\"rule\":\"bm1\",", 4, 1, history) +
                        record("\"rule\":\"bm3\",", 4, 1, history));
    const FigurePanel learning = figure_of("learning", stored.groups).panels.at(0);
    REQUIRE(learning.series.size() == 2);
    REQUIRE(learning.series[0].values.size() == 2);
    CHECK(learning.series[0].values[1].y == 4);
    const FigurePanel angles = figure_of("angles", stored.groups).panels.at(0);
    REQUIRE(angles.series.size() == 2);
    CHECK(angles.series[0].values.size() == 1);  // a layer that does not learn has none
    CHECK(angles.series[0].values[0].y == 40);
    // Of one run alone its epochs.
    const Stored alone(record("\"rule\":\"bm1\",", 4, 1, history));
    const FigurePanel epochs = figure_of("angles", alone.groups).panels.at(0);
    REQUIRE(epochs.series.size() == 2);
    CHECK(epochs.series[0].name == "epoch 1");
    CHECK(epochs.series[0].values.size() == 2);
    CHECK_THAT(report_refusal([&] { figure_of("energy", stored.groups); }), Contains("--cost"));
}

TEST_CASE("report figures: targets, the best first, and energy by part", "[figure]") {
    const char* cost =
        ",\"cost\":{\"inference\":[{\"part\":\"array "
        "reads\",\"joules\":1e-12},{\"part\":\"DAC\",\"joules\":0}],"
        "\"training\":[{\"part\":\"array "
        "reads\",\"joules\":2e-12},{\"part\":\"pulses\",\"joules\":3e-9}]}";
    const Stored stored(record("\"rule\":\"bm1\",\"target\":\"pcmo\",", 3, 1, cost) +
                        record("\"rule\":\"bm1\",\"target\":\"ideal\",", 1, 1) +
                        record("\"rule\":\"bm1\",\"target\":\"ideal\",", 2, 2));
    const FigurePanel targets = figure_of("targets", stored.groups).panels.at(0);
    CHECK((targets.y.names == std::vector<std::string>{"ideal", "pcmo"}));
    std::size_t values = 0;
    for (const FigureSeries& series : targets.series)
        values += series.values.size();
    CHECK(values == 2);
    const Figure energy = figure_of("energy", stored.groups);
    REQUIRE(energy.panels.size() == 2);
    CHECK((energy.panels[0].y.names == std::vector<std::string>{"array reads"}));  // nothing of 0 J
    CHECK((energy.panels[1].y.names == std::vector<std::string>{"array reads", "pulses"}));
    CHECK(energy.panels[1].series.at(0).values.at(1).x == Approx(3e-9));
}

TEST_CASE("report figures: more lines than looks are parted", "[figure]") {
    std::string lines;
    for (int epochs = 1; epochs <= 10; ++epochs)
        for (const int bits : {2, 8})
            lines += record(
                fmt::format("\"rule\":\"bm1\",\"epochs\":{},\"weight_bits\":{},", epochs, bits),
                bits, 1);
    const Stored stored(lines);
    const Figure figure = figure_of("bits", stored.groups);
    REQUIRE(figure.panels.size() == 2);
    CHECK(figure.panels[0].series.size() + figure.panels[1].series.size() == 10);
    CHECK_THAT(figure.panels[1].title, Contains("(2 of 2)"));
    CHECK(figure_of("bits", only(stored.groups, "epochs=3,4")).panels.at(0).series.size() == 2);
}

TEST_CASE("report figures: a network is told in full only where others begin alike", "[figure]") {
    const std::string begin = "conv 5x5x8 pad 2, bn, relu, max 2x2/2, ";
    const auto lines_of = [](const std::vector<std::string>& networks) {
        std::string lines;
        for (const std::string& network : networks)
            for (const int bits : {2, 8})
                lines +=
                    record(fmt::format("\"rule\":\"bm1\",\"network\":\"{}\",\"weight_bits\":{},",
                                       network, bits),
                           bits, 1);
        const Figure figure = figure_of("bits", Stored(lines).groups);
        std::vector<std::string> names;
        for (const FigureSeries& series : figure.panels.at(0).series)
            names.push_back(series.name);
        return names;
    };
    const std::vector<std::string> apart =
        lines_of({begin + "fc 10", "fc 30, bn, relu, fc 20, bn, relu, fc 20, fc 10"});
    const std::vector<std::string> alike = lines_of({begin + "fc 10", begin + "fc 20, fc 10"});
    for (const std::string& name : apart) {
        CHECK(name.find("fc 10") == std::string::npos);
        CHECK(name.size() < 60);
    }
    for (const std::string& name : alike)
        CHECK_THAT(name, Contains(begin + "fc"));
    // The task's own network too, which departs from nothing.
    const std::string usual = crossbar::load_task("mnist").network;
    const std::vector<std::string> own = lines_of({usual, usual + ", fc 10"});
    REQUIRE(own.size() == 2);
    CHECK(own[0] != own[1]);
}

TEST_CASE("report figures: runs are chosen by their settings", "[figure]") {
    const Stored stored(record("\"rule\":\"bm1\",", 1, 1) + record("\"rule\":\"bm3\",", 2, 1) +
                        record("\"rule\":\"bm1\",\"device\":\"stuck_random=0.1\",", 3, 1));
    CHECK(only(stored.groups, "rule=bm1").size() == 2);
    CHECK(only(stored.groups, "rule=bm1\ndevice.stuck_random=0.1").size() == 1);
    CHECK(only(stored.groups, "column=frsf+bn+bm3").size() == 1);
    CHECK(only(stored.groups, "device.stuck_random=").size() == 2);
    std::vector<Group> laid = stored.groups;
    for (int i = 0; i < 13; ++i) {
        laid.push_back(laid.front());
        laid.back().departures.emplace_back("trained on", fmt::format("ideal {}", i));
        laid.back().departures.emplace_back("weight-bits", i % 2 == 0 ? "2" : "4");
    }
    CHECK_THAT(report_refusal([&] { figure_of("learning", laid); }),
               Contains("no run of several epochs"));
    CHECK_THAT(report_refusal([&] { only(stored.groups, "rule=bm9"); }),
               Contains("there are: bm1, bm3"));
    CHECK_THAT(report_refusal([&] { only(stored.groups, "rul=bm1"); }),
               Contains("did you mean rule"));
    CHECK_THAT(report_refusal([&] { only(stored.groups, "rule"); }), Contains("SETTING=VALUE"));
    CHECK_THAT(report_refusal([&] { report_figure_named(""); }),
               Contains("learning") && Contains("energy"));
    CHECK_THAT(report_refusal([&] { report_figure_named("bit"); }), Contains("--figure bit"));
}
