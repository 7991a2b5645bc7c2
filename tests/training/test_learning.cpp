// The integer path as a whole: its gradients against the float baseline's, feedback V = W against
// symmetric backpropagation bit for bit, clamped layers, and that it learns.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "integer_oracle.hpp"
#include "learning_testing.hpp"
#include "training/run.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

const std::string no_overlap =
    "conv 3x3x4 pad 1, bn, max 2x2/2, relu, conv 2x2x5 pad 1, bn, avg 2x2/2, relu, fc 6, bn, relu, "
    "fc 3";

double length(const auto& values) {
    double squares = 0;
    for (const auto value : values)
        squares += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(squares);
}

template <typename A, typename B>
double cosine(const std::vector<A>& a, const std::vector<B>& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        const double x = static_cast<double>(a[i]);
        ab += x * double{b[i]};
        aa += x * x;
        bb += double{b[i]} * double{b[i]};
    }
    return ab / std::sqrt(aa * bb);
}

bool same_errors(const Workspace& a, const Workspace& b) {
    for (std::size_t i = 0; i < a.layers.size(); ++i) {
        const LayerWorkspace &x = a.layers[i], &y = b.layers[i];
        if (x.sum_delta.size() != y.sum_delta.size() || x.gradient != y.gradient) return false;
        if (!std::equal(x.sum_delta.data.begin(),
                        x.sum_delta.data.begin() + static_cast<std::ptrdiff_t>(x.sum_delta.size()),
                        y.sum_delta.data.begin()))
            return false;
    }
    return true;
}

// One batch of sgd: the largest distance of a level from where it should be, beyond the rounding.
double worst_sgd_step(int bits, BatchNormMode bn) {
    const Dataset data = pictures(small_input, 3, 40);
    Settings settings = settings_of("sgd", "sym", bn, bits);
    settings.rate = 0.3;
    IntegerBench bench(settings);
    one_batch(bench.net, bench.plan, data, bench.work, bench.compute);
    const Network before = bench.net;
    update(bench.net, bench.plan, 0, 1, bench.work, bench.compute);
    double worst = 0;
    for (std::size_t i = 0; i < before.layers.size(); ++i) {
        const SynapseArray& array = before.layers[i].forward;
        const LayerWorkspace& lp = bench.work.layers[i];
        const double gain = i + 1 == before.layers.size() ? bench.plan.gain / 1024.0 : 1;
        const int exponent =
            lp.sum_delta.exponent - before.layers[i].sum_shift - 2 * array.exponent;
        const double unit = std::ldexp(0.3 / 40 / (gain * gain), exponent);
        const double top = top_synapse_level(bits);
        for (std::size_t k = 0; k < array.size(); ++k) {
            const double step = unit * lp.gradient[k];
            const double wanted = std::clamp(level_at(array, k) - step, -top, top);
            const int level = level_at(bench.net.layers[i].forward, k);
            worst = std::max(worst, std::abs(level - wanted) - 1e-4 * std::abs(step));
        }
    }
    return worst;
}

}  // namespace

TEST_CASE("integer gradients point where the float ones do", "[learning]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain, BatchNormMode::affine);
    const int bits = GENERATE(4, 8, 12, 16);
    CAPTURE(static_cast<int>(bn), bits);
    const Dataset data = pictures(small_input, 3, 512);
    const std::string chain = "conv 3x3x4 pad 1, bn, max 3x3/2, relu, fc 6, bn, relu, fc 3";
    const std::string block =
        "conv 3x3x4 pad 1, bn, relu as a, conv 3x3x4 pad 1, bn, add a, max 3x3/2, relu, fc 3";
    const std::string text = GENERATE_COPY(chain, block);
    CAPTURE(text);
    IntegerBench bench(settings_of("sgd", "sym", bn, bits), text);
    const FloatNetwork net = same_weights(bench, text);
    one_batch(bench.net, bench.plan, data, bench.work, bench.compute);
    FloatWorkspace work = make_float_workspace(net, bench.threads.count());
    float_load(net, data, first_n(data.count()), work, bench.threads);
    float_forward(net, Mode::train, work, bench.threads);
    float_backward(net, work, bench.threads);
    // Without normalisation activations fill fewer of their bits, and more of them change sign.
    const double least = bn == BatchNormMode::none ? 0.95 : 0.98;
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        CAPTURE(i);
        CHECK(cosine(bench.work.layers[i].gradient, work.layers[i].gradient) > least);
    }
}

