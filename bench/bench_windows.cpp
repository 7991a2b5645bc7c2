// Question: which share of what one core can multiply do the thin 3x3 convolutions of residual
// networks reach, forward, for the deltas below and for the gradient? Answers: bench/README.md.
//
// windows/USE/CHANNELS is an image's part as training does it on its set, one thread: framing,
// turning and packing of the image included. of_ceiling: over ceiling_now of the same moment.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/tensor.hpp"
#include "ceilings.hpp"
#include "network/window_rows.hpp"

namespace crossbar::bench {
namespace {

enum class Use { forward, below, gradient };

struct Work {
    Window window;
    std::vector<std::int8_t> map, weights, packed, patches, turned;
    std::vector<std::int32_t> sums;
    FrameBuffer frame;
};

std::vector<std::int8_t> noise(std::size_t n, int low, int high) {
    std::vector<std::int8_t> v(n + read_slack);
    for (std::size_t i = 0; i < v.size(); ++i)
        v[i] = static_cast<std::int8_t>(
            low + static_cast<int>((static_cast<std::uint32_t>(i) * 2654435761u >> 16) %
                                   static_cast<std::uint32_t>(high - low + 1)));
    return v;
}

void multiply_windows(Work& w, Unsigned which, const Kernels& k) {
    const int channels = w.window.channels;
    const LeftRows rows = windows_of(w.window, w.map.data(), w.frame, w.patches, k);
    k.product_of_runs(w.sums.data(), channels, rows, w.window.out_height * w.window.out_width,
                      w.packed.data(), channels, which, false);
}

void multiply_gradient(Work& w, std::size_t images, const Kernels& k) {
    const Window& win = w.window;
    const int channels = win.channels;
    const int positions = static_cast<int>(images) * win.out_height * win.out_width;
    const std::size_t item = static_cast<std::size_t>(win.in_height * win.in_width * channels);
    k.pack(w.packed.data(), w.weights.data(), channels, positions, 1, channels, Unsigned::left);
    const TurnedMaps maps(win, images);
    for (std::size_t i = 0; i < images; ++i)
        maps.turn(i, framed(win, w.map.data() + i * item, w.frame), w.turned.data(), k);
    for (int e = 0; e < 9; ++e)
        k.product_of_runs(w.sums.data() + e * channels * channels, channels,
                          maps.rows_at(e / 3, e % 3, w.turned.data()), channels, w.packed.data(),
                          channels, Unsigned::left, true);
}

void windows(benchmark::State& state, Use use, int channels) {
    const Kernels& k = best_kernels();
    const int side = 512 / channels, depth = 9 * channels;
    const std::size_t images = use == Use::gradient && side == 8 ? 4 : 1;  // images_together
    Work w;
    w.window = {side, side, channels, 3, 3, 1, 1, side, side};
    const auto values = images * static_cast<std::size_t>(side * side * channels);
    w.map = noise(values, use == Use::below ? -10 : 0, use == Use::below ? 10 : 127);
    w.sums.resize(std::max(values, static_cast<std::size_t>(depth * channels)));
    const Unsigned which = use == Use::below ? Unsigned::neither : Unsigned::left;
    if (use == Use::gradient) {
        w.weights = noise(values, -10, 10);
        w.turned.resize(TurnedMaps(w.window, images).bytes() + read_slack);
        w.packed.resize(k.packed_bytes(channels, static_cast<int>(images) * side * side, which));
    } else {
        w.weights = noise(static_cast<std::size_t>(depth * channels), -127, 127);
        w.packed.resize(k.packed_bytes(channels, depth, which));
        k.pack(w.packed.data(), w.weights.data(), channels, depth, depth, 1, which);
    }
    const double most = ceiling_now(k.name);
    for (auto _ : state) {
        if (use == Use::gradient)
            multiply_gradient(w, images, k);
        else
            multiply_windows(w, which, k);
        benchmark::ClobberMemory();
    }
    const double products = static_cast<double>(values) * depth;
    state.counters["MAC/s"] =
        benchmark::Counter(products, benchmark::Counter::kIsIterationInvariantRate);
    if (most > 0)
        state.counters["of_ceiling"] =
            benchmark::Counter(products / most, benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
    const struct {
        const char* name;
        Use use;
    } uses[] = {{"forward", Use::forward}, {"below", Use::below}, {"gradient", Use::gradient}};
    for (const auto& use : uses)
        for (const int channels : {16, 32, 64})
            benchmark::RegisterBenchmark(
                ("windows/" + std::string(use.name) + "/" + std::to_string(channels)).c_str(),
                [use, channels](benchmark::State& s) { windows(s, use.use, channels); });
    return true;
}();

}  // namespace
}  // namespace crossbar::bench
