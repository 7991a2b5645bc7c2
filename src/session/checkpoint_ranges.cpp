#include "session/checkpoint_ranges.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "base/fixed.hpp"

namespace crossbar {
namespace {

constexpr int most_epochs = 100000;  // as --epochs has it; training looks rates up by epoch
constexpr std::uint64_t most_steps = std::uint64_t{1} << 39;  // random addresses of tests begin
constexpr std::uint64_t most_counted = std::uint64_t{1} << 60;
constexpr std::int64_t most_loss = std::int64_t{1} << 61;
constexpr std::uint64_t most_images = std::uint64_t{1} << 40;
constexpr std::int64_t most_sum = std::int64_t{1} << 25;
constexpr double most_seconds = 1e12, most_float = 1e30;

// Compares the numbers of a checkpoint with their ranges; `what` names them.
class Ranges {
  public:
    explicit Ranges(const std::string& path) : path_(path) {}

    template <typename T>
    void one(T value, T low, T high, const std::string& what) const {
        if (!(value >= low && value <= high))
            fail("{}: this checkpoint holds what training cannot make: {} is {}, expected {} to {}",
                 path_, what, value, low, high);
    }
    template <typename T, typename Bound>
    void all(const std::vector<T>& values, Bound low, Bound high, const std::string& what) const {
        for (const T& value : values)
            if (!(value >= low && value <= high)) one<Bound>(value, low, high, what);
    }
    void count(std::uint64_t value, const std::string& what) const {
        one(value, std::uint64_t{0}, most_counted, what);
    }
    void signs(const std::vector<std::int8_t>& values, const std::string& what) const {
        all(values, -1, 1, what);
        for (const std::int8_t value : values)
            if (value == 0)
                fail("{}: this checkpoint has a 0 in {}, expected -1 or 1", path_, what);
    }
    void floats(const std::vector<float>& values, const std::string& what) const {
        all(values, -most_float, most_float, what);
    }

