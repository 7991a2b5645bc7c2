// The stand-in for data that are not there: images of a task's geometry, each a function of its
// address (part, index) alone. It lets everything run and be tested without a download; a result on
// it says nothing about the real task, and is labelled synthetic.
#include <algorithm>
#include <numeric>
#include <vector>

#include "base/check.hpp"
#include "data/readers.hpp"
#include "data/standin/stand_ins.hpp"

namespace crossbar {
namespace {

// Every run of `classes` images holds each class once, in random order.
std::vector<std::uint16_t> labels_of_run(const SyntheticPart& part, std::size_t run) {
    std::vector<std::uint16_t> labels(static_cast<std::size_t>(part.classes));
    std::iota(labels.begin(), labels.end(), std::uint16_t{0});
    Draws draws(stream(0, Purpose::synthetic_image, lanes::labels(part.test), run));
    for (std::size_t left = labels.size(); left > 1; --left)
        std::swap(labels[left - 1],
                  labels[static_cast<std::size_t>(draws.below(static_cast<int>(left)))]);
    return labels;
}

bool shows_digits(const SyntheticPart& part) {
    return part.shape.channels == 1 && part.classes == 10 &&
           std::min(part.shape.height, part.shape.width) >= 16;
}

}  // namespace

void render_synthetic(const SyntheticPart& part, std::size_t first, std::span<std::uint8_t> pixels,
                      std::span<std::uint16_t> labels) {
    const std::size_t size = part.shape.size();
    ENSURE_EQUAL(pixels.size(), labels.size() * size);
    const std::size_t classes = static_cast<std::size_t>(part.classes);
    const auto render = shows_digits(part) ? render_digit : render_pattern;
    std::vector<std::uint16_t> run;
    Ink scratch;
    for (std::size_t n = 0; n < labels.size(); ++n) {
        const std::size_t i = first + n;
        if (n == 0 || i % classes == 0) run = labels_of_run(part, i / classes);
        labels[n] = run[i % classes];
        Draws draws(stream(0, Purpose::synthetic_image, lanes::image(part.test), i));
        render(labels[n], part.shape, draws, scratch, pixels.subspan(n * size, size));
    }
}

}  // namespace crossbar
