// Keys of targets as text: values as a file says them, the tables of docs/devices.md, and a file to
// begin from.
#include <algorithm>

#include "array/target_keys.hpp"
#include "base/format.hpp"

namespace crossbar {
namespace {

std::string number_text(double value, int digits) {
    return digits == 0 ? fmt::format("{}", value) : fmt::format("{:.{}g}", value, digits);
}

std::string list_text(std::span<const double> values, int digits) {
    std::string text;
    for (const double value : values)
        text += (text.empty() ? "" : ", ") + number_text(value, digits);
    return "[" + text + "]";
}

struct Writer {
    const TargetKey& key;
    int digits;

    std::string operator()(const std::string* value) const { return toml_quoted(*value); }
    std::string operator()(const double* value) const { return number_text(*value, digits); }
    std::string operator()(const int* value) const {
        for (const std::string& word : words_of(key))
            if (std::stoi(word) == *value) return toml_quoted(word);
        return fmt::format("{}", *value);
    }
    std::string operator()(const Choice& choice) const {
        return toml_quoted(words_of(key)[choice.get(choice.at)]);
    }
    std::string operator()(const NumberOr& either) const {
        return *either.word ? toml_quoted(key.allowed.words) : number_text(*either.number, digits);
    }
    std::string operator()(std::span<const double> values) const {
        return list_text(values, digits);
    }
    std::string operator()(const std::vector<double>* values) const {
        return values->size() == 1 && *key.allowed.form == '\0'
                   ? number_text(values->front(), digits)
                   : list_text(*values, digits);
    }
    std::string operator()(const Points* points) const {
        std::string text;
        for (const auto& [x, step] : *points)
            text += (text.empty() ? "" : ", ") + list_text(std::array{x, step}, digits);
        return "[" + text + "]";
    }
};

// Of Markdown: bars end cells, and words of the file are set as code.
std::string code(const std::string& text) {
    return fmt::format("`{}`", text);
}

// Name of a key as a sentence has it: "[device]", or nothing for the top of a file.
std::string head_of(const TargetTable& table) {
    return *table.name == '\0' ? "" : fmt::format("[{}]", table.name);
}

// A value that the key takes, for one that has none.
std::string example_of(const TargetTable& table, const TargetKey& key, Target& target) {
    const std::string text = default_text(table, key);
    if (text != "none" && !text.empty()) return text;
    const Member member = key.member(target);
    const auto [low, high, form, words] = key.allowed;
    const double value = key.required ? std::clamp(1.0, low, high) : high;
    if (std::holds_alternative<std::string*>(member)) return "\"\"";
    if (const auto* list = std::get_if<std::span<double>>(&member))
        return list_text(std::vector<double>(list->size(), value), 0);
    if (std::holds_alternative<std::vector<double>*>(member))
        return list_text(std::array{low, high}, 0);
    return std::holds_alternative<Points*>(member) ? "[[0, 0.01], [1, 0]]" : number_text(value, 0);
}

std::string sentence_of(const TargetTable& table, const TargetKey& key) {
    const std::string needs = needs_text(table, key), range = range_text(key);
    std::string text = key.help;
    if (!range.empty()) text += "; " + range;
    if (*key.unit != '\0') text += fmt::format(" {}", key.unit);
    if (!needs.empty()) text += "; with " + needs;
    return text;
}

}  // namespace

std::string toml_quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += std::string("\\") + c;
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out + "\"";
}

std::string value_text(const TargetKey& key, Target& target, int digits) {
    const Member member = key.member(target);
    const auto outside = [&](double value) {
        return value < key.allowed.low || value > key.allowed.high;
    };
    const auto* real = std::get_if<double*>(&member);
    const auto* whole = std::get_if<int*>(&member);
    const auto* list = std::get_if<std::vector<double>*>(&member);
    const bool none = (real && outside(**real)) || (list && (*list)->empty()) ||
                      (whole && *key.allowed.words == '\0' && outside(**whole));
    return none ? "none" : std::visit(Writer{key, digits}, member);
}

std::string default_text(const TargetTable& table, const TargetKey& key) {
    if (key.required) return {};
    if (!std::isnan(key.otherwise)) return number_text(key.otherwise, 0);
    Target plain;
    table.make(plain);
    return value_text(key, plain);
}

std::string range_text(const TargetKey& key) {
    const std::string words = key.allowed.words, form = key.allowed.form;
    if (key.allowed.low == 0 && key.allowed.high == 0) return words;
    const std::string range = fmt::format("{}..{}", key.allowed.low, key.allowed.high);
    if (!form.empty()) return fmt::format("{}, each {}", form, range);
    return words.empty() ? range : fmt::format("{}, or \"{}\"", range, words);
}

std::string key_table_markdown(const TargetTable& table) {
    const std::string head = head_of(table);
    std::string text =
        fmt::format("| key{} | range | unit | default | meaning |\n|---|---|---|---|---|\n",
                    head.empty() ? "" : " of " + code(head));
    for (const TargetKey& key : table.keys) {
        const std::string needs = needs_text(table, key), start = default_text(table, key);
        text +=
            fmt::format("| {} | {} | {} | {} | {}{} |\n", code(key.name), range_text(key), key.unit,
                        key.required      ? "needed"
                        : start == "none" ? start
                                          : code(start),
                        needs.empty() ? "" : "with " + needs + ": ", key.help);
    }
    return text;
}

std::string commented_target(Target target) {
    std::string text =
        "# The keys of this target, and all others that it could have. A key after a '#' has no\n"
        "# effect: the value shown is its default, or an example where there is none. To set\n"
        "# it, remove the '#' of the key, and that of its table.\n";
    for (const TargetTable& table : target_tables()) {
        const bool there = table.there(target);
        if (!there) table.make(target);
        text += fmt::format("\n# {}\n", table.help);
        if (*table.name != '\0') text += fmt::format("{}{}\n", there ? "" : "#", head_of(table));
        for (const TargetKey& key : table.keys) {
            const std::string value = value_text(key, target);
            const bool live =
                there && belongs(table, key, target) && value != default_text(table, key);
            text += fmt::format("# {}\n{}{} = {}\n", sentence_of(table, key), live ? "" : "#",
                                key.name, live ? value : example_of(table, key, target));
        }
    }
    return text;
}

}  // namespace crossbar
