// Sets of labelled images (crossbar/dataset.hpp): where they came from, checked, fingerprinted,
// split.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/fingerprint.hpp"
#include "crossbar/dataset.hpp"

namespace crossbar {

// What a run trains and reports on.
struct TaskData {
    Dataset train;
    Dataset test;
    std::string kind;        // "real" or "synthetic": goes into every result
    std::string source;      // the folder the files came from, or what was rendered
    std::string label = {};  // "full", "subset", "reduced" or "other" (task.hpp), or "stand-in"
    std::vector<std::string> class_names = {};  // by label; empty where the files name none
    std::map<std::string, std::size_t> passed_over = {};  // files not used, by the reason why
    std::vector<std::string> notices = {};                // what a person should know of the files
};

// Of pixels, then labels; on from `hash`.
std::uint64_t fingerprint_of(const Dataset& set, std::uint64_t hash = fingerprint_start);

// Throws Error unless `images` (by index) are some, of this set, and each has `input`'s pixels and
// a label below `classes`.
void check_images(const Dataset& set, std::span<const std::uint32_t> images, const Shape& input,
                  int classes);

// The first `count` images; all of them when count is 0 or too large.
Dataset first_images(const Dataset& all, std::size_t count);

// Splits off `holdout` images, chosen by random addresses of a fixed stream (the same images for
// every seed, so that settings are compared on one set): .train holds the rest, .test the held-out.
TaskData hold_out(const Dataset& train, std::size_t holdout);

}  // namespace crossbar
