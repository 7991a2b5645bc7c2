// The page docs/export.md, computed: logits from exported arrays and settings alone, by its
// formulas, are the program's own, bit for bit.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <sstream>

#include "npz_testing.hpp"
#include "picture_testing.hpp"
#include "training/trainer.hpp"

namespace {

using namespace crossbar;
using namespace crossbar::sim;

using Int = std::int64_t;
using Numbers = std::vector<Int>;
struct Map {
    Int height, width, channels, exponent;
    Numbers q;
    Int maps = 1;  // that were added up
    Int at(Int y, Int x, Int c) const {
        return q[static_cast<std::size_t>((y * width + x) * channels + c)];
    }
    bool inside(Int y, Int x) const { return y >= 0 && y < height && x >= 0 && x < width; }
};

// The arrays as NumPy would read them.
struct Arrays {
    std::map<std::string, std::string> entries;

    bool has(const std::string& name) const { return entries.count(name + ".npy") == 1; }
    std::string data(const std::string& name) const {
        const std::string& npy = entries.at(name + ".npy");
        return npy.substr(10 + static_cast<unsigned char>(npy[8]) +
                          256u * static_cast<unsigned char>(npy[9]));
    }
    Numbers numbers(const std::string& name) const {
        const std::string& header = entries.at(name + ".npy");
        const std::size_t width =
            static_cast<std::size_t>(header[header.find("'descr'") + 12] - '0');
        const std::string bytes = data(name);
        Numbers result;
        for (std::size_t i = 0; i < bytes.size(); i += width) {
            std::uint64_t value = 0;
            std::memcpy(&value, bytes.data() + i, width);
            const auto up = static_cast<int>(64 - 8 * width);
            result.push_back(static_cast<Int>(value << up) >> up);
        }
        return result;
    }
    Int number(const std::string& name) const { return numbers(name).at(0); }
    std::string setting(const std::string& name) const {
        const std::string text = "\n" + data("settings");
        const std::size_t at = text.find("\n" + name + " = ");
        REQUIRE(at != text.npos);
        const std::size_t begin = at + name.size() + 4;
        return text.substr(begin, text.find('\n', begin) - begin);
    }
};

Int bits(Int n) {
    Int count = 0;
    for (; n > 0; n >>= 1)
        ++count;
    return count;
}
Int clamp(Int x, Int most) {
    return std::clamp(x, -most, most);
}

// "KxKxM/S pad P" in numbers; what is not written is -1.
struct StageText {
    std::string kind, added, name;
    Int size = -1, maps = -1, stride = -1, pad = 0;
};
StageText stage_of(const std::string& text) {
    StageText s;
    std::istringstream in(text);
    std::string word;
    in >> s.kind >> word;
    if (s.kind == "fc") s.maps = std::stol(word);
    if (s.kind == "conv" || s.kind == "dwconv" || s.kind == "max" || s.kind == "avg") {
        s.size = std::stol(word);
        const std::size_t second = word.find('x', word.find('x') + 1), slash = word.find('/');
        if (second != word.npos) s.maps = std::stol(word.substr(second + 1));
        if (slash != word.npos) s.stride = std::stol(word.substr(slash + 1));
    }
    if (s.kind == "add") s.added = word;
    std::vector<std::string> rest;  // bn and relu have no word of their own
    if (s.kind == "bn" || s.kind == "relu") rest.push_back(word);
    while (in >> word)
        rest.push_back(word);
    for (std::size_t i = 0; i + 1 < rest.size(); i += 2)
        if (rest[i] == "as")
            s.name = rest[i + 1];
        else
            (rest[i] == "pad" ? s.pad : s.stride) = std::stol(rest[i + 1]);
    return s;
}

struct Reader {
    const Arrays& net;
    Int top, unit;
    std::size_t layer = 0;  // that comes next, from 1

    explicit Reader(const Arrays& arrays) : net(arrays) {
        const int a = std::stoi(net.setting("activation-bits"));
        top = (Int{1} << (a - 1)) - 1;
        unit = a <= 3 ? 1 : Int{1} << (a - 3);
    }
    std::string name(const char* array) const {
        return "layer_" + std::to_string(layer) + "." + array;
    }
    Int number(const char* array) const { return net.number(name(array)); }