TEST_CASE("the integer way back is exact but for its 8-bit errors", "[learning]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain, BatchNormMode::affine);
    // Not two bits: with so few weights some channels are constant, and treated apart.
    const int bits = GENERATE(1, 4, 8, 12, 16);
    const std::string scheme = GENERATE("sym", "frsf", "rndf");
    CAPTURE(static_cast<int>(bn), bits, scheme);
    const Dataset data = pictures(small_input, 3, 64);
    Settings settings = settings_of("sgd", scheme, bn, bits);
    settings.error_rounding = GENERATE(Rounding::nearest, Rounding::stochastic);
    CAPTURE(static_cast<int>(settings.error_rounding));
    // Rounding to the nearest loses small errors for good, and where sums are halved but once or
    // twice its halves, always upwards, add up: windows that overlap take random rounding.
    const bool stochastic = settings.error_rounding == Rounding::stochastic;
    const std::string chain = stochastic ? every_stage : no_overlap;
    const std::string text = GENERATE_COPY(chain, residual, deep, separable);
    CAPTURE(text);
    // Nine layers without normalisation leave no bits of the activations, nor do six of one bit.
    if (bn == BatchNormMode::none && (text == deep || (text == separable && bits == 1))) return;
    const double least = stochastic ? 0.97 : 0.95;
    IntegerBench bench(settings, text);
    if (bits >= 8) bench.train(data, 3);
    one_batch(bench.net, bench.plan, data, bench.work, bench.compute);
    const FloatNetwork net = same_weights(bench, text);
    const oracle::Trained exact = exact_way_back(bench, net);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        CAPTURE(i);
        const LayerWorkspace& lp = bench.work.layers[i];
        CHECK(cosine(lp.gradient, exact.gradient[i].weights) > least);
        const bool affine = bn == BatchNormMode::affine && i + 1 < net.layers.size();
        if (!affine || !stochastic) continue;
        // A scale that a depthwise layer and its normalisation take off again has no gradient.
        const bool above = i + 1 < net.layers.size() && net.layers[i + 1].depthwise;
        if (!above) CHECK(cosine(lp.delta_moments.ex, exact.gradient[i].scale) > 0.95);
        if (text == chain) CHECK(cosine(lp.delta_moments.e, exact.gradient[i].shift) > 0.95);
        // Sums of a channel's deltas are near 0 under a dense layer's batch normalisation, and what
        // rounding adds to each delta, on the way through all layers above, is not.
        if (above) continue;
        const double levels = length(lp.delta_moments.ex) /
                              (length(exact.gradient[i].scale) * bench.net.layers[i].norm.unit);
        const double deltas = static_cast<double>(data.count() * bench.net.layers[i].positions());
        for (std::size_t c = 0; c < exact.gradient[i].shift.size(); ++c) {
            const double wanted = levels * exact.gradient[i].shift[c];
            const double off = std::abs(static_cast<double>(lp.delta_moments.e[c]) - wanted);
            CHECK(off < 5 * std::sqrt(deltas) + 0.1 * std::abs(wanted));
        }
    }
}

