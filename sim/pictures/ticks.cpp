// Round numbers that enclose a range.
#include "pictures/ticks.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

std::vector<double> log_ticks(double low, double high) {
    std::vector<double> fine;
    for (int power = static_cast<int>(std::floor(std::log10(low)));; ++power)
        for (const double digit : {1.0, 2.0, 5.0}) {
            fine.push_back(digit * std::pow(10.0, power));
            if (fine.back() < high * (1 - 1e-9)) continue;
            // Drop what lies below the range; over many decades powers of ten are enough.
            while (fine.size() > 2 && fine[1] <= low * (1 + 1e-9))
                fine.erase(fine.begin());
            if (fine.size() == 1) fine.push_back(2 * fine.back());
            if (fine.size() <= 7) return fine;
            std::vector<double> tens;
            for (int p = static_cast<int>(std::floor(std::log10(low) + 1e-9));; ++p) {
                tens.push_back(std::pow(10.0, p));
                if (tens.size() > 1 && tens.back() >= high * (1 - 1e-9)) return tens;
            }
        }
}

}  // namespace

std::vector<double> ticks_for(double low, double high, bool logarithmic, bool whole) {
    if (logarithmic) return log_ticks(low, high);
    if (!(high - low > 1e-9 * std::max(std::abs(high), 1e-9))) {
        // One value: from 0 to it, or around 0.
        if (low > 0)
            low = 0;
        else if (high < 0)
            high = 0;
        else
            low = -1, high = 1;
    }
    const double rough = (high - low) / 5;
    const double ten = std::pow(10.0, std::floor(std::log10(rough)));
    double step = 10 * ten;
    for (const double digit : {5.0, 2.0, 1.0})
        if (digit * ten >= rough * (1 - 1e-9)) step = digit * ten;
    if (whole) step = std::max(step, 1.0);
    std::vector<double> ticks;
    const double first = std::floor(low / step + 1e-9);
    for (double k = first;; ++k) {
        ticks.push_back(k * step);
        if (ticks.back() >= high - 1e-9 * step && ticks.size() > 1) return ticks;
    }
}

std::string short_number(double value) {
    if (value != 0 && std::abs(value) >= 1000 && std::abs(value) < 1e7)
        return fmt::format("{:.0f}", value);
    return fmt::format("{:.4g}", std::abs(value) < 1e-12 ? 0 : value);
}

}  // namespace crossbar::sim
