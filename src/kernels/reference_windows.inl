// The specification of the kernels that walk windows over an image: patches, folding, pooling,
// depthwise convolution.
#pragma once

// Calls visit(output position, element of the window, offset of the image pixel or -1 outside).
template <typename Visit>
void each_window_element(const Window& w, Visit visit) {
    for (int oy = 0; oy < w.out_height; ++oy)
        for (int ox = 0; ox < w.out_width; ++ox)
            for (int ky = 0; ky < w.kernel_height; ++ky)
                for (int kx = 0; kx < w.kernel_width; ++kx) {
                    const int y = oy * w.stride + ky - w.pad, x = ox * w.stride + kx - w.pad;
                    const bool inside = y >= 0 && y < w.in_height && x >= 0 && x < w.in_width;
                    visit(oy * w.out_width + ox, ky * w.kernel_width + kx,
                          inside ? (std::ptrdiff_t{y} * w.in_width + x) * w.channels : -1);
                }
}

void patches(std::int8_t* out, std::ptrdiff_t patch_stride, const std::int8_t* image,
             const Window& w) {
    each_window_element(w, [&](int position, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels; ++c)
            out[position * patch_stride + std::ptrdiff_t{element} * w.channels + c] =
                pixel < 0 ? std::int8_t{0} : image[pixel + c];
    });
}

void window_sums(std::int32_t* sums, const std::int8_t* image, const Window& w) {
    each_window_element(w, [&](int, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels; ++c)
            sums[std::ptrdiff_t{element} * w.channels + c] += pixel < 0 ? 0 : image[pixel + c];
    });
}

void fold(std::int32_t* image, const std::int32_t* patch_sums, const Window& w) {
    const std::ptrdiff_t size = std::ptrdiff_t{w.kernel_height} * w.kernel_width * w.channels;
    each_window_element(w, [&](int position, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels; ++c)
            if (pixel >= 0)
                image[pixel + c] +=
                    patch_sums[position * size + std::ptrdiff_t{element} * w.channels + c];
    });
}

void max_pool(std::int8_t* out, std::uint8_t* which, const std::int8_t* image, const Window& w) {
    const std::ptrdiff_t outputs = std::ptrdiff_t{w.out_height} * w.out_width * w.channels;
    for (std::ptrdiff_t i = 0; i < outputs; ++i)
        out[i] = -128;
    each_window_element(w, [&](int position, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels && pixel >= 0; ++c) {
            const std::ptrdiff_t o = std::ptrdiff_t{position} * w.channels + c;
            if (image[pixel + c] > out[o]) {
                out[o] = image[pixel + c];
                which[o] = static_cast<std::uint8_t>(element);
            }
        }
    });
}

void max_unpool_scatter(std::int8_t* image, const std::int8_t* errors, const std::uint8_t* which,
                        const Window& w) {
    std::memset(image, 0,
                static_cast<std::size_t>(std::ptrdiff_t{w.in_height} * w.in_width * w.channels));
    each_window_element(w, [&](int position, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels && pixel >= 0; ++c) {
            const std::ptrdiff_t o = std::ptrdiff_t{position} * w.channels + c;
            if (which[o] == element) image[pixel + c] = errors[o];
        }
    });
}

void max_unpool_add(std::int32_t* image, const std::int8_t* errors, const std::uint8_t* which,
                    const Window& w) {
    each_window_element(w, [&](int position, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels && pixel >= 0; ++c) {
            const std::ptrdiff_t o = std::ptrdiff_t{position} * w.channels + c;
            if (which[o] == element) image[pixel + c] += errors[o];
        }
    });
}

// Elements of the window at an output position that lie inside the image; at least 1.
int inside_count(const Window& w, int oy, int ox) {
    int count = 0;
    for (int ky = 0; ky < w.kernel_height; ++ky)
        for (int kx = 0; kx < w.kernel_width; ++kx) {
            const int y = oy * w.stride + ky - w.pad, x = ox * w.stride + kx - w.pad;
            count += y >= 0 && y < w.in_height && x >= 0 && x < w.in_width;
        }
    return count;
}

void average_pool(std::int8_t* out, const std::int8_t* image, const Window& w) {
    for (int oy = 0; oy < w.out_height; ++oy)
        for (int ox = 0; ox < w.out_width; ++ox)
            for (int c = 0; c < w.channels; ++c) {
                int sum = 0;
                for (int ky = 0; ky < w.kernel_height; ++ky)
                    for (int kx = 0; kx < w.kernel_width; ++kx) {
                        const int y = oy * w.stride + ky - w.pad, x = ox * w.stride + kx - w.pad;
                        if (y >= 0 && y < w.in_height && x >= 0 && x < w.in_width)
                            sum += image[(std::ptrdiff_t{y} * w.in_width + x) * w.channels + c];
                    }
                const int n = inside_count(w, oy, ox);
                *out++ = static_cast<std::int8_t>((sum * ((65536 + n / 2) / n) + 32768) >> 16);
            }
}

void average_unpool(std::int32_t* image, const std::int8_t* errors, const Window& w) {
    each_window_element(w, [&](int position, int, std::ptrdiff_t pixel) {
        const int n = inside_count(w, position / w.out_width, position % w.out_width);
        for (int c = 0; c < w.channels && pixel >= 0; ++c)
            image[pixel + c] +=
                errors[std::ptrdiff_t{position} * w.channels + c] * ((256 + n / 2) / n);
    });
}

void depthwise(std::int32_t* sums, const std::int8_t* image, const std::int8_t* kernel,
               const Window& w) {
    const std::ptrdiff_t outputs = std::ptrdiff_t{w.out_height} * w.out_width * w.channels;
    for (std::ptrdiff_t i = 0; i < outputs; ++i)
        sums[i] = 0;
    each_window_element(w, [&](int position, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels && pixel >= 0; ++c)
            sums[std::ptrdiff_t{position} * w.channels + c] +=
                image[pixel + c] * kernel[std::ptrdiff_t{element} * w.channels + c];
    });
}

void depthwise_back(std::int32_t* image, const std::int8_t* errors, const std::int8_t* kernel,
                    const Window& w) {
    const std::ptrdiff_t inputs = std::ptrdiff_t{w.in_height} * w.in_width * w.channels;
    for (std::ptrdiff_t i = 0; i < inputs; ++i)
        image[i] = 0;
    each_window_element(w, [&](int position, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels && pixel >= 0; ++c)
            image[pixel + c] += errors[std::ptrdiff_t{position} * w.channels + c] *
                                kernel[std::ptrdiff_t{element} * w.channels + c];
    });
}

void depthwise_gradient(std::int32_t* gradient, std::int32_t* input_sum, const std::int8_t* errors,
                        const std::int8_t* image, const Window& w) {
    each_window_element(w, [&](int position, int element, std::ptrdiff_t pixel) {
        for (int c = 0; c < w.channels && pixel >= 0; ++c) {
            const std::ptrdiff_t synapse = std::ptrdiff_t{element} * w.channels + c;
            gradient[synapse] +=
                errors[std::ptrdiff_t{position} * w.channels + c] * image[pixel + c];
            input_sum[synapse] += image[pixel + c];
        }
    });
}