TEST_CASE("frsf with M = |W| is symmetric backpropagation bit for bit", "[learning]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain, BatchNormMode::affine);
    const int bits = GENERATE(1, 2, 4, 8);
    const auto rounding = GENERATE(Rounding::nearest, Rounding::stochastic);
    CAPTURE(static_cast<int>(bn), bits, static_cast<int>(rounding));
    const Dataset data = pictures(small_input, 3, 16);
    Settings settings = settings_of("bm1", "sym", bn, bits);
    settings.error_rounding = rounding;
    IntegerBench symmetric(settings);
    settings.feedback = "frsf";
    IntegerBench own(settings);
    for (Layer& layer : own.net.layers)
        layer.feedback.levels = std::get<std::vector<std::int8_t>>(layer.forward.levels);
    one_batch(symmetric.net, symmetric.plan, data, symmetric.work, symmetric.compute);
    one_batch(own.net, own.plan, data, own.work, own.compute);
    CHECK(same_errors(symmetric.work, own.work));
    if (bits < 8) return;  // few weights are not 0, the error may well be 0
    own.net.layers[3].feedback.levels[0] = own.net.layers[3].feedback.levels[0] > 0 ? -1 : 1;
    one_batch(own.net, own.plan, data, own.work, own.compute);
    CHECK_FALSE(same_errors(symmetric.work, own.work));
}

TEST_CASE("clamped layers never move", "[learning]") {
    const auto which = GENERATE(TrainLayers::all, TrainLayers::last, TrainLayers::all_but_last);
    const std::string rule = GENERATE("sgd", "bm1", "bm2", "bm3", "bm4");
    const std::string scheme = GENERATE("brsf", "rndf");
    CAPTURE(static_cast<int>(which), rule, scheme);
    Settings settings = settings_of(rule, scheme, BatchNormMode::affine);
    settings.train_layers = which;
    if (rule == "sgd") settings.rate = 5;  // the errors of rndf are small
    IntegerBench bench(settings);
    const Network before = bench.net;
    bench.train(noise(small_input, 3, 16), 4);
    for (std::size_t i = 0; i < before.layers.size(); ++i) {
        CAPTURE(i);
        const bool last = i + 1 == before.layers.size();
        const bool learns = which == TrainLayers::all || last == (which == TrainLayers::last);
        const Layer &a = before.layers[i], &b = bench.net.layers[i];
        CHECK((a.forward.levels != b.forward.levels) == learns);
        CHECK((b.forward.pulses > 0) == learns);
        if (learns) continue;
        CHECK(a.trace.sign == b.trace.sign);
        CHECK(a.trace.sgd == b.trace.sgd);
        CHECK(a.feedback.levels == b.feedback.levels);
        CHECK(a.norm.affine.scale.levels == b.norm.affine.scale.levels);
        CHECK(a.norm.affine.shift.levels == b.norm.affine.shift.levels);
    }
}

TEST_CASE("learnt scales and shifts do not pass their bound", "[learning]") {
    const std::string rule = GENERATE("sgd", "bm1", "bm2", "bm3", "bm4");
    const double bound = GENERATE(1.0, 1.5, 7.9375);
    CAPTURE(rule, bound);
    Settings settings = settings_of(rule, "sym", BatchNormMode::affine);
    settings.rate = rule == "sgd" ? 100 : 0.12;
    settings.bn_bound = bound;
    IntegerBench bench(settings);
    bench.train(noise(small_input, 3, 16), 12);
    const int top = static_cast<int>(bound * 4096);
    int largest = 0;
    for (const Layer& layer : bench.net.layers)
        if (layer.norm.mode == BatchNormMode::affine)
            for (std::size_t c = 0; c < layer.norm.affine.scale.size(); ++c)
                largest = std::max({largest, std::abs(level_at(layer.norm.affine.scale, c)),
                                    std::abs(level_at(layer.norm.affine.shift, c))});
    CHECK(largest <= top);
    CHECK(largest >= std::min(top, 6144));  // all rules come as far as a narrow bound
}

