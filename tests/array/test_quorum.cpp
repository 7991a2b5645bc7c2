// A budget of pulses: the wait that follows from it, what counters make of a wait, and that pulses
// of counters under it follow their course, whatever the votes.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

#include "array/quorum.hpp"

using namespace crossbar;

namespace {

// Counters that vote, batch after batch; `lean` is the spread of what the votes of one are on
// average, `silent` the share of counters without any.
struct Counters {
    PulseBudget budget;
    int top;
    Counting counting = Counting::all;
    std::size_t n = 500;
    std::mt19937 source{3};
    std::vector<double> up;
    std::vector<int> votes;
    std::vector<std::uint64_t> pulses;  // by sixteenth of the training
    std::uint64_t sent = 0;
    Ballot first{}, last{};

    Counters(double pulses_each, std::uint64_t batches, int counter_top, double lean, double silent)
        : budget{std::llround(pulses_each * 1024), batches}, top(counter_top) {
        std::normal_distribution<double> mean(0.5, lean / 2 + 1e-9);
        for (std::size_t i = 0; i < n; ++i)
            up.push_back(static_cast<double>(i) < silent * static_cast<double>(n) ? -1
                                                                                  : mean(source));
    }

    void vote(std::size_t i, const Ballot& ballot, std::uint64_t batch) {
        if (up[i] == -1 || static_cast<int>(source() & 65535) < ballot.skip) return;
        votes[i] += std::generate_canonical<double, 32>(source) < up[i] ? 1 : -1;
        votes[i] = std::max(-top, std::min(top, votes[i]));
        if (std::abs(votes[i]) < ballot.quorum) return;
        votes[i] = 0;
        ++sent;
        ++pulses[batch * 16 / budget.batches];
    }

    void go() {
        votes.assign(n, 0);
        pulses.assign(16, 0);
        for (std::uint64_t batch = 0; batch < budget.batches; ++batch) {
            last = ballot_of_wait(wait_for(budget, n, sent, batch), top, counting);
            if (batch == 0) first = last;
            for (std::size_t i = 0; i < n; ++i)
                vote(i, last, batch);
        }
    }

    double spent() const {
        return static_cast<double>(sent) * 1024 /
               static_cast<double>(budget.pulses * static_cast<std::int64_t>(n));
    }
};

}  // namespace

TEST_CASE("the wait is tau R* / R^2", "[quorum]") {
    for (const std::int64_t pulses : {11, 1024, 3 * 1024, 1 << 20})
        for (const std::uint64_t batches : {1ull, 10ull, 7200ull, 1ull << 40})
            for (const std::uint64_t synapses : {1ull, 7ull, 430500ull, 1ull << 30})
                for (int part = 0; part <= 8; ++part)
                    for (int used = 0; used < 8; ++used) {
                        const PulseBudget budget{pulses, batches};
                        const std::uint64_t done = batches / 8 * static_cast<std::uint64_t>(part);
                        const double all = static_cast<double>(pulses) / 1024;
                        const auto sent = static_cast<std::uint64_t>(all * used / 8 *
                                                                     static_cast<double>(synapses));
                        INFO(pulses << " " << batches << " " << synapses << " " << done << " "
                                    << sent);
                        const double tau = static_cast<double>(batches) / (7 * std::log(2));
                        // Straight lines from half to half.
                        const double halvings =
                            7.0 * static_cast<double>(done) / static_cast<double>(batches);
                        const double whole = std::floor(halvings);
                        const double course =
                            all * std::exp2(-whole) * (1 - (halvings - whole) / 2);
                        const double left =
                            all - static_cast<double>(sent) / static_cast<double>(synapses);
                        const double wait = tau * course / (left * left);
                        const auto got =
                            static_cast<double>(wait_for(budget, synapses, sent, done));
                        const double expected =
                            std::min(std::max(wait, 1.0), static_cast<double>(longest_wait));
                        CHECK(got == Approx(expected).epsilon(0.001).margin(1));
                    }
}

TEST_CASE("no pulses are left once the budget is spent", "[quorum]") {
    const PulseBudget budget{2048, 100};
    REQUIRE(wait_for(budget, 10, 19, 5) < longest_wait);
    REQUIRE(wait_for(budget, 10, 20, 5) == longest_wait);
    REQUIRE(wait_for(budget, 10, 1000, 5) == longest_wait);
    for (const int bits : {2, 3, 10, 15})
        for (const Counting counting : {Counting::all, Counting::sampled}) {
            const Ballot ballot = ballot_of_wait(longest_wait, top_count(bits), counting);
            REQUIRE(ballot.quorum > top_count(bits));
        }
}

