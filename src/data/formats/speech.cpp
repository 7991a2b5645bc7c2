// Frames of 400 samples every 160, pre-emphasis, Hamming window, power spectrum of 512 points, 40
// triangles evenly spaced in mel, logarithms, differences. Sine and logarithm are written out here:
// the library's may differ in their last bits from machine to machine.
#include "data/formats/speech.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "base/check.hpp"

namespace crossbar {
namespace {

constexpr std::size_t points = 512;
constexpr double pi = 3.14159265358979323846;
constexpr double ln2 = 0.69314718055994530942;

// Bytes a unit of a feature: 0 to 255 is then a logarithm of 0 to 32, and differences of +- 3.2 and
// +- 1.6 a frame.
constexpr double static_scale = 8;
constexpr double first_scale = 40;
constexpr double second_scale = 80;

// ln x for x > 0: x = m 2^e with m near 1, ln m = 2 atanh((m - 1) / (m + 1)) by its series.
double natural_log(double x) {
    int exponent = 0;
    double m = std::frexp(x, &exponent);  // exact
    if (m < 0.70710678) {
        m *= 2;
        --exponent;
    }
    const double z = (m - 1) / (m + 1), square = z * z;  // |z| < 0.172
    double sum = 0;
    for (int n = 21; n >= 1; n -= 2)
        sum = sum * square + 1.0 / n;
    return 2 * z * sum + exponent * ln2;
}

// cos(2 pi turn) for 0 <= turn <= 1.
double cosine(double turn) {
    double x = turn <= 0.5 ? turn : 1 - turn;  // to 0 .. 1/2
    const bool flip = x > 0.25;
    if (flip) x = 0.5 - x;
    const double square = 4 * pi * pi * x * x;  // of an angle up to pi / 2
    double sum = 1;
    for (int n = 22; n >= 2; n -= 2)
        sum = 1 - sum * square / (n * (n - 1));
    return flip ? -sum : sum;
}

double sine(double turn) {
    return cosine(turn < 0.25 ? 0.25 - turn : turn - 0.25);
}

struct Tables {
    std::array<double, frame_samples> window{};
    std::array<std::complex<double>, points / 2> roots{};
    std::array<std::size_t, points> reversed{};
    // Filters have their centres at 1 to 40 spacings. Spectrum bin k lies between spacings lower[k]
    // and lower[k] + 1; up[k] of its power goes to the upper one, the rest to the lower one.
    std::array<std::size_t, points / 2 + 1> lower{};
    std::array<double, points / 2 + 1> up{};
};

double mel(double hertz) {
    return 1127 * natural_log(1 + hertz / 700);
}

Tables make_tables() {
    Tables t;
    for (std::size_t i = 0; i < frame_samples; ++i)
        t.window[i] =
            0.54 - 0.46 * cosine(static_cast<double>(i) / static_cast<double>(frame_samples - 1));
    for (std::size_t i = 0; i < points / 2; ++i) {
        const double turn = static_cast<double>(i) / static_cast<double>(points);
        t.roots[i] = {cosine(turn), -sine(turn)};
    }
    for (std::size_t i = 1; i < points; ++i)
        t.reversed[i] = t.reversed[i / 2] / 2 + (i % 2) * points / 2;
    const double spacing = mel(speech_rate / 2.0) / static_cast<double>(filters + 1);
    for (std::size_t k = 0; k <= points / 2; ++k) {
        const double hertz = static_cast<double>(k) * speech_rate / static_cast<double>(points);
        const double place = mel(hertz) / spacing;  // 0 .. filters + 1
        t.lower[k] = std::min(static_cast<std::size_t>(place), filters);
        t.up[k] = place - static_cast<double>(t.lower[k]);
    }
    return t;
}

using Spectrum = std::array<std::complex<double>, points>;

// The discrete Fourier transform in place, radix 2.
void transform(Spectrum& a, const Tables& t) {
    for (std::size_t i = 0; i < points; ++i)
        if (i < t.reversed[i]) std::swap(a[i], a[t.reversed[i]]);
    for (std::size_t half = 1; half < points; half *= 2)
        for (std::size_t start = 0; start < points; start += 2 * half)
            for (std::size_t i = 0; i < half; ++i) {
                const std::complex<double> r = t.roots[i * (points / 2 / half)];
                const std::complex<double> v = a[start + half + i];
                const std::complex<double> b = {v.real() * r.real() - v.imag() * r.imag(),
                                                v.real() * r.imag() + v.imag() * r.real()};
                a[start + half + i] = a[start + i] - b;
                a[start + i] += b;
            }
}

using Statics = std::array<double, statics>;

// Logarithms of at least 1, so that silence is 0.
double log_energy(double energy) {
    return natural_log(std::max(1.0, energy));
}

Statics statics_of(std::span<const std::int16_t> frame, const Tables& t) {
    Spectrum a{};
    double energy = 0;
    for (std::size_t i = 0; i < frame.size(); ++i) {
        const double x = frame[i], before = i > 0 ? frame[i - 1] : x;
        energy += x * x;
        a[i] = t.window[i] * (x - 0.97 * before);
    }
    transform(a, t);
    std::array<double, filters + 2> sums{};  // sums[f] of filter f - 1; the ends are no filters
    for (std::size_t k = 0; k <= points / 2; ++k) {
        const double power = a[k].real() * a[k].real() + a[k].imag() * a[k].imag();
        sums[t.lower[k]] += (1 - t.up[k]) * power;
        sums[t.lower[k] + 1] += t.up[k] * power;
    }
    Statics values{};
    for (std::size_t f = 0; f < filters; ++f)
        values[f] = log_energy(sums[f + 1]);
    values[filters] = log_energy(energy);
    return values;
}

// d[t] = (x[t+1] - x[t-1] + 2 (x[t+2] - x[t-2])) / 10, the ends repeated.
std::vector<Statics> differences(const std::vector<Statics>& x) {
    std::vector<Statics> d(x.size());
    const auto last = static_cast<std::ptrdiff_t>(x.size()) - 1;
    for (std::ptrdiff_t t = 0; t <= last; ++t) {
        const auto at = [&](std::ptrdiff_t i) -> const Statics& {
            return x[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, last))];
        };
        for (std::size_t f = 0; f < statics; ++f)
            d[static_cast<std::size_t>(t)][f] =
                (at(t + 1)[f] - at(t - 1)[f] + 2 * (at(t + 2)[f] - at(t - 2)[f])) / 10;
    }
    return d;
}

