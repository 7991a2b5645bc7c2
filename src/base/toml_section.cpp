// The one place, with its header, that knows toml++.
#include "base/toml_section.hpp"

#include <algorithm>
#include <cmath>

#include "base/fingerprint.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"

namespace crossbar {

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "an array";
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a number with a point";
        case toml::node_type::boolean:
            return "a boolean";
        default:
            return "a date or time";
    }
}

void toml_broken() {
    throw TomlBroken{};
}

namespace {

// The parser and its tables take a level of the stack for each level of nesting.
constexpr int deepest = 32;

// Goes through TOML as its parser does, past strings and comments, and counts brackets that are
// open and keys that dots join.
class Nesting {
  public:
    explicit Nesting(std::string_view text) : text_(text) {}

    // The line where there are more than `deepest` of either; 0 where there is none.
    std::size_t too_deep() {
        while (at_ < text_.size())
            if (const char c = text_[at_]; c == '"' || c == '\'')
                skip_string(c);
            else if (c == '#')
                at_ = std::min(text_.find('\n', at_), text_.size());
            else if (!count(c))
                return line();
            else
                ++at_;
        return 0;
    }

  private:
    bool count(char c) {
        if (c == '[' || c == '{') ++brackets_;
        if ((c == ']' || c == '}') && brackets_ > 0) --brackets_;
        if (c == '.')
            ++dots_;
        else if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos)
            dots_ = 0;
        return brackets_ <= deepest && dots_ <= deepest;
    }
    void skip_string(char quote) {
        const std::string three(3, quote);
        const bool lines = text_.substr(at_).starts_with(three);
        at_ += lines ? 3 : 1;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\' && quote == '"')
                ++at_;
            else if (lines ? text_.substr(at_).starts_with(three)
                           : text_[at_] == quote || text_[at_] == '\n') {
                at_ += lines ? 3 : 1;
                return;
            }
        }
    }
    std::size_t line() const {
        const auto end = text_.begin() + static_cast<std::ptrdiff_t>(at_);
        return 1 + static_cast<std::size_t>(std::count(text_.begin(), end, '\n'));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int brackets_ = 0, dots_ = 0;
};

}  // namespace

toml::table parse_toml(const std::string& file, std::string_view text) {
    if (const std::size_t line = Nesting(text).too_deep())
        fail("{}:{}: not valid here: tables or keys are nested deeper than {}", file, line,
             deepest);
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        fail_at(file, error.source(), "not valid TOML: {}", error.description());
    } catch (const TomlBroken&) {
        fail("{}: not valid TOML: a table or key breaks off", file);
    }
}

namespace {

// One text for each value: tables are sorted by key, and a whole number is the same with a point.
std::string canonical(const toml::node& node) {
    std::string text;
    if (const toml::table* table = node.as_table()) {
        for (const auto& [key, value] : *table)
            text += fmt::format("{}:{}={},", key.str().size(), key.str(), canonical(value));
        return "{" + text + "}";
    }
    if (const toml::array* array = node.as_array()) {
        for (const toml::node& item : *array)
            text += canonical(item) + ",";
        return "[" + text + "]";
    }
    if (const auto word = node.value_exact<std::string>())
        return fmt::format("\"{}:{}", word->size(), *word);
    if (const auto whole = node.value_exact<std::int64_t>()) return fmt::format("{}", *whole);
    if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
    const auto real = node.value_exact<double>();
    if (!real) return std::string(kind_of(node));
    if (std::trunc(*real) == *real && std::abs(*real) < 9e15)
        return fmt::format("{}", static_cast<std::int64_t>(*real));
    return fmt::format("{}", *real);
}

// The values of `from` replace those of `to`, tables key by key. Moved, so that they keep the place
// they came from.
void merge(toml::table& to, toml::table& from) {
    for (auto&& [key, node] : from) {
        toml::node* old = to.get(key);
        if (old && old->is_table() && node.is_table()) {
            merge(*old->as_table(), *node.as_table());
            continue;
        }
        const toml::key name = key;
        node.visit([&](auto& value) { to.insert_or_assign(name, std::move(value)); });
    }
}

// False where it is no TOML.
bool parse_change(const std::string& text, const std::string& origin, toml::table& table) try {
    if (Nesting(text).too_deep() != 0) return false;
    table = toml::parse(text, origin);
    return true;
} catch (const toml::parse_error&) {
    return false;
} catch (const TomlBroken&) {
    return false;
}

}  // namespace

std::uint64_t fingerprint_of(const toml::table& table,
                             const std::vector<std::string_view>& passed_over) {
    std::uint64_t hash = fingerprint_start;
    for (const auto& [key, value] : table) {
        if (std::find(passed_over.begin(), passed_over.end(), key.str()) != passed_over.end())
            continue;
        const std::string text = fmt::format("{}={}\n", key.str(), canonical(value));
        hash = fingerprint(text.data(), text.size(), hash);
    }
    return hash;
}

