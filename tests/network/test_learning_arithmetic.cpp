// Fixed-point arithmetic of the learning path against 50 decimal digits and exact rationals.
#include <boost/multiprecision/cpp_dec_float.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "base/fixed.hpp"
#include "base/tables.hpp"
#include "learning_testing.hpp"
#include "network/batch_norm.hpp"
#include "network/loss.hpp"

using namespace crossbar;
using namespace learning_testing;
using Real = boost::multiprecision::cpp_dec_float_50;
using Whole = boost::multiprecision::cpp_int;

namespace {

double difference(const Real& a, const Real& b) {
    return abs(Real(a - b)).convert_to<double>();
}

struct Channel {
    std::int64_t mean, spread;
    int limit;
};

// Sums of one channel, as a sum of uniforms around the mean.
std::vector<std::int32_t> sums_around(const Channel& c, std::size_t n, std::mt19937_64& source) {
    std::uniform_int_distribution<std::int64_t> part(-c.spread, c.spread);
    std::vector<std::int32_t> sums;
    for (std::size_t i = 0; i < n; ++i)
        sums.push_back(static_cast<std::int32_t>(
            saturate(c.mean + part(source) + part(source) + part(source), c.limit)));
    return sums;
}

// The largest distance of an activation from the exact one, in levels.
double worst_activation(const std::vector<std::int32_t>& sums, int bits) {
    const std::size_t n = sums.size();
    BatchNorm bn = make_batch_norm(BatchNormMode::plain, 1, bits);
    Moments moments;
    moments.clear(1);
    moments.add(best_kernels(), sums.data(), n, 1);
    Statistics statistics;
    finish(moments, n, statistics);
    Deviations deviations;
    find_deviations(statistics, deviations);
    Activation activation;
    make_activation(bn, statistics, deviations, 0, activation);
    std::vector<std::int8_t> out(n + read_slack);
    best_kernels().normalise(out.data(), sums.data(), n, 1, activation.view());
    Real sum = 0, squares = 0;
    for (const std::int32_t s : sums) {
        sum += s;
        squares += Real(s) * s;
    }
    const Real mean = sum / n;
    const Real sigma = std::max(Real(sqrt(Real(squares / n - mean * mean))), Real("0.5"));
    double worst = 0;
    for (std::size_t i = 0; i < n; ++i) {
        Real exact = (Real(sums[i]) - mean) / sigma * bn.unit;
        exact = floor(Real(exact + Real("0.5")));
        exact = std::min(std::max(exact, Real(-bn.top)), Real(bn.top));
        worst = std::max(worst, difference(exact, Real(int{out[i]})));
    }
    return worst;
}

// Real logits of sums, and their softmax.
std::vector<Real> exact_softmax(const std::vector<std::int32_t>& sums, const ReadOut& r,
                                Real& log_sum) {
    Real top = -1e30, total = 0;
    std::vector<Real> z;
    for (const std::int32_t s : sums) {
        z.push_back(ldexp(Real(s) * r.gain / 1024, r.exponent));
        top = std::max(top, z.back());
    }
    for (Real& x : z) {
        x = exp(Real(x - top));
        total += x;
    }
    for (Real& x : z)
        x /= total;
    log_sum = log(total);
    return z;
}

}  // namespace

TEST_CASE("normalised activations are within a level of the exact ones", "[learning]") {
    std::mt19937_64 source(4);
    constexpr int most = (1 << 25) - 1;
    for (const int bits : {2, 3, 4, 6, 8})
        for (const std::int64_t spread : {1, 2, 10, 300, 5000, 80000, 1 << 20, 8000000})
            for (const std::int64_t mean : {0, 1, -7, 1000, -100000, 3000000}) {
                CAPTURE(bits, spread, mean);
                CHECK(worst_activation(sums_around({mean, spread, most}, 400, source), bits) <= 1);
            }
    CHECK(worst_activation(std::vector<std::int32_t>(50, 12345), 8) == 0);
    // The variance saturates where sigma passes 2^23.
    CHECK(worst_activation({1 << 22, -(1 << 22), 1 << 23, -(1 << 23)}, 8) <= 1);
    CHECK(worst_activation({17}, 8) == 0);
}

TEST_CASE("batch statistics are exact but for one division", "[learning]") {
    std::mt19937_64 source(5);
    const std::vector<std::int32_t> sums = sums_around({-12345, 400000, 1 << 24}, 20000, source);
    Moments moments, half;
    moments.clear(1);
    half.clear(1);
    moments.add(best_kernels(), sums.data(), 9000, 1);
    half.add(best_kernels(), sums.data() + 9000, 11000, 1);
    moments.add(half);
    Statistics statistics;
    finish(moments, sums.size(), statistics);
    Whole sum = 0, squares = 0;
    for (const std::int32_t s : sums) {
        sum += s;
        squares += Whole(s) * s;
    }
    const Whole n = sums.size();
    CHECK(Whole(statistics.mean[0]) == sum * 65536 / n);
    CHECK(Whole(statistics.variance[0]) == (n * squares - sum * sum) * 65536 / (n * n));
}

