// Not a part of the training path: angles are real numbers.
#include "analysis/diagnose.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "training/trainer.hpp"

namespace crossbar {
namespace {

constexpr std::size_t sample_size = 500;

const FeedbackScheme& symmetric() {
    const auto schemes = feedback_schemes();
    return *std::find_if(schemes.begin(), schemes.end(), [](const FeedbackScheme& scheme) {
        return scheme.magnitude == Magnitude::forward;
    });
}

// Angle and agreeing signs of two gradients. Where one of them is 0 everywhere there is no angle.
template <typename T>
LayerDiagnosis compare(std::span<const T> by_feedback, std::span<const T> by_forward) {
    LayerDiagnosis d;
    double product = 0, feedback_square = 0, forward_square = 0;
    for (std::size_t i = 0; i < by_feedback.size(); ++i) {
        const auto a = static_cast<double>(by_feedback[i]), b = static_cast<double>(by_forward[i]);
        product += a * b;
        feedback_square += a * a;
        forward_square += b * b;
        d.gradient_signs.counted += a != 0 && b != 0;
        d.gradient_signs.agree += a * b > 0;
    }
    const double lengths = std::sqrt(feedback_square) * std::sqrt(forward_square);
    if (lengths > 0)
        d.angle = std::acos(std::clamp(product / lengths, -1.0, 1.0)) * 180 / std::numbers::pi;
    return d;
}

// Errors through V leave the gradients of every layer in the pass.
void gradients(const Network& network, const Plan& plan, const Dataset& train, Workspace& work,
               const Compute& compute) {
    load_batch(network, train, diagnosis_sample(train.count()), work, compute);
    pack_network(network, true, work, compute);
    forward(network, work, compute);
    backward(network, plan, 0, work, compute);  // steps of training count from 1
}

void gradients(const FloatNetwork& network, const Dataset& train, FloatWorkspace& work,
               const Compute& compute) {
    float_load(network, train, diagnosis_sample(train.count()), work, compute.threads);
    float_forward(network, Mode::train, work, compute.threads);
    float_backward(network, work, compute.threads);
}

// The layers of two passes side by side.
template <typename AnyNetwork, typename AnyPass>
std::vector<LayerDiagnosis> compare_layers(const AnyNetwork& network, const AnyPass& by_feedback,
                                           const AnyPass& by_forward, auto size_of) {
    std::vector<LayerDiagnosis> result;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        LayerDiagnosis d;
        if (const auto& layer = network.layers[i]; layer.learns)
            d = compare(std::span(by_feedback.layers[i].gradient).first(size_of(layer)),
                        std::span(by_forward.layers[i].gradient).first(size_of(layer)));
        result.push_back(d);
    }
    return result;
}

}  // namespace

std::vector<std::uint32_t> diagnosis_sample(std::size_t train_images) {
    std::vector<std::uint32_t> images = epoch_order(train_images, 0, 0);
    images.resize(std::min(images.size(), sample_size));
    return images;
}

std::vector<LayerDiagnosis> diagnose(const Network& network, const Plan& plan, const Dataset& train,
                                     const Compute& compute) {
    Workspace by_feedback = make_workspace(network, compute.threads);
    gradients(network, plan, train, by_feedback, compute);
    Network twin = network;
    for (Layer& layer : twin.layers) {
        layer.feedback.scheme = &symmetric();
        layer.feedback.levels.clear();
        layer.feedback.pulsed.reset();
        layer.feedback.mask.clear();
        layer.feedback_tiles = {};
    }
    Workspace by_forward = make_workspace(twin, compute.threads);
    gradients(twin, plan, train, by_forward, compute);
    std::vector<LayerDiagnosis> result = compare_layers(
        network, by_feedback, by_forward, [](const Layer& layer) { return layer.forward.size(); });
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i].synapse_signs =
            concordance_of(network.layers[i].feedback, network.layers[i].forward);
    return result;
}

std::vector<LayerDiagnosis> diagnose(const FloatNetwork& network, const Dataset& train,
                                     const Compute& compute) {
    FloatWorkspace by_feedback = make_float_workspace(network, compute.threads.count());
    gradients(network, train, by_feedback, compute);
    FloatNetwork twin = network;
    for (FloatLayer& layer : twin.layers) {
        layer.scheme = &symmetric();
        layer.feedback.clear();
    }
    FloatWorkspace by_forward = make_float_workspace(twin, compute.threads.count());
    gradients(twin, train, by_forward, compute);
    std::vector<LayerDiagnosis> result = compare_layers(
        network, by_feedback, by_forward, [](const FloatLayer& layer) { return layer.size(); });
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i].synapse_signs = concordance_of(network.layers[i]);
    return result;
}

}  // namespace crossbar
