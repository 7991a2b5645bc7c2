// Compares what images and synapses will take with the machine's memory.
#include "session/room.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.hpp"
#include "network/notation.hpp"

namespace crossbar {
namespace {

// The least that training holds for a synapse: a level and a sum of gradients; in floats a weight
// and a gradient.
constexpr double fixed_bytes = 5, float_bytes = 8;

// As numbers that no product of sizes can overflow; 0 where the text is wrong.
double synapses_of(const std::string& network, const Shape& image) try {
    double sum = 0;
    for (const StageShapes& stage : shapes_of(parse_network(network), image))
        sum += stage.synapses();
    return sum;
} catch (const Error&) {
    return 0;
}

double memory_of_machine() {
    double bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                   static_cast<double>(::sysconf(_SC_PAGE_SIZE));
    rlimit limit{};
    if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        bytes = std::min(bytes, static_cast<double>(limit.rlim_cur));
    return bytes;
}

}  // namespace

void check_room(const RunSettings& settings, const Task& task, const DataIdentity& data) {
    const Settings& s = settings.training;
    // Of stand-ins only those that are asked for are drawn; files are read whole.
    const bool drawn = data.kind == "synthetic" && settings.holdout == 0;
    const auto count = [&](std::uint64_t asked, std::size_t all) {
        return drawn && asked != 0 ? std::min<std::uint64_t>(asked, all) : all;
    };
    const double images = static_cast<double>(count(settings.train_images, data.train)) +
                          static_cast<double>(count(settings.test_images, data.test));
    const double bytes = images * static_cast<double>(task.shape.size()) +
                         synapses_of(s.network, task.shape) *
                             (s.arithmetic == Arithmetic::fixed ? fixed_bytes : float_bytes);
    const double most = memory_of_machine();
    if (bytes > most)
        fail(
            "the images and synapses of this run take at least {:.1f} GB, and there are {:.1f} GB "
            "here; use a smaller network, or fewer images",
            bytes / 1e9, most / 1e9);
}

}  // namespace crossbar