TEST_CASE("the wait grows with the pulses sent", "[quorum]") {
    const PulseBudget budget{3 * 1024, 1000};
    for (std::uint64_t sent = 1; sent <= 300; ++sent)
        REQUIRE(wait_for(budget, 100, sent, 500) >= wait_for(budget, 100, sent - 1, 500));
}

TEST_CASE("counters of few bits count a share of the votes", "[quorum]") {
    for (const int bits : {2, 3, 5, 10, 16}) {
        const int top = top_count(bits);
        for (int quorum = 1; quorum <= 32767; quorum += quorum / 3 + 1) {
            const Ballot b = ballot_of_quorum(quorum, top);
            INFO(bits << " bits, quorum " << quorum);
            REQUIRE(b.quorum == std::min(quorum, top));
            const double share = 1 - b.skip / 65536.0;
            REQUIRE(share ==
                    Approx(std::min(1.0, static_cast<double>(top) / quorum)).margin(0.6 / 65536));
        }
        for (std::uint64_t wait = 1; wait < longest_wait; wait += wait / 2 + 1) {
            const Ballot sampled = ballot_of_wait(wait, top, Counting::sampled);
            const Ballot all = ballot_of_wait(wait, top, Counting::all);
            const double root = std::sqrt(static_cast<double>(wait));
            INFO(bits << " bits, wait " << wait);
            REQUIRE(all.skip == 0);
            REQUIRE(all.quorum == std::min(static_cast<int>(root), top));
            REQUIRE(sampled.quorum == all.quorum);
            REQUIRE(sampled.skip >= 0);
            REQUIRE(sampled.skip <= 65535);
            if (root >= top + 1.0) {
                const double share = top / root * top / root;
                REQUIRE(65536 - sampled.skip == Approx(std::max(1.0, 65536 * share)).margin(0.51));
            }
        }
    }
}

TEST_CASE("counters spend their budget along the course, whatever they count", "[quorum]") {
    const double pulses = GENERATE(0.5, 2.0, 5.0);
    const std::uint64_t batches = GENERATE(300u, 3000u);
    const int bits = GENERATE(2, 3, 5, 10);
    const double lean = GENERATE(0.0, 0.1, 0.5);
    const double silent = GENERATE(0.0, 0.4);
    CAPTURE(pulses, batches, bits, lean, silent);
    Counters c(pulses, batches, top_count(bits), lean, silent);
    c.counting = Counting::sampled;
    c.go();
    CHECK(c.spent() > 0.93);
    CHECK(c.spent() < 1.1);
    const auto quarter = [&](int q) {
        return std::accumulate(c.pulses.begin() + 4 * q, c.pulses.begin() + 4 * q + 4,
                               std::uint64_t{0});
    };
    CHECK(quarter(0) > quarter(1));
    CHECK(quarter(1) >= quarter(2));
    CHECK(quarter(0) > quarter(1) + quarter(2) + quarter(3));
}

TEST_CASE("the quorum of counters that wander grows by 2^(7/2)", "[quorum]") {
    Counters c(2, 6000, 511, 0, 0);
    c.go();
    CHECK(c.first.quorum == static_cast<int>(std::sqrt(6000 / (7 * std::log(2)) / 2)));
    CHECK(c.last.skip == 0);
    CHECK(c.last.quorum > 4 * c.first.quorum);
    CHECK(c.last.quorum < 23 * c.first.quorum);
}

TEST_CASE("no votes make a budget fall by more than a pulse a synapse beyond nothing", "[quorum]") {
    // All counters agree in every batch, the worst there can be.
    for (const double pulses : {0.25, 1.0, 3.5}) {
        const PulseBudget budget{std::llround(pulses * 1024), 5000};
        std::uint64_t sent = 0;
        int votes = 0;
        for (std::uint64_t batch = 0; batch < budget.batches; ++batch)
            if (++votes >=
                ballot_of_wait(wait_for(budget, 64, sent, batch), 511, Counting::all).quorum) {
                votes = 0;
                sent += 64;
            }
        CHECK(static_cast<double>(sent) <= 64 * (pulses + 1));
        CHECK(static_cast<double>(sent) >= 64 * (pulses - 1));
    }
}
