// Writes levels into pairs of conductances, with spread, verified pulses and drift, all by random
// addresses.
#include "analysis/deploy.hpp"

#include <algorithm>

#include "array/device_array.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"

namespace crossbar {
namespace {

constexpr int full = 65536;  // of a conductance, and of the factor that compensates

// The two conductances whose difference is a synapse, and whether they are devices that change.
struct Conductances {
    std::array<std::int32_t, 2> g;
    std::array<bool, 2> changes;
};

Conductances wanted(const SynapseArray& a, std::size_t i) {
    if (const auto& device = a.devices.device) {
        const auto share = [&](int level) { return level * full / device->highest; };
        const bool two = device->two();
        return {{share(device_level(a, 0, i)), share(two ? device_level(a, 1, i) : device->top)},
                {a.devices.kinds[0][i] != stuck_kind, two && a.devices.kinds[1][i] != stuck_kind}};
    }
    const int top = top_synapse_level(a.bits), level = level_at(a, i);
    const int g = std::abs(level) * full / top;
    return {{level > 0 ? g : 0, level < 0 ? g : 0}, {true, true}};
}

// Writes the devices of one plane, each try with draws of its own.
struct Writer {
    const ConductanceTables& t;
    std::uint64_t seed;
    std::uint32_t lane;
    WriteCounts counts = {};

    std::uint32_t random(std::uint64_t step, std::size_t i) const {
        return random_half(stream(seed, Purpose::writing, lane, step), i);
    }
    bool is_near(std::int32_t start, std::int32_t g, int attempt, std::size_t i) const {
        const std::uint32_t draw = random(random_steps::read_back(attempt), i);
        const std::int32_t read = start + (t.read_spread * t.normal[draw >> 8] >> 8);
        return std::abs(read - g) <= t.verify_within;
    }

    // A device's conductance after writing, and what is left of it. Its drift is that of the first
    // draw however often it is written.
    std::array<std::int32_t, 2> write(std::int32_t g, std::size_t i) {
        const auto place = static_cast<std::size_t>((g + 128) >> 8);
        const std::uint32_t first = random(random_steps::written(0), i);
        std::int32_t start = 0;
        bool near = t.verify_tries == 0;
        for (int attempt = 0; attempt < std::max(t.verify_tries, 1); ++attempt) {
            const std::uint32_t draw =
                attempt == 0 ? first : random(random_steps::written(attempt), i);
            start = std::clamp(g + (t.spread[place] * t.normal[draw >> 8] >> 8), 0, 2 * full);
            ++counts.writings;
            if (t.verify_tries == 0) break;
            ++counts.readings;
            near = is_near(start, g, attempt, i);
            if (near) break;
        }
        ++counts.devices;
        counts.missed += !near;
        const std::int64_t left = t.left[256 * place + (first & 255)];
        return {start, static_cast<std::int32_t>(round_shift(start * left, 16))};
    }
};

// Levels that a full conductance stands for, the power of two that they are multiplied by, and the
// largest that fits.
struct Grid {
    int levels, shift, most;

