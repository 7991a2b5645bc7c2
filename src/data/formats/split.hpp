// Which images train and which test, where the set itself does not say: the Split rule of
// readers.hpp. By the images' numbers alone, so that it is the same for folders, lists and sounds.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "base/random_address.hpp"
#include "data/readers.hpp"

namespace crossbar {

// The numbers 0..count-1 of a stream in random order: by 64 random bits each, then by number.
std::vector<std::size_t> random_order(const Stream& stream, std::size_t count);

// Of classes with these many images, the numbers of those that the task takes, in ascending order:
// all of them when there are no more than the task has; else those with at least
// split.least_per_class, in random order by (Purpose::split, 1, 0, class), the first `classes`.
std::vector<std::size_t> chosen_classes(std::span<const std::size_t> images, int classes,
                                        const Split& split);

struct Parts {
    std::vector<std::size_t> train, test;  // numbers of images, in random order
};

// The images of one label in random order by (Purpose::split, 0, label, image): the first
// train_per_class train, the next test_per_class test. A class with fewer images fills the training
// part first. Train 0: all but those that test; test 0: all that are left.
Parts split_class(std::size_t label, std::size_t images, const Split& split);

// The items of all labels, one of each label at a time, each with its label: so that the first
// items are of all labels alike.
template <typename Item>
std::vector<std::pair<std::size_t, Item>> round_robin(
    const std::vector<std::vector<Item>>& items_of_label) {
    std::vector<std::pair<std::size_t, Item>> items;
    bool more = true;
    for (std::size_t rank = 0; more; ++rank) {
        more = false;
        for (std::size_t label = 0; label < items_of_label.size(); ++label) {
            if (rank >= items_of_label[label].size()) continue;
            items.emplace_back(label, items_of_label[label][rank]);
            more = true;
        }
    }
    return items;
}

}  // namespace crossbar
