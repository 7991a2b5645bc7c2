// The table of schemes; drawing magnitudes and masks; copying signs in pieces that threads share.
#include "array/feedback.hpp"

#include <algorithm>
#include <array>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "device/device.hpp"

namespace crossbar {
namespace {

constexpr FeedbackScheme schemes[] = {
    //            magnitude           follow redraw masked scaled
    {"sym", "V = W, symmetric backpropagation, the control", Magnitude::forward, true, false, false,
     false},
    {"usf", "V = sign(W)", Magnitude::one, true, false, false, false},
    {"nusf", "V = sign(W) times one gain per layer, rms(V) = rms(W)", Magnitude::one, true, false,
     false, true},
    {"brsf", "V = M o sign(W), M redrawn after every update", Magnitude::uniform, true, true, false,
     false},
    {"frsf", "V = M o sign(W), M drawn once", Magnitude::uniform, true, false, false, false},
    {"nbrsf", "brsf times one gain per layer, rms(V) = rms(W)", Magnitude::uniform, true, true,
     false, true},
    {"nfrsf", "frsf times one gain per layer, rms(V) = rms(W)", Magnitude::uniform, true, false,
     false, true},
    {"brsf-p", "V = M o sign(W) o S_p, M and S_p redrawn after every update", Magnitude::uniform,
     true, true, true, false},
    {"frsf-p", "V = M o sign(W) o S_p, M and S_p drawn once", Magnitude::uniform, true, false, true,
     false},
    {"kp", "V starts as frsf-p's with rms(V) = rms(W), then gets W's pulses in place of signs",
     Magnitude::pulsed, false, false, true, false},
    {"rndf", "V from N(0, 0.05^2), drawn once, its own signs", Magnitude::normal, false, false,
     false, false},
};

// N(0, (0.4 top)^2) rounded to levels: twelve 16-bit uniforms summed (Irwin-Hall) have variance
// 2^32, so their centred sum has a standard deviation of 2^16. Six words per synapse.
int normal_level(const Stream& s, std::size_t i, int top) {
    std::int64_t sum = -12 * 32768 + 6;  // 12 halves average 12 * 32767.5
    for (std::uint64_t k = 0; k < 12; ++k)
        sum += random_half(s, 12 * i + k);
    return static_cast<int>(saturate(round_shift(sum * 2 * top / 5, 16), top));
}

// |V|: uniform on 1..top. Level 0 would carry no sign at all, so it is left out: at one or two
// bits the magnitude is 1.
int uniform_level(std::uint32_t half, int top) {
    return 1 + static_cast<int>(half * static_cast<std::uint32_t>(top) >> 16);
}

constexpr std::size_t chunk = 4096;

// Calls visit(i, half) for the synapses first .. last - 1, each with its half of the stream.
template <typename Visit>
void each_half(const Stream& s, std::size_t first, std::size_t last, const Kernels& kernels,
               Visit visit) {
    std::array<std::uint16_t, chunk> halves;
    for (; first < last; first += chunk) {
        const std::size_t count = std::min(chunk, last - first);
        kernels.random_halves(halves.data(), first, count, s.seed, s.step, s.tag);
        for (std::size_t i = 0; i < count; ++i)
            visit(first + i, std::uint32_t{halves[i]});
    }
}

// A level as its device holds it: what carries a sign does not become 0.
int held(int level, std::uint8_t kind, const FeedbackDevice& d, int top) {
    if (level == 0) return 0;
    const int size = std::clamp((std::abs(level) * d.scale[kind] + 128) >> 8, 1, top);
    return level < 0 ? -size : size;
}

// The pulses of one copy; what has had its share stays as it is.
void wear_out(FeedbackArray& f, std::size_t i) {
    if (!f.device->mortal) return;
    f.wear[i] = static_cast<std::uint16_t>(std::min(f.wear[i] + f.device->copy_pulses, 65535));
    const std::uint16_t life = f.device->life[f.kinds[i]];
    if (life != 65535 && f.wear[i] >= life) f.kinds[i] = stuck_kind;
}

void draw_mask(FeedbackArray& f, std::uint64_t step, std::size_t first, std::size_t last,
               const Kernels& kernels) {
    each_half(stream(f.seed, Purpose::feedback_mask, f.layer, step), first, last, kernels,
              [&](std::size_t i, std::uint32_t half) {
                  f.mask[i] = half < f.concordance ? std::int8_t{1} : std::int8_t{-1};
              });
}

// M and S_p of one step for the synapses first .. last - 1; V keeps its old signs.
void draw_magnitudes(FeedbackArray& f, std::uint64_t step, std::size_t first, std::size_t last,
                     const Kernels& kernels) {
    const Stream s = stream(f.seed, Purpose::feedback_magnitude, f.layer, step);
    const int top = top_level(f.bits);
    each_half(s, first, last, kernels, [&](std::size_t i, std::uint32_t half) {
        int level = top;
        if (f.scheme->magnitude == Magnitude::uniform) level = uniform_level(half, top);
        if (f.scheme->magnitude == Magnitude::normal) level = normal_level(s, i, top);
        // A sign of its own where no forward sign will replace it: levels are 0 before step 0.
        const bool negative =
            f.scheme->signs_follow && (f.levels[i] != 0 ? f.levels[i] < 0 : (half & 1u) != 0);
        if (f.device && step > 0 && f.kinds[i] == stuck_kind) return;
        if (f.device) level = held(level, f.kinds[i], *f.device, top);
        f.levels[i] = static_cast<std::int8_t>(negative ? -level : level);
    });
    if (f.scheme->masked) draw_mask(f, step, first, last, kernels);
}

// Gives V the sign of W, times the mask; V keeps its sign where W is 0. Returns how many change.
// Without a branch, so that the compiler makes vectors of it; a block's count fits a byte.
template <bool masked, typename Level>
std::uint64_t copy_signs(std::int8_t* v, const Level* w, const std::int8_t* mask, std::size_t n) {
    std::uint64_t copies = 0;
    for (std::size_t start = 0; start < n; start += 128) {
        const std::size_t end = std::min(start + 128, n);
        std::uint8_t count = 0;
        for (std::size_t i = start; i < end; ++i) {
            const bool negative = masked ? (w[i] < 0) != (mask[i] < 0) : w[i] < 0;
            const bool flip =
                static_cast<int>(w[i] != 0) & static_cast<int>(negative != (v[i] < 0));
            v[i] = static_cast<std::int8_t>(flip ? -v[i] : v[i]);
            count = static_cast<std::uint8_t>(count + (flip ? 1 : 0));
        }
        copies += count;
    }
    return copies;
}

// The same on devices: what is stuck keeps its sign, and the others wear out.
template <typename Level>
std::uint64_t copy_signs_by_pulses(FeedbackArray& f, const std::vector<Level>& w, std::size_t first,
                                   std::size_t last, bool wears) {
    std::uint64_t copies = 0;
    for (std::size_t i = first; i < last; ++i) {
        if (w[i] == 0 || f.kinds[i] == stuck_kind) continue;
        const bool negative = (w[i] < 0) != (!f.mask.empty() && f.mask[i] < 0);
        if (negative == (f.levels[i] < 0)) continue;
        f.levels[i] = static_cast<std::int8_t>(-f.levels[i]);
        if (wears) wear_out(f, i);
        ++copies;
    }
    return copies;
}

std::uint64_t copy_signs(FeedbackArray& f, const SynapseArray& forward, std::size_t first,
                         std::size_t last, bool wears) {
    return std::visit(
        [&](const auto& w) {
            if (f.device) return copy_signs_by_pulses(f, w, first, last, wears);
            std::int8_t* const v = f.levels.data() + first;
            if (f.mask.empty())
                return copy_signs<false>(v, w.data() + first, nullptr, last - first);
            return copy_signs<true>(v, w.data() + first, f.mask.data() + first, last - first);
        },
        forward.levels);
}

// New magnitudes and signs for all that can change: each is written once.
std::uint64_t redraw(FeedbackArray& f, const SynapseArray& forward, std::uint64_t step,
                     std::size_t first, std::size_t last, const Kernels& kernels) {
    draw_magnitudes(f, step, first, last, kernels);
    copy_signs(f, forward, first, last, false);
    if (!f.device) return last - first;
    std::uint64_t copies = 0;
    for (std::size_t i = first; i < last; ++i) {
        if (f.kinds[i] == stuck_kind) continue;
        wear_out(f, i);
        ++copies;
    }
    return copies;
}

void make_kinds(FeedbackArray& f, std::size_t n) {
    const Stream s = stream(f.seed, Purpose::feedback_kind, f.layer, 0);
    f.kinds.resize(n);
    if (f.device->mortal) f.wear.assign(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t word = random_word(s, i), other = word & 0xffff;
        f.kinds[i] = static_cast<std::uint8_t>(other * mobile_kinds >> 16);
        if (word >> 16 < f.device->stuck) f.kinds[i] = stuck_kind;
    }
}

// What never changes is found with a sign of its own, or with nothing.
void find_faults(FeedbackArray& f) {
    const Stream s = stream(f.seed, Purpose::feedback_kind, f.layer, 0);
    for (std::size_t i = 0; i < f.levels.size(); ++i) {
        if (f.kinds[i] != stuck_kind) continue;
        const std::uint32_t word = random_word(s, i);
        if (word >> 16 < f.device->lost)
            f.levels[i] = 0;
        else if ((word & 1u) != 0)
            f.levels[i] = static_cast<std::int8_t>(-f.levels[i]);
    }
}

std::uint64_t mean_square(const SynapseArray& a, std::uint64_t unit) {
    std::uint64_t squares = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::int64_t w = level_at(a, i);
        squares += static_cast<std::uint64_t>(w * w);
    }
    const std::uint64_t n = std::max<std::size_t>(a.size(), 1);
    return squares >> 56 == 0 ? squares * unit / n : squares / n * unit;
}

// V at the start: its levels are as large as those of W, so that neither outweighs the other below
// a sum, and small beside the range over which both move from then on.
void draw_pulsed(FeedbackArray& f, const SynapseArray& forward, const Kernels& kernels) {
    SynapseArray& v = f.pulsed.emplace(forward);
    v.pulses = 0;
    v.devices = {};
    f.bits = v.bits;
    const int farthest = static_cast<int>(
        std::clamp<std::uint64_t>(integer_sqrt(3 * mean_square(forward, 1)), 1,
                                  static_cast<std::uint64_t>(top_synapse_level(v.bits))));
    f.mask.resize(v.size());
    draw_mask(f, 0, 0, v.size(), kernels);
    const Stream s = stream(f.seed, Purpose::feedback_magnitude, f.layer, 0);
    std::visit(
        [&](auto& levels) {
            using Level = typename std::decay_t<decltype(levels)>::value_type;
            each_half(s, 0, v.size(), kernels, [&](std::size_t i, std::uint32_t half) {
                const int size = uniform_level(half, farthest), w = levels[i];
                const bool negative = w != 0 ? (w < 0) != (f.mask[i] < 0) : (half & 1u) != 0;
                levels[i] = static_cast<Level>(negative ? -size : size);
            });
        },
        v.levels);
    std::vector<std::int8_t>().swap(f.mask);  // its room as well
    if (forward.devices.device)
        make_devices(v, forward.devices.device, f.seed, lanes::pulsed_back(f.layer), kernels);
}

}  // namespace

