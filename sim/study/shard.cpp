// Reads a shard's number, and deals runs out by their foretold operations.
#include "study/shard.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/check.hpp"

namespace crossbar::sim {

Shard parse_shard(const std::string& text) {
    if (text.empty()) return {};
    constexpr int most = 100'000;
    Shard shard{0, 0};
    const char* const end = text.data() + text.size();
    const auto [slash, first] = std::from_chars(text.data(), end, shard.number);
    if (first == std::errc() && slash != end && *slash == '/') {
        const auto [stop, second] = std::from_chars(slash + 1, end, shard.count);
        if (second == std::errc() && stop == end && shard.count >= 1 && shard.count <= most &&
            shard.number >= 1 && shard.number <= shard.count)
            return shard;
    }
    fail("--shard {}: expected I/N, the shard and how many there are, from 1/N to N/N: 2/4", text);
}

std::vector<int> shards_of(const std::vector<StudyRun>& runs, int count) {
    return shards_of(runs, runs, count);
}

std::vector<int> shards_of(const std::vector<StudyRun>& all, const std::vector<StudyRun>& some,
                           int count) {
    struct Work {
        double operations = 0;
        std::string key;
    };
    std::map<std::string, double> by_key;
    for (const StudyRun& run : all)
        by_key[run.labels.key] = std::max(by_key[run.labels.key], run.operations);
    std::vector<Work> works;
    for (const auto& [key, operations] : by_key)
        works.push_back({operations, key});
    // Where two take as long the key decides, which is the same everywhere.
    std::sort(works.begin(), works.end(), [](const Work& a, const Work& b) {
        return a.operations != b.operations ? a.operations > b.operations : a.key < b.key;
    });
    std::vector<double> loads(static_cast<std::size_t>(count));
    std::map<std::string, int> shard_of_key;
    for (const Work& work : works) {
        const auto least = std::min_element(loads.begin(), loads.end());
        *least += work.operations;
        shard_of_key[work.key] = static_cast<int>(least - loads.begin()) + 1;
    }
    std::vector<int> shards;
    shards.reserve(some.size());
    for (const StudyRun& run : some)
        shards.push_back(shard_of_key[run.labels.key]);
    return shards;
}

std::vector<StudyRun> runs_of(const std::vector<StudyRun>& runs, const Shard& shard) {
    const std::vector<int> shards = shards_of(runs, shard.count);
    std::vector<StudyRun> own;
    for (std::size_t i = 0; i < runs.size(); ++i)
        if (shards[i] == shard.number) own.push_back(runs[i]);
    return own;
}

}  // namespace crossbar::sim
