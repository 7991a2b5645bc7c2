// Testing a trained network: errors, loss, confusion.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "crossbar/dataset.hpp"
#include "crossbar/loss.hpp"
#include "crossbar/network.hpp"
#include "crossbar/pass.hpp"

namespace crossbar {

struct Evaluation {
    Tally tally;
    std::vector<std::uint64_t> confusion;  // classes x classes: [label][predicted]
};

// All images of `data`, in order, `evaluation_batch` at a time, with running statistics. The
// network is not changed.
Evaluation evaluate(const Network& network, const Dataset& data, Pass& pass,
                    const Compute& compute);

}  // namespace crossbar
