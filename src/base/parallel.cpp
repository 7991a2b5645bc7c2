// Threads that spin briefly, then sleep; pieces are taken by an atomic counter, exceptions handed
// to the caller.
#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "base/clock.hpp"

namespace crossbar {

namespace {

// How long a thread watches for what it waits for before it sleeps: the rounds of a training step
// follow each other within microseconds, a serial stretch between them takes some hundred, and to
// wake a sleeper takes longer than most rounds. After the first moments it offers its processor to
// others between looks. Who watches in vain, as on a busy machine, sleeps at once the next two
// times, then four, up to the most, until a watch succeeds again.
constexpr std::chrono::microseconds patience{300}, alone{20};
constexpr int most_sleeps = 32;

// Tells the processor that this is a waiting loop.
inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// A thread's waits to be slept through, and how many the next failure adds.
struct Waiter {
    int sleeps = 0, next_sleeps = 2;
};

// A thread's share of a round: pieces next .. end - 1. It begins with its own, so that it meets
// again what it has in its cache from the round before, then helps the others. In a cache line of
// its own, for others write it, too.
struct alignas(64) Part {
    std::atomic<std::size_t> next{0};
    std::size_t end = 0;
};

}  // namespace

struct Threads::State {
    std::vector<std::thread> others;
    int made = 1;  // with the caller's
    std::mutex mutex;
    std::condition_variable start, finish;
    std::atomic<std::size_t> round{0};  // one round a call of share()
    std::atomic<int> busy{0};           // other threads still in this round
    std::atomic<bool> stop{false};
    Waiter caller;
    bool watchful = true;  // false with more threads than processors: watching would hold them up

    // The round's work; written before the round starts, read by all.
    const Work* work = nullptr;
    std::size_t size = 0, grain = 1;
    std::exception_ptr error;
    std::vector<Part> parts;  // one per thread

    // Watches for a condition; whether it came true.
    template <typename Condition>
    bool watch(Waiter& waiter, Condition condition) const {
        if (!watchful) return false;
        if (waiter.sleeps > 0) {
            --waiter.sleeps;
            return false;
        }
        const auto begin = Clock::now();
        for (auto now = begin; now < begin + patience; now = Clock::now()) {
            for (int turn = 0; turn < 16; ++turn) {
                if (condition()) {
                    waiter.next_sleeps = 2;
                    return true;
                }
                relax();
            }
            if (now > begin + alone) std::this_thread::yield();
        }
        waiter.sleeps = waiter.next_sleeps;
        waiter.next_sleeps = std::min(2 * waiter.next_sleeps, most_sleeps);
        return false;
    }

    // Until `condition`. Whoever makes it true notifies `changed` after having held the mutex.
    template <typename Condition>
    void await(std::condition_variable& changed, Waiter& waiter, Condition condition) {
        if (watch(waiter, condition)) return;
        std::unique_lock lock(mutex);
        changed.wait(lock, condition);
    }

    void run_pieces(int thread) {
        const std::size_t count = parts.size();
        try {
            for (std::size_t i = 0; i < count; ++i) {
                Part& part = parts[(static_cast<std::size_t>(thread) + i) % count];
                for (;;) {
                    const std::size_t first = part.next.fetch_add(1) * grain;
                    if (first >= part.end * grain) break;
                    (*work)(first, std::min(first + grain, size), thread);
                }
            }
        } catch (...) {
            const std::scoped_lock lock(mutex);
            if (!error) error = std::current_exception();
            for (Part& part : parts)
                part.next = part.end;
        }
    }

    // Starts `count` threads with the caller's; false where there cannot be so many, and then all
    // have ended.
    bool begin(int count) {
        const unsigned processors = std::thread::hardware_concurrency();
        watchful = processors == 0 || static_cast<unsigned>(count) <= processors;
        parts = std::vector<Part>(static_cast<std::size_t>(count));
        others.reserve(static_cast<std::size_t>(count));
        try {
            for (made = 1; made < count; ++made)
                others.emplace_back([this, t = made] { live(t); });
        } catch (const std::exception&) {  // of the system, or of memory
            end();
            return false;
        }
        return true;
    }

    void end() {
        {
            const std::scoped_lock lock(mutex);
            stop = true;
        }
        start.notify_all();
        for (std::thread& other : others)
            other.join();
        others.clear();
        stop = false;
    }

    void live(int thread) {
        Waiter waiter;
        for (std::size_t seen = 0;; ++seen) {
            await(start, waiter, [&] { return stop || round != seen; });
            if (stop) return;
            run_pieces(thread);
            if (--busy > 0) continue;
            { const std::scoped_lock lock(mutex); }
            finish.notify_one();
        }
    }
};

Threads::Threads(int count) : state_(std::make_unique<State>()) {
    ENSURE_AT_MOST(1, count);
    // Where one cannot be had, half of those that could leave room for the work itself.
    while (!state_->begin(count))
        count = std::max(1, (state_->made + 1) / 2);
}

Threads::~Threads() {
    state_->end();
}

int Threads::count() const {
    return static_cast<int>(state_->others.size()) + 1;
}

void Threads::share(std::size_t size, std::size_t grain, const Work& work) {
    if (size == 0) return;
    State& s = *state_;
    if (s.others.empty() || size <= grain) {
        for (std::size_t first = 0; first < size; first += grain)
            work(first, std::min(first + grain, size), 0);
        return;
    }
    {
        const std::scoped_lock lock(s.mutex);
        s.work = &work;
        s.size = size;
        s.grain = std::max<std::size_t>(grain, 1);
        const std::size_t pieces = (size + s.grain - 1) / s.grain, count = s.parts.size();
        for (std::size_t t = 0; t < count; ++t) {
            s.parts[t].next = pieces * t / count;
            s.parts[t].end = pieces * (t + 1) / count;
        }
        s.error = nullptr;
        s.busy = static_cast<int>(s.others.size());
        ++s.round;
    }
    s.start.notify_all();
    s.run_pieces(0);
    s.await(s.finish, s.caller, [&] { return s.busy == 0; });
    if (s.error) std::rethrow_exception(s.error);
}

}  // namespace crossbar
