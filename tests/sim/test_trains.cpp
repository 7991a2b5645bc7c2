// Trains begin where they were begun: restarts, turns, cycles, repeated readings, noise.
#include <random>

#include "measured_testing.hpp"

using namespace crossbar;
using namespace crossbar::testing;

TEST_CASE("measured files: where trains turn", "[fit]") {
    const auto again = behind(behind(both, both), both);
    check({"three cycles", lines(again, plain), 21, 21, 3});
    check({"three cycles, numbered on", lines(again, plain, Numbering::on), 21, 21, 3});
    check({"one numbering", lines(both, plain, Numbering::on)});
    check({"one column", "rmp1\n" + lines(both, [](std::size_t, double g) {
                             return fmt::format("{:.6e}", 1e-6 * g);
                         })});
    check({"counted down",
           lines(
               both, [](std::size_t i, double g) { return plain(i < 21 ? i : 41 - i, g); },
               Numbering::on)});
    check({"the turn twice",
           lines(
               both, [](std::size_t i, double g) { return plain(i < 21 ? i : i - 1, g); },
               Numbering::on)});
    for (const char* head : {"normalized pulse,G\n", "time (s),G\n", "t (ms),G\n"})
        check({head, head + lines(both, [](std::size_t i, double g) {
                         return fmt::format("{:.3f},{:.5f}", 0.05 * static_cast<double>(i), g);
                     })});
    check({"times that go on", "time (s),G\n" + lines(
                                                    both,
                                                    [](std::size_t i, double g) {
                                                        return fmt::format(
                                                            "{:.2e},{:.5f}",
                                                            1e-4 * static_cast<double>(i), g);
                                                    },
                                                    Numbering::on)});
    auto drop = falling();
    for (double& g : drop)
        g = 2 + (g - 2) * 0.6;
    check({"a drop between trains", lines(behind(rising(), drop), plain)});
    check({"set back between SET trains",
           lines(behind(behind(rising(), rising()), rising()), plain, Numbering::on), 21, 0, 3});
    // Two readings of each pulse.
    std::vector<double> twice;
    for (const double g : both)
        twice.insert(twice.end(), {g - 0.1, g + 0.1});
    const std::string text = lines(
        twice, [](std::size_t i, double g) { return plain(i / 2 % 21, g); }, Numbering::on);
    check({"read twice", text});
    REQUIRE(*parse_response("m.csv", text).response.reading_noise ==
            Approx(std::sqrt(0.02) / std::sqrt(2)).epsilon(1e-3));
    REQUIRE(parse_response("m.csv", "pulse,G\n" + lines(again, plain)).summary ==
            "SET 20 pulses (rows 2 to 22), RESET 20 pulses (rows 23 to 43), 3 cycles, 1 device");
    std::string sweep;
    for (int i = 0; i <= 100; ++i)
        sweep += fmt::format("{:.2f},{:.4e}\n", 0.02 * (50 - std::abs(50 - i)),
                             2e-7 * (50 - std::abs(50 - i)));
    refused(sweep, "I-V sweep");
    refused("V,I\n" + sweep, "I-V sweep");
    refused("pulse,G\n0,1\n1,2\n2,3\n0,3\n1,2\n2,1\n", "a train of 3 points (rows 2 to 4)");
    refused("1,1\n2,1\n3,1\n4,1\n1,1\n2,1\n3,1\n4,1\n", "nothing to fit");
    refused("pulse,G\n0,1\n1,2\n2,3\n3,4\n30001,5\n", "30001 pulses in one train");
}

TEST_CASE("twenty noisy curves turn where they were turned", "[fit]") {
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    for (int k = 0; k < 20; ++k) {
        const double rate = 1 + 0.3 * k;
        std::vector<double> g = behind(rising(50, rate), falling(50, rate));
        g.erase(g.begin() + 51);  // RESET goes on from the highest reading
        for (double& value : g)
            value += 0.18 * normal(random);
        INFO(rate);
        const Measured m = parse_response("m.csv", lines(g, plain, Numbering::on));
        INFO(m.summary);
        REQUIRE(m.response.trains[0].size() == 1);
        REQUIRE(m.response.trains[0][0].points.size() == 51);
        REQUIRE(m.response.trains[1][0].points.size() == 50);
    }
}