    Map stored_sums(const StageText& stage, const Map& in) const {
        const bool dense = stage.kind == "fc", depthwise = stage.kind == "dwconv";
        const Int seen = depthwise ? 1 : in.channels;  // by an output
        const Int kh = dense ? in.height : stage.size, kw = dense ? in.width : stage.size;
        const Int step = dense ? 1 : std::max<Int>(stage.stride, 1), pad = stage.pad;
        Map out{(in.height + 2 * pad - kh) / step + 1,
                (in.width + 2 * pad - kw) / step + 1,
                depthwise ? in.channels : stage.maps,
                in.exponent + number("exponent") + number("sum_shift"),
                {}};
        REQUIRE(number("input_exponent") == in.exponent);
        const Numbers levels = net.numbers(name("levels"));
        const Int shift = number("sum_shift"), half = shift == 0 ? 0 : Int{1} << (shift - 1);
        for (Int y = 0; y < out.height; ++y)
            for (Int x = 0; x < out.width; ++x)
                for (Int m = 0; m < out.channels; ++m) {
                    Int sum = 0;
                    for (Int i = 0; i < kh; ++i)
                        for (Int j = 0; j < kw; ++j)
                            for (Int c = 0; c < seen; ++c) {
                                const Int row = y * step - pad + i, column = x * step - pad + j;
                                if (!in.inside(row, column)) continue;
                                const Int at = ((m * kh + i) * kw + j) * seen + c;
                                sum += levels[static_cast<std::size_t>(at)] *
                                       in.at(row, column, depthwise ? m : c);
                            }
                    out.q.push_back((sum + half) >> shift);
                }
        return out;
    }

    // What the statistics come to, for each output: docs/export.md names them so.
    struct Folded {
        Int pre = 0;
        Numbers mean, limit, factor, offset, gain, bias;
    };
    Folded folded() const {
        const Numbers mean = net.numbers(name("mean")), variance = net.numbers(name("variance"));
        Numbers root;
        for (const Int v : variance) {
            Int r = static_cast<Int>(std::sqrt(static_cast<double>(v)));
            while (r * r > v)
                --r;
            while ((r + 1) * (r + 1) <= v)
                ++r;
            root.push_back(r);
        }
        Folded f;
        const Int largest = *std::max_element(root.begin(), root.end());
        f.pre = std::max<Int>(0, bits(largest >> 8) - 14);
        for (std::size_t m = 0; m < mean.size(); ++m) {
            const Int sigma = std::max({root[m], Int{128}, largest >> 15});
            f.mean.push_back(mean[m] >> 16);
            f.factor.push_back(std::min((unit << (30 + f.pre)) / sigma, Int{1} << 30));
            f.limit.push_back(
                std::min((((top + 2) * sigma / unit) >> 8) + 1 + (Int{1} << f.pre), Int{1} << 30));
            f.offset.push_back((Int{1} << 21) -
                               (((mean[m] & 65535) * f.factor[m]) >> (16 + f.pre)));
        }
        if (!net.has(name("scale"))) return f;
        f.gain = net.numbers(name("scale"));
        for (const Int shift : net.numbers(name("shift")))
            f.bias.push_back(shift * unit + 2048);
        return f;
    }

    // The file has what the formulas come to.
    void check(const Folded& f) const {
        REQUIRE(number("folded_shift") == f.pre);
        REQUIRE(net.numbers(name("folded_mean")) == f.mean);
        REQUIRE(net.numbers(name("folded_limit")) == f.limit);
        REQUIRE(net.numbers(name("folded_factor")) == f.factor);
        REQUIRE(net.numbers(name("folded_offset")) == f.offset);
        REQUIRE(net.has(name("folded_gain")) == !f.gain.empty());
        if (f.gain.empty()) return;
        REQUIRE(net.numbers(name("folded_gain")) == f.gain);
        REQUIRE(net.numbers(name("folded_bias")) == f.bias);
    }

    void normalise(Map& map) const {
        const Folded f = folded();
        for (std::size_t i = 0; i < map.q.size(); ++i) {
            const std::size_t m = i % static_cast<std::size_t>(map.channels);
            const Int d = clamp(map.q[i] - f.mean[m], f.limit[m]) >> f.pre;
            map.q[i] = clamp((d * f.factor[m] + f.offset[m]) >> 22, top);
            if (!f.gain.empty()) map.q[i] = clamp((map.q[i] * f.gain[m] + f.bias[m]) >> 12, top);
        }
        map.exponent = 1 - bits(unit);
    }

