// Networks of another tool, computed here in doubles, channels first, as PyTorch does: what is
// carried over gives their logits.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "base/fixed.hpp"
#include "session/run.hpp"
#include "weights/named_tensors.hpp"

namespace {

using namespace crossbar;

using Values = std::vector<double>;

// channels x height x width.
struct Maps {
    int channels, height, width;
    Values x;
    double at(int c, int h, int w) const {
        if (h < 0 || w < 0 || h >= height || w >= width) return 0;
        return x[static_cast<std::size_t>((c * height + h) * width + w)];
    }
};

struct Conv {
    int outputs, inputs, kernel, pad;
    Values weight, bias;  // OIHW
    Values gamma = {}, beta = {}, mean = {}, variance = {};
};

class Drawn {
  public:
    explicit Drawn(unsigned seed) : random_(seed) {}
    Values normal(std::size_t n, double deviation, double mean = 0) {
        Values values(n);
        for (double& v : values)
            v = std::normal_distribution<double>(mean, deviation)(random_);
        return values;
    }
    Values positive(std::size_t n) {
        Values values = normal(n, 0.3, 1);
        for (double& v : values)
            v = std::abs(v) + 0.1;
        return values;
    }
    // A layer; a dense one has a kernel of 1 and its inputs as channels.
    Conv layer(int outputs, int inputs, int kernel, int pad, bool bias, bool norm) {
        const auto n = static_cast<std::size_t>(outputs);
        const double fan = inputs * kernel * kernel;
        Conv conv{outputs,
                  inputs,
                  kernel,
                  pad,
                  normal(n * static_cast<std::size_t>(fan), std::sqrt(2 / fan)),
                  Values(n, 0.0)};
        if (bias) conv.bias = normal(n, 0.4);
        if (norm) {
            conv.gamma = normal(n, 0.5, 0.8);  // some below 0
            conv.beta = normal(n, 0.4);
            conv.mean = normal(n, 0.3);
            conv.variance = positive(n);
        }
        return conv;
    }

  private:
    std::mt19937 random_;
};

Maps applied(const Conv& conv, const Maps& in) {
    const int height = in.height + 2 * conv.pad - conv.kernel + 1;
    const int width = in.width + 2 * conv.pad - conv.kernel + 1;
    Maps out{conv.outputs, height, width, {}};
    for (int o = 0; o < conv.outputs; ++o)
        for (int h = 0; h < height; ++h)
            for (int w = 0; w < width; ++w) {
                double sum = conv.bias[static_cast<std::size_t>(o)];
                std::size_t k = static_cast<std::size_t>(o * conv.inputs * conv.kernel) *
                                static_cast<std::size_t>(conv.kernel);
                for (int c = 0; c < conv.inputs; ++c)
                    for (int y = 0; y < conv.kernel; ++y)
                        for (int x = 0; x < conv.kernel; ++x)
                            sum += conv.weight[k++] * in.at(c, h - conv.pad + y, w - conv.pad + x);
                const auto i = static_cast<std::size_t>(o);
                if (!conv.mean.empty())
                    sum =
                        (sum - conv.mean[i]) / std::sqrt(conv.variance[i] + 1e-5) * conv.gamma[i] +
                        conv.beta[i];
                out.x.push_back(sum);
            }
    return out;
}

Maps pooled(const Maps& in) {
    Maps out{in.channels, in.height / 2, in.width / 2, {}};
    for (int c = 0; c < in.channels; ++c)
        for (int h = 0; h < out.height; ++h)
            for (int w = 0; w < out.width; ++w)
                out.x.push_back(
                    std::max({in.at(c, 2 * h, 2 * w), in.at(c, 2 * h, 2 * w + 1),
                              in.at(c, 2 * h + 1, 2 * w), in.at(c, 2 * h + 1, 2 * w + 1)}));
    return out;
}

Maps rectified(Maps maps) {
    for (double& x : maps.x)
        x = std::max(x, 0.0);
    return maps;
}

Maps sum_of(const Maps& a, const Maps& b) {
    Maps sum = a;
    for (std::size_t i = 0; i < sum.x.size(); ++i)
        sum.x[i] += b.x[i];
    return sum;
}

// conv 5x5x6, max, conv 3x3x8 with a border, max, two dense layers: 28 x 28 pixels, 12 x 12 x 6,
// 6 x 6 x 8.
struct Foreign {
    std::vector<Conv> layers;

