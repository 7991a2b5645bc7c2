// Shards of a study, intervals of saving, and locks that processes share.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "run/save_interval.hpp"
#include "study/shard.hpp"
#include "terminal/file_lock.hpp"

using namespace crossbar;
using namespace crossbar::sim;

namespace {

// A folder that is gone with the test.
struct OwnFolder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / fmt::format("crossbar_test_shard_{}", ::getpid());
    OwnFolder() { std::filesystem::create_directories(path); }
    ~OwnFolder() { std::filesystem::remove_all(path); }
    OwnFolder(const OwnFolder&) = delete;
    OwnFolder& operator=(const OwnFolder&) = delete;
};

StudyRun run_of(const std::string& key, double operations) {
    StudyRun run;
    run.labels.key = key;
    run.operations = operations;
    return run;
}

}  // namespace

TEST_CASE("shard: what is no shard is an error") {
    REQUIRE(parse_shard("").count == 1);
    REQUIRE(parse_shard("2/4").number == 2);
    REQUIRE(parse_shard("4/4").count == 4);
    for (const char* text :
         {"0/4", "5/4", "1/0", "0/0", "-1/4", "1/-4", "+1/4", "1", "/", "1/", "/4", "1/4 ", " 1/4",
          "1/4/4", "1.0/4", "a/b", "1/100001", "1/99999999999999999999", "0x1/4"})
        REQUIRE_THROWS_AS(parse_shard(text), Error);
}

TEST_CASE("shard: disjoint, complete, even, and the same whatever the order of runs") {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        const int count = 1 + static_cast<int>(random() % 9);
        std::vector<StudyRun> runs;
        const std::size_t keys = random() % 60;
        for (std::size_t i = 0; i < keys; ++i)
            for (std::size_t twice = 0; twice <= random() % 2; ++twice)
                runs.push_back(run_of(fmt::format("k{}", i),
                                      1 + static_cast<double>((i * 7919) % (round % 5 ? 100 : 2))));
        std::map<std::string, int> shard_of;
        std::vector<double> loads(static_cast<std::size_t>(count));
        double all = 0, longest = 0;
        const std::vector<int> shards = shards_of(runs, count);
        for (std::size_t i = 0; i < runs.size(); ++i) {
            REQUIRE(shards[i] >= 1);
            REQUIRE(shards[i] <= count);
            const auto [at, fresh] = shard_of.emplace(runs[i].labels.key, shards[i]);
            REQUIRE(at->second == shards[i]);
            if (!fresh) continue;
            loads[static_cast<std::size_t>(shards[i] - 1)] += runs[i].operations;
            all += runs[i].operations;
            longest = std::max(longest, runs[i].operations);
        }
        // Graham's bound.
        REQUIRE(*std::max_element(loads.begin(), loads.end()) <= all / count + longest);
        std::size_t together = 0;
        for (int number = 1; number <= count; ++number)
            together += runs_of(runs, {number, count}).size();
        REQUIRE(together == runs.size());
        std::shuffle(runs.begin(), runs.end(), random);
        const std::vector<int> again = shards_of(runs, count);
        for (std::size_t i = 0; i < runs.size(); ++i)
            REQUIRE(again[i] == shard_of[runs[i].labels.key]);
    }
}

TEST_CASE("save interval: a number and its unit") {
    REQUIRE(parse_save_interval("").epochs == 1);
    REQUIRE(parse_save_interval("5epochs").epochs == 5);
    REQUIRE(parse_save_interval("7batches").batches == 7);
    REQUIRE(parse_save_interval("7batches").epochs == 0);
    REQUIRE(parse_save_interval("30s").seconds == 30);
    REQUIRE(parse_save_interval("2h").seconds == 7200);
    for (const char* text : {"5", "0s", "s", "-1s", "1.5h", "1e3s", "5 min", "5m", "2000000h",
                             "99999999999999999999s"})
        REQUIRE_THROWS_AS(parse_save_interval(text), Error);
}

TEST_CASE("save interval: batches count from the last save") {
    SaveClock clock(parse_save_interval("3batches"));
    Progress p;
    std::vector<std::uint64_t> saved;
    for (p.step = 1; p.step <= 10; ++p.step)
        if (clock.due_in_epoch(p)) {
            clock.saved(p);
            saved.push_back(p.step);
        }
    REQUIRE((saved == std::vector<std::uint64_t>{3, 6, 9}));
}

TEST_CASE("lock: one has it, says who, and lets go however it ends") {
    const OwnFolder folder;
    const std::string path = (folder.path / "x.lock").string();
    REQUIRE(FileLock::holder(path).empty());
    {
        const auto lock = FileLock::try_take(path);
        REQUIRE(lock);
        REQUIRE_FALSE(FileLock::try_take(path));
        REQUIRE(FileLock::holder(path).starts_with(fmt::format("process {} on ", ::getpid())));
        try {
            FileLock::take(path, "--store x", std::chrono::milliseconds(30));
            FAIL("taken twice");
        } catch (const Error& error) {
            REQUIRE(std::string(error.what()).find(fmt::format("process {} on ", ::getpid())) !=
                    std::string::npos);
        }
    }
    REQUIRE(FileLock::holder(path).empty());
    REQUIRE(!std::filesystem::exists(path));
    // A process that is killed while it has the lock leaves the file, and no lock.
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto lock = FileLock::try_take(path);
        if (lock && ::write(ready[1], "x", 1) == 1) ::pause();
        ::_exit(1);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    REQUIRE_FALSE(FileLock::try_take(path));
    REQUIRE(FileLock::holder(path).starts_with(fmt::format("process {} on ", child)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    REQUIRE(std::filesystem::exists(path));
    REQUIRE(FileLock::holder(path).empty());
    REQUIRE(FileLock::try_take(path));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("lock: of processes that take turns none is alone in what it wrote") {
    const OwnFolder folder;
    const std::string path = (folder.path / "x.lock").string(),
                      counter = (folder.path / "counter").string();
    constexpr int processes = 4, turns = 50;
    for (int i = 0; i < processes; ++i)
        if (::fork() == 0) {
            for (int turn = 0; turn < turns; ++turn) {
                const FileLock lock = FileLock::take(path, "x");
                int n = 0;
                std::ifstream(counter) >> n;
                std::ofstream(counter) << n + 1;
            }
            ::_exit(0);
        }
    for (int i = 0; i < processes; ++i) {
        int status = 1;
        ::wait(&status);
        REQUIRE(status == 0);
    }
    int n = 0;
    std::ifstream(counter) >> n;
    REQUIRE(n == processes * turns);
}
