// Errors. A user's mistake (a file, a flag, a value) is an Error that says what was wrong, what was
// expected and what to do; the program prints it and exits with status 2. A programmer's mistake is
// a failed CHECK, which prints the condition and both operands and aborts. Kernels have neither.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace crossbar {

class Error : public std::runtime_error {
  public:
    explicit Error(const std::string& what) : std::runtime_error(what) {}
};

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

#define CHECK(condition)                                                                        \
    do {                                                                                        \
        if (!(condition)) ::crossbar::detail::check_failed(__FILE__, __LINE__, #condition, ""); \
    } while (false)

// Compares two printable values and shows both when it fails.
#define CHECK_THAT_OP(a, op, b)                                                                 \
    do {                                                                                        \
        const auto& check_a = (a);                                                              \
        const auto& check_b = (b);                                                              \
        if (!(check_a op check_b))                                                              \
            ::crossbar::detail::check_failed(__FILE__, __LINE__, #a " " #op " " #b,             \
                                             fmt::format(": {} against {}", check_a, check_b)); \
    } while (false)
#define CHECK_EQUAL(a, b) CHECK_THAT_OP(a, ==, b)
#define CHECK_AT_MOST(a, b) CHECK_THAT_OP(a, <=, b)
