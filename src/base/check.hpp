// How errors (crossbar/error.hpp) are made: fail() for a user's mistake, ENSURE for a programmer's,
// which throws the condition and both operands. Kernels have neither.
#pragma once

#include <fmt/core.h>

#include <string>
#include <utility>

#include "crossbar/error.hpp"

namespace crossbar {

// Throws an Error with the formatted sentence.
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
    throw Error(fmt::format(text, std::forward<Args>(args)...));
}

namespace detail {
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const std::string& operands);
}

}  // namespace crossbar

#define ENSURE(condition)                                                                       \
    do {                                                                                        \
        if (!(condition)) ::crossbar::detail::check_failed(__FILE__, __LINE__, #condition, ""); \
    } while (false)

// Compares two printable values and shows both when it fails.
#define ENSURE_THAT_OP(a, op, b)                                                                \
    do {                                                                                        \
        const auto& check_a = (a);                                                              \
        const auto& check_b = (b);                                                              \
        if (!(check_a op check_b))                                                              \
            ::crossbar::detail::check_failed(__FILE__, __LINE__, #a " " #op " " #b,             \
                                             fmt::format(": {} against {}", check_a, check_b)); \
    } while (false)
#define ENSURE_EQUAL(a, b) ENSURE_THAT_OP(a, ==, b)
#define ENSURE_AT_MOST(a, b) ENSURE_THAT_OP(a, <=, b)
