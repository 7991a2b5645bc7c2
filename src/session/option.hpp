// A row of a table of options: what a person can give by name, whatever it sets.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace crossbar {

// A value that is one of a list of words, held as the word's place in the list.
struct EnumField {
    std::function<int()> get;
    std::function<void(int)> set;
};

// Where a row's value lies.
using OptionField =
    std::variant<int*, std::uint64_t*, double*, bool*, std::string*, std::vector<int>*, EnumField>;

template <typename Enum>
EnumField enum_field(Enum& value) {
    return {[&value] { return static_cast<int>(value); },
            [&value](int place) { value = static_cast<Enum>(place); }};
}

inline constexpr double no_limit = 1e15;  // as the high end of a range

struct Option {
    const char* name;   // without dashes
    const char* group;  // heading in help
    const char* value;  // what help calls the value; empty for a flag
    const char* help;
    double low = 0, high = 0;                         // range of numbers; 0, 0 for none
    std::vector<std::string> (*choices)() = nullptr;  // the words allowed; null where any will do

    bool flag() const { return *value == '\0'; }
    // "[NAME]": the value may be left out, and is empty then.
    bool may_be_bare() const { return *value == '['; }
    // May be given several times; the values are joined.
    bool repeats() const { return std::string_view(value).ends_with("..."); }
};

// The value as the command line would hold it.
std::string text_of(const Option& option, const OptionField& field);

// Throws Error naming option, value and what was expected. `origin` comes before it in the message,
// for values that do not come from the command line ("datasets/mnist.toml: [plan] ").
void set_field(const Option& option, const OptionField& field, const std::string& text,
               const std::string& origin);

// What people bring from elsewhere, and what it is called here.
struct Synonyms {
    const char* words;  // each between blanks
    const char* option;
};

// The option of these that is meant by a name that is none of them; empty where nothing is near.
std::string meant_option(const std::string& name, std::span<const Synonyms> synonyms,
                         std::span<const std::string> names);

}  // namespace crossbar