  private:
    const std::string& path_;
};

void check(const Ranges& in, const Metrics& t, const std::string& what) {
    in.one(t.images, std::uint64_t{0}, most_images, what + " images");
    in.one(t.wrong, std::uint64_t{0}, t.images, what + " errors");
    in.one(t.loss, -most_loss, most_loss, what + " loss");
}

void check(const Ranges& in, const Concordance& c) {
    in.count(c.counted, "the signs compared");
    in.one(c.agree, std::size_t{0}, c.counted, "the signs that agree");
}

void check(const Ranges& in, const EpochRecord& r) {
    check(in, r.train, "an epoch's training");
    check(in, r.test, "an epoch's test");
    in.one(r.seconds, 0.0, most_seconds, "an epoch's seconds");
    in.count(r.pulses, "an epoch's pulses");
    for (const LayerDiagnosis& layer : r.layers) {
        in.one(layer.angle, -1.0, 180.0, "an angle");
        check(in, layer.gradient_signs);
        check(in, layer.synapse_signs);
    }
}

// Device levels that make up the weight, each in its range.
void check_devices(const Ranges& in, const SynapseArray& a, const std::string& what) {
    const DeviceTables& d = *a.devices.device;
    in.all(std::get<std::vector<std::int8_t>>(a.levels), -127, 127, what + ", a level");
    in.all(a.devices.second, 0, d.highest, what + ", second devices");
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int first = device_level(a, 0, i);
        in.one(first, 0, d.highest, what + ", a device's level");
        const int second = d.two() ? a.devices.second[i] : 0;
        const int weight = d.digit[0] * first + d.digit[1] * second - d.zero;
        in.one(level_at(a, i), weight, weight, what + ", the level of two devices");
    }
    in.count(a.devices.refreshes, what + ", refreshes");
    in.count(a.devices.first_pulses, what + ", pulses of first devices");
    in.count(a.devices.verify_reads, what + ", readings");
}

void check(const Ranges& in, const SynapseArray& a, const std::string& what) {
    in.count(a.pulses, what + ", pulses");
    if (a.devices.device) return check_devices(in, a, what);
    const int top = top_synapse_level(a.bits);
    std::visit([&](const auto& levels) { in.all(levels, -top, top, what + ", a level"); },
               a.levels);
    if (const auto* levels = std::get_if<std::vector<std::int8_t>>(&a.levels); a.bits == 1)
        in.signs(*levels, what + ", levels of one bit");
}

void check(const Ranges& in, const Trace& t, const std::string& what) {
    constexpr int most = std::numeric_limits<std::int16_t>::max();
    constexpr int most_wide = std::numeric_limits<std::int32_t>::max();
    in.all(t.sign, -most, most, what + ", a trace");
    in.all(t.sgd, -most_wide, most_wide, what + ", a trace");
}

void check(const Ranges& in, const BatchNorm& n, const std::string& what) {
    in.all(n.running.mean, -(most_sum << 16), most_sum << 16, what + ", a mean");
    in.all(n.running.variance, std::int64_t{0}, std::int64_t{1} << 62, what + ", a variance");
    if (n.mode != BatchNormMode::affine) return;
    check(in, n.affine.scale, what + ", scale");
    check(in, n.affine.shift, what + ", shift");
    check(in, n.affine.scale_trace, what + ", scale");
    check(in, n.affine.shift_trace, what + ", shift");
}

void check(const Ranges& in, const TiledArray& t, const std::string& what) {
    constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
    in.one(t.seen.largest, 0, most, what + ", the largest sum read");
    in.one(t.seen.batches, 0, most, what + ", batches read");
}

void check(const Ranges& in, const Layer& l) {
    check(in, l.forward, l.text);
    check(in, l.trace, l.text);
    const int top = l.feedback.device ? 127 : top_level(l.feedback.bits);
    in.all(l.feedback.levels, -top, top, l.text + ", a feedback level");
    in.signs(l.feedback.mask, l.text + ", the mask");
    in.count(l.feedback.copies, l.text + ", copies");
    if (l.norm.mode != BatchNormMode::none) check(in, l.norm, l.text + ", bn");
    in.one(l.scale.shift, 0, 25, l.text + ", the shift of activations");
    check(in, l.tiles, l.text);
    check(in, l.feedback_tiles, l.text + ", feedback");
}

void check(const Ranges& in, const FloatLayer& l) {
    in.floats(l.weights, l.text + ", a weight");
    in.floats(l.trace, l.text + ", a trace");
    in.floats(l.feedback, l.text + ", a feedback weight");
    in.all(l.magnitude, 0.0, most_float, l.text + ", a magnitude");
    in.signs(l.mask, l.text + ", the mask");
    in.floats(l.norm.mean, l.text + ", bn mean");
    in.all(l.norm.variance, 0.0, most_float, l.text + ", bn variance");
    for (const auto* values :
         {&l.norm.scale, &l.norm.shift, &l.norm.scale_trace, &l.norm.shift_trace})
        in.floats(*values, l.text + ", bn scale and shift");
}

// What progress says of the network it belongs to.
void check_progress(const Ranges& in, const Progress& p, std::size_t layers, std::uint64_t sent) {
    in.one(p.pulses, std::uint64_t{0}, sent, "the pulses before this epoch");
    for (const EpochRecord& r : p.history)
        if (!r.layers.empty()) in.one(r.layers.size(), layers, layers, "the layers diagnosed");
}

template <typename AnyNetwork>
void check_network(const Checkpoint& checkpoint, const AnyNetwork& network, std::uint64_t sent) {
    const Ranges in(checkpoint.path);
    for (const auto& layer : network.layers)
        check(in, layer);
    check_progress(in, checkpoint.progress, network.layers.size(), sent);
}

}  // namespace

void check_ranges(const Checkpoint& checkpoint) {
    const Ranges in(checkpoint.path);
    const Progress& p = checkpoint.progress;
    in.one(p.epoch, 0, most_epochs, "its epoch");
    in.one(p.image, std::uint64_t{0}, most_images, "the images of its epoch");
    in.one(p.step, std::uint64_t{0}, most_steps, "its batches");
    check(in, p.train, "this epoch's");
    in.one(p.seconds, 0.0, most_seconds, "the seconds of its epoch");
    in.count(p.pulses, "the pulses before its epoch");
    in.one(p.history.size(), std::size_t(p.epoch), std::size_t(p.epoch), "the epochs recorded");
    for (std::size_t i = 0; i < p.history.size(); ++i) {
        const int number = static_cast<int>(i) + 1;
        in.one(p.history[i].epoch, number, number, "a record's epoch");
        check(in, p.history[i]);
    }
}

void check_ranges(const Checkpoint& checkpoint, const Network& network) {
    std::uint64_t sent = 0;
    for (const Layer& layer : network.layers)
        sent += layer.forward.pulses;
    check_network(checkpoint, network, sent);
}

void check_ranges(const Checkpoint& checkpoint, const FloatNetwork& network) {
    check_network(checkpoint, network, network.pulses);
}

}  // namespace crossbar
