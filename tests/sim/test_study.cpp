// Columns, sweeps, tables and statistics of many runs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "array/target.hpp"
#include "base/check.hpp"
#include "data/task.hpp"
#include "session/columns.hpp"
#include "session/settings.hpp"
#include "study/experiments.hpp"
#include "study/study.hpp"
#include "study/sweep.hpp"
#include "study/tune.hpp"
#include "terminal/table.hpp"

using namespace crossbar;
using namespace crossbar::sim;
using Catch::Matchers::Contains;

TEST_CASE("columns: names are unique, options are real, ancestors exist") {
    std::set<std::string> names;
    for (const Column& column : columns()) {
        INFO(column.name);
        REQUIRE((names.insert(column.name).second));
        RunSettings settings;
        const Values values = values_of(column);
        REQUIRE((values.size() >= 3));
        for (const auto& [name, text] : values) {
            REQUIRE(find_setting(name));
            set(settings, name, text);
        }
        REQUIRE_NOTHROW(make_plan(settings.training));
        REQUIRE((lineage(column).back() == column.name));
    }
}

TEST_CASE("columns: no two are made of the same options") {
    std::set<Values> seen;
    for (const Column& column : columns())
        REQUIRE((seen.insert(values_of(column)).second));
}

TEST_CASE("experiments: their columns exist, and so do those that were published") {
    for (const PaperExperiment& experiment : paper_experiments())
        for (const std::string& name : experiment.columns)
            REQUIRE_NOTHROW(column_named(name));
    for (const std::string& task : task_names())
        for (const Published& row : load_task(task).published)
            REQUIRE_NOTHROW(column_named(row.column));
    REQUIRE((experiment_named("A").columns.size() == 11));
    REQUIRE((experiment_named("M").columns.size() == 8));
}

TEST_CASE("experiments: C2 has every model of C1 twice") {
    for (const std::string& name : experiment_named("C1").columns)
        for (const char* part : {" bottom", " top"}) {
            const Column& column = column_named(name + part);
            REQUIRE((std::string(column.options).starts_with(column_named(name).options)));
            REQUIRE((std::string(column.like) == name));
        }
}

TEST_CASE("sweep: lists, ranges and steps") {
    using Words = std::vector<std::string>;
    REQUIRE(
        (parse_axis("weight-bits=1,2,4..8").values == Words{"1", "2", "4", "5", "6", "7", "8"}));
    REQUIRE((parse_axis("weight-bits=1..8/3").values == Words{"1", "4", "7"}));
    REQUIRE((parse_axis("rule=bm1,bm3").values == Words{"bm1", "bm3"}));
    REQUIRE((parse_axis("--rate=0.1,0.01").option == "rate"));
    REQUIRE((parse_axis("quorum=1,2;4,8").values == Words{"1,2", "4,8"}));
    REQUIRE((parse_axis("epochs=3..3").values == Words{"3"}));
}

TEST_CASE("sweep: what is no axis is an error") {
    for (const char* text :
         {"", "=", "rate", "rate=", "=1", "-=1", "weight-bits=1..", "weight-bits=..3",
          "weight-bits=1..3/0", "weight-bits=3..1", "weight-bits=1..99999999999", "rate=0.1..0.3",
          "weight-bits=1,,2", "weight-bits=1,", "weight-bits=99999999999999999999..3"})
        REQUIRE_THROWS_AS(parse_axis(text), Error);
}

TEST_CASE("statistics: mean and sample deviation") {
    const std::vector<double> none, one = {3}, some = {2, 4, 4, 4, 5, 5, 7, 9};
    REQUIRE((mean(none) == 0));
    REQUIRE((deviation(none) == 0));
    REQUIRE((mean(one) == 3));
    REQUIRE((deviation(one) == 0));
    REQUIRE((mean(some) == 5));
    REQUIRE((std::abs(deviation(some) - std::sqrt(32.0 / 7)) < 1e-12));
}