std::span<const FeedbackScheme> feedback_schemes() {
    return schemes;
}

FeedbackArray make_feedback(const FeedbackScheme& scheme, int bits, SignOfZero sign_of_zero,
                            std::uint32_t concordance, std::uint64_t seed, std::uint32_t layer,
                            const SynapseArray& forward, const Kernels& kernels,
                            std::shared_ptr<const FeedbackDevice> device) {
    FeedbackArray f{&scheme, bits, sign_of_zero, concordance, seed, layer, {}, {},
                    {},      0,    {},           {},          {}};
    if (scheme.magnitude == Magnitude::forward) return f;
    if (scheme.magnitude == Magnitude::pulsed) {
        draw_pulsed(f, forward, kernels);
        return f;
    }
    f.levels.assign(forward.size(), 0);
    if (scheme.masked) f.mask.resize(forward.size());
    f.device = std::move(device);
    if (f.device) make_kinds(f, forward.size());
    draw_magnitudes(f, 0, 0, forward.size(), kernels);
    if (f.device) find_faults(f);
    if (scheme.signs_follow) copy_signs(f, forward, 0, forward.size(), false);
    return f;
}

std::uint64_t sync_feedback_signs(FeedbackArray& f, const SynapseArray& forward, std::uint64_t step,
                                  std::size_t first, std::size_t last, const Kernels& kernels) {
    if (!f.scheme->signs_follow || f.levels.empty()) return 0;
    if (!f.scheme->redrawn) return copy_signs(f, forward, first, last, true);
    return redraw(f, forward, step, first, last, kernels);
}

