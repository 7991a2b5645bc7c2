// A network while it takes over the weights of a foreign one, layer by layer from the image on.
#pragma once

#include <functional>
#include <vector>

#include "weights/carry.hpp"
#include "weights/layer_sums.hpp"

namespace crossbar {

// A layer whose levels are in the array, and its sums over training images.
struct WrittenLayer {
    std::size_t index;
    const ForeignLayer& from;
    const LayerSums& sums;
    std::vector<double> scale;  // the file's value of an output is scale * sum + offset
    bool rectified;             // none but what is above 0 is read
    bool summed;                // it is added to others
};

// What its outputs are to be.
using OutputsOf = std::function<OutputMoments(const WrittenLayer&)>;

class Carrier {
  public:
    // All must outlive it.
    Carrier(const ForeignNetwork& foreign, const Carrying& how, const Plan& plan,
            const Dataset& train, Network& network, const Compute& compute);

    // `shared`: the unit of maps that are added up; 0: that of the first of them.
    Carried carry(const OutputsOf& outputs, double shared);

    // The unit by which these moments and this range fit the layer's activations.
    double unit_for(std::size_t index, const OutputMoments& outputs) const;

    // The unit of maps that are added up by which the moments of all of them fit; 0: there are
    // none.
    double shared_unit(const std::vector<OutputMoments>& outputs) const;

  private:
    bool normalised(std::size_t index) const;
    std::vector<double> weights_of(std::size_t index) const;
    Quantised quantised(std::size_t index, const std::vector<double>& weights) const;
    void write(std::size_t index, const std::vector<std::int16_t>& levels);
    CarriedLayer carry_layer(std::size_t stage, const OutputsOf& outputs);
    void scale_alone(std::size_t stage, double step);
    void normalise(std::size_t stage, const Quantised& q, const OutputsOf& outputs);
    void set_statistics(std::size_t index, const LayerSums& sums, OutputMoments want);
    void set_learnt(BatchNorm& norm, std::size_t output, double scale, double shift) const;
    int constant_for(std::size_t index, double unit) const;
    CarriedLayer told(std::size_t index, const std::vector<double>& weights,
                      const Quantised& q) const;
    double unit_of(int stage) const { return units_[static_cast<std::size_t>(stage) + 1]; }

    const ForeignNetwork& foreign_;
    const Carrying& how_;
    const Plan& plan_;
    const Dataset& train_;
    Network& net_;
    const Compute& compute_;
    Workspace work_;
    std::vector<bool> summed_;   // of the image, then of stages: whether it is added to others
    std::vector<double> units_;  // in the same order: the file's value = unit * ours
    double shared_ = 0, constant_ = 0, gain_ = 0;
};

}  // namespace crossbar
