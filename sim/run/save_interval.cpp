// Reads a number and its unit, and compares batches, epochs or time with it.
#include "run/save_interval.hpp"

#include <charconv>

#include "base/check.hpp"

namespace crossbar::sim {

SaveInterval parse_save_interval(const std::string& text) {
    if (text.empty()) return {};
    std::uint64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [unit, error] = std::from_chars(text.data(), end, count);
    const std::string_view name(unit, static_cast<std::size_t>(end - unit));
    constexpr std::uint64_t most = 1'000'000;
    const bool number = error == std::errc() && count >= 1 && count <= most;
    const auto seconds = static_cast<double>(count);
    if (number && (name == "epochs" || name == "epoch")) return {count, 0, 0};
    if (number && (name == "batches" || name == "batch")) return {0, count, 0};
    if (number && name == "s") return {0, 0, seconds};
    if (number && name == "min") return {0, 0, 60 * seconds};
    if (number && name == "h") return {0, 0, 3600 * seconds};
    fail(
        "--save-every {}: expected a number from 1 to {} and its unit: 10min, 30s, 2h, 5epochs or "
        "200batches",
        text, most);
}

bool SaveClock::time_is_up() const {
    return interval_.seconds > 0 && seconds_since(saved_) >= interval_.seconds;
}

bool SaveClock::due_in_epoch(const Progress& p) const {
    const bool batches = interval_.batches != 0 && p.step >= saved_step_ + interval_.batches;
    return batches || time_is_up();
}

bool SaveClock::due_after_epoch(const Progress& p) const {
    const bool epochs =
        interval_.epochs != 0 && static_cast<std::uint64_t>(p.epoch) % interval_.epochs == 0;
    return epochs || due_in_epoch(p);
}

void SaveClock::saved(const Progress& p) {
    saved_step_ = p.step;
    saved_ = Clock::now();
}

}  // namespace crossbar::sim
