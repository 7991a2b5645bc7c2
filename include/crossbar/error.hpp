// What the library throws. Nothing of it ends a program.
//
//     try {
//         crossbar::Session session("minst");
//     } catch (const crossbar::Error& error) {
//         std::cerr << error.what() << '\n';  // ... did you mean 'mnist'? ...
//     }
#pragma once

#include <stdexcept>

#include "crossbar/export.hpp"

namespace crossbar {

// A user's mistake (a file, a setting, a value): says what was wrong, what was expected and what to
// do.
class CROSSBAR_API Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A mistake in this library or in how a program calls it: says which condition did not hold, and
// where.
class CROSSBAR_API LogicError : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

}  // namespace crossbar