std::uint8_t byte_of(double value) {
    return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

}  // namespace

std::vector<FrameFeatures> speech_features(std::span<const std::int16_t> samples) {
    static const Tables tables = make_tables();
    std::vector<std::int16_t> padded;
    if (samples.size() < frame_samples) {
        padded.assign(samples.begin(), samples.end());
        padded.resize(frame_samples);
        samples = padded;
    }
    std::vector<Statics> x;
    for (std::size_t from = 0; from + frame_samples <= samples.size(); from += frame_step)
        x.push_back(statics_of(samples.subspan(from, frame_samples), tables));
    const std::vector<Statics> first = differences(x), second = differences(first);
    std::vector<FrameFeatures> bytes(x.size());
    for (std::size_t t = 0; t < x.size(); ++t)
        for (std::size_t f = 0; f < statics; ++f) {
            bytes[t][f] = byte_of(static_scale * x[t][f]);
            bytes[t][statics + f] = byte_of(128 + first_scale * first[t][f]);
            bytes[t][2 * statics + f] = byte_of(128 + second_scale * second[t][f]);
        }
    return bytes;
}

void copy_context(std::span<const FrameFeatures> frames, std::size_t sample,
                  std::span<std::uint8_t> out) {
    ENSURE_EQUAL(out.size(), context_features);
    // The frame whose middle, sample 160 t + 200, is the nearest.
    const auto half = static_cast<std::ptrdiff_t>(frame_samples / 2 - frame_step / 2);
    const auto middle =
        (static_cast<std::ptrdiff_t>(sample) - half) / static_cast<std::ptrdiff_t>(frame_step);
    const auto last = static_cast<std::ptrdiff_t>(frames.size()) - 1;
    for (std::size_t i = 0; i < context_frames; ++i) {
        const std::ptrdiff_t t = middle + static_cast<std::ptrdiff_t>(i) -
                                 static_cast<std::ptrdiff_t>(context_frames / 2);
        const FrameFeatures& frame =
            frames[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(t, 0, last))];
        std::copy(frame.begin(), frame.end(),
                  out.begin() + static_cast<std::ptrdiff_t>(i * frame_features));
    }
}

}  // namespace crossbar
