// A trained network for inference alone: no data, no training.
//
//     crossbar::Classifier classifier(session);
//     std::vector<float> logits = classifier.logits(pixels);   // images x classes
//     std::vector<int> classes = classifier.classify(pixels);  // the first of the largest logits
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "crossbar/export.hpp"
#include "crossbar/network_view.hpp"

namespace crossbar {

class Session;

class CROSSBAR_API Classifier {
  public:
    // The network as it is now; it does not follow what the session learns later. Throws LogicError
    // where nothing has been trained.
    explicit Classifier(const Session& session);
    Classifier(Classifier&&) noexcept;
    Classifier& operator=(Classifier&&) noexcept;
    ~Classifier();

    // Of whole images, one behind the other: bytes 0..255 in NHWC order. Throws Error where there
    // is no whole number of them.
    std::vector<float> logits(std::span<const std::uint8_t> pixels);
    std::vector<int> classify(std::span<const std::uint8_t> pixels);

    // What each stage but the last makes of them, the images first: as a test computes it. Takes
    // images x outputs of all stages bytes.
    std::vector<StageView> activations(std::span<const std::uint8_t> pixels);

  private:
    struct State;
    State& state();  // throws LogicError where the classifier has been moved from
    std::unique_ptr<State> state_;
};

}  // namespace crossbar
