// Groups of runs put into studies: each in one, under the name that it was stored with, and within
// a study into comparisons, which have few axes.
#pragma once

#include <string>
#include <vector>

#include "report/axes.hpp"
#include "report/results.hpp"

namespace crossbar::sim {

// What one table and its charts tell: groups that are of one kind of images and of one kind of
// test.
struct Comparison {
    std::vector<const Group*> groups;
    Axes axes;
    std::string title = {};  // of an experiment of the paper; else empty
};

struct StudyResults {
    std::string id;     // for links; unique
    std::string title;  // "voters", or what a built-in experiment asks
    std::vector<Group> groups;
    std::vector<Comparison> parts;  // of the groups above
};

// The built-in experiments of the paper together (columns that several have are a part of each),
// each ablation, then every store's own runs by the name of the store. A group is in the study that
// most of its runs were made for first.
std::vector<StudyResults> studies_of(const std::vector<Group>& groups);

// Grids are kept whole; settings that were changed one at a time become a comparison each; what
// is neither becomes one list.
std::vector<Comparison> comparisons_of(const std::vector<const Group*>& groups);

// "mnist, real images": of all groups, which are alike in it.
std::string kind_text(const Comparison& part);

}  // namespace crossbar::sim