TEST_CASE("table: columns that do not fit follow below, none is lost") {
    const Table table{{"task", "first", "second", "third"},
                      {{"a", "1", "2", "3"}, {"longer", "11", "22", "33"}},
                      {"note"}};
    REQUIRE((plain_text(table, 100) ==
             "task    first  second  third\na           1       2      3\n"
             "longer     11      22     33\nnote\n"));
    const std::string narrow = plain_text(table, 22);
    for (const char* cell : {"first", "second", "third", "11", "22", "33"})
        REQUIRE((narrow.find(cell) != narrow.npos));
    for (std::size_t first = 0; first < narrow.size(); first = narrow.find('\n', first) + 1)
        REQUIRE((narrow.find('\n', first) - first <= 22));
    REQUIRE(!plain_text(table, 1).empty());
}

TEST_CASE("table: Markdown and CSV quote what would break a cell") {
    const Table table{{"a", "b"}, {{"x|y", "1,2"}}, {}};
    REQUIRE((markdown(table) == "| a | b |\n|---|---:|\n| x\\|y | 1,2 |\n"));
    REQUIRE((csv(table) == "a,b\nx|y,\"1,2\"\n"));
}

namespace {

// What a search ends with when errors are lowest at `best`.
std::vector<RateScore> searched(double best, double lowest, double highest) {
    std::vector<RateScore> tried;
    for (;;) {
        const std::vector<double> rates = next_rates(tried, lowest, highest);
        if (rates.empty()) return tried;
        REQUIRE(tried.size() < 30);
        for (const double rate : rates) {
            REQUIRE((rate >= lowest && rate <= highest));
            for (const RateScore& s : tried)
                REQUIRE(std::abs(s.rate / rate - 1) > 0.2);
            tried.push_back({rate, std::abs(std::log(rate / best)), 0});
        }
    }
}

}  // namespace

TEST_CASE("tuning: comes close to the best rate wherever it is") {
    for (double best = 2e-6; best < 0.1; best *= 1.3) {
        INFO("best rate " << best);
        const std::vector<RateScore> tried = searched(best, 1e-6, 0.1);
        REQUIRE(std::abs(std::log(best_of(tried).rate / best)) < std::log(1.5));
        REQUIRE(tried.size() <= (best > 2e-4 ? 8 : 12));
    }
    // Beyond an end, the end.
    REQUIRE(best_of(searched(7, 1e-5, 1)).rate == 1);
    REQUIRE(best_of(searched(1e-9, 1e-5, 1)).rate <= 2e-5);
}

TEST_CASE("tuning: the loss decides between equal errors") {
    REQUIRE(best_of({{0.1, 5, 0.3}, {0.2, 5, 0.2}, {0.3, 6, 0.1}}).rate == 0.2);
}

TEST_CASE("tuned rates: a file says what was written to it") {
    Tuned tuned{"usf+bn",
                "fixed",
                "real",
                0.018,
                1.25,
                10000,
                20000,
                3,
                1,
                2,
                "2026-11-25",
                "0.1.0",
                "a \"quoted\" \\ command"};
    Tuned other = tuned;
    other.column = "rndf+bn top";
    other.rate = 1;
    const std::vector<Tuned> back = parse_tuned("t", text_of(std::vector{tuned, other}));
    REQUIRE(back.size() == 2);
    REQUIRE(back[0].column == tuned.column);
    REQUIRE(back[0].rate == tuned.rate);
    REQUIRE(back[0].command == tuned.command);
    REQUIRE(back[0].held_out_error_percent == tuned.held_out_error_percent);
    REQUIRE((back[0].seed == 1 && back[0].seeds == 2 && back[0].train_images == 20000));
    REQUIRE((back[1].column == other.column && back[1].rate == 1));
    REQUIRE(parse_tuned("t", "").empty());
}

