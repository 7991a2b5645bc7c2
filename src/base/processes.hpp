// Processes, on one machine or on many, that train one network together: each holds all of it and
// has a part of every batch. All that they say to each other is integers, whose sums and maxima
// have no order. Every process calls the same operations in the same order with the same sizes.
// Of one process alone there is no such object: Compute::processes is null.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace crossbar {

// Numbers first .. last - 1 of 0 .. all - 1, cut into `parts` that differ by one at most.
struct Stretch {
    std::size_t first, last;
};
constexpr Stretch part_of(std::size_t all, std::size_t number, std::size_t parts) {
    return {all * number / parts, all * (number + 1) / parts};
}

class Processes {
  public:
    virtual ~Processes() = default;

    virtual int rank() const = 0;   // 0 .. count() - 1; 0 alone prints and writes
    virtual int count() const = 0;  // 2 or more

    // Element by element over all processes, in place.
    virtual void sum(std::span<std::int64_t> values) = 0;
    virtual void max(std::span<std::int64_t> values) = 0;

    // Transfers go on while the processes compute. Neither span may be touched before wait(number)
    // came back.
    //   deal    `sent` is cut into count() equal parts, the p-th for process p; `received` is what
    //           each process had for this one, in order of their ranks
    //   gather  `received` is what each process sent, in order of their ranks
    virtual int start_deal(std::span<const std::uint64_t> sent,
                           std::span<std::uint64_t> received) = 0;
    virtual int start_gather(std::span<const std::uint64_t> sent,
                             std::span<std::uint64_t> received) = 0;
    virtual void wait(int number) = 0;
    // Now and then, so that transfers move on where nothing moves them in the background.
    virtual void poll() = 0;

    // The text of every process, in order of their ranks.
    virtual std::vector<std::string> texts(const std::string& own) = 0;

    // The processes of one machine; the first of them reads files for all.
    virtual std::string machine() const = 0;  // its name
    virtual int rank_on_machine() const = 0;  // 0 .. count_on_machine() - 1
    virtual int count_on_machine() const = 0;
    virtual void copy_on_machine(std::span<std::byte> bytes) = 0;  // from the first to the others

    // Ends all processes, where one of them cannot go on and the others wait for it.
    [[noreturn]] virtual void abort(const std::string& why) = 0;

    // What this process has sent to others, or had them add up, in bytes.
    struct Sent {
        std::uint64_t transfers = 0;  // deals and gathers: gradients
        std::uint64_t small = 0;      // sums and maxima
        std::uint64_t calls = 0;      // sums and maxima, for each of which all wait
    };
    Sent sent;
};

}  // namespace crossbar
