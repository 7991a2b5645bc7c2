// The float baseline's rules on one synapse by their formulas, its feedback schemes, its initial
// weights, clamped layers, and that every rule learns.
#include <catch2/catch.hpp>
#include <cmath>

#include "float/float_network.hpp"
#include "learning_testing.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

double sign(double x) {
    return (x > 0) - (x < 0);
}

// The formulas of the paper on one weight; returns w after the batches.
double by_formula(const std::string& rule, const std::vector<double>& gradients, double w,
                  double eta, double m, double d) {
    double kept = 0;
    for (const double g : gradients) {
        if (rule == "sgd") {
            kept = -g + m * kept - d * w;
            w += eta * kept;
        } else if (rule == "bm1") {
            kept = -sign(g) + m * kept - d * w;
            w += eta * kept;
        } else if (rule == "bm2") {
            kept = sign(-sign(g) + m * kept - d * w);
            w += eta * kept;
        } else {
            kept = -sign(g) + m * kept - d * w;
            w += eta * sign(kept);
        }
    }
    return w;
}

FloatNetwork float_network(const Plan& plan) {
    return make_float_network(every_stage, small_input, 3, plan, best_kernels());
}

// Trains for some batches; returns the last tally of all images.
Metrics train(FloatNetwork& net, const Plan& plan, const Dataset& data, int batches) {
    Threads threads(1);
    const Compute compute{best_kernels(), threads};
    FloatWorkspace work = make_float_workspace(net, threads.count());
    Metrics metrics;
    for (int step = 1; step <= batches; ++step)
        metrics = float_train_step(net, plan, 0, static_cast<std::uint64_t>(step), data,
                                   first_n(data.count()), work, compute);
    return metrics;
}

}  // namespace

TEST_CASE("float rules follow their formulas", "[float]") {
    const std::vector<double> gradients = {3, -1.5, -0.25, 0, 4, 4, -8, 0.5, -0.5, -2};
    for (const std::string rule : {"sgd", "bm1", "bm2", "bm3"}) {
        INFO(rule);
        Settings settings = settings_of(rule, "sym");
        settings.rate = 0.0625;
        settings.momentum = 0.75;
        settings.decay = 0.03125;
        const Plan plan = make_plan(settings);
        const float largest = 0.5f;
        const FloatStep step = float_step(plan, 0, 4, largest, 0);
        float weight = 0.3f, trace = 0;
        for (const double g : gradients) {
            const auto of_batch = static_cast<float>(4 * g);  // summed over four images
            CHECK(float_apply(step, &of_batch, 1, &weight, &trace) == 0);
        }
        const double eta = rule == "sgd" ? 0.0625 : 0.0625 * 0.5;
        CHECK(weight == Approx(by_formula(rule, gradients, 0.3, eta, 0.75, 0.03125)).epsilon(1e-5));
    }
}

TEST_CASE("float bm4 counts votes to a quorum, then sends one pulse", "[float]") {
    Settings settings = settings_of("bm4", "sym");
    settings.quorum = {4, 2};
    const Plan plan = make_plan(settings);
    const FloatStep step = float_step(plan, 0, 1, 1.0f, 1.0f / 127);
    float weight = 0, trace = 0;
    const auto vote = [&](float g) { return float_apply(step, &g, 1, &weight, &trace); };
    for (int i = 0; i < 3; ++i)
        CHECK(vote(0.1f) == 0);
    CHECK(vote(0.0f) == 0);
    CHECK(vote(7.0f) == 1);
    CHECK(weight == Approx(-1.0 / 127));
    CHECK(trace == 0);
    for (int i = 0; i < 5; ++i)
        vote(i % 2 == 0 ? -1.0f : 1.0f);
    CHECK(weight == Approx(-1.0 / 127));
    CHECK(float_step(plan, 1, 1, 1, 1).quorum == 2);
    CHECK(float_step(plan, 9, 1, 1, 1).quorum == 2);
}