TEST_CASE("tuned rates: damage at any place is an error or sound") {
    const std::string text =
        text_of({Tuned{"usf", "fixed", "real", 0.5, 1, 2, 3, 4, 5, 6, "d", "v", "c"}});
    for (std::size_t at = 0; at < text.size(); ++at)
        for (const char c : {'"', '=', '\n', '[', 'x'}) {
            std::string bad = text;
            bad[at] = c;
            try {
                parse_tuned("t", bad);
                parse_tuned("t", bad.substr(0, at));
            } catch (const Error& error) {
                REQUIRE(std::string(error.what()).starts_with("t:"));
            }
        }
    REQUIRE_THROWS_AS(parse_tuned("t", "tuned = 3"), Error);
    REQUIRE_THROWS_AS(parse_tuned("t", "other = []"), Error);
}

TEST_CASE("sweep: keys of a target are axes") {
    REQUIRE((parse_axis("device.stuck_random=0,0.1").option == "device.stuck_random"));
    REQUIRE((parse_axis("target=every").values == target_names()));
    REQUIRE_THROWS_AS(parse_axis("device=stuck_random"), Error);
    const Study study = plan_study({{{"sweep", "device.endurance=5,10\ndevice.stuck_low=0,0.2"},
                                     {"task", "letters"},
                                     {"device", "stuck_high=0.1"}}});
    REQUIRE((study.runs.size() == 4));
    REQUIRE((study.runs[3].settings.device == "stuck_high=0.1;endurance=10;stuck_low=0.2"));
    std::set<std::string> keys;
    for (const StudyRun& run : study.runs)
        keys.insert(run.labels.key);
    REQUIRE((keys.size() == 4));
    for (const char* wrong : {"device.stuck_high=0,1", "device.stuck_low=2", "device.nothing=1"})
        REQUIRE_THROWS_AS(
            plan_study({{{"sweep", wrong}, {"task", "letters"}, {"device", "stuck_high=0.1"}}}),
            Error);
}

namespace {

// The keys of a study's four runs: of the axis' first value, of its second, and so for the other
// way.
std::vector<std::string> four_keys(const std::string& axis, const std::string& way) {
    const Study study = plan_study({{{"sweep", way + "\n" + axis}, {"task", "mnist"}}});
    REQUIRE((study.runs.size() == 4));
    std::vector<std::string> keys;
    for (const StudyRun& run : study.runs)
        keys.push_back(run.labels.key);
    return keys;
}

}  // namespace

TEST_CASE("sweep: what plays no part makes no other run, and no study of its own") {
    for (const auto& [axis, way] : std::map<std::string, std::string>{
             {"activation-bits=4,8", "arithmetic=float,fixed"},
             {"error-bits=4,8", "arithmetic=float,fixed"},
             {"feedback-bits=4,8", "arithmetic=float,fixed"},
             {"error-rounding=nearest,stochastic", "arithmetic=float,fixed"},
             {"update-rounding=nearest,stochastic", "arithmetic=float,fixed"},
             {"bn-rate=0.1,1", "bn=plain,affine"},
             {"bn-bound=1,2", "bn=plain,affine"}}) {
        INFO(axis << " " << way);
        const std::vector<std::string> keys = four_keys(axis, way);
        CHECK(keys[0] == keys[1]);
        CHECK(keys[2] != keys[3]);
        const std::size_t equals = way.find('='), comma = way.find(',');
        const std::string option = way.substr(0, equals);
        const Values alone = {{"sweep", axis},
                              {"task", "mnist"},
                              {option, way.substr(equals + 1, comma - equals - 1)}};
        REQUIRE_THROWS_WITH(plan_study({alone}), Contains("it plays no part"));
    }
    const std::vector<std::string> keys = four_keys("rate=0.01,0.02", "arithmetic=float,fixed");
    CHECK(keys[0] != keys[1]);
    CHECK(keys[2] != keys[3]);
}

