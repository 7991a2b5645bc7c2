// A fixed set of threads that share a range of work. No result may depend on who does which piece:
// pieces write disjoint outputs, or add integers, whose sum has no order.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace crossbar {

class Threads {
  public:
    // count >= 1; the calling thread is one of them. Fewer where the system has no more to give:
    // see count().
    explicit Threads(int count);
    ~Threads();
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

    int count() const;

    // Does a piece of the range: first <= i < last, by thread `thread` (0 .. count() - 1). Refers
    // to any callable of these, which must outlive it; so nothing is copied or allocated.
    class Work {
      public:
        template <typename Callable>
        requires(!std::is_same_v<Callable, Work>) Work(const Callable& callable)
            : callable_(&callable),
              call_([](const void* self, std::size_t first, std::size_t last, int thread) {
                  (*static_cast<const Callable*>(self))(first, last, thread);
              }) {}
        void operator()(std::size_t first, std::size_t last, int thread) const {
            call_(callable_, first, last, thread);
        }

      private:
        const void* callable_;
        void (*call_)(const void*, std::size_t, std::size_t, int);
    };

    // Cuts 0..size into pieces of `grain` (the last may be shorter) which the threads take as they
    // come free; returns when all are done. Must not be nested. An exception of a piece is
    // rethrown.
    void share(std::size_t size, std::size_t grain, const Work& work);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crossbar
