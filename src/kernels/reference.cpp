// The specification of every kernel: naive loops, never optimised. Other instruction sets are
// tested against this file bit for bit.
#include <cstring>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar::kernels {
namespace {

std::size_t packed_bytes(int rows, int depth, Unsigned) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(depth);
}

void pack(std::int8_t* packed, const std::int8_t* source, int rows, int depth,
          std::ptrdiff_t row_stride, std::ptrdiff_t depth_stride, Unsigned) {
    for (int n = 0; n < rows; ++n)
        for (int d = 0; d < depth; ++d)
            *packed++ = source[n * row_stride + d * depth_stride];
}

void product(std::int32_t* c, std::ptrdiff_t c_stride, const std::int8_t* a,
             std::ptrdiff_t a_stride, int m, const std::int8_t* packed, int n, int depth, Unsigned,
             bool accumulate) {
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
            std::uint32_t sum = accumulate ? static_cast<std::uint32_t>(c[i * c_stride + j]) : 0;
            for (int d = 0; d < depth; ++d)
                sum += static_cast<std::uint32_t>(a[i * a_stride + d] *
                                                  packed[std::ptrdiff_t{j} * depth + d]);
            c[i * c_stride + j] = static_cast<std::int32_t>(sum);
        }
}

std::ptrdiff_t step(const Steps& s, int i) {
    return i / s.inner * s.outer + i % s.inner * s.stride;
}

void product_of_runs(std::int32_t* c, std::ptrdiff_t c_stride, const LeftRows& a, int m,
                     const std::int8_t* packed, int n, Unsigned, bool accumulate) {
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
            std::uint32_t sum = accumulate ? static_cast<std::uint32_t>(c[i * c_stride + j]) : 0;
            const std::int8_t* b = packed + std::ptrdiff_t{j} * a.run_count * a.run;
            for (int r = 0; r < a.run_count; ++r)
                for (int d = 0; d < a.run; ++d)
                    sum += static_cast<std::uint32_t>(
                        a.first[step(a.rows, i) + step(a.runs, r) + d] * *b++);
            c[i * c_stride + j] = static_cast<std::int32_t>(sum);
        }
}

void transpose(std::int8_t* out, std::ptrdiff_t out_stride, const std::int8_t* in, int rows,
               int columns) {
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c)
            out[c * out_stride + r] = in[std::ptrdiff_t{r} * columns + c];
}

#include "reference_windows.inl"

int clamp(int x, int low, int high) {
    return x < low ? low : x > high ? high : x;
}

void round_inputs(std::int8_t* out, const std::int8_t* in, std::size_t n, int drop, int top) {
    const int half = drop > 0 ? 1 << (drop - 1) : 0;
    for (std::size_t i = 0; i < n; ++i) {
        const int size = ((in[i] < 0 ? -in[i] : in[i]) + half) >> drop << drop;
        const int kept = clamp(size, 0, top);
        out[i] = static_cast<std::int8_t>(in[i] < 0 ? -kept : kept);
    }
}

void bit_plane(std::int8_t* out, const std::int8_t* in, std::size_t n, int bit) {
    for (std::size_t i = 0; i < n; ++i) {
        const int set = (in[i] < 0 ? -in[i] : in[i]) >> bit & 1;
        out[i] = static_cast<std::int8_t>(in[i] < 0 ? -set : set);
    }
}

void convert(std::int32_t* out, const std::int32_t* sums, std::size_t rows, int columns,
             const Converters& adcs, bool accumulate) {
    for (std::size_t r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c, ++out) {
            const int x = clamp(*sums++, -adcs.limit, adcs.limit) >> adcs.pre_shift;
            const int fine = x * adcs.scale[c] + adcs.offset[c] - (x < 0 ? 1 : 0);
            const int code = clamp(fine >> adcs.shift, -adcs.top, adcs.top);
            *out = (accumulate ? *out : 0) + code * adcs.step;
        }
}

void add_noise(std::int32_t* sums, const std::uint16_t* halves, std::size_t n, int noise) {
    for (std::size_t i = 0; i < n; ++i) {
        const int h = halves[i];
        const int digits = (h & 15) + (h >> 4 & 15) + (h >> 8 & 15) + (h >> 12);
        sums[i] += ((digits - 30) * noise + 8) >> 4;
    }
}

void add_weighed(std::int32_t* out, const std::int32_t* sums, std::size_t rows, int columns,
                 const std::int32_t* gain, bool accumulate) {
    for (std::size_t r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c, ++out)
            *out = (accumulate ? *out : 0) + ((*sums++ * gain[c] + 512) >> 10);
}

void relu(std::int8_t* out, const std::int8_t* in, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = in[i] > 0 ? in[i] : std::int8_t{0};
}

void relu_mask(std::int8_t* errors, const std::int8_t* activations, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        if (activations[i] <= 0) errors[i] = 0;
}

