// The public Classifier (crossbar/deploy.hpp): a copy of a trained network, run as a test runs it.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.hpp"
#include "crossbar/deploy.hpp"
#include "network/deployed_layer.hpp"
#include "network/loss.hpp"
#include "session/session_state.hpp"
#include "training/trainer.hpp"

namespace crossbar {

namespace {

std::string text_of(const Network& network, const Stage& stage) {
    const Window& w = stage.window;
    const auto pool = [&](const char* name) {
        return fmt::format("{} {}x{}/{}", name, w.kernel_height, w.kernel_width, w.stride);
    };
    switch (stage.kind) {
        case StageKind::convolution:
            return network.layers[static_cast<std::size_t>(stage.layer)].text;
        case StageKind::max_pool:
            return pool("max");
        case StageKind::average_pool:
            return pool("avg");
        case StageKind::relu:
            return "relu";
        case StageKind::add:
            return "add";
        case StageKind::shortcut:
            return fmt::format("shortcut {}/{}", stage.out.channels, w.stride);
    }
    return {};
}

}  // namespace

struct Classifier::State {
    Network network;
    DeployedNetwork deployed;
    const Kernels& kernels;
    Threads threads;
    Workspace work;

    State(const Network& trained, const Kernels& set, int count)
        : network(trained),
          deployed(deploy(network)),
          kernels(set),
          threads(count),
          work(make_workspace(network, threads)) {
        pack_network(network, false, work, compute());
    }
    Compute compute() { return {kernels, threads}; }

    // Calls f(images) for each batch in order, which is then in `work`.
    void batches(std::span<const std::uint8_t> pixels, const auto& f) {
        const Shape& shape = network.input;
        if (pixels.size() % shape.size() != 0)
            fail("{} pixels are not a whole number of images of {}x{}x{}", pixels.size(),
                 shape.height, shape.width, shape.channels);
        Dataset batch{shape, network.classes, {}, {}};
        std::vector<std::uint32_t> images;
        for (std::uint64_t first = 0; !pixels.empty(); first += images.size()) {
            const std::size_t count = std::min(evaluation_batch, pixels.size() / shape.size());
            batch.pixels.assign(pixels.data(), pixels.data() + count * shape.size());
            batch.labels.assign(count, 0);
            images.resize(count);
            std::iota(images.begin(), images.end(), 0u);
            load_batch(network, batch, images, work, compute());
            work.step = random_steps::evaluation + first;
            forward(deployed, work, compute());
            f(count);
            pixels = pixels.subspan(count * shape.size());
        }
    }
    // Calls f(sums of an image, their scale) for each image in order.
    void run(std::span<const std::uint8_t> pixels, const auto& f) {
        const auto classes = static_cast<std::size_t>(network.classes);
        batches(pixels, [&](std::size_t count) {
            for (std::size_t i = 0; i < count; ++i)
                f(std::span(work.logits()).subspan(i * classes, classes), read_out(network, work));
        });
    }
};

Classifier::Classifier(const Session& session) {
    const Run& run = session.state().run;
    check_trained(run);
    state_ = std::make_unique<State>(network_of(run), *run.kernels, run.threads->count());
}
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

Classifier::State& Classifier::state() {
    if (!state_) throw LogicError("this classifier has been moved from");
    return *state_;
}

std::vector<float> Classifier::logits(std::span<const std::uint8_t> pixels) {
    std::vector<float> result;
    state().run(pixels, [&](std::span<const std::int32_t> sums, const ReadOut& scale) {
        for (const std::int32_t sum : sums)
            result.push_back(static_cast<float>(
                std::ldexp(static_cast<double>(sum) * scale.gain, scale.exponent - 10)));
    });
    return result;
}

std::vector<int> Classifier::classify(std::span<const std::uint8_t> pixels) {
    std::vector<int> result;
    state().run(pixels, [&](std::span<const std::int32_t> sums, const ReadOut&) {
        result.push_back(predicted(sums));
    });
    return result;
}

std::vector<StageView> Classifier::activations(std::span<const std::uint8_t> pixels) {
    State& s = state();
    const std::vector<Stage>& stages = s.network.stages;
    const int last = static_cast<int>(stages.size()) - 1;  // whose sums are the logits
    std::vector<StageView> views{{"image", s.network.input, 0, {}}};
    for (int i = 0; i < last; ++i) {
        const Stage& stage = stages[static_cast<std::size_t>(i)];
        views.push_back({text_of(s.network, stage), stage.out, 0, {}});
    }
    const std::vector<int> exponents = exponents_of(s.deployed);
    for (std::size_t i = 0; i < views.size(); ++i)
        views[i].exponent = exponents[i];
    s.batches(pixels, [&](std::size_t count) {
        for (int i = -1; i < last; ++i) {
            const Tensor& out = s.work.output(i);
            std::vector<std::int8_t>& values = views[static_cast<std::size_t>(i + 1)].values;
            values.insert(values.end(), out.at(0), out.at(0) + count * out.item());
        }
    });
    return views;
}

}  // namespace crossbar
