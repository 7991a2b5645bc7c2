// --save-every: how often a run saves its checkpoint while it trains.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "session/run.hpp"

namespace crossbar::sim {

// One of the three is not 0.
struct SaveInterval {
    std::uint64_t epochs = 1, batches = 0;
    double seconds = 0;
};

// "10min", "30s", "2h", "5epochs", "200batches"; after every epoch where the text is empty. Throws
// Error.
SaveInterval parse_save_interval(const std::string& text);

// Tells when to save next. A run saves after its last epoch as well, whatever the interval.
class SaveClock {
  public:
    explicit SaveClock(const SaveInterval& interval) : interval_(interval) {}

    // After a batch that is not the last one of its epoch; after an epoch.
    bool due_in_epoch(const Progress& progress) const;
    bool due_after_epoch(const Progress& progress) const;
    void saved(const Progress& progress);

  private:
    bool time_is_up() const;

    SaveInterval interval_;
    std::uint64_t saved_step_ = 0;
    Clock::time_point saved_ = Clock::now();
};

}  // namespace crossbar::sim
