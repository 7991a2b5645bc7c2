// Settings of a run: who says what, who counts, and what makes the run again.
#include <catch2/catch.hpp>
#include <cmath>

#include "base/check.hpp"
#include "data_testing.hpp"
#include "network/ranges.hpp"
#include "run/settings_report.hpp"
#include "session/resolve.hpp"
#include "session/settings_text.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

constexpr const char* task_text =
    "title='t'\nhome='-'\nlicence='-'\nreader='idx'\nfolder='f'\nshape=[4,4,1]\nclasses=3\n"
    "train_count=30\ntest_count=10\nnetwork='fc 3'\n"
    "[plan]\nepochs=7\nrate=0.01\n'bm3.rate'=0.02\n"
    "[column.\"usf+bn\"]\nmomentum=0.5\n";

Task own_task(const TestFolder& folder) {
    folder.write(
        "t.tuned.toml",
        text_of({Tuned{"usf+bn", "fixed", "real", 0.25, 1, 2, 3, 4, 5, 6, "d", "v", "c"}}));
    return load_task(folder.write("t.toml", std::string(task_text)));
}

std::string said_of(const RunSettings& settings, const std::string& name) {
    const auto said = settings.said.find(name);
    return text_of(name, settings) +
           (said == settings.said.end() ? "" : " " + said->second.back().origin);
}

