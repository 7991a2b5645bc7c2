// A fixed set of threads that share a range of work. No result may depend on who does which piece:
// pieces write disjoint outputs, or add integers, whose sum has no order.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace crossbar {

class Threads {
  public:
    // count >= 1; the calling thread is one of them.
    explicit Threads(int count);
    ~Threads();
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

    int count() const;

    // A piece of the range: first <= i < last, done by thread `thread` (0 .. count() - 1).
    using Work = std::function<void(std::size_t first, std::size_t last, int thread)>;

    // Cuts 0..size into pieces of `grain` (the last may be shorter) which the threads take as they
    // come free; returns when all are done. Must not be nested. An exception of a piece is
    // rethrown.
    void share(std::size_t size, std::size_t grain, const Work& work);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crossbar
