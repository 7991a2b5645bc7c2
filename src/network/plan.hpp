// Settings are what a person chooses, in names and real numbers; a Plan is what training uses, in
// integers. plan.cpp is the one place where the first becomes the second, before training starts.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "array/feedback.hpp"
#include "array/quorum.hpp"
#include "array/rule.hpp"
#include "array/target.hpp"
#include "device/device.hpp"

namespace crossbar {

enum class Arithmetic { fixed, floating };
enum class BatchNormMode { none, plain, affine };  // affine: with learnable scale and shift
enum class Rounding { nearest, stochastic };
enum class AtBound { send, spare };  // a pulse that a bound would stop
enum class TrainLayers { all, last, all_but_last };

struct Settings {
    std::string network;
    Arithmetic arithmetic = Arithmetic::fixed;
    int weight_bits = 8;      // 1..16
    int activation_bits = 8;  // 2..8, sign included
    int error_bits = 8;       // 2..8
    int feedback_bits = 8;    // 1..8
    std::string feedback = "frsf";
    double concordance = 1;  // 0..1, for the -p schemes
    SignOfZero sign_of_zero = SignOfZero::keep;
    std::string rule = "bm1";
    BatchNormMode bn = BatchNormMode::plain;
    TrainLayers train_layers = TrainLayers::all;
    Rounding error_rounding = Rounding::nearest;
    Rounding update_rounding = Rounding::stochastic;
    double rate = 0.0024;   // bm: fraction of a synapse's largest level a unit of tau; sgd: eta
    double rate_decay = 1;  // factor per epoch
    std::vector<int> rate_steps;  // epochs after which the rate is divided by 10
    bool cosine = false;          // the rate falls to 0 like half a cosine over all epochs
    int warm_up = 0;              // epochs in which the rate rises to its value
    double label_smoothing = 0;   // share of a target that all classes have alike, 0..0.9
    double momentum = 0.9;        // 0..0.99
    double decay = 0;             // weight decay d
    std::vector<int> quorum;      // bm4, one per epoch, the last goes on; empty: quorum_schedule
    double pulse_budget = 0;      // bm4: pulses per synapse in the whole training, 0.01..1000, from
                                  //   which the quorum follows; 0: none
    Counting counting = Counting::all;  // bm4
    int counter_bits = 10;              // bm4: 2..16, sign included
    int counter_leak = 0;               // bm4: batches after which a counter loses a vote; 0: never
    int counter_share = 1;  // bm4: 1..64 synapses that use a counter in turn, an epoch each
    AtBound at_bound = AtBound::send;  // bm4
    double readout_gain = 0.3;         // logit that one full input gives through the largest level
    double readout_rate = 0.07;  // bm1..bm3: rate of the last layer, as a share of the others'
    double bn_rate = 1;          // not sgd: rate of learnt scales and shifts, the same
    double bn_bound = 1;         // which learnt scales and shifts do not pass
    int voters = 0;         // crossbars that share a batch and send signs, whose majority moves a
                            //   synapse; 0: none, sums of gradients decide
    int faulty_voters = 0;  // of those, send the opposite of each sign
    int random_voters = 0;  // of those, throw coins
    int silent_voters = 0;  // of those, send nothing
    bool one_bit_votes = false;  // a zero throws a coin, so that a vote is one bit
    int bn_images = 2000;  // from which a test takes means and variances anew; 0: those of training
    int augment_crop = 0;  // training images: 0 to so many pixels from the image's place
    bool augment_flip = false;  // half of them mirrored
    int augment_cutout = 0;     // side of a square of zeros
    int augment_rotate = 0;     // degrees, 0..45
    double augment_shift = 0;   // share of height and width, 0..0.5
    int epochs = 1;
    int batch = 100;
    std::uint64_t seed = 1;
};

// A non-negative factor mantissa / 2^shift, 0 <= mantissa < 32768, 0 <= shift <= 31.
struct Factor {
    std::int32_t mantissa = 0;
    std::int32_t shift = 0;
};

// The nearest Factor; 0 <= value < 32768.
Factor factor_of(double value);

// Crossbars that vote: of `voters` in all the first `faulty` are turned over, those behind them
// random, then silent.
struct Voting {
    int voters = 0, faulty = 0, random = 0, silent = 0;
    bool one_bit = false;
};

// Of training images, at most: pixels of crop and cutout, degrees, share of a side * 65536.
struct Augmentation {
    int crop = 0;
    bool flip = false;
    int cutout = 0, rotate = 0, shift = 0;
    bool any() const { return crop != 0 || flip || cutout != 0 || rotate != 0 || shift != 0; }
};

// What the arrays of a layer are made of, and the steps that rates are on its synapses.
struct LayerPlan {
    std::shared_ptr<const DeviceTables> device;             // null: ideal
    std::shared_ptr<const Tiles> tiles, feedback_tiles;     // null: exact
    std::shared_ptr<const FeedbackDevice> feedback_device;  // null: ideal
    int weight_bits;
    std::vector<std::int64_t> sgd_rate;  // an epoch: eta * 2^24
    std::vector<Factor> step;            // an epoch: tau (10 bits) -> 1/65536 level of a synapse
    std::vector<Factor> readout_step;    // the same for the last layer's synapses
};

// Of all layers but those with a plan of their own.
struct Plan : LayerPlan {
    std::map<std::size_t, LayerPlan> own;  // by layer, from 0
    int activation_bits, error_bits, feedback_bits;
    const FeedbackScheme* feedback;
    const Rule* rule;
    std::uint32_t concordance;  // * 65536
    SignOfZero sign_of_zero;
    BatchNormMode bn;
    TrainLayers train_layers;
    Rounding error_rounding, update_rounding;
    std::int32_t momentum;            // * 32768
    std::int64_t decay;               // * 2^32
    std::vector<Factor> affine_step;  // as `step`, for the scale and shift of bn
    int affine_top = 4096;            // their largest level
    std::vector<double> rate;         // an epoch, for the float baseline and for reports
    double readout_rate, bn_rate;     // as set, for the float baseline
    std::int64_t label_smoothing;     // * 2^30
    std::vector<int> quorum;          // an epoch; empty unless bm4 without a budget
    std::int64_t pulse_budget;        // pulses per synapse * 1024; 0: none
    std::uint64_t epoch_batches;      // for pulse_budget and counter_share; 0: not known
    Counting counting;
    int counter_top, counter_leak, counter_share;
    AtBound at_bound;
    Voting voting;
    Augmentation augmentation;
    std::int32_t gain;  // read-out gain * 1024
    int bn_images, epochs, batch;
    std::uint64_t seed;

    const LayerPlan& layer(std::size_t index) const {
        const auto found = own.find(index);
        return found == own.end() ? *this : found->second;
    }
};

// The most votes that a quorum of these settings may ask for.
int most_votes(const Settings& settings);

// Throws Error naming the setting, its value and its range, and for impossible combinations. With a
// device, a step of one level becomes as many pulses as move it that far.
//
// `train_images` tells how many batches an epoch has, which a pulse budget and shared counters go
// by: without it their training is refused. `layers` have hardware and bits of their own.
Plan make_plan(const Settings& settings, const Hardware& hardware = {},
               std::size_t train_images = 0, std::span<const LayerHardware> layers = {});

// Of an epoch: images / batch, rounded up.
std::uint64_t batches_in(std::size_t images, int batch);

}  // namespace crossbar
