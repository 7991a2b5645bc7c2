// Reports: axes, groups of runs and their statistics, columns told from settings.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "array/target.hpp"
#include "base/format.hpp"
#include "pictures/escaped.hpp"
#include "pictures/ticks.hpp"
#include "report/axes.hpp"
#include "report/page.hpp"
#include "report/report.hpp"
#include "report/results.hpp"
#include "report/studies.hpp"

using namespace crossbar::sim;

namespace {

// What a store of these lines holds.
Results results_of(const std::string& lines) {
    const std::string path =
        (std::filesystem::temp_directory_path() / "crossbar_test_report.jsonl").string();
    std::ofstream(path) << lines;
    Results results = read_results({path});
    std::remove(path.c_str());
    return results;
}

std::string line(const std::string& settings, int seed, double error) {
    return fmt::format(
        "{{\"task\":\"mnist\",\"data\":\"real\",{},\"seed\":{},\"test_error_percent\":{}}}\n",
        settings, seed, error);
}

const std::string frsf = R"("feedback":"frsf","bn":"plain","rule":"bm1")";

}  // namespace

TEST_CASE("report: ticks enclose the range, rise and are round") {
    for (const bool logarithmic : {false, true})
        for (const auto& [low, high] : {std::pair{0.5, 0.9},
                                        {1.0, 10.0},
                                        {0.63, 98.0},
                                        {2.0, 2.0},
                                        {0.001, 1400.0},
                                        {1e-9, 1e9},
                                        {99.999, 100.0}}) {
            const std::vector<double> ticks = ticks_for(low, high, logarithmic);
            CAPTURE(low, high, logarithmic);
            REQUIRE(ticks.size() >= 2);
            CHECK(ticks.size() <= 20);
            CHECK(ticks.front() <= low * (1 + 1e-9));
            CHECK(ticks.back() >= high * (1 - 1e-9));
            for (std::size_t i = 1; i < ticks.size(); ++i)
                CHECK(ticks[i] > ticks[i - 1]);
        }
    CHECK(ticks_for(0, 100, false) == std::vector<double>{0, 20, 40, 60, 80, 100});
    CHECK(ticks_for(1, 2, false, true) == std::vector<double>{1, 2});
    CHECK(ticks_for(100, 100, false).back() == 100);
    CHECK(ticks_for(0, 0, false).size() >= 2);
    CHECK(ticks_for(-5, 5, false).front() <= -5);
}