const SynapseArray* synapses_back(const FeedbackArray& f, const SynapseArray& forward) {
    if (f.pulsed) return &*f.pulsed;
    return f.levels.empty() ? &forward : nullptr;
}

int feedback_level(const FeedbackArray& f, const SynapseArray& forward, std::size_t i) {
    const SynapseArray* const synapses = synapses_back(f, forward);
    return synapses != nullptr ? level_at(*synapses, i) : f.levels[i];
}

void effective_slices(const FeedbackArray& f, const SynapseArray& forward, Slices& slices) {
    if (const SynapseArray* synapses = synapses_back(f, forward))
        return slices_of(*synapses, slices);
    slices.low = f.levels;
    slices.high.clear();
    if (f.sign_of_zero != SignOfZero::zero || !f.scheme->signs_follow) return;
    std::visit(
        [&](const auto& w) {
            for (std::size_t i = 0; i < w.size(); ++i)
                if (w[i] == 0) slices.low[i] = 0;
        },
        forward.levels);
}

const std::vector<std::int8_t>* effective_plane(const FeedbackArray& f,
                                                const SynapseArray& forward) {
    if (const SynapseArray* synapses = synapses_back(f, forward))
        return std::get_if<std::vector<std::int8_t>>(&synapses->levels);
    return f.sign_of_zero == SignOfZero::zero && f.scheme->signs_follow ? nullptr : &f.levels;
}