std::string error_of(const Task& task, const Given& given) {
    try {
        resolve(task, given);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

// What there is to say, in all its kinds.
const std::vector<Values> sayings = {
    {},
    {{"epochs", "7"}},
    {{"epochs", "9"}, {"seed", "3"}, {"skip-bad", "true"}},
    {{"rule", "bm3"}},
    {{"rule", "bm3"}, {"rate", "0.01"}},
    {{"rule", "sgd"}, {"error-rounding", "nearest"}},
    {{"column", "usf+bn"}},
    {{"column", "usf+bn"}, {"rate", "0.5"}, {"arithmetic", "float"}},
    {{"rule", "bm4"}},
    {{"rule", "bm4"}, {"quorum", "3,5"}},
    {{"weight-bits", "2"}},
    {{"weight-bits", "2"}, {"pulse-budget", "0"}},
    {{"weight-bits", "2"}, {"pulse-budget", "7"}},
    {{"weight-bits", "2"}, {"quorum", "4"}},
    {{"weight-bits", "3"}, {"rule", "bm1"}},
    {{"weight-bits", "2"}, {"arithmetic", "float"}},
    {{"device", "stuck_low=0.1"}, {"network", "fc 5, relu, fc 3"}},
    {{"target", "cell_2bit"}},
    {{"target", "cell_1bit"}, {"rule", "bm2"}},
    {{"target", "cell_2bit"}, {"weight-bits", "8"}},
    {{"target", "cell_2bit"}, {"device", "tiles.rows=16"}, {"rule", "bm1"}},
};

}  // namespace

TEST_CASE("settings: each value has its source", "[resolve]") {
    const TestFolder folder;
    const Task task = own_task(folder);
    const RunSettings plain = resolve(task, {});
    CHECK(said_of(plain, "momentum") == "0.9");
    CHECK(source_of(plain, "momentum") == Source::built_in);
    CHECK(said_of(plain, "network") == "fc 3 task t");
    CHECK(said_of(plain, "epochs") == "7 task t: [plan]");
    CHECK(said_of(plain, "rate") == "0.01 task t: [plan]");
    CHECK(said_of(resolve(task, {{{"rule", "bm3"}}}), "rate") == "0.02 task t: [plan]");

    const RunSettings column = resolve(task, {{{"column", "usf+bn"}}});
    CHECK(said_of(column, "feedback") == "usf column usf+bn");
    CHECK(said_of(column, "rule") == "sgd column usf+bn");
    CHECK(said_of(column, "momentum") == "0.5 task t: [column.\"usf+bn\"]");
    CHECK(said_of(column, "rate") == "0.25 tuned for usf+bn on 2 held-out images");
    CHECK(source_of(column, "rate") == Source::tuned);
    CHECK(said_of(column, "error-rounding") == "stochastic usual for the rule sgd");

    const RunSettings bits = resolve(task, {{{"target", "cell_2bit"}}});
    CHECK(said_of(bits, "weight-bits") == "2 target cell_2bit");
    CHECK(said_of(bits, "rule") == "bm4 usual for few bits");
    CHECK(said_of(bits, "pulse-budget") == "3 usual for few bits");
    CHECK(source_of(bits, "pulse-budget") == Source::usual);
    CHECK(bits.training.quorum.empty());
}

TEST_CASE("settings: what is said later counts, and what it overrode is known", "[resolve]") {
    const TestFolder folder;
    const Task task = own_task(folder);
    const RunSettings s = resolve(task, {{{"column", "usf+bn"}, {"rate", "0.5"}}});
    const std::vector<Said>& rate = s.said.at("rate");
    REQUIRE(rate.size() == 3);
    CHECK(rate[0].source == Source::task);
    CHECK(rate[1].source == Source::tuned);
    CHECK(rate[2].source == Source::given);
    CHECK(rate[1].text == "0.25");
    CHECK(s.training.rate == 0.5);
    const std::string report = sim::settings_report(s);
    const std::size_t line = report.find("\nrate ");
    REQUIRE(line != report.npos);
    CHECK_THAT(report.substr(line, report.find('\n', line + 1) - line),
               Contains(" 0.5 ") && Contains("command line") &&
                   Contains("0.25 (tuned for usf+bn on 2 held-out images), 0.01 (task t: [plan]), "
                            "0.0024 (built in)"));
    CHECK(static_cast<std::size_t>(std::count(report.begin(), report.end(), '\n')) ==
          settings_table().size() + 1);
}

TEST_CASE("settings: those that depart make the run again", "[resolve]") {
    const TestFolder folder;
    const Task task = own_task(folder);
    for (const Values& values : sayings) {
        CAPTURE(values);
        const RunSettings once = resolve(task, {values});
        const RunSettings again = resolve(task, {departures(once)});
        CHECK(settings_text(again) == settings_text(once));
        for (const auto& [name, text] : departures(once))
            CHECK((name == "data" || Given{values}.has(name)));
    }
    CHECK((departures(resolve(task, {{{"epochs", "7"}, {"momentum", "0.9"}}})) ==
           Values{{"data", "auto"}}));
    // The target says the bits.
    CHECK((departures(resolve(task, {{{"target", "cell_2bit"}}})) ==
           Values{{"data", "auto"}, {"target", "cell_2bit"}}));
}

TEST_CASE("settings: a record tells what departs as the run does", "[resolve]") {
    const TestFolder folder;
    const Task task = own_task(folder);
    for (const Values& values : sayings) {
        CAPTURE(values);
        const RunSettings once = resolve(task, {values});
        const RunSettings read = resolve(task, {}, stored_values(once));
        CHECK(settings_text(read) == settings_text(once));
        CHECK((departures(read) == departures(once)));
        CHECK(command_of(read) == command_of(once));
    }
}

TEST_CASE("settings: a command names files without their folders", "[resolve]") {
    RunSettings settings;
    settings.task = "/home/someone/my_task.toml";
    settings.target = "/home/someone/my devices.toml";
    const std::string command = command_of(settings);
    CHECK_THAT(command, Contains("--task my_task.toml ") &&
                            Contains(" --target 'my devices.toml'") && !Contains("/home"));
    settings.target = "pcm";
    CHECK_THAT(command_of(settings), Contains(" --target pcm"));
}

TEST_CASE("settings: tests without normalisation take no statistics", "[resolve]") {
    const TestFolder folder;
    const Task task = own_task(folder);
    const auto images = [&](const Values& values) {
        const RunSettings settings = resolve(task, {values});
        CHECK(departs(settings, "bn-images") == Given{values}.has("bn-images"));
        const RunSettings read = resolve(task, {}, stored_values(settings));
        CHECK((departures(read) == departures(settings)));
        return settings.training.bn_images;
    };
    const std::string with = "fc 5, bn, relu, fc 2", without = "fc 5, relu, fc 2";
    CHECK(images({{"network", with}}) == Settings{}.bn_images);
    CHECK(images({{"network", without}}) == 0);
    CHECK(images({{"network", with}, {"bn", "none"}}) == 0);
    CHECK(images({{"network", with}, {"bn-images", "0"}}) == 0);
    CHECK(images({{"network", without}, {"bn-images", "70"}}) == 70);
    CHECK(images({{"network", "no network"}}) == Settings{}.bn_images);  // refused elsewhere
}

TEST_CASE("settings: bm4's schedule is nobody's word, until the epochs are others", "[resolve]") {
    const TestFolder folder;
    const Task task = own_task(folder);
    const RunSettings first = resolve(task, {{{"rule", "bm4"}, {"epochs", "10"}}});
    CHECK(source_of(first, "quorum") == Source::usual);
    const std::vector<int> schedule = quorum_schedule(8, 10, most_votes(first.training));
    const std::vector<int>& quorum = first.training.quorum;
    for (std::size_t i = 0; i < schedule.size(); ++i)
        CHECK(quorum[std::min(i, quorum.size() - 1)] == schedule[i]);
    CHECK_FALSE(departs(first, "quorum"));
    const RunSettings stored = parse_settings(settings_text(first), "a");
    const RunSettings longer =
        resolve(task, agreeing({{{"epochs", "20"}}}, stored, "a", false), stored_values(stored));
    CHECK((longer.training.quorum == quorum));
    CHECK(longer.training.epochs == 20);
    CHECK(departs(longer, "quorum"));
}

TEST_CASE("settings: a schedule of bm4 that is given word for word is no budget", "[resolve]") {
    const TestFolder folder;
    const Task task = own_task(folder);
    const Given asked{{{"rule", "bm4"}, {"weight-bits", "3"}, {"epochs", "3"}}};
    Given without = asked;
    without.values.emplace_back("pulse-budget", "0");
    const RunSettings usual = resolve(task, without);
    Given with = asked;
    with.values.emplace_back("quorum", text_of("quorum", usual));
    const RunSettings given = resolve(task, with);
    CHECK(text_of("pulse-budget", given) == "0");
    CHECK(text_of("quorum", given) == text_of("quorum", usual));
    // The command that makes the run again, and that of the run that goes on from a checkpoint.
    CHECK(command_of(given) == command_of(usual));
    CHECK(command_of(resolve(task, {}, stored_values(given))) == command_of(usual));
    CHECK(departs(given, "pulse-budget"));
    CHECK(text_of("pulse-budget", resolve(task, asked)) == "3");
}

TEST_CASE("settings: a task's augmentation is its own, until another is given", "[resolve]") {
    const TestFolder folder;
    const auto task_with = [&](const std::string& more) {
        return load_task(folder.write("a.toml", task_text + more));
    };
    const Task task = task_with("[augment]\ncrop = 1\nflip = true\nshift = 0.25\n");
    const RunSettings plain = resolve(task, {});
    CHECK(said_of(plain, "augment-crop") == "1 task a: [augment]");
    CHECK(said_of(plain, "augment-flip") == "true task a: [augment]");
    CHECK(plain.training.augment_shift == 0.25);
    CHECK_FALSE(departs(plain, "augment-crop"));
    CHECK_FALSE(departs(plain, "augment-flip"));
    // What a person turns off stays off in the command that makes the run again.
    const RunSettings off = resolve(task, {{{"augment-flip", "false"}, {"augment-crop", "0"}}});
    CHECK_FALSE(off.training.augment_flip);
    CHECK(off.training.augment_crop == 0);
    CHECK_THAT(command_of(off), Contains(" --augment-crop 0") && Contains(" --augment-flip=false"));
    CHECK_THAT(command_of(resolve(own_task(folder), {{{"augment-flip", "true"}}})),
               Contains(" --augment-flip") && !Contains("--augment-flip="));

    CHECK_THAT(error_of(task_with("[augment]\ncrob = 1\n"), {}),
               Contains("[augment] crob: no such key (did you mean 'crop'?); expected one of: "
                        "crop, flip, cutout, rotate, shift"));
    CHECK_THAT(error_of(task_with("[augment]\nrotate = 90\n"), {}),
               Contains("[augment] --augment-rotate 90: expected a whole number from 0 to 45"));
    CHECK_THAT(error_of(task_with("[augment]\nflip = 1\n"), {}), Contains("true or false"));
    CHECK_THAT(
        error_of(load_task(folder.write(
                     "b.toml", std::string(task_text).replace(
                                   std::string(task_text).find("epochs=7"), 8, "augment-crop=2"))),
                 {}),
        Contains("[plan] augment-crop: augmentation is the task's; say crop in [augment]"));
}

TEST_CASE("settings: a checkpoint's course is kept", "[resolve]") {
    const RunSettings stored =
        parse_settings("rate = 0.5\nepochs = 3\ndevice = stuck_low=0.1\n", "a");
    CHECK_THROWS_WITH(agreeing({{{"rate", "0.25"}}}, stored, "a", false),
                      Contains("--rate 0.25 contradicts the checkpoint a, whose value is 0.5"));
    CHECK_NOTHROW(agreeing({{{"rate", "0.50"}, {"epochs", "9"}}}, stored, "a", false));
    CHECK_THROWS_AS(agreeing({{{"device", "stuck_low=0.2"}}}, stored, "a", false), Error);
    CHECK(agreeing({{{"device", "stuck_low=0.2;stuck_high=0.3"}}}, stored, "a", true)
              .value("device") == "stuck_low=0.2;stuck_high=0.3");
}

TEST_CASE("settings: a checkpoint from before scales had a bound has none", "[resolve]") {
    CHECK(parse_settings("bn = affine\n", "a").training.bn_bound == 7.9375);
    CHECK(parse_settings("bn-bound = 1\nbn = affine\n", "a").training.bn_bound == 1);
    CHECK(parse_settings("bn = plain\n", "a").training.bn_bound == 1);
}

TEST_CASE("settings: a column is not contradicted, a task's table not wrong", "[resolve]") {
    const TestFolder folder;
    const Task task = own_task(folder);
    CHECK(error_of(task, {{{"column", "usf+bn"}, {"rule", "sgd"}}}) == "no error");
    CHECK_THAT(error_of(task, {{{"column", "usf+bn"}, {"rule", "bm1"}}}),
               Contains("--rule bm1 contradicts --column usf+bn"));
    CHECK_THAT(error_of(task, {{{"colum", "usf+bn"}}}), Contains("did you mean '--column'?"));
    Task wrong = task;
    wrong.plan.emplace_back("sgd.momentun", "0.5");
    CHECK_THAT(error_of(wrong, {}), Contains("task t: [plan] momentun: no such option") &&
                                        Contains("did you mean '--momentum'?"));
    wrong.plan.back() = {"sgd.momentum", "5"};
    CHECK_THAT(error_of(wrong, {}), Contains("task t: [plan] --momentum 5: expected"));
}

TEST_CASE("ranges: one table refuses values by name and plans", "[resolve]") {
    for (const Range& range : ranges) {
        CAPTURE(range.name);
        const Setting* setting = find_setting(std::string(range.name));
        REQUIRE(setting);
        CHECK(setting->low == range.low);
        CHECK(setting->high == range.high);
        RunSettings s;
        set(s, setting->name, fmt::format("{:.0f}", std::floor(range.high)));
        CHECK(range.value(s.training) == std::floor(range.high));
        CHECK_THROWS_WITH(set(s, setting->name, fmt::format("{:.0f}", range.high + 1)),
                          Contains("expected a") && Contains(" from ") && Contains(" to "));
    }
    Settings s;
    s.network = "fc 3";
    s.weight_bits = 17;
    CHECK_THROWS_WITH(make_plan(s), "--weight-bits 17 is out of range: expected 1 to 16");
    s.weight_bits = 8;
    s.momentum = std::nan("");
    CHECK_THROWS_WITH(make_plan(s), Contains("--momentum nan is out of range"));
}
