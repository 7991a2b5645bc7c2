#include "crossbar/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "crossbar/check.hpp"

namespace crossbar {

namespace {

// How long a thread watches for what it waits for before it sleeps: the rounds of a training step
// follow each other within microseconds, and to wake a sleeper takes longer than most of them. Who
// has watched in vain, as on a busy machine, sleeps at once the next few times.
constexpr std::chrono::microseconds patience{30};
constexpr int sleeps_after_failure = 16;

// Tells the processor that this is a waiting loop.
inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace

struct Threads::State {
    std::vector<std::thread> others;
    std::mutex mutex;
    std::condition_variable start, finish;
    std::atomic<std::size_t> round{0};  // one round a call of share()
    std::atomic<int> busy{0};           // other threads still in this round
    std::atomic<bool> stop{false};
    int caller_sleeps = 0;  // see watch()
    bool watchful = true;   // false with more threads than processors: watching would hold them up

    // The round's work; written before the round starts, read by all.
    const Work* work = nullptr;
    std::size_t size = 0, grain = 1;
    std::exception_ptr error;
    // In a cache line of its own, for everybody writes it.
    alignas(64) std::atomic<std::size_t> next{0};

    // Watches for a condition; whether it came true. `sleeps`: the thread's own count of waits to
    // be slept through.
    template <typename Condition>
    bool watch(int& sleeps, Condition condition) const {
        if (!watchful) return false;
        if (sleeps > 0) {
            --sleeps;
            return false;
        }
        const auto end = std::chrono::steady_clock::now() + patience;
        do {
            for (int turn = 0; turn < 16; ++turn) {
                if (condition()) return true;
                relax();
            }
        } while (std::chrono::steady_clock::now() < end);
        sleeps = sleeps_after_failure;
        return false;
    }

    // Until `condition`. Whoever makes it true notifies `changed` after having held the mutex.
    template <typename Condition>
    void await(std::condition_variable& changed, int& sleeps, Condition condition) {
        if (watch(sleeps, condition)) return;
        std::unique_lock lock(mutex);
        changed.wait(lock, condition);
    }

    void run_pieces(int thread) {
        try {
            for (;;) {
                const std::size_t first = next.fetch_add(grain);
                if (first >= size) return;
                (*work)(first, std::min(first + grain, size), thread);
            }
        } catch (...) {
            const std::scoped_lock lock(mutex);
            if (!error) error = std::current_exception();
            next = size;
        }
    }

    void live(int thread) {
        int sleeps = 0;
        for (std::size_t seen = 0;; ++seen) {
            await(start, sleeps, [&] { return stop || round != seen; });
            if (stop) return;
            run_pieces(thread);
            if (--busy > 0) continue;
            { const std::scoped_lock lock(mutex); }
            finish.notify_one();
        }
    }
};

Threads::Threads(int count) : state_(std::make_unique<State>()) {
    CHECK_AT_MOST(1, count);
    const unsigned processors = std::thread::hardware_concurrency();
    state_->watchful = processors == 0 || static_cast<unsigned>(count) <= processors;
    for (int t = 1; t < count; ++t)
        state_->others.emplace_back([this, t] { state_->live(t); });
}

Threads::~Threads() {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->stop = true;
    }
    state_->start.notify_all();
    for (std::thread& other : state_->others)
        other.join();
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
        s.next = 0;
        s.error = nullptr;
        s.busy = static_cast<int>(s.others.size());
        ++s.round;
    }
    s.start.notify_all();
    s.run_pieces(0);
    s.await(s.finish, s.caller_sleeps, [&] { return s.busy == 0; });
    if (s.error) std::rethrow_exception(s.error);
}

}  // namespace crossbar
