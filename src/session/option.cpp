// Reads and writes the value of a row, whatever its type, with errors that name it.
#include "session/option.hpp"

#include <charconv>
#include <type_traits>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"

namespace crossbar {
namespace {

[[noreturn]] void refuse(const Option& option, const std::string& text, const std::string& origin,
                         const std::string& expected) {
    fail("{}--{} {}: expected {}", origin, option.name, text.empty() ? "''" : text, expected);
}

std::string range_of(const Option& option, std::string_view kind) {
    if (option.low == 0 && option.high == 0) return fmt::format("{}", kind);
    if (option.high == no_limit) return fmt::format("{} of at least {}", kind, option.low);
    return fmt::format("{} from {} to {}", kind, option.low, option.high);
}

template <typename T>
T number_of(const Option& option, const std::string& text, const std::string& origin) {
    const char* kind = std::is_integral_v<T> ? "a whole number" : "a number";
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool ranged = option.low != 0 || option.high != 0;
    const auto real = static_cast<double>(value);
    // Written so that a NaN is refused.
    const bool inside = !ranged || (real >= option.low && real <= option.high);
    if (error != std::errc() || stop != end || text.empty() || !inside)
        refuse(option, text, origin, range_of(option, kind));
    return value;
}

std::vector<int> numbers_of(const Option& option, const std::string& text,
                            const std::string& origin) {
    std::vector<int> values;
    if (text.empty()) return values;
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t comma = std::min(text.find(',', first), text.size());
        values.push_back(number_of<int>(option, text.substr(first, comma - first), origin));
        first = comma + 1;
    }
    return values;
}

int place_of(const Option& option, const std::string& text, const std::string& origin) {
    const std::vector<std::string> words = option.choices();
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == text) return static_cast<int>(i);
    fail("{}--{} {}: no such choice{}; expected one of: {}", origin, option.name,
         text.empty() ? "''" : text, suggestion(text, words), fmt::join(words, ", "));
}

bool switch_of(const Option& option, const std::string& text, const std::string& origin) {
    if (text != "true" && text != "false") refuse(option, text, origin, "true or false");
    return text == "true";
}

}  // namespace

std::string text_of(const Option& option, const OptionField& field) {
    return std::visit(
        [&](const auto& at) -> std::string {
            using T = std::decay_t<decltype(at)>;
            if constexpr (std::is_same_v<T, EnumField>)
                return option.choices()[static_cast<std::size_t>(at.get())];
            else if constexpr (std::is_same_v<T, std::vector<int>*>)
                return fmt::format("{}", fmt::join(*at, ","));
            else
                return fmt::format("{}", *at);
        },
        field);
}

void set_field(const Option& option, const OptionField& field, const std::string& text,
               const std::string& origin) {
    std::visit(
        [&](const auto& at) {
            using T = std::decay_t<decltype(at)>;
            if constexpr (std::is_same_v<T, EnumField>) {
                at.set(place_of(option, text, origin));
            } else if constexpr (std::is_same_v<T, std::vector<int>*>) {
                *at = numbers_of(option, text, origin);
            } else if constexpr (std::is_same_v<T, bool*>) {
                *at = switch_of(option, text, origin);
            } else if constexpr (std::is_same_v<T, std::string*>) {
                if (option.choices) place_of(option, text, origin);
                *at = text;
            } else {
                *at = number_of<std::remove_pointer_t<T>>(option, text, origin);
            }
        },
        field);
}

std::string meant_option(const std::string& name, std::span<const Synonyms> synonyms,
                         std::span<const std::string> names) {
    std::string word = name;
    for (char& c : word)
        c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (const auto& [words, option] : synonyms)
        if (std::string_view(words).find(" " + word + " ") != std::string_view::npos) return option;
    return nearest(word, names);
}

}  // namespace crossbar
