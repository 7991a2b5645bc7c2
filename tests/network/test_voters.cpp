// Votes of several crossbars: against sums made one by one, faults of voters, and that the result
// depends on the number of voters, not on that of processes.
#include <catch2/catch.hpp>

#include "learning_testing.hpp"
#include "process_group.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

int sign(std::int64_t x) {
    return (x > 0) - (x < 0);
}

struct VotersBench {
    Plan plan;
    Threads threads{2};
    Compute compute{best_kernels(), threads};
    Network net;
    Workspace work;
    Dataset data;

    VotersBench(const std::string& text, const Settings& settings, std::size_t images)
        : plan(make_plan(settings)),
          net(network_of(text, small_input, 3, plan)),
          work(make_workspace(net, threads)),
          data(noise(small_input, 3, images)) {}

    // Votes of the batch, of all layers.
    std::vector<std::vector<std::int32_t>> votes() {
        work.voting = plan.voting;
        work.seed = plan.seed;
        work.step = 1;
        load_part(net, data, first_n(data.count()), work, compute);
        pack_network(net, true, work, compute);
        forward(net, work, compute);
        backward(net, plan, 1, work, compute);
        std::vector<std::vector<std::int32_t>> all;
        for (std::size_t i = 0; i < net.layers.size(); ++i) {
            const auto& g = work.layers[i].gradient;
            all.emplace_back(g.begin(),
                             g.begin() + static_cast<std::ptrdiff_t>(net.layers[i].forward.size()));
        }
        return all;
    }
};

Settings voting(int voters, const std::string& rule = "bm1",
                BatchNormMode bn = BatchNormMode::plain) {
    Settings s = settings_of(rule, "frsf", bn);
    s.voters = voters;
    s.batch = 1000;
    return s;
}

}  // namespace

TEST_CASE("votes are the signs of each voter's own sums", "[voters]") {
    const int voters = GENERATE(1, 2, 3, 5, 11, 13);
    constexpr std::size_t images = 11;  // some of 13 voters have none
    VotersBench bench("fc 3", voting(voters, "bm1", BatchNormMode::none), images);
    const std::vector<std::int32_t> votes = bench.votes()[0];
    const Tensor &delta = bench.work.layers[0].sum_delta, &in = bench.work.input;
    const auto v = static_cast<std::size_t>(voters);
    for (std::size_t n = 0; n < 3; ++n)
        for (std::size_t d = 0; d < small_input.size(); ++d) {
            int expected = 0;
            for (std::size_t k = 0; k < v; ++k) {
                std::int64_t sum = 0;
                for (std::size_t i = images * k / v; i < images * (k + 1) / v; ++i)
                    sum += delta.at(i)[n] * in.at(i)[d];
                expected += sign(sum);
            }
            CAPTURE(voters, n, d);
            REQUIRE(votes[n * small_input.size() + d] == expected);
        }
}

TEST_CASE("one voter is the sign of the whole", "[voters]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain);
    VotersBench one(every_stage, voting(1, "bm1", bn), 20),
        none(every_stage, voting(0, "bm1", bn), 20);
    const auto votes = one.votes(), sums = none.votes();
    for (std::size_t i = 0; i < votes.size(); ++i)
        for (std::size_t k = 0; k < votes[i].size(); ++k)
            REQUIRE(votes[i][k] == sign(sums[i][k]));
}

TEST_CASE("faulty voters turn votes over, silent ones say nothing, random ones anything",
          "[voters]") {
    Settings s = voting(5);
    const auto good = VotersBench(every_stage, s, 20).votes();
    const auto of = [&](int faulty, int random, int silent, bool one_bit) {
        s.faulty_voters = faulty;
        s.random_voters = random;
        s.silent_voters = silent;
        s.one_bit_votes = one_bit;
        return VotersBench(every_stage, s, 20).votes();
    };
    const auto turned = of(5, 0, 0, false), silent = of(0, 0, 5, false),
               random = of(0, 5, 0, false);
    long long sum = 0, counted = 0;
    for (std::size_t i = 0; i < good.size(); ++i)
        for (std::size_t k = 0; k < good[i].size(); ++k) {
            REQUIRE(turned[i][k] == -good[i][k]);
            REQUIRE(silent[i][k] == 0);
            REQUIRE(std::abs(random[i][k]) % 2 == 1);  // five coins
            sum += random[i][k];
            ++counted;
        }
    // Five coins have the variance 5.
    CHECK(std::abs(static_cast<double>(sum)) < 5 * std::sqrt(5.0 * static_cast<double>(counted)));
    // Of one bit, no vote is nothing, and where none was, all is as before.
    const auto decided = of(0, 0, 0, true);
    for (std::size_t i = 0; i < good.size(); ++i)
        for (std::size_t k = 0; k < good[i].size(); ++k) {
            REQUIRE(std::abs(decided[i][k]) % 2 == 1);
            if (std::abs(good[i][k]) == 5) REQUIRE(decided[i][k] == good[i][k]);
        }
}

TEST_CASE("voters come to one signature on any number of processes", "[voters][processes]") {
    const int voters = GENERATE(1, 2, 3, 4, 6);
    const bool one_bit = GENERATE(false, true), faults = GENERATE(false, true);
    const std::string rule = GENERATE("bm1", "bm4");
    CAPTURE(voters, one_bit, faults, rule);
    Settings s = voting(voters, rule, GENERATE(BatchNormMode::none, BatchNormMode::affine));
    s.one_bit_votes = one_bit;
    if (faults) s.faulty_voters = voters / 3;
    if (faults) s.random_voters = voters / 4;
    if (faults) s.silent_voters = voters / 4;
    s.batch = 7;
    const Plan plan = make_plan(s, {}, 18);
    const Dataset data = noise(small_input, 3, 18);  // the last batch has fewer images than some
    const auto train = [&](Processes* processes) {
        Threads threads(2);
        const Compute compute{best_kernels(), threads, processes};
        Network net = network_of(every_stage, small_input, 3, plan);
        Workspace work = make_workspace(net, threads);
        const std::vector<std::uint32_t> images = first_n(18);
        for (std::size_t step = 0; step < 3; ++step)
            train_step(net, plan, 0, step + 1, data,
                       std::span(images).subspan(step * 7, step < 2 ? 7 : 4), work, compute);
        return signature(net);
    };
    const std::uint64_t expected = train(nullptr);
    for (const int count : {2, 3, 4, 7}) {
        std::vector<std::uint64_t> signatures(static_cast<std::size_t>(count));
        process_group::run(count, [&](Processes* processes) {
            signatures[static_cast<std::size_t>(processes->rank())] = train(processes);
        });
        for (const std::uint64_t signature : signatures)
            CHECK(signature == expected);
    }
}
