// load_batch, pack_network, forward, backward, update: a training step.
#include "training/trainer.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/check.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "network/buffers.hpp"
#include "network/layer.hpp"
#include "network/stage.hpp"
#include "training/pulses.hpp"
#include "training/update.hpp"

namespace crossbar {
namespace {

// Batch normalisation takes the mean off the deltas of a channel, and with it what all classes have
// in common. Without it, that must not come into being.
bool normalises(const Network& net) {
    return std::any_of(net.layers.begin(), net.layers.end(),
                       [](const Layer& layer) { return layer.norm.mode != BatchNormMode::none; });
}

// What the tiles of each layer read at most in this batch, of all processes.
void share_largest_read(const Network& net, Workspace& work, const Compute& compute) {
    const bool tiles = std::any_of(net.layers.begin(), net.layers.end(), [](const Layer& layer) {
        return bool(layer.tiles) || bool(layer.feedback_tiles);
    });
    if (!compute.processes || !tiles) return;
    std::vector<std::int64_t> largest;
    for (const LayerWorkspace& lp : work.layers)
        largest.insert(largest.end(), {lp.forward_tiles.largest, lp.feedback_tiles.largest});
    compute.processes->max(largest);
    for (std::size_t i = 0; i < work.layers.size(); ++i) {
        work.layers[i].forward_tiles.largest = static_cast<std::int32_t>(largest[2 * i]);
        work.layers[i].feedback_tiles.largest = static_cast<std::int32_t>(largest[2 * i + 1]);
    }
}

// Of a batch, over all processes.
Metrics sum_of(Metrics m, const Compute& compute) {
    std::array<std::int64_t, 3> all{static_cast<std::int64_t>(m.images),
                                    static_cast<std::int64_t>(m.wrong), m.loss};
    compute.sum_over_processes(all);
    return {static_cast<std::uint64_t>(all[0]), static_cast<std::uint64_t>(all[1]), all[2]};
}

void load_images(const Network& net, const Dataset& data, std::span<const std::uint32_t> images,
                 const EpochView& view, Workspace& work, const Compute& compute) {
    check_augmentation(view.how, net.input);
    work.count = work.whole_count = images.size();
    work.input.resize(images.size(), net.input);
    work.input.exponent = -bit_width(static_cast<std::uint64_t>(net.input_top));
    work.labels.resize(images.size());
    compute.threads.share(images.size(), 8, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i) {
            std::int8_t* to = work.input.at(i);
            // A view's pixels may lie where their activations will.
            const std::uint8_t* pixels =
                seen_image(data, images[i], view, reinterpret_cast<std::uint8_t*>(to));
            const int top = net.input_top;  // at most 127, so 16 bits hold the product
            for (std::size_t p = 0; p < net.input.size(); ++p)
                to[p] = static_cast<std::int8_t>(static_cast<std::uint16_t>(pixels[p] * top + 127) /
                                                 255);
            work.labels[i] = data.labels[images[i]];
        }
    });
}

}  // namespace

void load_batch(const Network& net, const Dataset& data, std::span<const std::uint32_t> images,
                Workspace& work, const Compute& compute) {
    check_images(data, images, net.input, net.classes);
    load_images(net, data, images, {}, work, compute);
}

void load_part(const Network& net, const Dataset& data, std::span<const std::uint32_t> batch,
               Workspace& work, const Compute& compute, const EpochView& view) {
    check_images(data, batch, net.input, net.classes);
    // A voter's images are all on one process.
    const auto voters = static_cast<std::size_t>(work.voting.voters);
    const std::size_t units = voters != 0 ? voters : batch.size();
    const Stretch own = compute.own_part(units);
    const std::size_t first = batch.size() * own.first / units,
                      last = batch.size() * own.last / units;
    load_images(net, data, batch.subspan(first, last - first), view, work, compute);
    work.first_image = first;
    work.whole_count = batch.size();
}