std::uint32_t largest(const std::int32_t* x, std::size_t n) {
    std::uint32_t best = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t size =
            x[i] < 0 ? 0u - static_cast<std::uint32_t>(x[i]) : static_cast<std::uint32_t>(x[i]);
        if (size > best) best = size;
    }
    return best;
}

std::int8_t narrowed(std::int32_t x, int shift, int top, const std::uint16_t* random) {
    int r = 0;
    if (random != nullptr)
        r = static_cast<int>((std::uint64_t{*random} << shift) >> 16);
    else if (shift > 0)
        r = (1 << (shift - 1)) - (x < 0 ? 1 : 0);
    return static_cast<std::int8_t>(clamp((x + r) >> shift, -top, top));
}

void narrow(std::int8_t* out, const std::int32_t* x, std::size_t n, int shift, int top,
            const std::uint16_t* random) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = narrowed(x[i], shift, top, random == nullptr ? nullptr : random + i);
}

std::uint32_t largest_sum(const std::int8_t* a, const std::int8_t* b, std::size_t n, int up) {
    std::uint32_t best = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t x = a[i] * (1 << up) + b[i];
        const std::uint32_t size = largest(&x, 1);
        if (size > best) best = size;
    }
    return best;
}

void narrow_sum(std::int8_t* out, const std::int8_t* a, const std::int8_t* b, std::size_t n, int up,
                int shift, int top, const std::uint16_t* random) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] =
            narrowed(a[i] * (1 << up) + b[i], shift, top, random == nullptr ? nullptr : random + i);
}

void philox(std::uint32_t c[4], std::uint32_t key0, std::uint32_t key1) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53u} * c[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c[2];
        const std::uint32_t c1 = c[1], c3 = c[3];
        c[0] = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ key0;
        c[1] = static_cast<std::uint32_t>(b);
        c[2] = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ key1;
        c[3] = static_cast<std::uint32_t>(a);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

void random_halves(std::uint16_t* out, std::uint64_t first, std::size_t n, std::uint64_t seed,
                   std::uint64_t step, std::uint32_t tag) {
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t index = first + i;
        std::uint32_t c[4] = {static_cast<std::uint32_t>(index / 8),
                              static_cast<std::uint32_t>(step),
                              static_cast<std::uint32_t>(step >> 32), tag};
        philox(c, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
        out[i] = static_cast<std::uint16_t>(c[index % 8 / 2] >> (index % 2 * 16));
    }
}

void moments(std::int64_t* sum, std::uint64_t* square, const std::int32_t* s, std::size_t rows,
             int channels) {
    for (std::size_t r = 0; r < rows; ++r)
        for (int c = 0; c < channels; ++c) {
            const std::int64_t x = *s++;
            sum[c] += x;
            square[c] += static_cast<std::uint64_t>(x * x);
        }
}

void normalise(std::int8_t* out, const std::int32_t* s, std::size_t rows, int channels,
               const Normalise& p) {
    for (std::size_t r = 0; r < rows; ++r)
        for (int c = 0; c < channels; ++c) {
            const int d = clamp(*s++ - p.mean[c], -p.limit[c], p.limit[c]) >> p.pre_shift;
            *out++ = static_cast<std::int8_t>(
                clamp((d * p.scale[c] + p.offset[c]) >> 22, -p.top, p.top));
        }
}

void delta_moments(std::int32_t* sum_e, std::int32_t* sum_ex, const std::int8_t* e,
                   const std::int8_t* x, std::size_t rows, int channels) {
    for (std::size_t r = 0; r < rows; ++r)
        for (int c = 0; c < channels; ++c, ++e, ++x) {
            sum_e[c] += *e;
            sum_ex[c] += *e * *x;
        }
}

void normalise_delta(std::int32_t* out, const std::int8_t* e, const std::int8_t* x,
                     std::size_t rows, int channels, const NormaliseDelta& p) {
    for (std::size_t r = 0; r < rows; ++r)
        for (int c = 0; c < channels; ++c, ++e, ++x)
            *out++ = (*e * 256 - p.mean[c] - (*x * p.slope[c] >> 8)) * p.gain[c] >> 4;
}

void centre(std::int32_t* gradient, const std::int64_t* input_sum, std::int64_t mean,
            std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const std::int64_t x = gradient[i] - ((input_sum[i] * mean + (1 << 19)) >> 20);
        gradient[i] = static_cast<std::int32_t>(x < -INT32_MAX  ? -INT32_MAX
                                                : x > INT32_MAX ? INT32_MAX
                                                                : x);
    }
}

void signs(std::int8_t* out, const std::int32_t* gradient, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = static_cast<std::int8_t>((gradient[i] > 0) - (gradient[i] < 0));
}

