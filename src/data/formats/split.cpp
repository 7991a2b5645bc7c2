// Draws by random address which images of each class train, or counts them off.
#include "data/formats/split.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace crossbar {
std::vector<std::size_t> random_order(const Stream& stream, std::size_t count) {
    std::vector<std::pair<std::uint64_t, std::size_t>> keyed;
    keyed.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t high = random_word(stream, 2 * i), low = random_word(stream, 2 * i + 1);
        keyed.emplace_back(high << 32 | low, i);
    }
    std::sort(keyed.begin(), keyed.end());
    std::vector<std::size_t> order;
    order.reserve(count);
    for (const auto& [key, i] : keyed)
        order.push_back(i);
    return order;
}

std::vector<std::size_t> chosen_classes(std::span<const std::size_t> images, int classes,
                                        const Split& split) {
    const std::size_t wanted = static_cast<std::size_t>(classes);
    std::vector<std::size_t> chosen;
    if (images.size() <= wanted) {
        chosen.resize(images.size());
        std::iota(chosen.begin(), chosen.end(), std::size_t{0});
        return chosen;
    }
    for (const std::size_t c :
         random_order(stream(0, Purpose::split, lanes::split_classes, 0), images.size()))
        if (chosen.size() < wanted && images[c] >= static_cast<std::size_t>(split.least_per_class))
            chosen.push_back(c);
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

Parts split_class(std::size_t label, std::size_t images, const Split& split) {
    const std::vector<std::size_t> order =
        random_order(stream(0, Purpose::split, lanes::split_images, label), images);
    const std::size_t test = static_cast<std::size_t>(split.test_per_class);
    std::size_t train = static_cast<std::size_t>(split.train_per_class);
    if (train == 0) train = images > test ? images - test : 0;
    train = std::min(train, images);
    const std::size_t end = test == 0 ? images : std::min(images, train + test);
    const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
    return {{at(0), at(train)}, {at(train), at(end)}};
}

}  // namespace crossbar