void pack_network(const Network& net, bool with_feedback, Workspace& work, const Compute& compute) {
    compute.threads.share(2 * net.layers.size(), 1, [&](std::size_t first, std::size_t last, int) {
        // From the last layer on, since the large dense ones should start first.
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t layer = net.layers.size() - 1 - i / 2;
            if (i % 2 == 0)
                pack_forward(net.layers[layer], work.layers[layer], compute.kernels);
            else if (with_feedback && net.layers[layer].passes_delta)
                pack_feedback(net.layers[layer], work.layers[layer], compute.kernels);
        }
    });
}

void forward(const Network& net, Workspace& work, const Compute& compute) {
    for (std::size_t i = 0; i < net.stages.size(); ++i)
        forward_stage(net, i, work, compute);
}

void forward(const DeployedNetwork& net, Workspace& work, const Compute& compute) {
    for (std::size_t i = 0; i < net.stages.size(); ++i)
        forward_stage(net, i, work, compute);
}

ReadOut read_out(const Network& net, const Workspace& work) {
    const Layer& last = net.layers.back();
    const Tensor& in = work.output(net.stages.back().inputs[0]);
    return {net.gain, in.exponent + last.forward.exponent + last.sum_shift};
}

Metrics backward(const Network& net, const Plan& plan, std::uint64_t step, Workspace& work,
                 const Compute& compute) {
    const DeltaFormat format{top_level(plan.error_bits), plan.error_rounding, plan.seed, step,
                             !normalises(net),           plan.label_smoothing};
    const Metrics metrics = loss_and_delta(read_out(net, work), format, work, compute);
    for (std::size_t b = 0; b < work.deltas.size(); ++b)
        ensure(work.deltas[b].data, work.count * work.backward.buffers[b]);
    for (std::size_t n = 0; n < work.backward.steps.size(); ++n) {
        backward_step(net, n, format, work, compute);
        move_exchanges(net, work, compute);
    }
    finish_exchanges(net, work, compute);
    return metrics;
}

void update(Network& net, const Plan& plan, int epoch, std::uint64_t step, Workspace& work,
            const Compute& compute) {
    share_largest_read(net, work, compute);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        Layer& layer = net.layers[i];
        const bool last = i + 1 == net.layers.size();
        leak_layer(layer, i, plan, step, work, compute);
        if (layer.learns) update_layer(layer, i, last, plan, epoch, step, work, compute);
        if (layer.norm.mode != BatchNormMode::none)
            blend(layer.norm, work.layers[i].statistics);
        else
            layer.scale = work.layers[i].scale;
        if (layer.tiles.adapts())
            update_adc_range(*layer.tiles.tiles, work.layers[i].forward_tiles.largest,
                             layer.tiles.seen);
        if (layer.feedback_tiles.adapts() && work.layers[i].feedback_tiles.largest > 0)
            update_adc_range(*layer.feedback_tiles.tiles, work.layers[i].feedback_tiles.largest,
                             layer.feedback_tiles.seen);
    }
}

Metrics train_step(Network& net, const Plan& plan, int epoch, std::uint64_t step,
                   const Dataset& data, std::span<const std::uint32_t> images, Workspace& work,
                   const Compute& compute) {
    work.voting = plan.voting;
    work.seed = plan.seed;
    load_part(net, data, images, work, compute, {plan.augmentation, plan.seed, epoch});
    make_room(net, work.count, work, compute.kernels);
    work.step = step;
    work.signs_suffice = plan.rule->sign_only;
    pack_network(net, true, work, compute);
    forward(net, work, compute);
    const Metrics metrics = backward(net, plan, step, work, compute);
    update(net, plan, epoch, step, work, compute);
    return sum_of(metrics, compute);
}

std::vector<std::uint32_t> epoch_order(std::size_t images, std::uint64_t seed, int epoch) {
    const Stream s = stream(seed, Purpose::shuffle, 0, static_cast<std::uint64_t>(epoch));
    std::vector<std::uint64_t> keys(images);
    for (std::size_t i = 0; i < images; ++i)
        keys[i] = std::uint64_t{random_word(s, 2 * i)} << 32 | random_word(s, 2 * i + 1);
    std::vector<std::uint32_t> order(images);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return keys[a] != keys[b] ? keys[a] < keys[b] : a < b;
    });
    return order;
}

}  // namespace crossbar