// The first batch finds the same weights with both rules, and so the same gradients.
TEST_CASE("scales and shifts beside synapses that count votes move by bm1", "[learning]") {
    const Dataset data = noise(small_input, 3, 16);
    Settings settings = settings_of("bm1", "sym", BatchNormMode::affine);
    settings.rate = 0.12;
    IntegerBench signs(settings);
    signs.train(data, 1);
    settings.rule = "bm4";
    settings.counter_share = GENERATE(1, 3);
    CAPTURE(settings.counter_share);
    IntegerBench votes(settings);
    votes.plan.epoch_batches = 4;
    votes.train(data, 1);
    std::size_t moved = 0;
    for (std::size_t i = 0; i < signs.net.layers.size(); ++i) {
        CAPTURE(i);
        const Affine &a = signs.net.layers[i].norm.affine, &b = votes.net.layers[i].norm.affine;
        CHECK(a.scale.levels == b.scale.levels);
        CHECK(a.shift.levels == b.shift.levels);
        CHECK(a.shift_trace.sign == b.shift_trace.sign);
        for (std::size_t c = 0; c < b.shift.size(); ++c)
            moved += level_at(b.shift, c) != 0;
    }
    CHECK(moved > 0);
}

TEST_CASE("a step of sgd is eta times the mean gradient", "[learning]") {
    const int bits = GENERATE(4, 8, 12, 16);
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::affine);
    CAPTURE(bits, static_cast<int>(bn));
    CHECK(worst_sgd_step(bits, bn) <= 1);
}

TEST_CASE("sgd lowers the loss of a linear problem, with every width", "[learning]") {
    const int bits = GENERATE(4, 8, 12, 16);
    const auto rounding = GENERATE(Rounding::nearest, Rounding::stochastic);
    CAPTURE(bits, static_cast<int>(rounding));
    const Dataset data = pictures(small_input, 3, 60);
    Settings settings = settings_of("sgd", "sym", BatchNormMode::none, bits);
    settings.update_rounding = rounding;
    IntegerBench bench(settings, "fc 3");
    const std::int64_t start = bench.train(data, 1).loss;
    bench.train(data, 40);
    const Metrics end = evaluate(bench.net, data, bench.work, bench.compute).metrics;
    CHECK(end.loss * 2 < start);
    CHECK(end.wrong <= 2);
}

TEST_CASE("every rule learns pictures with every concordant scheme", "[learning]") {
    const Dataset data = pictures(small_input, 2, 40);
    const Dataset test = pictures(small_input, 2, 40, 2);
    const std::string text = "conv 3x3x8 pad 1, bn, max 2x2/2, relu, fc 16, bn, relu, fc 2";
    for (const Rule& rule : rules())
        for (const char* scheme : {"sym", "usf", "nusf", "brsf", "frsf", "nfrsf"})
            for (const int bits : {4, 8, 12}) {
                if (rule.counts_votes && bits == 12) continue;  // 2047 levels at a pulse a batch
                INFO(rule.name << " " << scheme << " " << bits << " bits");
                Settings settings = settings_of(rule.name, scheme, BatchNormMode::plain, bits);
                if (rule.sign_only) settings.rate = 0.003;
                settings.readout_rate = 1;
                if (rule.counts_votes) settings.quorum = {bits == 4 ? 6 : 1};
                IntegerBench bench(settings, text, small_input, 2);
                const std::int64_t start = bench.train(data, 1).loss;
                bench.train(data, 60);
                const Metrics end = evaluate(bench.net, test, bench.work, bench.compute).metrics;
                CHECK(end.loss * 2 < start);
                CHECK(end.wrong <= 4);
            }
}

TEST_CASE("votes teach synapses of one and two bits", "[learning]") {
    const std::string scheme = GENERATE("sym", "usf", "nusf", "brsf", "frsf");
    const int bits = GENERATE(1, 2);
    CAPTURE(scheme, bits);
    const TaskData data{pictures(small_input, 2, 800), pictures(small_input, 2, 100, 2), "", ""};
    Settings settings = settings_of("bm4", scheme, BatchNormMode::plain, bits);
    settings.quorum = {8, 16, 32};
    settings.epochs = 3;
    settings.readout_gain = 0.4;
    IntegerBench bench(settings, "conv 3x3x8 pad 1, bn, max 2x2/2, relu, fc 16, bn, relu, fc 2",
                       small_input, 2);
    Progress progress;
    run(bench.net, bench.plan, data, progress, {}, bench.compute);
    CHECK(progress.history.back().test.wrong <= 5);
}