TEST_CASE("report: text is escaped") {
    CHECK(escaped("<a href=\"x\">&'</a>\x01") ==
          "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
}

TEST_CASE("report: groups differ in more than the seed") {
    const Results results = results_of(
        line(frsf, 2, 0.8) + line(frsf, 1, 0.6) + line(frsf, 3, 1.0) +
        line(frsf + R"(,"epochs":20)", 1, 5) + line(frsf + R"(,"weight_bits":4)", 1, 6) +
        line(frsf + R"(,"arithmetic":"float")", 1, 7) + line(frsf + R"(,"holdout":10000)", 1, 8));
    const std::vector<Group> groups = groups_of(results);
    REQUIRE(groups.size() == 5);
    const auto three = std::find_if(groups.begin(), groups.end(),
                                    [](const Group& g) { return g.runs.size() == 3; });
    REQUIRE(three != groups.end());
    CHECK(three->runs[0]->settings.training.seed == 1);
    const Group::Spread error = three->spread(&Result::test_error);
    CHECK(error.count == 3);
    CHECK(std::abs(error.mean - 0.8) < 1e-12);
    CHECK(std::abs(error.deviation - 0.2) < 1e-12);
    CHECK(text_of(error, 2) == "0.80 ± 0.20 (3 seeds)");
    CHECK(three->spread(&Result::pulses).count == 0);
    CHECK(text_of(three->spread(&Result::pulses), 1) == "-");
    std::size_t with_bits = 0;
    for (const Group& group : groups)
        with_bits += group.settings.find("--weight-bits 4") != std::string::npos;
    CHECK(with_bits == 1);
}

TEST_CASE("report: what plays no part sets no runs apart") {
    const std::string votes = R"("feedback":"frsf","bn":"plain","rule":"bm4","weight_bits":2)";
    const auto count = [](const std::string& settings) {
        const Results results = results_of(line(settings + R"(,"rate":0.001)", 1, 2) +
                                           line(settings + R"(,"bn_rate":0.5)", 2, 4));
        const std::vector<Group> groups = groups_of(results);
        if (groups.size() == 1) CHECK(groups[0].settings.find("rate") == std::string::npos);
        return groups.size();
    };
    CHECK(count(votes) == 1);
    CHECK(count(frsf) == 2);  // bm1 has a rate, but learns no scale
    CHECK(count(R"("feedback":"frsf","bn":"affine","rule":"bm4","weight_bits":2)") == 2);
}

TEST_CASE("report: of runs with the same settings and seed the last one counts") {
    const Results results = results_of(line(frsf, 1, 9) + line(frsf, 1, 0.5));
    const std::vector<Group> groups = groups_of(results);
    REQUIRE(groups.size() == 1);
    CHECK(groups[0].spread(&Result::test_error).mean == 0.5);
    CHECK(groups[0].spread(&Result::test_error).count == 1);
}

TEST_CASE("report: what files held tells groups apart") {
    const auto record = [](const char* target, const char* data, int seed, double error) {
        return line(frsf + fmt::format(R"(,"target":"dev","target_fingerprint":"{}",)"
                                       R"("data_fingerprint":"{}")",
                                       target, data),
                    seed, error);
    };
    const Results results =
        results_of(record("a", "1", 1, 1) + record("b", "1", 1, 2) + record("a", "2", 1, 3) +
                   record("a", "1", 2, 4) + record("a", "1", 2, 5));
    CHECK(results.runs.size() == 4);
    const std::vector<Group> groups = groups_of(results);
    REQUIRE(groups.size() == 3);
    std::set<std::string> settings;
    for (const Group& group : groups) {
        settings.insert(group.settings);
        CHECK(group.settings.starts_with("(files "));
        CHECK(group.settings.ends_with(") --target dev --bn-images 0"));
    }
    CHECK(settings.size() == 3);
    CHECK(report_table(results).rows.size() == 3);
}

TEST_CASE("report: a record from before files were told is of the built-in ones") {
    const std::string now =
        fmt::format(R"(,"target_fingerprint":"{:016x}","data_fingerprint":"1","revision":"2")",
                    crossbar::load_target("ideal").fingerprint);
    const Results results =
        results_of(line(frsf, 1, 1) + line(frsf, 2, 3) + line(frsf + now, 1, 1));
    const std::vector<Group> groups = groups_of(results);
    REQUIRE(groups.size() == 1);
    CHECK(groups[0].spread(&Result::test_error).count == 2);
    CHECK(results.runs.size() == 2);
    CHECK(unvouched_text(results).starts_with("2 of 2 runs cannot be checked"));
}

TEST_CASE("report: of a run's records the one that records most counts") {
    const std::string more = R"("confusion":[[1]],)" + frsf;
    for (const std::string& lines :
         {line(more, 1, 7) + line(frsf, 1, 9), line(frsf, 1, 9) + line(more, 1, 7)}) {
        const Results results = results_of(lines);
        REQUIRE(results.runs.size() == 1);
        CHECK(results.runs[0].test_error == 7);
    }
}

TEST_CASE("report: damaged lines are told and the rest is used") {
    const Results results = results_of(line(frsf, 1, 1) + "no record\n{\"task\":\"mnist\"}\n" +
                                       R"({"task":"mnist","test_error_percent":5,"check":"0"})" +
                                       "\n" + line(frsf, 2, 2));
    CHECK(results.runs.size() == 2);
    CHECK(results.notices.size() == 3);
}

namespace {

std::string made_for(const std::string& experiment, const std::string& settings, int seed = 1,
                     double error = 1) {
    return line(fmt::format("{},\"experiment\":\"{}\"", settings, experiment), seed, error);
}

std::vector<std::string> titles_of(const std::vector<StudyResults>& studies) {
    std::vector<std::string> titles;
    for (const StudyResults& study : studies)
        titles.push_back(study.title);
    return titles;
}

std::vector<const Group*> members(const std::vector<Group>& groups) {
    std::vector<const Group*> all;
    for (const Group& group : groups)
        all.push_back(&group);
    return all;
}

}  // namespace

TEST_CASE("report: layers on files of one's own are told apart, and no file is read for them") {
    const Results results =
        results_of(line(frsf + R"(,"layer":"1:target=a.toml")", 1, 1) +
                   line(frsf + R"(,"layer":"1:target=b.toml")", 1, 2) + line(frsf, 1, 3));
    CHECK(results.runs.size() == 3);
    CHECK(results.notices.empty());
    CHECK(groups_of(results).size() == 3);
}

TEST_CASE("report: a study has the name it was stored with, and no run is in two") {
    std::string lines;
    for (const char* target : {"ideal", "ecram", "pcm"})
        for (const char* experiment : {"sweep", "devices"})
            lines += made_for(experiment, frsf + fmt::format(R"(,"target":"{}","epochs":{})",
                                                             target, experiment[0] == 's' ? 3 : 4));
    lines += made_for("A", frsf) + made_for("M", R"("feedback":"sym","bn":"none","rule":"bm2")");
    const Results results = results_of(lines);
    const std::vector<StudyResults> studies = studies_of(groups_of(results));
    CHECK(titles_of(studies) == std::vector<std::string>{"The paper's experiments",
                                                         "devices: every built-in target",
                                                         "crossbar_test_report"});
    std::set<const Result*> seen;
    std::size_t runs = 0;
    for (const StudyResults& study : studies)
        for (const Group& group : study.groups)
            for (const Result* run : group.runs) {
                seen.insert(run);
                ++runs;
            }
    CHECK(runs == results.runs.size());
    CHECK(seen.size() == runs);
}

TEST_CASE("report: experiments of the paper are parts of one study, with the columns they share") {
    std::string lines = made_for("A", frsf);
    for (const char* signs : {"0.75", "0.5"})
        lines += made_for(
            "B", fmt::format(R"("feedback":"frsf-p","concordance":{},"bn":"plain","rule":"bm1")",
                             signs));
    const Results results = results_of(lines);
    const std::vector<StudyResults> studies = studies_of(groups_of(results));
    REQUIRE(studies.size() == 1);
    REQUIRE(studies[0].parts.size() == 2);
    CHECK(studies[0].parts[0].title.starts_with("A: "));
    CHECK(studies[0].parts[0].groups.size() == 1);
    const Comparison& signs = studies[0].parts[1];
    REQUIRE(signs.axes.axes.size() == 1);
    CHECK(signs.axes.axes[0].name == "signs");
    CHECK(signs.axes.axes[0].values == std::vector<std::string>{"50", "75", "100"});
}

TEST_CASE("report: a run belongs to what its first record was made for") {
    const std::string more = R"("confusion":[[1]],)" + frsf;
    const Results results = results_of(made_for("A", frsf) + made_for("sweep", more));
    REQUIRE(results.runs.size() == 1);
    CHECK(results.runs.front().experiment == "A");
    CHECK(results.runs.front().confusion.size() == 1);
}

TEST_CASE("report: axes are settings that vary, numbers by size, decades logarithmic") {
    const auto axes = [](const std::vector<std::string>& settings) {
        std::string lines;
        for (const std::string& s : settings)
            lines += line(s, 1, 1);
        const Results results = results_of(lines);
        const std::vector<Group> groups = groups_of(results);
        return axes_of(members(groups));
    };
    const Axes bits = axes({frsf + R"(,"weight_bits":4)", frsf + R"(,"weight_bits":12)", frsf});
    REQUIRE(bits.axes.size() == 1);
    CHECK(bits.axes[0].name == "weight-bits");
    CHECK(bits.axes[0].scale == Scale::linear);
    CHECK(bits.axes[0].values == std::vector<std::string>{"4", "8", "12"});
    CHECK(shared_text(bits).find("frsf+bn+bm1") != std::string::npos);
    const Axes epochs = axes({frsf + R"(,"epochs":1)", frsf + R"(,"epochs":30)", frsf});
    CHECK(epochs.axes[0].scale == Scale::logarithmic);
    const Axes device = axes({frsf, frsf + R"(,"device":"stuck_random=0.1")",
                              frsf + R"(,"device":"stuck_random=0.2;endurance=5")"});
    REQUIRE(device.axes.size() == 2);
    CHECK(device.axes[0].values == std::vector<std::string>{"0", "0.1", "0.2"});
    CHECK(device.axes[1].name == "device.endurance");
    const Axes rules = axes({frsf, R"("feedback":"frsf","bn":"plain","rule":"bm3")",
                             R"("feedback":"frsf","bn":"plain","rule":"bm4")"});
    REQUIRE(rules.axes.size() == 1);
    CHECK(rules.axes[0].name == "rule");
    const Axes signs =
        axes({frsf, R"("feedback":"frsf-p","concordance":0.5,"bn":"plain","rule":"bm1")",
              R"("feedback":"frsf-p","concordance":0.75,"bn":"plain","rule":"bm1")"});
    REQUIRE(signs.axes.size() == 1);
    CHECK(signs.axes[0].values == std::vector<std::string>{"50", "75", "100"});
    // What always goes together is one axis.
    const Axes both = axes({frsf, frsf + R"(,"epochs":20,"rate_decay":0.8)"});
    REQUIRE(both.axes.size() == 1);
    CHECK(both.axes[0].along.size() == 1);
}

TEST_CASE("report: grids stay whole, settings changed one at a time part, images never mix") {
    std::string grid, star;
    for (const int bits : {2, 4, 6})
        for (const char* rule : {"bm1", "bm3"})
            grid +=
                line(fmt::format(R"("feedback":"frsf","bn":"plain","rule":"{}","weight_bits":{})",
                                 rule, bits),
                     1, bits);
    for (const char* one : {"", R"(,"weight_bits":4)", R"(,"weight_bits":2)", R"(,"epochs":3)",
                            R"(,"epochs":5)", R"(,"error_bits":4)", R"(,"error_bits":6)"})
        star += line(frsf + one, 1, 1);
    const Results whole = results_of(grid);
    const std::vector<Group> groups = groups_of(whole);
    const std::vector<Comparison> one = comparisons_of(members(groups));
    REQUIRE(one.size() == 1);
    const PageTable table = table_of(one[0]);
    CHECK(table.table.head == std::vector<std::string>{"weight-bits", "rule bm1", "rule bm3"});
    CHECK(table.table.rows[1] == std::vector<std::string>{"4", "4.00 (1)", "4.00 (1)"});
    const std::vector<ErrorChart> charts = charts_of(one[0]);
    REQUIRE(charts.size() == 1);
    CHECK(charts[0].lines.size() == 2);
    CHECK(charts[0].lines[0].name == "bm1");
    CHECK(charts[0].lines[0].points.size() == 3);
    const Results parted = results_of(star + line(frsf + R"(,"holdout":5000)", 1, 1));
    const std::vector<Group> arms = groups_of(parted);
    const std::vector<Comparison> parts = comparisons_of(members(arms));
    REQUIRE(parts.size() == 4);
    for (const Comparison& part : parts)
        CHECK(part.groups.size() == (part.groups.front()->first().held_out ? 1 : 3));
}

TEST_CASE("report: a record without a column gets that of its settings") {
    const auto column = [](const std::string& settings) {
        return results_of(line(settings, 1, 1)).runs.front().column;
    };
    CHECK(column(frsf) == "frsf+bn+bm1");
    CHECK(column(R"("feedback":"sym","bn":"none","rule":"sgd")") == "sgd");
    CHECK(column(R"("feedback":"sym","bn":"affine","rule":"bm1")") == "bn+bm1");
    CHECK(column(R"("feedback":"rndf","bn":"plain","rule":"bm1","train_layers":"last")") ==
          "rndf+bn+bm1 top");
    CHECK(column(R"("feedback":"brsf-p","concordance":0.75,"bn":"plain","rule":"bm1")") ==
          "brsf-p75+bn+bm1");
    CHECK(column(R"("feedback":"frsf","bn":"plain","rule":"bm4")") == "frsf+bn+bm4");
    CHECK(column(R"("feedback":"usf","bn":"none","rule":"sgd","column":"nusf")") == "nusf");
}

TEST_CASE("report: published values are for real images and the whole test set alone") {
    std::string mark;
    const auto published = [&](const std::string& settings) {
        const Results results = results_of(line(settings, 1, 1));
        return published_for(groups_of(results).front(), mark);
    };
    CHECK(published(frsf) == 0.91);
    CHECK(mark == "reconstructed");
    CHECK(published(frsf + R"(,"holdout":5000)") == missing);
    CHECK(published(frsf + R"(,"test_images":500)") == missing);
    CHECK(published(R"("feedback":"frsf","bn":"plain","rule":"bm4")") == missing);
    for (const char* other :
         {R"("network":"fc 10")", R"("target":"ecram")", R"("device":"stuck_random=0.9")",
          R"("train_images":1000)", R"("data_label":"reduced")",
          R"("task_fingerprint":"0000000000000001")", R"("target_fingerprint":"1")"}) {
        INFO(other);
        CHECK(published(frsf + "," + other) == missing);
    }
    const crossbar::Target ideal = crossbar::load_target("ideal");
    CHECK(published(frsf + fmt::format(R"(,"target_fingerprint":"{:016x}","data_label":"full")",
                                       ideal.fingerprint)) == 0.91);
    Results synthetic = results_of(line(frsf, 1, 1));
    synthetic.runs.front().settings.data = "synthetic";
    CHECK(published_for(groups_of(synthetic).front(), mark) == missing);
}

TEST_CASE("report: hundreds of runs make a page of every group") {
    std::string lines;
    for (int epochs = 1; epochs <= 40; ++epochs)
        for (int seed = 1; seed <= 10; ++seed)
            lines += line(frsf + fmt::format(R"(,"epochs":{})", epochs), seed, 1 + 0.01 * seed);
    const Results results = results_of(lines);
    CHECK(results.runs.size() == 400);
    CHECK(report_table(results).rows.size() == 40);
    const std::string html = html_of(page_of(results));
    CHECK(html.find(R"("epochs",)") != html.npos);
    CHECK(html.find(R"("37",)") != html.npos);
    CHECK(html.size() < 1000000);
}
