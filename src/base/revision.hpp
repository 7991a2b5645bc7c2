// Which arithmetic a result came from. Runs of another revision are other runs, whatever their
// settings.
#pragma once

#include <cstdint>

namespace crossbar {

// The fingerprint of tests/signature.txt, which a test holds it against: whoever changes the
// signatures of training changes this number with them.
inline constexpr std::uint64_t arithmetic_revision = 0xab05476b2512685b;

}  // namespace crossbar
