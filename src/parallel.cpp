#include "crossbar/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "crossbar/check.hpp"

namespace crossbar {

struct Threads::State {
    std::vector<std::thread> others;
    std::mutex mutex;
    std::condition_variable start, finish;
    std::size_t round = 0;  // one round a call of share()
    int busy = 0;           // other threads still in this round
    bool stop = false;

    // The round's work; written before the round starts, read by all.
    const Work* work = nullptr;
    std::size_t size = 0, grain = 1;
    std::atomic<std::size_t> next{0};
    std::exception_ptr error;

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
        std::size_t seen = 0;
        std::unique_lock lock(mutex);
        for (;;) {
            start.wait(lock, [&] { return stop || round != seen; });
            if (stop) return;
            seen = round;
            lock.unlock();
            run_pieces(thread);
            lock.lock();
            if (--busy == 0) finish.notify_one();
        }
    }
};

Threads::Threads(int count) : state_(std::make_unique<State>()) {
    CHECK_AT_MOST(1, count);
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
    std::unique_lock lock(s.mutex);
    s.finish.wait(lock, [&] { return s.busy == 0; });
    if (s.error) std::rethrow_exception(s.error);
}

}  // namespace crossbar