int feedback_exponent(const FeedbackArray& f, const SynapseArray& forward) {
    if (const SynapseArray* synapses = synapses_back(f, forward)) return synapses->exponent;
    const int unit = f.bits <= 2 ? 0 : f.bits - 1;  // the top level stands for about 2^0
    if (f.scheme->magnitude == Magnitude::normal) return -unit - 3;  // 0.05 = 0.4 / 8
    if (!f.scheme->scaled) return -unit;
    // rms(W) * 2^4, then the nearest power of two: x * 4 / 3 passes 2^k where x passes 1.5 *
    // 2^(k-1). That of M on (0, 1) is 1 / sqrt(3), and 97 / 56 is sqrt(3).
    const std::uint64_t rms = integer_sqrt(mean_square(forward, 256));
    const std::uint64_t gain = f.scheme->magnitude == Magnitude::uniform ? rms * 97 / 56 : rms;
    return forward.exponent + bit_width(gain * 4 / 3) - 1 - 4 - unit;
}

Concordance concordance_of(const FeedbackArray& f, const SynapseArray& forward) {
    Concordance c;
    for (std::size_t i = 0; i < forward.size(); ++i) {
        const int w = sign_of(level_at(forward, i));
        const int v = sign_of(feedback_level(f, forward, i));
        c.counted += w != 0 && v != 0;
        c.agree += w * v > 0;
    }
    return c;
}

}  // namespace crossbar
