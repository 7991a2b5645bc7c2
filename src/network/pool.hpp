// Pooling of a batch and the way back of its deltas.
#pragma once

#include "network/network.hpp"
#include "network/workspace.hpp"

namespace crossbar {

void pool(const Stage& stage, const Tensor& in, StageWorkspace& sp, const Compute& compute);

// Workspace::delta at the pool's output -> at its input; `index` addresses the rounding.
void unpool(const Stage& stage, std::size_t index, const StageWorkspace& sp,
            const DeltaFormat& format, Workspace& work, const Compute& compute);

}  // namespace crossbar