TEST_CASE("rates fall by epoch, in the unit of the layer's largest weight", "[float]") {
    Settings settings = settings_of("bm1", "sym");
    settings.rate = 0.0625;
    settings.rate_decay = 0.5;
    settings.epochs = 3;
    const Plan plan = make_plan(settings);
    CHECK(float_step(plan, 0, 9, 0.25f, 0).rate == Approx(0.015625));
    CHECK(float_step(plan, 2, 9, 0.25f, 0).rate == Approx(0.00390625));
    settings.rule = "sgd";
    CHECK(float_step(make_plan(settings), 1, 9, 0.25f, 0).rate == Approx(0.03125));
    CHECK(float_step(make_plan(settings), 1, 9, 0.25f, 0).mean == Approx(1.0 / 9));
}

TEST_CASE("float weights start where the integer levels do", "[float]") {
    const Plan plan = make_plan(settings_of("bm1", "frsf", BatchNormMode::plain, 12));
    const Network levels = network_of(every_stage, small_input, 3, plan);
    const FloatNetwork net = float_network(plan);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const bool last = i + 1 == net.layers.size();
        const double unit =
            std::ldexp(last ? plan.gain / 1024.0 : 1.0, levels.layers[i].forward.exponent);
        CHECK(net.layers[i].largest == Approx(unit * 2048));
        // The last layer's uniform start is wider than its bound when the gain is small.
        if (last) continue;
        double worst = 0;
        for (std::size_t k = 0; k < net.layers[i].size(); ++k)
            worst = std::max(worst, std::abs(net.layers[i].weights[k] / unit -
                                             level_at(levels.layers[i].forward, k)));
        CHECK(worst < 3);  // one of rounding, and the half width in 1/1024 of the largest
        CHECK(net.layers[i].feedback.size() == net.layers[i].size());
        for (std::size_t k = 0; k < net.layers[i].size(); ++k)
            CHECK(std::abs(std::abs(net.layers[i].feedback[k]) -
                           std::abs(levels.layers[i].feedback.levels[k]) / 127.0) < 0.01);
    }
}

TEST_CASE("float feedback schemes have their signs and magnitudes", "[float]") {
    const Shape input{1, 1, 100};
    for (const FeedbackScheme& scheme : feedback_schemes()) {
        if (scheme.magnitude == Magnitude::pulsed) continue;  // below
        INFO(scheme.name);
        Settings settings = settings_of("bm1", scheme.name);
        if (scheme.masked) settings.concordance = 0.75;
        const Plan plan = make_plan(settings);
        FloatNetwork net = make_float_network("fc 100, relu, fc 2", input, 2, plan, best_kernels());
        FloatLayer& layer = net.layers[0];
        const std::vector<float> drawn = layer.feedback;
        for (std::size_t i = 0; i < layer.size(); ++i)
            if (i % 3 == 0) layer.weights[i] = -layer.weights[i];
        float_sync_feedback_signs(layer, 0, plan, 1, best_kernels());
        const Concordance c = concordance_of(layer);
        CHECK(c.counted == 10000);
        const double agree = static_cast<double>(c.agree) / 10000;
        if (!scheme.signs_follow)
            CHECK(agree == Approx(0.5).margin(0.02));
        else
            CHECK(agree == Approx(scheme.masked ? 0.75 : 1.0).margin(scheme.masked ? 0.02 : 0));
        if (scheme.magnitude == Magnitude::forward) continue;
        double sum = 0, squares = 0, kept = 0, of_weights = 0;
        for (std::size_t i = 0; i < layer.size(); ++i) {
            const double v = layer.feedback[i];
            sum += std::abs(v) / 10000;
            squares += v * v / 10000;
            of_weights += double{layer.weights[i]} * layer.weights[i] / 10000;
            kept += std::abs(v) == std::abs(double{drawn[i]}) ? 1 : 0;
        }
        if (scheme.magnitude == Magnitude::uniform) {
            const double gain = scheme.scaled ? std::sqrt(3 * of_weights) : 1;
            CHECK(sum / gain == Approx(0.5).margin(0.01));
            CHECK(squares / (gain * gain) == Approx(1.0 / 3).margin(0.01));
        } else if (scheme.magnitude == Magnitude::normal) {
            CHECK(squares == Approx(0.0025).epsilon(0.05));
        } else {
            CHECK(squares == Approx(scheme.scaled ? of_weights : 1.0).epsilon(1e-4));
        }
        CHECK((kept < 100) == scheme.redrawn);
    }
}

