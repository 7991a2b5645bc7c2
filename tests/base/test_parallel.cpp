// Threads: every piece is done once, and what a piece throws reaches the caller, whoever did it;
// the threads work on afterwards.
#include <atomic>
#include <catch2/catch.hpp>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/parallel.hpp"

namespace {

using namespace crossbar;

constexpr std::size_t size = 100, grain = 3;

void check_all_done(Threads& threads) {
    std::vector<int> done(size, 0);
    threads.share(size, grain, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i)
            ++done[i];
    });
    CHECK(done == std::vector<int>(size, 1));
}

TEST_CASE("threads do every piece once", "[threads]") {
    for (int count = 1; count <= 4; ++count) {
        Threads threads(count);
        for (int round = 0; round < 50; ++round)
            check_all_done(threads);
    }
}

// What share() throws where the piece with element `at` calls `act`.
template <typename Act>
std::string thrown_by(Threads& threads, std::size_t at, Act act) {
    try {
        threads.share(size, grain, [&](std::size_t first, std::size_t last, int) {
            if (first <= at && at < last) act();
        });
    } catch (const LogicError& error) {
        return error.what();
    } catch (const std::bad_alloc&) {
        return "bad_alloc";
    }
    return "nothing";
}

TEST_CASE("what a piece throws reaches the caller", "[threads]") {
    for (int count = 1; count <= 4; ++count) {
        Threads threads(count);
        for (std::size_t at = 0; at < size; ++at) {
            CAPTURE(count, at);
            const std::string said =
                thrown_by(threads, at, [at] { ENSURE_EQUAL(at, std::size_t{1000}); });
            CHECK_THAT(said, Catch::Contains("at == std::size_t{1000}") &&
                                 Catch::Contains(std::to_string(at) + " against 1000"));
            CHECK(thrown_by(threads, at, [] { throw std::bad_alloc(); }) == "bad_alloc");
            CHECK(thrown_by(threads, at, [] {}) == "nothing");
        }
        check_all_done(threads);
    }
}

TEST_CASE("where every piece throws, one exception reaches the caller, and no piece is begun late",
          "[threads]") {
    for (int count = 1; count <= 4; ++count) {
        Threads threads(count);
        for (int round = 0; round < 50; ++round) {
            std::atomic<int> begun{0};
            CHECK_THROWS_AS(threads.share(size, 1,
                                          [&](std::size_t, std::size_t, int) {
                                              ++begun;
                                              throw std::runtime_error("piece");
                                          }),
                            std::runtime_error);
            CHECK(begun >= 1);
            CHECK(begun <= count);  // each thread ends with its first
        }
        check_all_done(threads);
    }
}

}  // namespace
