// What a person may set, in one table: it drives parsing, --help, the echo line, the columns of
// results and the settings stored in checkpoints. To add a setting: a field and a row.
//
// Precedence: built-in default < the task's [plan] < the command line (command_line.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "network/plan.hpp"

namespace crossbar::sim {

inline constexpr const char* version = "0.1.0";

struct Options {
    Settings settings;  // its network is empty until the task fills it
    std::string task = "mnist";
    std::string column;  // of an experiment; empty for none
    std::string data = "auto";
    std::uint64_t train_images = 0, test_images = 0, holdout = 0;  // 0: all, all, none
    bool skip_bad = false;
    int threads = 0;  // 0: all of the machine
    std::string isa = "auto";
    std::string target = "ideal", device;  // device: "KEY=VALUE;..", changes of the target
    std::string json, csv, trace, map, save, resume, evaluate, exported, dumped, report, out;
    std::string described, measured, drawing;  // targets: describe.hpp
    std::string family, unit;                  // of --fit-device
    double read_volt = 0;                      // the same; 0: not given
    bool confusion = false, diagnose = false, filters = false, cost = false, quiet = false,
         version = false;
    // Many runs: study.hpp.
    std::string experiment, sweep, store = "results.jsonl", table_format = "text";
    int seeds = 1, jobs = 1;
    bool tune = false;
    std::string list;  // "all" or one kind; empty when not asked for
};

// A setting that is one of a list of words, held as the word's place in the list.
struct EnumField {
    std::function<int()> get;
    std::function<void(int)> set;
};

// Where a row's value lies.
using Field =
    std::variant<int*, std::uint64_t*, double*, bool*, std::string*, std::vector<int>*, EnumField>;

// What a checkpoint makes of an option: the course of training depends on it, so that a resumed run
// must keep it; or only what is reported; or it belongs to one call of the program alone.
enum class Kept { course, report, no };

struct Option {
    const char* name;   // without dashes
    const char* group;  // heading in --help
    const char* value;  // what --help calls the value; empty for a flag
    const char* help;
    Kept kept;
    double low, high;  // range of numbers; 0, 0 for none
    Field (*field)(Options&);
    std::vector<std::string> (*choices)();  // the words allowed; null where any text will do

    bool flag() const { return *value == '\0'; }
    // May be given several times; the values are joined by line breaks, or by semicolons where
    // checkpoints hold them, a line each.
    bool repeats() const { return std::string_view(value).ends_with("..."); }
    char joint() const { return kept == Kept::no ? '\n' : ';'; }
};

std::span<const Option> option_table();

// Null when there is none.
const Option* find_option(const std::string& name);

// False for the formats of integers when the baseline in floats has none of them: what an option
// says of those makes no other run.
bool read_by(Arithmetic arithmetic, const Option& option);

// " (did you mean '--x'?)" or nothing.
std::string option_suggestion(const std::string& name);

// The value as the command line would hold it.
std::string text_of(const Option& option, const Options& options);

// Throws Error naming option, value and what was expected. `origin` comes before it in the message,
// for values that do not come from the command line ("datasets/mnist.toml: [plan] ").
void set_option(const Option& option, Options& options, const std::string& text,
                const std::string& origin = "");

// "task mnist, data real, ..." of every kept option, for the start of a run, in lines of so many
// characters.
std::string echo_line(const Options& options, std::size_t width);

}  // namespace crossbar::sim
