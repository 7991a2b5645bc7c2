// Checks settings together, then turns each into the integer that training uses.
#include "network/plan.hpp"

#include <cmath>

#include "base/check.hpp"
#include "base/fixed.hpp"
#include "network/ranges.hpp"

namespace crossbar {
namespace {

void in_range(std::string_view name, double value, double low, double high) {
    if (!(value >= low && value <= high))
        fail("--{} {} is out of range: expected {} to {}", name, value, low, high);
}

template <typename Row>
const Row& row_named(std::span<const Row> table, const std::string& name, const char* option) {
    for (const Row& row : table)
        if (name == row.name) return row;
    fail("--{} {} is not known", option, name);
}

void check_ranges(const Settings& s) {
    if (s.pulse_budget != 0)  // in steps of 1/1024
        in_range("pulse-budget", s.pulse_budget, 0.01, range_of("pulse-budget").high);
    if (s.augment_shift != 0)  // in steps of 1/65536
        in_range("augment-shift", s.augment_shift, 0.001, range_of("augment-shift").high);
    for (const Range& range : ranges)
        in_range(range.name, range.value(s), range.low, range.high);
}

// Of bm4.
void check_votes(const Settings& s, const Plan& plan) {
    for (const int quorum : plan.quorum)
        if (quorum < 1 || quorum > most_votes(s))
            fail(
                "--quorum {} does not fit a counter of {} bits: expected 1 to {}, or more "
                "--counter-bits, or --counting sampled",
                quorum, s.counter_bits, most_votes(s));
    if (s.decay != 0)
        fail("--decay {} has no meaning with --rule bm4, whose synapses do not decay", s.decay);
    if (s.pulse_budget != 0 && !s.quorum.empty())
        fail("--pulse-budget {} and --quorum exclude each other: the budget sets the quorum",
             s.pulse_budget);
    if (s.arithmetic == Arithmetic::floating &&
        (s.pulse_budget != 0 || s.counting != Counting::all || s.counter_leak != 0 ||
         s.counter_share != 1 || s.at_bound != AtBound::send))
        fail(
            "--arithmetic float counts all votes and sends all pulses: leave --pulse-budget, "
            "--counting, --counter-leak, --counter-share and --at-bound out");
}

// Crossbars that send signs.
void check_voters(const Settings& s, const Plan& plan) {
    const int faulty = s.faulty_voters + s.random_voters + s.silent_voters;
    if (s.voters == 0) {
        if (faulty != 0 || s.one_bit_votes)
            fail(
                "--faulty-voters, --random-voters, --silent-voters and --one-bit-votes belong to "
                "--voters, which is not given");
        return;
    }
    if (!plan.rule->sign_only)
        fail("--voters {}: votes are signs, and --rule {} needs sums of gradients", s.voters,
             s.rule);
    if (s.arithmetic == Arithmetic::floating)
        fail("--voters {}: --arithmetic float does not vote", s.voters);
    if (s.voters > s.batch)
        fail("--voters {} share a batch of {} images: expected at most one each, or more --batch",
             s.voters, s.batch);
    if (faulty > s.voters)
        fail(
            "--faulty-voters {}, --random-voters {} and --silent-voters {} are {}: more than all "
            "{}",
            s.faulty_voters, s.random_voters, s.silent_voters, faulty, s.voters);
}

void check_combinations(const Settings& s, const Plan& plan) {
    check_voters(s, plan);
    if (s.concordance != 1 && !plan.feedback->masked)
        fail(
            "--concordance {} needs a scheme with partial concordance: --feedback brsf-p, frsf-p "
            "or kp",
            s.concordance);
    if (plan.rule->counts_votes) {
        check_votes(s, plan);
        return;
    }
    const auto belongs = [&](const char* option, bool given) {
        if (given) fail("--{} belongs to --rule bm4, but the rule is {}", option, s.rule);
    };
    belongs("quorum", !s.quorum.empty());
    belongs("pulse-budget", s.pulse_budget != 0);
    belongs("counting", s.counting != Counting::all);
    belongs("counter-leak", s.counter_leak != 0);
    belongs("counter-share", s.counter_share != 1);
    belongs("at-bound", s.at_bound != AtBound::send);
}

// cos(pi x), 0 <= x <= 1, by its series: the library's may differ in its last bit between machines,
// and rates go into the signature.
double cosine(double x) {
    const double square = x * x * 9.869604401089358;
    double sum = 0, term = 1;
    for (int n = 2; n <= 40; n += 2) {
        sum += term;
        term *= -square / (n * (n - 1));
    }
    return sum;
}

// Of the rate in an epoch, by the schedule over all of them.
double schedule(const Settings& s, int epoch) {
    const double warm = epoch < s.warm_up ? (epoch + 1.0) / (s.warm_up + 1.0) : 1;
    return s.cosine
               ? warm * (0.5 + 0.5 * cosine(static_cast<double>(epoch) / std::max(s.epochs, 1)))
               : warm;
}

std::vector<double> rates_of(const Settings& s) {
    std::vector<double> rates;
    double rate = s.rate;
    for (int epoch = 0; epoch < std::max(s.epochs, 1); ++epoch) {
        double now = rate * schedule(s, epoch);
        for (const int step : s.rate_steps)
            if (epoch >= step) now /= 10;
        rates.push_back(now);
        rate *= s.rate_decay;
    }
    return rates;
}

// A rate as a step of `levels` pulses a unit of tau: tau has 10 fractional bits, steps have 16.
Factor step_of(const char* what, double rate, double levels) {
    const double step = rate * levels * 64;
    if (step >= 32767)
        fail("{} {} moves {:.0f} levels at once: at most {:.4g} for these synapses", what, rate,
             rate * levels, 32767.0 / 64 / levels);
    return factor_of(step);
}

// The rates of all epochs as steps of these synapses, as each rule takes them.
void set_steps(const Settings& s, const Rule& rule, LayerPlan& plan) {
    const double pulse = plan.device ? plan.device->step : 1.0;  // in levels
    // Pulses that move a synapse from 0 to its largest level.
    const double top = top_synapse_level(s.weight_bits) / pulse;
    for (const double rate : rates_of(s)) {
        plan.sgd_rate.push_back(std::llround(rate * 16777216.0 / pulse));
        if (!rule.sign_only) continue;
        const double pace = rule.counts_votes ? 0 : rate;  // counted votes have no rate
        plan.step.push_back(step_of("--rate", pace, top));
        plan.readout_step.push_back(
            step_of("--rate times --readout-rate,", pace * s.readout_rate, top));
    }
}

// What no layer has of its own.
void set_rates(const Settings& s, Plan& plan) {
    plan.rate = rates_of(s);
    plan.readout_rate = s.readout_rate;
    plan.bn_rate = s.bn_rate;
    plan.affine_top = static_cast<int>(std::lround(s.bn_bound * 4096));
    plan.label_smoothing = std::llround(s.label_smoothing * 1073741824.0);
    if (!plan.rule->sign_only || s.bn != BatchNormMode::affine) return;
    for (const double rate : plan.rate)  // the unit of a learnt scale and shift is 4096 levels
        plan.affine_step.push_back(step_of("--rate times --bn-rate,", rate * s.bn_rate, 4096));
}

std::shared_ptr<const DeviceTables> device_for(const Settings& s,
                                               const std::optional<DeviceSpec>& model) {
    if (!model) return nullptr;
    if (s.arithmetic == Arithmetic::floating)
        fail("--arithmetic float is the control on the ideal target: leave --target out");
    if (s.weight_bits > 8)
        fail("--weight-bits {}: a target with devices has synapses of at most 8 bits",
             s.weight_bits);
    return std::make_shared<const DeviceTables>(
        make_device(*model, top_synapse_level(s.weight_bits), s.seed, s.weight_bits == 1 ? 2 : 1));
}

std::shared_ptr<const Tiles> tiles_for(const Settings& s, const std::optional<TileSpec>& model,
                                       int input_bits, int weight_top) {
    if (!model) return nullptr;
    if (s.arithmetic == Arithmetic::floating)
        fail("--arithmetic float is the control on the ideal target: leave --target out");
    if (s.weight_bits > 8)
        fail("--weight-bits {}: a target with tiles has synapses of at most 8 bits", s.weight_bits);
    return std::make_shared<const Tiles>(make_tiles(*model, top_level(input_bits), weight_top));
}

std::shared_ptr<const FeedbackDevice> feedback_device_for(
    const Settings& s, const std::optional<FeedbackSpec>& model) {
    if (!model) return nullptr;
    if (s.arithmetic == Arithmetic::floating)
        fail("--arithmetic float is the control on the ideal target: leave --target out");
    return std::make_shared<const FeedbackDevice>(make_feedback_device(*model, s.seed));
}

// Feedback synapses that get the pulses of forward ones.
void check_pulsed(const Settings& s, const Hardware& hardware) {
    if (s.weight_bits > 8)
        fail(
            "--feedback {}: pulses go to feedback synapses of at most 8 bits, and --weight-bits is "
            "{}; give 1 to 8, or --feedback nfrsf, which copies signs",
            s.feedback, s.weight_bits);
    if (hardware.feedback_device)
        fail(
            "--feedback {}: [feedback_device] of the target describes synapses that signs are "
            "copied to, and these get the pulses of the forward ones, on devices like theirs; "
            "leave its keys out, or give --feedback frsf",
            s.feedback);
}

// The arrays of layers with these bits and this hardware.
LayerPlan arrays_of(const Settings& s, const Hardware& hardware) {
    if (hardware.inference && s.arithmetic == Arithmetic::floating)
        fail("--arithmetic float is the control on the ideal target: leave --target out");
    if (hardware.inference && hardware.tiles && hardware.tiles->slice_bits != 0)
        fail(
            "[tiles] slice_bits and [inference] exclude each other: written conductances are read "
            "whole");
    LayerPlan plan{};
    plan.device = device_for(s, hardware.device);
    plan.tiles = tiles_for(s, hardware.tiles, s.activation_bits, top_synapse_level(s.weight_bits));
    plan.feedback_device = feedback_device_for(s, hardware.feedback_device);
    const Magnitude back = row_named(feedback_schemes(), s.feedback, "feedback").magnitude;
    const bool like_forward = back == Magnitude::forward || back == Magnitude::pulsed;
    if (back == Magnitude::pulsed) check_pulsed(s, hardware);
    plan.feedback_tiles =
        tiles_for(s, hardware.feedback_tiles, s.error_bits,
                  like_forward ? top_synapse_level(s.weight_bits) : top_level(s.feedback_bits));
    plan.weight_bits = s.weight_bits;
    return plan;
}

// Layers with bits and hardware of their own, by the other settings of the network.
void set_own(Settings s, std::span<const LayerHardware> layers, Plan& plan) {
    if (!layers.empty() && s.arithmetic == Arithmetic::floating)
        fail("--layer: float synapses have neither bits nor devices; leave --layer out");
    for (const LayerHardware& layer : layers)
        try {
            s.weight_bits = layer.weight_bits;
            check_ranges(s);
            LayerPlan own = arrays_of(s, layer.hardware);
            set_steps(s, *plan.rule, own);
            plan.own.emplace(layer.layer, std::move(own));
        } catch (const Error& error) {
            fail("--layer {}: {}", layer.layer + 1, error.what());
        }
}

// Those of the layer that has the fewest, which what is usual goes by.
int fewest_bits(const Settings& s, std::span<const LayerHardware> layers) {
    int fewest = s.weight_bits;
    for (const LayerHardware& layer : layers)
        fewest = std::min(fewest, layer.weight_bits);
    return fewest;
}

Augmentation augmentation_of(const Settings& s) {
    return {s.augment_crop, s.augment_flip, s.augment_cutout, s.augment_rotate,
            static_cast<int>(std::lround(s.augment_shift * 65536))};
}

}  // namespace

Factor factor_of(double value) {
    ENSURE(value >= 0 && value < 32768);
    Factor f;
    while (f.shift < 31 && value * 2 < 32767) {
        value *= 2;
        ++f.shift;
    }
    f.mantissa = static_cast<std::int32_t>(std::floor(value + 0.5));
    return f;
}

std::uint64_t batches_in(std::size_t images, int batch) {
    const auto size = static_cast<std::size_t>(batch);
    return (images + size - 1) / size;
}

int most_votes(const Settings& s) {
    return s.counting == Counting::sampled ? top_count(16) : top_count(s.counter_bits);
}

Plan make_plan(const Settings& s, const Hardware& hardware, std::size_t train_images,
               std::span<const LayerHardware> layers) {
    check_ranges(s);
    Plan plan{};
    static_cast<LayerPlan&>(plan) = arrays_of(s, hardware);
    plan.feedback = &row_named(feedback_schemes(), s.feedback, "feedback");
    plan.rule = &row_named(rules(), s.rule, "rule");
    plan.counter_top = top_count(s.counter_bits);
    plan.counter_leak = s.counter_leak;
    plan.counting = s.counting;
    plan.counter_share = s.counter_share;
    plan.at_bound = s.at_bound;
    plan.voting = {s.voters, s.faulty_voters, s.random_voters, s.silent_voters, s.one_bit_votes};
    plan.pulse_budget = std::llround(s.pulse_budget * 1024);
    plan.quorum = s.quorum;
    if (plan.rule->counts_votes && s.quorum.empty() && s.pulse_budget == 0)
        plan.quorum = quorum_schedule(fewest_bits(s, layers), s.epochs, most_votes(s));
    check_combinations(s, plan);
    if (plan.rule->sign_only) in_range("rate", s.rate, 0, 1);
    plan.activation_bits = s.activation_bits;
    plan.error_bits = s.error_bits;
    plan.feedback_bits = s.feedback_bits;
    plan.concordance = static_cast<std::uint32_t>(std::lround(s.concordance * 65536));
    plan.sign_of_zero = s.sign_of_zero;
    plan.bn = s.bn;
    plan.train_layers = s.train_layers;
    plan.error_rounding = s.error_rounding;
    plan.update_rounding = s.update_rounding;
    plan.momentum = static_cast<std::int32_t>(std::lround(s.momentum * 32768));
    plan.decay = std::llround(s.decay * 4294967296.0);
    plan.gain = static_cast<std::int32_t>(std::lround(s.readout_gain * 1024));
    set_rates(s, plan);
    set_steps(s, *plan.rule, plan);
    set_own(s, layers, plan);
    plan.augmentation = augmentation_of(s);
    plan.bn_images = s.bn_images;
    plan.epochs = s.epochs;
    plan.batch = s.batch;
    plan.epoch_batches = batches_in(train_images, s.batch);
    plan.seed = s.seed;
    return plan;
}

}  // namespace crossbar
