// Windows over float maps: patches, their fold, pooling and depthwise products with their way back.
// One image at a time, NHWC.
#pragma once

#include <cstdint>

#include "kernels/kernels.hpp"

namespace crossbar {

// Row p of out is the window at position p: kernel_height x kernel_width x channels, zero outside.
void float_patches(float* out, const float* image, const Window& window);

// Adds patch sums into an image.
void float_fold(float* image, const float* patches, const Window& window);

// The largest of each window and which element of the image it was (the first of equals).
void float_max_pool(float* out, std::int32_t* which, const float* image, const Window& window);

// The mean of each window over the elements inside the image, and the way back of its deltas,
// added.
void float_average_pool(float* out, const float* image, const Window& window);
void float_average_unpool(float* image, const float* deltas, const Window& window);

// Each channel with a kernel of its own, elements x channels: as in Kernels, but all is added.
void float_depthwise(float* sums, const float* image, const float* kernel, const Window& window);
void float_depthwise_back(float* image, const float* deltas, const float* kernel,
                          const Window& window);
void float_depthwise_gradient(float* gradient, const float* deltas, const float* image,
                              const Window& window);

}  // namespace crossbar