    void narrow(Map& map) const {
        const Int n = number("activation_shift");
        for (Int& s : map.q)
            s = clamp(n == 0 ? s : (s + (Int{1} << (n - 1)) - (s < 0 ? 1 : 0)) >> n, top);
        map.exponent += n;
    }

    Map sum(const Map& a, const Map& b) const {
        const Map &coarse = a.exponent < b.exponent ? b : a,
                  &fine = a.exponent < b.exponent ? a : b;
        const Int d = std::min<Int>(coarse.exponent - fine.exponent, 8);
        const auto above = [](Int maps) {
            Int k = 0;
            while (9 * (Int{1} << 2 * k) < 4 * maps)
                ++k;
            return k;
        };
        const Int k = above(a.maps + b.maps) - above(std::max(a.maps, b.maps)), n = d + k;
        Map out = coarse;
        out.maps = a.maps + b.maps;
        out.exponent += k;
        for (std::size_t i = 0; i < out.q.size(); ++i) {
            const Int s = coarse.q[i] * (Int{1} << d) + fine.q[i];
            out.q[i] = clamp(n == 0 ? s : (s + (Int{1} << (n - 1)) - (s < 0 ? 1 : 0)) >> n, top);
        }
        return out;
    }

    Map pooled(const StageText& stage, const Map& in) const {
        const Int k = stage.size, step = stage.stride < 0 ? k : stage.stride, pad = stage.pad;
        const auto outputs = [&](Int size) {
            const Int count = (size + 2 * pad - k + step - 1) / step + 1;
            return (count - 1) * step >= size + pad ? count - 1 : count;
        };
        Map out{outputs(in.height), outputs(in.width), in.channels, in.exponent, {}, in.maps};
        for (Int y = 0; y < out.height; ++y)
            for (Int x = 0; x < out.width; ++x)
                for (Int c = 0; c < in.channels; ++c) {
                    Int n = 0, sum = 0, most = -top;
                    for (Int i = y * step - pad; i < y * step - pad + k; ++i)
                        for (Int j = x * step - pad; j < x * step - pad + k; ++j) {
                            if (!in.inside(i, j)) continue;
                            ++n;
                            sum += in.at(i, j, c);
                            most = std::max(most, in.at(i, j, c));
                        }
                    out.q.push_back(
                        stage.kind == "max" ? most : (sum * ((65536 + n / 2) / n) + 32768) >> 16);
                }
        return out;
    }
};

// The stored sums of the last layer; their exponent is that of a logit but for the gain.
Map logits_of(const Arrays& net, std::span<const std::uint8_t> pixels) {
    Reader read(net);
    const Numbers shape = net.numbers("input");
    Map map{shape[0], shape[1], shape[2], -bits(read.top), {}};
    for (const std::uint8_t pixel : pixels)
        map.q.push_back((pixel * read.top + 127) / 255);
    std::map<std::string, Map> named;
    std::vector<std::string> texts;
    std::istringstream in(net.setting("network"));
    for (std::string text; std::getline(in, text, ',');)
        texts.push_back(text);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const StageText stage = stage_of(texts[i]);
        if (stage.kind == "relu") {
            for (Int& q : map.q)
                q = std::max<Int>(q, 0);
        } else if (stage.kind == "bn") {
            if (net.has(read.name("mean"))) read.normalise(map);  // not with --bn none
        } else if (stage.kind == "conv" || stage.kind == "dwconv" || stage.kind == "fc") {
            ++read.layer;
            map = read.stored_sums(stage, map);
            const bool last = i + 1 == texts.size();
            if (!last && !net.has(read.name("mean"))) read.narrow(map);
        } else if (stage.kind == "add") {
            map = read.sum(map, named.at(stage.added));
        } else {
            map = read.pooled(stage, map);
        }
        if (!stage.name.empty()) named[stage.name] = map;
    }
    return map;
}

// The integers that the program folds the statistics into.
void compare_folded(const Arrays& net, const DeployedNetwork& deployed) {
    Reader read(net);
    for (const DeployedLayer& layer : deployed.layers) {
        ++read.layer;
        const Activation& a = layer.activation;
        CHECK(a.normalised == net.has(read.name("mean")));
        if (!a.normalised) {
            CHECK(a.shift == read.number("activation_shift"));
            continue;
        }
        const Reader::Folded f = read.folded();
        read.check(f);
        const auto same = [](const Numbers& page, const std::vector<std::int32_t>& program) {
            CHECK(page == Numbers(program.begin(), program.end()));
        };
        CHECK(a.shift == f.pre);
        same(f.mean, a.mean);
        same(f.limit, a.limit);
        same(f.factor, a.factor);
        same(f.offset, a.offset);
        same(f.gain, a.gain);
        same(f.bias, a.bias);
    }
}

