#include "network/pool.hpp"

#include <algorithm>

namespace crossbar {

void pool(const Stage& stage, const Tensor& in, StageWorkspace& sp, const Compute& compute) {
    const bool max = stage.kind == StageKind::max_pool;
    sp.out.resize(in.count, stage.out);
    sp.out.exponent = in.exponent;
    if (max) ensure(sp.which, sp.out.size());
    compute.threads.share(in.count, 1, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i) {
            if (max)
                compute.kernels.max_pool(sp.out.at(i), sp.which.data() + i * sp.out.item(),
                                         in.at(i), stage.window);
            else
                compute.kernels.average_pool(sp.out.at(i), in.at(i), stage.window);
        }
    });
}

void unpool(const Stage& stage, std::size_t index, const StageWorkspace& sp,
            const DeltaFormat& format, Workspace& work, const Compute& compute) {
    const Kernels& k = compute.kernels;
    Tensor &above = work.delta, &delta = work.delta_below;
    const bool max = stage.kind == StageKind::max_pool;
    const Window& w = stage.window;
    delta.resize(work.count, stage.in);
    if (max && w.stride >= w.kernel_height && w.stride >= w.kernel_width) {
        // No pixel has two windows: deltas move, nothing is added, nothing needs narrowing.
        delta.exponent = above.exponent;
        compute.threads.share(work.count, 1, [&](std::size_t first, std::size_t last, int) {
            for (std::size_t i = first; i < last; ++i)
                k.max_unpool_scatter(delta.at(i), above.at(i), sp.which.data() + i * sp.out.item(),
                                     w);
        });
        return std::swap(above, delta);
    }
    ensure(work.wide_delta, delta.size());
    for (Scratch& s : work.scratch)
        s.largest = 0;
    compute.threads.share(work.count, 1, [&](std::size_t first, std::size_t last, int thread) {
        std::uint32_t& largest = work.scratch[static_cast<std::size_t>(thread)].largest;
        for (std::size_t i = first; i < last; ++i) {
            std::int32_t* image = work.wide_delta.data() + i * delta.item();
            std::fill_n(image, delta.item(), 0);
            if (max)
                k.max_unpool_add(image, above.at(i), sp.which.data() + i * sp.out.item(), w);
            else
                k.average_unpool(image, above.at(i), w);
            largest = std::max(largest, k.largest(image, delta.item()));
        }
    });
    std::uint32_t largest = 0;
    for (const Scratch& s : work.scratch)
        largest = std::max(largest, s.largest);
    // average_unpool's weights have 8 fractional bits.
    narrow_deltas(work.wide_delta.data(), largest, delta, above.exponent - (max ? 0 : 8), format,
                  static_cast<std::uint32_t>(0x1000 + index), work, compute);
    std::swap(above, delta);
}

}  // namespace crossbar