    Foreign(unsigned seed, bool bias, bool norm, bool last_bias) {
        Drawn drawn(seed);
        layers = {drawn.layer(6, 1, 5, 0, bias, norm), drawn.layer(8, 6, 3, 1, bias, norm),
                  drawn.layer(20, 288, 1, 0, bias, norm),
                  drawn.layer(10, 20, 1, 0, last_bias, false)};
    }
    // A block whose second convolution is added to what the first gave.
    static Foreign residual(unsigned seed) {
        Foreign foreign(seed, false, false, false);
        Drawn drawn(seed);
        foreign.layers = {drawn.layer(6, 1, 3, 1, true, true), drawn.layer(6, 6, 3, 1, false, true),
                          drawn.layer(10, 1176, 1, 0, false, false)};
        return foreign;
    }
    Values residual_logits(const Maps& image) const {
        const Maps a = rectified(applied(layers[0], image));
        const Maps b = pooled(rectified(sum_of(applied(layers[1], a), a)));
        return applied(layers[2], {1176, 1, 1, b.x}).x;
    }
    Values logits(const Maps& image) const {
        if (layers.size() == 3) return residual_logits(image);
        const Maps one = pooled(rectified(applied(layers[0], image)));
        const Maps two = pooled(rectified(applied(layers[1], one)));
        const Maps flat{288, 1, 1, two.x};
        return applied(layers[3], rectified(applied(layers[2], flat))).x;
    }
    // As a state_dict has them.
    NamedTensors tensors() const {
        NamedTensors all{"net.npz", {}, false};
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const Conv& l = layers[i];
            const std::string name = std::to_string(i);
            const auto size = [](int n) { return static_cast<std::size_t>(n); };
            std::vector<std::size_t> shape = {size(l.outputs), size(l.inputs)};
            if (l.kernel > 1) shape.insert(shape.end(), 2, size(l.kernel));
            const auto add = [&](const std::string& part, const Values& values) {
                all.tensors.push_back(named_tensor(part, {values.size()}, values));
            };
            all.tensors.push_back(named_tensor(name + ".weight", shape, l.weight));
            if (l.bias != Values(l.bias.size(), 0.0)) add(name + ".bias", l.bias);
            if (l.mean.empty()) continue;
            add(name + "n.weight", l.gamma);
            add(name + "n.bias", l.beta);
            add(name + "n.running_mean", l.mean);
            add(name + "n.running_var", l.variance);
            all.tensors.push_back(named_tensor(name + "n.num_batches_tracked", {}, {3}, true));
        }
        return all;
    }
};

const std::string with_bn =
    "conv 5x5x6, bn, relu, max 2x2/2, conv 3x3x8 pad 1, bn, relu, max 2x2/2, fc 20, bn, relu, fc "
    "10";
const std::string with_spare =
    "conv 5x5x6, bn, relu, max 2x2/2, conv 3x3x8 pad 1, bn, relu, max 2x2/2, fc 21, bn, relu, fc "
    "10";
const std::string without =
    "conv 5x5x6, relu, max 2x2/2, conv 3x3x8 pad 1, relu, max 2x2/2, fc 20, relu, fc 10";

using Options = std::vector<std::pair<std::string, std::string>>;

Run carried(const NamedTensors& tensors, const std::string& network, const Options& more) {
    Given given{{{"task", "mnist"},
                 {"data", "synthetic"},
                 {"network", network},
                 {"train-images", "200"},
                 {"test-images", "50"},
                 {"bn-images", "200"},
                 {"epochs", "0"},
                 {"threads", "1"},
                 {"weights", tensors.file}}};
    given.values.insert(given.values.end(), more.begin(), more.end());
    RunRequest request = new_run(given);
    request.tensors = tensors;
    return prepare(std::move(request));
}

