// Counts what one image and one batch take, from the shapes of the network's stages.
#include "study/foretold.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "network/notation.hpp"

namespace crossbar::sim {
namespace {

// What else takes as long as so many multiply-accumulates: a value of an activation that is scaled,
// normalised, pooled or packed; a synapse that a batch updates, ideal or a device; a byte of an
// image that is read or drawn; the start of a process; in floats, each. From times of the networks
// of the built-in tasks.
constexpr double per_value = 60, per_synapse = 60, per_device = 300, per_byte = 3000,
                 per_run = 1e10, in_floats = 4;

struct Counts {
    double macs = 0, values = 0, synapses = 0;
};

// Of a text that is wrong in itself: nothing. It is refused where the run is made.
Counts counts_of(const std::string& network, const Shape& image) try {
    Counts counts;
    for (const StageShapes& stage : shapes_of(parse_network(network), image)) {
        counts.values += static_cast<double>(stage.out.size());
        counts.synapses += stage.synapses();
        counts.macs += stage.synapses() * stage.window.out_height * stage.window.out_width;
    }
    return counts;
} catch (const Error&) {
    return {};
}

}  // namespace

ImageNumbers images_of(const RunSettings& settings, const DataIdentity& data) {
    const auto at_most = [](std::uint64_t asked, std::uint64_t all) {
        return static_cast<std::size_t>(asked == 0 ? all : std::min(asked, all));
    };
    const std::uint64_t held = std::min<std::uint64_t>(settings.holdout, data.train);
    return {at_most(settings.train_images, data.train - held),
            at_most(settings.test_images, held != 0 ? held : data.test)};
}

double operations_of(const RunSettings& settings, const Task& task, const Hardware& hardware,
                     const ImageNumbers& images) {
    const Settings& s = settings.training;
    const Counts c = counts_of(s.network, task.shape);
    const auto train = static_cast<double>(images.train), test = static_cast<double>(images.test);
    const double batches = (train + s.batch - 1) / s.batch;
    const double each = s.arithmetic == Arithmetic::floating ? in_floats : 1;
    const double forward = each * (c.macs + per_value * c.values);
    // Forward, backward, and the gradient.
    const double epoch =
        3 * forward * train + forward * (test + std::min<double>(s.bn_images, train)) +
        batches * c.synapses * std::max(s.voters, 1) * (hardware.device ? per_device : per_synapse);
    const double tested = s.epochs == 0 ? forward * test : 0;
    return per_run + tested + s.epochs * epoch +
           per_byte * (train + test) * static_cast<double>(task.shape.size());
}

}  // namespace crossbar::sim
