// Pooling of a batch and the way back of its errors.
#pragma once

#include "crossbar/network.hpp"
#include "crossbar/pass.hpp"

namespace crossbar {

void pool(const Stage& stage, const Tensor& in, StagePass& sp, const Compute& compute);

// Pass::error at the pool's output -> at its input; `index` addresses the rounding.
void unpool(const Stage& stage, std::size_t index, const StagePass& sp, const ErrorFormat& format,
            Pass& pass, const Compute& compute);

}  // namespace crossbar
