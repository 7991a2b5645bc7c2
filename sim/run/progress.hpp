// What a person sees: the echo line, a live line while a terminal watches, one line per epoch, and
// a table at the end. Lines go to standard output, the live line and notices to standard error.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "run/record.hpp"
#include "session/run.hpp"

namespace crossbar::sim {

// "m:ss" or "h:mm:ss".
std::string duration(double seconds);

// What the live line shows.
struct LiveFigures {
    std::string epoch, share, error, rate, left;
};
// As many of them as leave the last column of the terminal free, the least wanted left out first.
std::string live_line(const LiveFigures& figures, std::size_t width);

class Reporter {
  public:
    Reporter(const Run& experiment, const Outputs& outputs);
    ~Reporter();
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;

    // Notices, then what is about to be trained.
    void start() const;
    void batch(const Progress& progress);
    void epoch(const Progress& progress);
    // A line on standard error, whatever --quiet says.
    void warn(const std::string& text);

  private:
    void clear_live_line();
    double images_done(const Progress& progress) const;

    const Run& experiment_;
    const bool diagnose_, quiet_, live_;
    bool shown_ = false;  // a live line stands on the terminal
    Clock::time_point began_, drawn_;
    double images_before_;  // done by earlier calls of the program
};

// The table by layer, the confusion matrix where it was asked for, and the last line.
void print_outcome(const Outcome& outcome);

}  // namespace crossbar::sim
