// The instruction sets this program is built with; dispatch.cpp lists them best first.
#pragma once

#include "kernels/kernels.hpp"

namespace crossbar::kernels {

#if defined(__x86_64__)
extern const Kernels avx512vnni;
extern const Kernels avxvnni;
extern const Kernels avx2;
extern const Kernels avx2zen2;
extern const Kernels sse4;
#elif defined(__aarch64__)
extern const Kernels neondot;
extern const Kernels neon;
#endif
extern const Kernels reference;

}  // namespace crossbar::kernels
