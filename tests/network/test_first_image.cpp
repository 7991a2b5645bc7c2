// Random numbers that are addressed by the position in a batch count from Workspace::first_image,
// so that a part of a batch draws what it would draw in the whole.
#include <catch2/catch.hpp>

#include "learning_testing.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

constexpr std::size_t image_count = 11, cut = 4;

struct FirstImageBench {
    Threads threads{2};
    Compute compute{best_kernels(), threads};
    Workspace work;

    // Calls part(first, last) for the whole batch and for its parts, numbered as in the whole or
    // anew.
    template <typename Part>
    void compare(Part part) {
        using Numbers = decltype(part(0, image_count));
        const Numbers whole = part(0, image_count);
        const auto joined = [&](std::size_t number) {
            Numbers both = part(0, cut);
            work.first_image = number;
            const Numbers rest = part(cut, image_count);
            work.first_image = 0;
            both.insert(both.end(), rest.begin(), rest.end());
            return both;
        };
        CHECK(joined(cut) == whole);
        CHECK(joined(0) != whole);
    }
};

}  // namespace

TEST_CASE("readings of a part of a batch have the noise of the whole", "[learning]") {
    Hardware hardware;
    hardware.tiles.emplace().read_noise = 0.5;
    const Plan plan = make_plan(settings_of("bm1", "frsf", BatchNormMode::none), hardware);
    const Network net = network_of("conv 3x3x4, relu, fc 3", small_input, 3, plan);
    const Dataset data = noise(small_input, 3, image_count);
    FirstImageBench bench;
    bench.work = make_workspace(net, bench.threads);
    pack_network(net, false, bench.work, bench.compute);
    const std::vector<std::uint32_t> all = first_n(image_count);
    bench.compare([&](std::size_t first, std::size_t last) {
        load_batch(net, data, std::span(all).subspan(first, last - first), bench.work,
                   bench.compute);
        forward(deploy(net), bench.work, bench.compute);
        const auto& sums = bench.work.logits();
        return std::vector(sums.begin(),
                           sums.begin() + static_cast<std::ptrdiff_t>(3 * (last - first)));
    });
}

TEST_CASE("deltas of a part of a batch are rounded as in the whole", "[learning]") {
    const Plan plan = make_plan(settings_of("bm1", "frsf"));
    FirstImageBench bench;
    bench.work = make_workspace(network_of("fc 3", small_input, 3, plan), bench.threads);
    const Shape shape{5, 3, 7};
    std::vector<std::int32_t> wide(image_count * shape.size());
    std::mt19937 random(1);
    for (std::int32_t& x : wide)
        x = static_cast<std::int32_t>(random() % 20001) - 10000;
    const DeltaFormat format{127, Rounding::stochastic, 3, 9, false};
    bench.compare([&](std::size_t first, std::size_t last) {
        Tensor out;
        out.resize(last - first, shape);
        narrow_deltas(wide.data() + first * shape.size(), 10000, out, 0, format, 5, bench.work,
                      bench.compute);
        return std::vector(out.data.begin(),
                           out.data.begin() + static_cast<std::ptrdiff_t>(out.size()));
    });
}