// The number of pulses (signed) that one synapse is sent, and its new trace.
int pulses_of(std::int16_t& trace, int level, int sign, int random, const SignRule& rule) {
    if (rule.kind == SignRuleKind::bm4) {
        const int kept = trace - rule.leak * ((trace > 0) - (trace < 0));
        const int vote = random >= rule.skip ? sign : 0;
        const int votes = clamp(kept - vote, -rule.counter_top, rule.counter_top);
        const int move = (votes >= rule.quorum) - (votes <= -rule.quorum);
        trace = static_cast<std::int16_t>(move != 0 ? 0 : votes);
        return rule.spare != 0 && level == move * rule.top ? 0 : move;
    }
    const int kept = trace * rule.momentum / 32768;  // towards zero: an idle trace dies out
    const int decay = level * rule.decay >> rule.decay_shift;
    const int t = clamp(kept - sign * 1024 - decay, -32767, 32767);
    const int unit = 1024 * ((t > 0) - (t < 0));
    trace = static_cast<std::int16_t>(rule.kind == SignRuleKind::bm2 ? unit : t);
    const int tau = rule.kind == SignRuleKind::bm1 ? t : unit;
    return ((tau * rule.rate >> rule.rate_shift) + random) >> 16;
}

template <typename Level>
std::uint64_t update(Level* levels, std::int16_t* trace, const std::int8_t* signs,
                     const std::uint16_t* random, std::size_t n, const SignRule& rule) {
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const int move =
            pulses_of(trace[i], levels[i], signs[i], random == nullptr ? 0 : random[i], rule);
        sent += static_cast<std::uint64_t>(move < 0 ? -move : move);
        levels[i] = static_cast<Level>(clamp(levels[i] + move * rule.stride, -rule.top, rule.top));
    }
    return sent;
}

std::uint64_t pulses8(std::int8_t* pulses, const std::int8_t* levels, std::int16_t* trace,
                      const std::int8_t* signs, const std::uint16_t* random, std::size_t n,
                      const SignRule& rule) {
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const int move =
            pulses_of(trace[i], levels[i], signs[i], random == nullptr ? 0 : random[i], rule);
        pulses[i] = static_cast<std::int8_t>(clamp(move * rule.stride, -127, 127));
        sent += static_cast<std::uint64_t>(pulses[i] < 0 ? -pulses[i] : pulses[i]);
    }
    return sent;
}

// A train of pulses on one device: n times the mean step of where it stands, plus a normal with
// sqrt(n) times its spread, rounded at random to a whole level.
int move_device(int level, int pulses, const DeviceKind& kind, std::uint32_t random,
                const PulseTables& t) {
    const int side = pulses < 0, count = pulses < 0 ? -pulses : pulses;
    const int position = (level - kind.low) * kind.inverse >> 8;
    const DeviceStep step = t.steps[256 * side + position];
    const int mean = clamp(step.mean * kind.scale[side] >> 8, 0, (1 << 19) - 1);
    const int spread = clamp(step.spread * kind.scale[side] >> 8, 0, (1 << 19) - 1);
    const int normal = t.normal[random >> 8] * t.root[count] >> 4;
    // The low byte of the draw, first, is the rounding.
    const int rounding = static_cast<int>((random & 255) << 4 | random >> 12);
    const int move = (mean * count + ((spread >> 4) * normal >> 4) + rounding) >> 12;
    return clamp(level + (side == 0 ? move : -move), kind.low, kind.high);
}

void program(std::uint8_t* levels, std::uint8_t* kinds, std::uint16_t* wear,
             const std::int8_t* pulses, const std::uint16_t* random, std::size_t n,
             const PulseTables& tables) {
    for (std::size_t i = 0; i < n; ++i) {
        if (pulses[i] == 0) continue;
        const DeviceKind& kind = tables.kinds[kinds[i]];
        levels[i] =
            static_cast<std::uint8_t>(move_device(levels[i], pulses[i], kind, random[i], tables));
        const int count = pulses[i] < 0 ? -pulses[i] : pulses[i];
        wear[i] = static_cast<std::uint16_t>(clamp(wear[i] + count, 0, 65535));
        if (kind.life != 65535 && wear[i] >= kind.life) kinds[i] = 255;
    }
}

bool always() {
    return true;
}

}  // namespace

const Kernels reference = {
    "reference",
    "naive loops, the specification",
    always,
    packed_bytes,
    pack,
    product,
    product_of_runs,
    transpose,
    patches,
    window_sums,
    fold,
    max_pool,
    max_unpool_scatter,
    max_unpool_add,
    average_pool,
    average_unpool,
    depthwise,
    depthwise_back,
    depthwise_gradient,
    round_inputs,
    bit_plane,
    convert,
    add_noise,
    add_weighed,
    relu,
    relu_mask,
    largest,
    narrow,
    largest_sum,
    narrow_sum,
    random_halves,
    moments,
    normalise,
    delta_moments,
    normalise_delta,
    centre,
    signs,
    update<std::int8_t>,
    update<std::int16_t>,
    pulses8,
    program,
};

}  // namespace crossbar::kernels
