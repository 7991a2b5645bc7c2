// The keys of a target file, each said once: where its value is kept, what it may be, what it needs
// and what it means. Reading, changing, showing and documenting targets all go by these rows.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "array/target.hpp"

namespace crossbar {

using Points = std::vector<std::pair<double, double>>;

// One of the row's words, kept as its place among them.
struct Choice {
    void* at;
    std::size_t (*get)(const void*);
    void (*set)(void*, std::size_t);
};
// A number, or the row's only word, kept as a flag.
struct NumberOr {
    double* number;
    bool* word;
};

// Where a value is kept. A list of any length is a pair where the row says its form, else one
// number or up to `most_numbers` of them. Whole numbers of a row with words are the numbers that
// these begin with.
using Member = std::variant<std::string*, double*, int*, std::span<double>, std::vector<double>*,
                            Points*, NumberOr, Choice>;

inline constexpr std::size_t most_numbers = 100;

struct Allowed {
    double low = 0, high = 0;
    const char* form = "";   // of a list, as errors say it: "[of SET, of RESET]"
    const char* words = "";  // separated by ", "
};

struct TargetKey {
    const char* name;
    Member (*member)(Target&);  // its table is there
    Allowed allowed;
    const char* unit;
    const char* need;  // "KEY" that must be given, or "KEY = word, word"; empty: nothing
    const char* help;
    bool required = false;
    bool identity = true;    // whether it is part of what the target is, of its fingerprint
    double otherwise = NAN;  // where it is not given, in place of the member's own default
    const char* sweep = "";  // values that the experiment `faults` goes through
};

// A key that means one thing here and another there has several rows, of which one belongs.
struct TargetTable {
    const char* name;  // empty: the top of the file
    const char* help;
    std::span<const TargetKey> keys;
    bool (*there)(const Target&);
    void (*make)(Target&);
};

std::span<const TargetTable> target_tables();
const TargetTable& table_named(std::string_view name);

// "a, b" taken apart.
std::vector<std::string> words_of(const TargetKey& key);

// Whether what the key needs is so.
bool belongs(const TargetTable& table, const TargetKey& key, Target& target);

// What a key needs as a sentence goes on: step = "linear" or "power".
std::string needs_text(const TargetTable& table, const TargetKey& key);

// A key as --device takes it: "pulse", "tiles.rows".
std::string option_key(const TargetTable& table, const TargetKey& key);

// The sweep of every row that has one: "device.KEY=VALUES".
std::vector<std::string> fault_sweeps();

// In quotes of TOML.
std::string toml_quoted(const std::string& text);

// The value as a target file says it, `digits` of each number (0: as many as it has); "none" where
// it lies outside what the key may be, which stands for a key that is left out.
std::string value_text(const TargetKey& key, Target& target, int digits = 0);

// The same of a key that is left out; empty where that is refused.
std::string default_text(const TargetTable& table, const TargetKey& key);

// "0..3", "one, pair, ...", "[of SET, of RESET], each 0..20".
std::string range_text(const TargetKey& key);

// A table of Markdown with a row for each key of the table, for docs/devices.md.
std::string key_table_markdown(const TargetTable& table);

// The target as a file to begin from: every key with its range and meaning, those that are at their
// default behind a '#'.
std::string commented_target(Target target);

}  // namespace crossbar