void change_table(toml::table& table, std::string_view home, const std::vector<std::string>& lines,
                  const std::string& origin) {
    for (const std::string& line : lines) {
        const std::string where = origin + " " + (line.empty() ? "''" : line);
        const std::size_t equals = line.find('=');
        const std::string key = line.substr(0, equals), value = line.substr(key.size());
        const bool named = !key.empty() && key.find_first_of("\n\"'[]") == key.npos;
        const std::string full = key.find('.') == key.npos ? fmt::format("{}.{}", home, key) : key;
        toml::table change;
        if (equals == line.npos || !named || value.find('\n') != value.npos ||
            !(parse_change(full + value, where, change) ||
              parse_change(fmt::format("{}=\"{}\"", full, value.substr(1)), where, change)))
            fail("{}: expected KEY=VALUE or TABLE.KEY=VALUE, as in a target file", where);
        merge(table, change);
    }
}

const toml::node* Section::find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    return table_.get(key);
}

const toml::node& Section::need(std::string_view key, std::string_view expected) {
    const toml::node* node = find(key);
    if (!node) missing(key, expected);
    return *node;
}

std::string Section::text(std::string_view key) {
    constexpr std::string_view expected = "a string that is not empty";
    const toml::node& node = need(key, expected);
    const auto value = node.value_exact<std::string>();
    if (!value) wrong(node, "{} is {}, expected {}", key, kind_of(node), expected);
    if (value->empty()) wrong(node, "{} is empty, expected {}", key, expected);
    if (value->find('\0') != value->npos)
        wrong(node, "{} contains a character 0, expected text without one", key);
    return *value;
}

std::string Section::optional_text(std::string_view key) {
    return find(key) ? text(key) : std::string();
}

std::int64_t Section::integer(std::string_view key, std::int64_t low, std::int64_t high) {
    const std::string expected = fmt::format("an integer from {} to {}", low, high);
    return in_range(need(key, expected), key, low, high);
}

std::int64_t Section::in_range(const toml::node& node, std::string_view key, std::int64_t low,
                               std::int64_t high) const {
    const auto value = node.value_exact<std::int64_t>();
    if (!value)
        wrong(node, "{} is {}, expected an integer from {} to {}", key, kind_of(node), low, high);
    if (*value < low || *value > high)
        wrong(node, "{} is {}, expected an integer from {} to {}", key, *value, low, high);
    return *value;
}

std::vector<std::string> Section::optional_texts(std::string_view key) {
    constexpr std::string_view expected = "an array of strings";
    const toml::node* found = find(key);
    if (!found) return {};
    const toml::node& node = *found;
    if (!node.is_array()) wrong(node, "{} is {}, expected {}", key, kind_of(node), expected);
    std::vector<std::string> result;
    for (const toml::node& item : *node.as_array()) {
        const auto value = item.value_exact<std::string>();
        if (!value) wrong(item, "{} holds {}, expected {}", key, kind_of(item), expected);
        result.push_back(*value);
    }
    return result;
}

double Section::number_in(const toml::node& node, std::string_view key, double low,
                          double high) const {
    // Integers that no double holds are no number here.
    const auto value = node.value<double>();
    const auto whole = node.value_exact<std::int64_t>();
    if (!node.is_number() || !value || !(*value >= low && *value <= high))
        wrong(node, "{} is {}, expected a number from {} to {}", key,
              whole                       ? fmt::format("{}", *whole)
              : value && node.is_number() ? fmt::format("{}", *value)
                                          : std::string(kind_of(node)),
              low, high);
    return *value;
}

std::size_t Section::choice(std::string_view key, const std::vector<std::string>& words) {
    const std::string word = text(key);
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end())
        wrong(*table_.get(key), "{} is '{}'{}; expected one of: {}", key, word,
              suggestion(word, words), fmt::join(words, ", "));
    return static_cast<std::size_t>(found - words.begin());
}

void Section::finish(const std::vector<std::string>& elsewhere) const {
    for (const auto& [key, node] : table_) {
        if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
        std::string near = suggestion(key.str(), known_);
        if (near.empty()) {
            std::vector<std::string> names;
            for (const std::string& name : elsewhere)
                names.push_back(name.substr(name.find('.') + 1));
            const std::string other = nearest(key.str(), names);
            const auto at = std::find(names.begin(), names.end(), other) - names.begin();
            if (!other.empty())
                near =
                    fmt::format(" (did you mean '{}'?)", elsewhere[static_cast<std::size_t>(at)]);
        }
        fail_at(file_, key.source(), "{}unknown key '{}'{}; known: {}", name_, key.str(), near,
                fmt::join(known_, ", "));
    }
}

// Points at the key that looks like the missing one, or at the head of the table.
void Section::missing(std::string_view key, std::string_view expected) const {
    std::vector<std::string> keys;
    for (const auto& [other, node] : table_)
        if (std::find(known_.begin(), known_.end(), other.str()) == known_.end())
            keys.emplace_back(other.str());
    const std::string near = nearest(key, keys);
    const toml::source_region& where =
        near.empty() ? table_.source() : table_.find(near)->first.source();
    fail_at(file_, where, "{}the key '{}' is missing, expected {}{}", name_, key, expected,
            near.empty() ? "" : "; is '" + near + "' meant?");
}

}  // namespace crossbar
