// One table of a TOML file, read with care: every mistake is an Error with file and line, and keys
// that nobody asked for are refused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crossbar/check.hpp"

namespace crossbar {

// The parser of toml++ asserts what a damaged file can break ("[[" at the end of a line): here such
// a file is an Error like any other.
struct TomlBroken {};
[[noreturn]] void toml_broken();

}  // namespace crossbar

#define TOML_ASSERT(expr) (static_cast<bool>(expr) ? static_cast<void>(0) : crossbar::toml_broken())
#include <toml++/toml.h>

namespace crossbar {

template <typename... Args>
[[noreturn]] void fail_at(const std::string& file, const toml::source_region& where,
                          fmt::format_string<Args...> text, Args&&... args) {
    const std::string message = fmt::format(text, std::forward<Args>(args)...);
    if (where.path) fail("{}: {}", *where.path, message);  // not of the file: see change_table
    fail("{}:{}: {}", file, where.begin.line, message);
}

// "an integer", "a string" ... as errors name it.
std::string_view kind_of(const toml::node& node);

// The file's text as a table; an Error with the line where it is no TOML.
toml::table parse_toml(const std::string& file, std::string_view text);

// Sets values of `table` by lines "KEY=VALUE" or "TABLE.KEY=VALUE", VALUE as in TOML (a word may do
// without its quotes) and a KEY alone being one of the table `home`. Tables that are missing are
// made. From then on errors about such a value begin with `origin` and the line. Throws Error.
void change_table(toml::table& table, std::string_view home, const std::vector<std::string>& lines,
                  const std::string& origin);

class Section {
  public:
    // `file` and `table` must outlive it. `name` goes before what errors say: "[plan] ", or
    // nothing.
    Section(const std::string& file, std::string name, const toml::table& table)
        : file_(file), name_(std::move(name)), table_(table) {}

    const toml::node* find(std::string_view key);  // null where it is not there
    const toml::node& need(std::string_view key, std::string_view expected);

    std::string text(std::string_view key);           // not empty
    std::string optional_text(std::string_view key);  // empty where the key is not there
    std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high);
    std::int64_t in_range(const toml::node& node, std::string_view key, std::int64_t low,
                          std::int64_t high) const;
    std::vector<std::string> optional_texts(std::string_view key);

    bool has(std::string_view key) const { return table_.get(key) != nullptr; }
    double number_in(const toml::node& node, std::string_view key, double low, double high) const;
    // These keep `value` where the key is missing.
    void number(std::string_view key, double low, double high, double& value);
    void integer(std::string_view key, int low, int high, int& value);
    // An array of exactly two numbers; `expected` says of what.
    std::array<double, 2> two(const toml::node& node, std::string_view key,
                              std::string_view expected, double low, double high) const;
    std::array<double, 2> two(std::string_view key, std::string_view expected, double low,
                              double high);
    // The place of a word in `words`; `value` where the key is missing.
    std::size_t choice(std::string_view key, const std::vector<std::string>& words,
                       std::size_t value);

    void finish() const;  // refuses every key that was never asked for

    template <typename... Args>
    [[noreturn]] void wrong(const toml::node& node, fmt::format_string<Args...> text,
                            Args&&... args) const {
        fail_at(file_, node.source(), "{}{}", name_,
                fmt::format(text, std::forward<Args>(args)...));
    }

  private:
    [[noreturn]] void missing(std::string_view key, std::string_view expected) const;

    const std::string& file_;
    std::string name_;
    const toml::table& table_;
    std::vector<std::string> known_;
};

}  // namespace crossbar