TEST_CASE("ablations: rows one axis after the other, each for its columns") {
    const Study bits = plan_study({{{"experiment", "bits"}, {"data", "synthetic"}}});
    REQUIRE(bits.ablation);
    std::size_t counters = 0, nearest = 0;
    for (const StudyRun& run : bits.runs) {
        if (bits.rows[run.row].only.empty()) continue;
        const Settings& s = run.settings.training;
        if (s.update_rounding == Rounding::nearest) {
            REQUIRE((s.rule == "bm1"));
            ++nearest;
            continue;
        }
        REQUIRE((s.rule == "bm4"));
        REQUIRE((s.counting == Counting::sampled));
        ++counters;
    }
    REQUIRE((counters == 6));
    REQUIRE((nearest == 6));
    REQUIRE((bits.runs.size() == (bits.rows.size() - 12) * 3 + 12));
    const Study exact =
        plan_study({{{"experiment", "bits"}, {"data", "synthetic"}, {"counting", "all"}}});
    REQUIRE((exact.rows.size() == bits.rows.size() - 6));
    const Study devices = plan_study({{{"experiment", "devices"}, {"task", "letters"}}});
    REQUIRE((devices.rows.size() == target_names().size()));
    REQUIRE_THROWS_AS(
        plan_study({{{"experiment", "bits"}, {"task", "letters"}, {"weight-bits", "2"}}}), Error);
    REQUIRE_FALSE(plan_study({{{"experiment", "A"}, {"data", "synthetic"}}}).ablation);
}

TEST_CASE("ablations: what a task's settings rule out is left out, and said") {
    const Study bits = plan_study({{{"experiment", "bits"}, {"task", "letters"}}});
    REQUIRE((bits.left_out.size() >= 1));
    for (const Refusal& refusal : bits.left_out) {
        REQUIRE((refusal.label.find("weight-bits 1") != std::string::npos));
        REQUIRE((refusal.why.find("levels at once") != std::string::npos));
    }
    std::size_t possible = 0, at_16 = 0;
    for (const StudyRun& run : bits.runs) {
        REQUIRE((run.labels.label.find("weight-bits 16 frsf+bn+bm1") == std::string::npos));
        at_16 += run.labels.label.find("weight-bits 16 frsf+bn+bm4") != std::string::npos;
        possible += run.settings.training.weight_bits <= 8;
    }
    REQUIRE((possible > 40));
    REQUIRE((at_16 == 1));  // has no rate
    for (std::size_t row = 0; row < bits.rows.size(); ++row)
        REQUIRE(std::any_of(bits.runs.begin(), bits.runs.end(),
                            [&](const StudyRun& run) { return run.row == row; }));
    // The same settings asked for by hand are a mistake, and so are those of which none can be.
    REQUIRE_THROWS_AS(plan_study({{{"sweep", "weight-bits=8,16"}, {"task", "letters"}}}), Error);
    REQUIRE_THROWS_AS(plan_study({{{"experiment", "bits"}, {"task", "letters"}, {"rate", "70"}}}),
                      Error);
}

TEST_CASE("ablations: rows with a setting beside, left out where the line has it") {
    const Study faults = plan_study({{{"experiment", "faults"}, {"task", "letters"}}});
    std::size_t few_bits = 0;
    for (const StudyRun& run : faults.runs) {
        if (run.settings.training.weight_bits == 8) continue;
        REQUIRE((run.settings.training.weight_bits == 2));
        REQUIRE((run.settings.training.rule == "bm4"));
        REQUIRE((run.labels.label.find("weight-bits 2, device.") != std::string::npos));
        ++few_bits;
    }
    REQUIRE((few_bits > 0));
    const Study coarse =
        plan_study({{{"experiment", "faults"}, {"task", "letters"}, {"weight-bits", "4"}}});
    REQUIRE((coarse.runs.size() == faults.runs.size() - few_bits));
    std::set<std::string> keys;
    for (const StudyRun& run : faults.runs)
        keys.insert(run.labels.key);
    REQUIRE((keys.size() == faults.runs.size()));
}
