// Processes played by threads of one program: each member does what a process would, and they talk
// through memory. For tests of what training through processes computes, without a launcher.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/processes.hpp"

namespace process_group {

using crossbar::Processes;

// That of the standard library spins, which members that outnumber the processors must not.
class Barrier {
  public:
    explicit Barrier(int members) : members_(members) {}
    void arrive_and_wait() {
        std::unique_lock lock(mutex_);
        const int round = round_;
        if (++arrived_ == members_) {
            arrived_ = 0;
            ++round_;
            all_.notify_all();
        } else {
            all_.wait(lock, [&] { return round != round_; });
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable all_;
    int members_, arrived_ = 0, round_ = 0;
};

struct Shared {
    explicit Shared(int members)
        : barrier(members),
          values(static_cast<std::size_t>(members)),
          words(static_cast<std::size_t>(members)),
          texts(static_cast<std::size_t>(members)),
          bytes(static_cast<std::size_t>(members)) {}
    Barrier barrier;
    std::vector<std::span<std::int64_t>> values;
    std::vector<std::vector<std::vector<std::uint64_t>>> words;  // by member, by number
    std::vector<std::string> texts;
    std::vector<std::span<std::byte>> bytes;
};

class Member : public Processes {
  public:
    Member(Shared& shared, int rank, int count) : shared_(shared), rank_(rank), count_(count) {}
    int rank() const override { return rank_; }
    int count() const override { return count_; }
    void sum(std::span<std::int64_t> values) override {
        combine(values, [](std::int64_t a, std::int64_t b) { return a + b; });
    }
    void max(std::span<std::int64_t> values) override {
        combine(values, [](std::int64_t a, std::int64_t b) { return std::max(a, b); });
    }
    int start_deal(std::span<const std::uint64_t> from, std::span<std::uint64_t> to) override {
        return start(from, to, true);
    }
    int start_gather(std::span<const std::uint64_t> from, std::span<std::uint64_t> to) override {
        return start(from, to, false);
    }
    // Only now is anything received: who touches a buffer earlier is found out.
    void wait(int number) override {
        shared_.barrier.arrive_and_wait();
        const Transfer& t = transfers_[static_cast<std::size_t>(number)];
        const std::size_t part = t.to.size() / static_cast<std::size_t>(count_);
        for (std::size_t p = 0; p < static_cast<std::size_t>(count_); ++p) {
            const auto& words = shared_.words[p][static_cast<std::size_t>(number)];
            const std::size_t at = t.deal ? static_cast<std::size_t>(rank_) * part : 0;
            std::copy_n(words.begin() + static_cast<std::ptrdiff_t>(at), part,
                        t.to.begin() + static_cast<std::ptrdiff_t>(p * part));
        }
        shared_.barrier.arrive_and_wait();
    }
    void poll() override {}
    std::vector<std::string> texts(const std::string& own) override {
        shared_.texts[static_cast<std::size_t>(rank_)] = own;
        shared_.barrier.arrive_and_wait();
        std::vector<std::string> all = shared_.texts;
        shared_.barrier.arrive_and_wait();
        return all;
    }
    std::string machine() const override { return "here"; }
    int rank_on_machine() const override { return rank_; }
    int count_on_machine() const override { return count_; }
    void abort(const std::string& why) override { throw std::runtime_error(why); }
    void copy_on_machine(std::span<std::byte> bytes) override {
        shared_.bytes[static_cast<std::size_t>(rank_)] = bytes;
        shared_.barrier.arrive_and_wait();
        if (rank_ != 0) std::copy_n(shared_.bytes[0].data(), bytes.size(), bytes.data());
        shared_.barrier.arrive_and_wait();
    }

  private:
    struct Transfer {
        bool deal;
        std::span<std::uint64_t> to;
    };
    int start(std::span<const std::uint64_t> from, std::span<std::uint64_t> to, bool deal) {
        shared_.words[static_cast<std::size_t>(rank_)].emplace_back(from.begin(), from.end());
        transfers_.push_back({deal, to});
        return static_cast<int>(transfers_.size()) - 1;
    }
    template <typename Combine>
    void combine(std::span<std::int64_t> values, const Combine& combined) {
        shared_.values[static_cast<std::size_t>(rank_)] = values;
        shared_.barrier.arrive_and_wait();
        std::vector<std::int64_t> result(shared_.values[0].begin(), shared_.values[0].end());
        for (std::size_t p = 1; p < static_cast<std::size_t>(count_); ++p)
            for (std::size_t i = 0; i < result.size(); ++i)
                result[i] = combined(result[i], shared_.values[p][i]);
        shared_.barrier.arrive_and_wait();
        std::copy(result.begin(), result.end(), values.begin());
        shared_.barrier.arrive_and_wait();
    }

    Shared& shared_;
    int rank_, count_;
    std::vector<Transfer> transfers_;
};

// Runs work(processes) as `count` processes; processes is null for one.
inline void run(int count, const std::function<void(Processes*)>& work) {
    if (count == 1) return work(nullptr);
    Shared shared(count);
    std::vector<std::thread> threads;
    for (int rank = 0; rank < count; ++rank)
        threads.emplace_back([&, rank] {
            Member member(shared, rank, count);
            work(&member);
        });
    for (std::thread& thread : threads)
        thread.join();
}

}  // namespace process_group
