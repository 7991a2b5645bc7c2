// The list of instruction sets, best first, and the choice among them.
#include <cstring>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar {
namespace {

const Kernels* const sets[] = {
#if defined(__x86_64__)
    &kernels::avx512vnni, &kernels::avxvnni, &kernels::avx2zen2, &kernels::avx2, &kernels::sse4,
#elif defined(__aarch64__)
    &kernels::neondot, &kernels::neon,
#endif
    &kernels::reference};

// Whether a set that runs here is meant for this machine.
bool suits([[maybe_unused]] const Kernels& set) {
#if defined(__x86_64__)
    if (&set == &kernels::avx2zen2) return __builtin_cpu_is("amdfam17h") != 0;
#endif
    return true;
}

}  // namespace

std::span<const Kernels* const> all_kernels() {
    return sets;
}

const Kernels& best_kernels() {
    for (const Kernels* set : sets)
        if (set->available() && suits(*set)) return *set;
    return kernels::reference;
}

const Kernels* find_kernels(const char* name) {
    for (const Kernels* set : sets)
        if (std::strcmp(set->name, name) == 0) return set;
    return nullptr;
}

}  // namespace crossbar