Maps image_of(const Dataset& data, std::size_t i) {
    Maps image{1, data.shape.height, data.shape.width, {}};
    for (const std::uint8_t pixel : data.image(i))
        image.x.push_back(pixel / 255.0);
    return image;
}

// Of the program's logits and the file's: their correlation, and how much larger the program's are.
struct Alike {
    double correlation, scale;
};
Alike alike(const Foreign& foreign, const Run& run) {
    const Evaluation test = assess(run, true);
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < run.data.test.count(); ++i) {
        const Values wanted = foreign.logits(image_of(run.data.test, i));
        double mean_a = 0, mean_b = 0;
        for (std::size_t c = 0; c < 10; ++c) {
            mean_a += wanted[c] / 10;
            mean_b += test.logits[10 * i + c] / 10.0;
        }
        for (std::size_t c = 0; c < 10; ++c) {
            const double a = wanted[c] - mean_a, b = test.logits[10 * i + c] - mean_b;
            ab += a * b;
            aa += a * a;
            bb += b * b;
        }
    }
    const Layer& last = std::get<Network>(run.network).layers.back();
    const double unit = std::ldexp(run.weights->gain, last.forward.exponent + last.sum_shift - 5);
    return {ab / std::sqrt(aa * bb), ab / aa * unit};
}

}  // namespace

TEST_CASE("weights: biases, normalisation and the order of a flattened map are the file's") {
    const std::string bn = GENERATE("plain", "affine");
    const bool bias = GENERATE(false, true), norm = GENERATE(false, true);
    CAPTURE(bn, bias, norm);
    const Foreign foreign(1, bias, norm, false);
    const Run run = carried(foreign.tensors(), with_bn, {{"bn", bn}, {"weight-bits", "16"}});
    const Alike found = alike(foreign, run);
    CHECK(found.correlation > 0.99);
    CHECK(found.scale == Approx(1).margin(0.1));
    CHECK(run.weights->layers.size() == 4);
    CHECK(run.weights->layers[2].from == "2.weight");
    CHECK(run.weights->layers[2].rms_error < 1e-4);
}

TEST_CASE("weights: offsets of the last layer are weighed with a further output") {
    const std::string bn = GENERATE("plain", "affine"), bits = GENERATE("8", "16");
    CAPTURE(bn, bits);
    const Foreign foreign(2, true, true, true);
    const Run run = carried(foreign.tensors(), with_spare, {{"bn", bn}, {"weight-bits", bits}});
    CHECK(alike(foreign, run).correlation > 0.997);
    Foreign without_bias = foreign;
    without_bias.layers.back().bias.assign(10, 0.0);
    CHECK(alike(without_bias, run).correlation < 0.99);
    CHECK_THROWS_WITH(carried(foreign.tensors(), with_bn, {}),
                      Catch::Contains("'3.bias' gives offsets to layer 4, 'fc 10'") &&
                          Catch::Contains("--network '" + with_spare + "'"));
    CHECK_THROWS_WITH(carried(foreign.tensors(), with_spare, {{"weight-bits", "1"}}),
                      Catch::Contains("give --bn affine"));
}

TEST_CASE("weights: fewer bits lose more, and little with eight") {
    const Foreign foreign(3, true, true, false);
    double before = 1;
    for (const char* bits : {"8", "4", "2", "1"}) {
        const Run run = carried(foreign.tensors(), with_bn, {{"weight-bits", bits}});
        const double correlation = alike(foreign, run).correlation;
        CAPTURE(bits, correlation);
        CHECK(correlation < before);
        CHECK(correlation > (bits == std::string("8") ? 0.997 : 0.3));
        before = correlation;
    }
}