TEST_CASE("softmax is that of the logits to their 8 fractional bits", "[learning]") {
    std::mt19937 source(6);
    double worst = 0, worst_loss = 0;
    for (int k = 0; k < 1000; ++k) {
        const std::size_t classes = 2 + source() % 12;
        const ReadOut r{static_cast<int>(100 + source() % 5000), -static_cast<int>(source() % 15)};
        // Logits of a few units, whatever the scale.
        const auto reach =
            static_cast<std::int32_t>(8.0 * 1024 / r.gain * std::ldexp(1.0, -r.exponent)) + 1;
        std::vector<std::int32_t> sums;
        for (std::size_t c = 0; c < classes; ++c)
            sums.push_back(static_cast<std::int32_t>(source() % static_cast<unsigned>(2 * reach)) -
                           reach);
        SoftmaxOf s;
        softmax(sums, r, s);
        Real log_sum;
        const std::vector<Real> exact = exact_softmax(sums, r, log_sum);
        for (std::size_t c = 0; c < classes; ++c)
            worst = std::max(worst, difference(exact[c], Real(s.probability[c]) / (1 << 30)));
        const std::size_t label = source() % classes;
        const Real loss = Real(s.log_sum + s.distance[label] * 256) / 65536;
        if (s.distance[label] < 4095)
            worst_loss = std::max(worst_loss, difference(loss, -log(exact[label])));
    }
    // Half a step of 1/256 in the exponent of one probability and of those beside it.
    CHECK(worst < 1.0 / 1024);
    CHECK(worst_loss < 0.01);
}

TEST_CASE("probabilities add up and far logits vanish", "[learning]") {
    SoftmaxOf s;
    softmax(std::vector<std::int32_t>{5, 5, 5}, {1024, 0}, s);
    CHECK(s.probability[0] == s.probability[2]);
    CHECK(s.probability[0] == (1u << 30) / 3);
    CHECK(std::abs(static_cast<double>(s.log_sum) / 65536 - std::log(3.0)) < 0.003);
    softmax(std::vector<std::int32_t>{2147483647, -2147483647, 0}, {15 * 1024, 0}, s);
    CHECK(s.distance[1] == 4095);
    CHECK(s.probability[0] > (1u << 30) - 1000);
    CHECK(predicted(std::vector<std::int32_t>{3, 7, 7, 1}) == 1);
}

TEST_CASE("table entries are exactly rounded", "[learning]") {
    REQUIRE(exp_table().size() == 4096);
    for (int i = 0; i < 4096; ++i) {
        const Real exact = exp(Real(-i) / 256) * (1 << 30);
        CHECK(Real(exp_table()[static_cast<std::size_t>(i)]) == floor(Real(exact + Real("0.5"))));
    }
    REQUIRE(log_table().size() == 257);
    for (int i = 0; i <= 256; ++i) {
        const Real exact = log(Real(1) + Real(i) / 256) * 65536;
        CHECK(Real(log_table()[static_cast<std::size_t>(i)]) == floor(Real(exact + Real("0.5"))));
    }
    std::mt19937_64 source(7);
    double worst = 0;
    for (int k = 0; k < 3000; ++k) {
        const std::uint64_t x = std::max<std::uint64_t>(1, source() >> (source() % 64));
        worst = std::max(worst, difference(Real(log_fixed(x)) / 65536, log(Real(x))));
    }
    CHECK(worst < 0.003);
}

TEST_CASE("integer roots and rounding shifts are exact", "[learning]") {
    std::mt19937_64 source(8);
    for (int k = 0; k < 5000; ++k) {
        const std::uint64_t root = source() >> (32 + source() % 32);
        const std::uint64_t square = root * root;
        CHECK(integer_sqrt(square) == root);
        if (square > 0) CHECK(integer_sqrt(square - 1) == root - 1);
        CHECK(integer_sqrt(square + root) == root);
    }
    CHECK(integer_sqrt(~std::uint64_t{0}) == 0xffffffffu);
    for (int k = 0; k < 5000; ++k) {
        const int shift = static_cast<int>(source() % 60) + 1;
        const std::int64_t x = static_cast<std::int64_t>(source()) >> (3 + source() % 60);
        // floor(x / 2^shift + 1/2), by division that rounds down.
        const Whole twice = Whole(1) << (shift + 1);
        const Whole above = 2 * Whole(x) + (Whole(1) << shift);
        Whole expected = above / twice;
        if (above < 0 && above % twice != 0) --expected;
        CHECK(Whole(round_shift(x, shift)) == expected);
        const std::int64_t b = static_cast<std::int64_t>(source() >> (2 + source() % 60)) + 1;
        const Whole nearest = (2 * abs(Whole(x)) + b) / (2 * Whole(b));
        if (std::abs(x) < (std::int64_t{1} << 60) && b < (std::int64_t{1} << 60))
            CHECK(Whole(round_divide(x, b)) == (x < 0 ? Whole(-nearest) : nearest));
    }
    CHECK(round_shift(-3, -4) == -48);
    CHECK(round_shift(5, 0) == 5);
}
