// Other people's matrix products, for bench_product: whatever of OpenBLAS and oneDNN this build
// found. Both are held to one thread.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "kernels/kernels.hpp"

namespace crossbar::bench {

struct Peer {
    const char* name;
    // The operands' signs that it can do; nothing: any.
    std::optional<Unsigned> only_for;
    // A product c[m][n] = a[m][depth] * b, ready to run; b lies as the peer likes it best.
    std::function<void()> (*make)(int m, int n, int depth);
};

// Prints what is missing, once, to standard error.
std::span<const Peer> peers();

}  // namespace crossbar::bench