TEST_CASE("weights: maps that are added share a unit") {
    const std::string network =
        "conv 3x3x6 pad 1, bn, relu as a, conv 3x3x6 pad 1, bn, add a, relu, max 2x2/2, fc 10";
    const Foreign foreign = Foreign::residual(7);
    for (const char* bn : {"plain", "affine"}) {
        const Run run = carried(foreign.tensors(), network, {{"bn", bn}});
        const Alike found = alike(foreign, run);
        CAPTURE(bn, found.correlation);
        CHECK(found.correlation > 0.99);
    }
    CHECK_THROWS_WITH(
        carried(foreign.tensors(),
                "conv 3x3x6 pad 1, bn, relu as a, conv 3x3x6 pad 1, add a, relu, max 2x2/2, fc 10",
                {}),
        Catch::Contains("offsets to layer 2, 'conv 3x3x6 pad 1'"));
}

TEST_CASE("weights: without normalisation scales pass, offsets are refused") {
    const Foreign foreign(4, false, false, false);
    for (const char* bits : {"8", "16"}) {
        const Run run = carried(foreign.tensors(), without, {{"weight-bits", bits}});
        CHECK(alike(foreign, run).correlation > 0.99);
    }
    CHECK_THROWS_WITH(carried(Foreign(4, true, false, false).tensors(), without, {}),
                      Catch::Contains("'0.bias' gives offsets to layer 1, 'conv 5x5x6'") &&
                          Catch::Contains("write bn behind it"));
    CHECK_THROWS_WITH(
        carried(Foreign(4, false, true, false).tensors(), with_bn, {{"bn", "none"}}),
        Catch::Contains("the normalisation of '0n.running_mean' gives offsets to layer 1"));
}

TEST_CASE("weights: devices are written, and one signature for any number of threads") {
    const Foreign foreign(5, true, true, true);
    const auto on = [&](const char* device, const char* threads) {
        return carried(foreign.tensors(), with_spare,
                       {{"target", "reram_sb"}, {"device", device}, {"threads", threads}});
    };
    const Run verified = on("verify_tries=10", "1"), again = on("verify_tries=10", "3");
    const Layer& first = std::get<Network>(verified.network).layers.front();
    CHECK(first.forward.devices.device != nullptr);
    CHECK(first.forward.devices.first_pulses > 0);
    CHECK(signature_of(verified) == signature_of(again));
    CHECK(alike(foreign, verified).correlation > 0.8);
    // Bounds of devices lie within those of levels: the largest weight is not the largest level.
    int largest = 0;
    for (std::size_t i = 0; i < first.forward.size(); ++i)
        largest = std::max(largest, std::abs(level_at(first.forward, i)));
    CHECK(largest < 110);
}

TEST_CASE("weights: who reads no files hands tensors over, and no others") {
    const Foreign foreign(6, true, true, false);
    NamedTensors tensors = foreign.tensors();
    Given given{{{"task", "mnist"}, {"network", with_bn}, {"weights", "net.npz"}}};
    CHECK_THROWS_WITH(prepare(new_run(given)), Catch::Contains("reads checkpoints alone"));
    tensors.tensors.front().values.front() = std::nan("");
    CHECK_THROWS_WITH(carried(tensors, with_bn, {}),
                      Catch::Contains("net.npz: tensor '0.weight' holds nan at place 0"));
    tensors = foreign.tensors();
    std::swap(tensors.tensors.front(), tensors.tensors.back());
    CHECK_THROWS_WITH(carried(tensors, with_bn, {}),
                      Catch::Contains("layer 1, 'conv 5x5x6', has weights of 6 x 1 x 5 x 5") &&
                          Catch::Contains("'3.weight' is 10 x 20"));
    tensors = foreign.tensors();
    tensors.tensors.push_back(named_tensor("more", {3}, {1, 2, 3}));
    tensors.tensors.push_back(named_tensor("still_more", {3}, {1, 2, 3}));
    CHECK_THROWS_WITH(carried(tensors, with_bn, {}), Catch::Contains("tensor 'still_more' (3)"));
}

TEST_CASE("weights: training goes on from them") {
    const Foreign foreign(6, true, true, false);
    Run run = carried(foreign.tensors(), with_bn, {{"epochs", "1"}, {"bn", "affine"}});
    train(run, {});
    CHECK(run.progress.epoch == 1);
    CHECK(run.progress.history.back().test.images == 50);
}