void compare(const Run& e) {
    const Network& network = std::get<Network>(e.network);
    const Arrays net{npz_testing::exported_by(e, Exported::network)};
    Workspace work = make_workspace(network, *e.threads);
    std::vector<std::uint32_t> images;
    for (std::uint32_t i = 0; i < e.data.test.count(); ++i)
        images.push_back(i);
    load_batch(network, e.data.test, images, work, e.compute());
    pack_network(network, false, work, e.compute());
    const DeployedNetwork deployed = deploy(network);
    compare_folded(net, deployed);
    forward(deployed, work, e.compute());
    const ReadOut out = read_out(network, work);
    CHECK(net.number("gain") == out.gain);
    CHECK(net.number("logit_exponent") == out.exponent);
    CHECK(net.number("top") == network.input_top);
    const auto classes = static_cast<std::size_t>(network.classes);
    for (std::size_t i = 0; i < images.size(); ++i) {
        const Map map = logits_of(net, e.data.test.image(i));
        const std::span sums = std::span(work.logits()).subspan(i * classes, classes);
        CHECK(map.q == Numbers(sums.begin(), sums.end()));
        CHECK(map.exponent == out.exponent);
        const auto largest = std::max_element(map.q.begin(), map.q.end()) - map.q.begin();
        CHECK(largest == predicted(sums));
    }
}

TEST_CASE("logits follow from the exported arrays by the page's formulas", "[export]") {
    const TestFolder folder;
    const std::string task =
        folder.write("t.toml",
                     "title='t'\nhome='-'\nlicence='-'\nreader='idx'\nfolder='f'\nshape=[9,7,2]\n"
                     "classes=4\ntrain_count=60\ntest_count=15\nnetwork='fc 4'\n");
    const char* const every =
        "conv 3x3x5/2 pad 1, bn, max 3x3/2 pad 1, relu, conv 2x2x6 pad 1, bn, avg 3x3/2, fc 7, bn, "
        "relu, fc 4";
    const char* const block =
        "conv 3x3x5 pad 1, bn, relu as a, conv 3x3x5 pad 1, bn, add a, relu as b, avg 3x3/1 pad 1, "
        "add b, add a, fc 4";
    const char* const separable =
        "dwconv 3x3 pad 1, bn, relu, conv 1x1x9, bn, relu, dwconv 3x3/2 pad 1, bn, relu, avg "
        "3x3/2, "
        "fc 4";
    const char* const wide = "conv 3x3x70, bn, relu, fc 40, relu, fc 4";
    struct {
        const char *network, *bn, *weight_bits, *activation_bits;
    } const cases[] = {{every, "plain", "8", "8"},
                       {every, "affine", "8", "6"},
                       {every, "none", "8", "8"},
                       {every, "plain", "12", "4"},
                       {every, "affine", "2", "2"},
                       {every, "none", "16", "5"},
                       {block, "plain", "8", "8"},
                       {block, "affine", "8", "6"},
                       {block, "none", "8", "8"},
                       {block, "none", "4", "3"},
                       {separable, "plain", "8", "8"},
                       {separable, "affine", "2", "6"},
                       {separable, "none", "16", "8"},
                       {wide, "plain", "8", "8"},
                       {wide, "none", "4", "8"},
                       {"max 2x2, conv 2x2x3, avg 2x2/1, fc 4", "plain", "8", "8"}};
    for (const auto& c : cases) {
        CAPTURE(c.network, c.bn, c.weight_bits, c.activation_bits);
        Run e = prepare(new_run({{{"task", task},
                                  {"data", "synthetic"},
                                  {"threads", "1"},
                                  {"epochs", "2"},
                                  {"batch", "10"},
                                  {"network", c.network},
                                  {"bn", c.bn},
                                  {"rate", "0.015"},
                                  {"weight-bits", c.weight_bits},
                                  {"activation-bits", c.activation_bits}}}));
        train(e, {});
        compare(e);
    }
}

}  // namespace