TEST_CASE("float feedback that gets pulses starts with signs and size of W, and moves as W",
          "[float]") {
    const double p = GENERATE(0.5, 1.0);
    Settings settings = settings_of(GENERATE("sgd", "bm1", "bm4"), "kp");
    settings.concordance = p;
    const Plan plan = make_plan(settings);
    FloatNetwork net = float_network(plan);
    const FloatNetwork before = net;
    for (const FloatLayer& layer : net.layers) {
        const Concordance c = concordance_of(layer);
        const double agree = static_cast<double>(c.agree) / static_cast<double>(c.counted);
        CHECK(agree == Approx(p).margin(p == 1 ? 0 : 0.2));
        double of_weights = 0, of_feedback = 0;
        for (std::size_t i = 0; i < layer.size(); ++i) {
            of_weights += double{layer.weights[i]} * layer.weights[i];
            of_feedback += double{layer.feedback[i]} * layer.feedback[i];
        }
        CHECK(std::sqrt(of_feedback / of_weights) == Approx(1).margin(0.25));
    }
    train(net, plan, noise(small_input, 3, 16), 4);
    double worst = 0, moved = 0;
    for (std::size_t n = 0; n < net.layers.size(); ++n)
        for (std::size_t i = 0; i < net.layers[n].size(); ++i) {
            const FloatLayer &a = before.layers[n], &b = net.layers[n];
            const double move = double{b.weights[i]} - a.weights[i];
            worst = std::max(worst, std::abs(b.feedback[i] - a.feedback[i] - move));
            moved += std::abs(move);
        }
    CHECK(worst < 1e-5);
    CHECK(moved > 0);
}

TEST_CASE("float layers that do not learn do not move", "[float]") {
    const auto which = GENERATE(TrainLayers::last, TrainLayers::all_but_last);
    Settings settings = settings_of("bm1", "brsf");
    settings.train_layers = which;
    const Plan plan = make_plan(settings);
    FloatNetwork net = float_network(plan);
    const FloatNetwork before = net;
    train(net, plan, noise(small_input, 3, 16), 4);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const bool last = i + 1 == net.layers.size();
        CHECK((net.layers[i].weights == before.layers[i].weights) !=
              (last == (which == TrainLayers::last)));
        if (!net.layers[i].learns) CHECK(net.layers[i].feedback == before.layers[i].feedback);
    }
}

TEST_CASE("every rule learns pictures in float with every concordant scheme", "[float]") {
    const Dataset data = pictures(small_input, 3, 30);
    for (const Rule& rule : rules())
        for (const char* scheme : {"sym", "usf", "nusf", "brsf", "frsf", "nbrsf", "nfrsf"}) {
            if (!rule.sign_only && std::string_view(scheme) == "nfrsf") continue;  // a slow rate
            INFO(rule.name << " " << scheme);
            Settings settings = settings_of(rule.name, scheme);
            // bm1's tau grows to ten units, that of the others to one.
            const std::string name = rule.name;
            settings.rate = name == "sgd" ? 0.02 : name == "bm1" ? 0.003 : 0.01;
            settings.readout_rate = 1;
            settings.readout_gain = 0.6;
            if (rule.counts_votes) settings.quorum = {1};
            const Plan plan = make_plan(settings);
            FloatNetwork net = float_network(plan);
            const Metrics start = train(net, plan, data, 1);
            const Metrics end = train(net, plan, data, 100);
            CHECK(end.wrong <= 1);
            CHECK(end.loss * 3 < start.loss);
        }
}
