// A sheet of training images as training sees them: a row each, plain at the left, then one epoch
// after the other.
#pragma once

#include <cstddef>
#include <string>

#include "data/dataset.hpp"
#include "network/plan.hpp"

namespace crossbar::sim {

inline constexpr std::size_t sheet_images = 8;
inline constexpr int sheet_epochs = 9;

// The bytes of the PNG: the first sheet_images images, with what a run of this seed draws. Throws
// Error where nothing is augmented, or pixels are no colours.
std::string augmented_sheet(const Dataset& train, const Augmentation& how, std::uint64_t seed);

}  // namespace crossbar::sim
