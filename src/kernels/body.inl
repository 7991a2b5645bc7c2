// Every algorithm once, for all SIMD instruction sets. An isa_*.cpp file defines Lanes, a struct of
// one-line primitives, opens its target region and includes this file inside its own anonymous
// namespace, so that nothing compiled here can be shared with code for an older machine. For the
// same reason nothing here calls a std:: template. Most element-wise kernels are plain loops that
// the compiler vectorises for the target; Lanes serves where it does not. The specification is
// reference.cpp.

#include "depthwise.inl"
#include "device.inl"
#include "elementwise.inl"
#include "normalise.inl"
#include "pack.inl"
#include "product.inl"
#include "tiles.inl"
#include "update.inl"
#include "windows.inl"

constexpr Kernels table(const char* name, const char* summary, bool (*available)()) {
    return {
        name,
        summary,
        available,
        packed_bytes,
        pack,
        product,
        product_of_runs,
        transpose,
        patches,
        window_sums,
        fold,
        max_pool,
        max_unpool_scatter,
        max_unpool_add,
        average_pool,
        average_unpool,
        depthwise,
        depthwise_back,
        depthwise_gradient,
        round_inputs,
        bit_plane,
        convert,
        add_noise,
        add_weighed,
        relu,
        relu_mask,
        largest,
        narrow,
        largest_sum,
        narrow_sum,
        random_halves,
        moments,
        normalise,
        delta_moments,
        normalise_delta,
        centre,
        signs,
        update<std::int8_t>,
        update<std::int16_t>,
        pulses8,
        program,
    };
}