    explicit Grid(const Layer& layer) {
        const auto& device = layer.forward.devices.device;
        const int top = top_synapse_level(layer.forward.bits);
        const int width = bit_width(static_cast<std::uint64_t>(top));
        levels = device ? device->highest : top;
        shift = layer.tiles ? 7 - width : std::max(0, 14 - width);
        most = layer.tiles ? 127 : top_synapse_level(16);
    }
    std::int64_t level(std::int32_t conductance) const {
        return saturate(round_shift((std::int64_t{conductance} * levels) << shift, 16), most);
    }
};

// Sums of |level| as written, and as read; what the writing took.
struct ReadOuts {
    std::uint64_t before = 0, now = 0;
    WriteCounts counts = {};
};

template <typename Level>
ReadOuts read_levels(const SynapseArray& a, const Grid& grid, const ConductanceTables& t,
                     std::uint64_t seed, std::uint32_t layer, std::vector<Level>& levels) {
    std::array<Writer, 2> writers = {Writer{t, seed, lanes::device(layer, 0)},
                                     Writer{t, seed, lanes::device(layer, 1)}};
    levels.resize(a.size());
    ReadOuts sum;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const Conductances c = wanted(a, i);
        std::array<std::int32_t, 2> difference{};
        for (std::size_t plane = 0; plane < 2; ++plane) {
            std::array<std::int32_t, 2> g = {c.g[plane], c.g[plane]};
            if (c.changes[plane]) g = writers[plane].write(c.g[plane], i);
            for (std::size_t moment = 0; moment < 2; ++moment)
                difference[moment] += plane == 0 ? g[moment] : -g[moment];
        }
        levels[i] = static_cast<Level>(grid.level(difference[1]));
        sum.before += static_cast<std::uint64_t>(std::abs(grid.level(difference[0])));
        sum.now += static_cast<std::uint64_t>(std::abs(grid.level(difference[1])));
    }
    for (const Writer& writer : writers)
        sum.counts += writer.counts;
    return sum;
}

// Ranges and noise in the finer levels' units.
void scale_tiles(TiledArray& array, int shift) {
    auto tiles = std::make_shared<Tiles>(*array.tiles);
    tiles->limit = static_cast<std::int32_t>(
        std::min(std::int64_t{tiles->limit} << shift, std::int64_t{1} << 24));
    tiles->noise =
        static_cast<int>(std::min(std::int64_t{tiles->noise} << shift, std::int64_t{1} << 24));
    array.tiles = std::move(tiles);
    array.seen.largest <<= shift;
}

WriteCounts write_layer(Layer& layer, std::uint32_t index, const ConductanceTables& t,
                        std::uint64_t seed) {
    const Grid grid(layer);
    SynapseArray& a = layer.forward;
    Levels levels;
    if (!layer.tiles) levels = std::vector<std::int16_t>();
    const ReadOuts sum =
        std::visit([&](auto& to) { return read_levels(a, grid, t, seed, index, to); }, levels);
    layer.compensation = full;
    // Sixteen times are beyond any drift that leaves something to read.
    if (t.compensation && sum.now != 0)
        layer.compensation = static_cast<std::int32_t>(
            std::min((sum.before * full + sum.now / 2) / sum.now, std::uint64_t{16 * full}));
    if (layer.tiles) scale_tiles(layer.tiles, grid.shift);
    a.levels = std::move(levels);
    a.bits = layer.tiles ? 8 : 16;
    a.exponent -= grid.shift;
    a.devices = {};
    layer.sum_shift += grid.shift;
    return sum.counts;
}

}  // namespace

WriteCounts& WriteCounts::operator+=(const WriteCounts& other) {
    devices += other.devices;
    writings += other.writings;
    readings += other.readings;
    missed += other.missed;
    return *this;
}

Deployed written(const Network& network, const ConductanceTables& tables, const Plan& plan) {
    return written(
        network,
        LayerTables(network.layers.size(), std::make_shared<const ConductanceTables>(tables)),
        plan);
}

Deployed written(const Network& network, const LayerTables& tables, const Plan& plan) {
    Deployed copy{network, std::vector<WriteCounts>(network.layers.size())};
    for (std::size_t i = 0; i < network.layers.size(); ++i)
        if (tables[i])
            copy.layers[i] = write_layer(copy.network.layers[i], static_cast<std::uint32_t>(i),
                                         *tables[i], plan.seed);
    return copy;
}

LayerTables conductances_of(const Hardware& hardware, std::span<const LayerHardware> layers,
                            std::size_t count, double seconds) {
    const auto made = [&](const Hardware& of) -> LayerTables::value_type {
        if (!of.inference) return nullptr;
        return std::make_shared<const ConductanceTables>(
            conductance_tables(*of.inference, seconds));
    };
    LayerTables tables(count, made(hardware));
    for (const LayerHardware& layer : layers)
        tables.at(layer.layer) = made(layer.hardware);
    return tables;
}

std::vector<double> reading_times(const Target& target) {
    if (target.hardware.inference) return target.hardware.inference->seconds;
    for (const LayerHardware& layer : target.layers)
        if (layer.hardware.inference) return layer.hardware.inference->seconds;
    return {};
}

}  // namespace crossbar
