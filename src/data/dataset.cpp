// Subsets of labelled images.
#include "data/dataset.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "base/random_address.hpp"

namespace crossbar {
namespace {

void append(Dataset& to, const Dataset& from, std::size_t i) {
    const std::span<const std::uint8_t> image = from.image(i);
    to.pixels.insert(to.pixels.end(), image.begin(), image.end());
    to.labels.push_back(from.labels[i]);
}

Dataset empty_like(const Dataset& set, std::size_t room) {
    Dataset result;
    result.shape = set.shape;
    result.classes = set.classes;
    result.pixels.reserve(room * set.shape.size());
    result.labels.reserve(room);
    return result;
}

}  // namespace

std::uint64_t fingerprint_of(const Dataset& set, std::uint64_t hash) {
    hash = fingerprint(set.pixels.data(), set.pixels.size(), hash);
    return fingerprint(set.labels.data(), set.labels.size() * sizeof set.labels[0], hash);
}

void check_images(const Dataset& set, std::span<const std::uint32_t> images, const Shape& input,
                  int classes) {
    if (images.empty()) fail("a batch has no images, expected at least one");
    if (set.shape != input)
        fail("images of {}x{}x{} do not fit a network for {}x{}x{}", set.shape.height,
             set.shape.width, set.shape.channels, input.height, input.width, input.channels);
    if (set.pixels.size() != set.count() * input.size())
        fail("{} labels and {} pixels do not agree: expected {} pixels per image", set.count(),
             set.pixels.size(), input.size());
    for (const std::uint32_t i : images) {
        if (i >= set.count()) fail("image {} of a batch: there are {}", i, set.count());
        if (set.labels[i] >= classes)
            fail("image {} has the label {}, expected one below the {} classes of the network", i,
                 set.labels[i], classes);
    }
}

Dataset first_images(const Dataset& all, std::size_t count) {
    if (count == 0 || count >= all.count()) return all;
    Dataset result = empty_like(all, 0);
    const auto pixels = static_cast<std::ptrdiff_t>(count * all.shape.size());
    result.pixels.assign(all.pixels.begin(), all.pixels.begin() + pixels);
    result.labels.assign(all.labels.begin(),
                         all.labels.begin() + static_cast<std::ptrdiff_t>(count));
    return result;
}

TaskData hold_out(const Dataset& train, std::size_t holdout) {
    if (holdout >= train.count() && holdout > 0)
        fail(
            "cannot hold out {} images: the training set has {}, and some must remain; hold out "
            "fewer",
            holdout, train.count());
    // Every image has a random number of its own; those with the smallest are held out. The index
    // breaks ties, so the choice never depends on the sorting algorithm.
    const Stream numbers = stream(0, Purpose::holdout, 0, 0);
    std::vector<std::pair<std::uint32_t, std::size_t>> order(train.count());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = {random_word(numbers, i), i};
    const auto middle = order.begin() + static_cast<std::ptrdiff_t>(holdout);
    std::nth_element(order.begin(), middle, order.end());
    std::vector<bool> held(train.count());
    for (auto it = order.begin(); it != middle; ++it)
        held[it->second] = true;

    TaskData result;
    result.train = empty_like(train, train.count() - holdout);
    result.test = empty_like(train, holdout);
    for (std::size_t i = 0; i < train.count(); ++i)
        append(held[i] ? result.test : result.train, train, i);
    return result;
}

}  // namespace crossbar
