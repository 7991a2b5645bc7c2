// Measured files for tests: a device from 2 to 20 and back again, as text.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "pulse_response/pulse_response_csv.hpp"

namespace crossbar::testing {

using namespace crossbar::sim;
using Catch::Matchers::Contains;

// From 2 to 20 in n pulses along an exponential of this rate, and down again on its own.
inline std::vector<double> rising(int n = 20, double rate = 2) {
    std::vector<double> g;
    for (int i = 0; i <= n; ++i)
        g.push_back(2 + 18 * (std::exp(-rate * i / n) - 1) / (std::exp(-rate) - 1));
    return g;
}

inline std::vector<double> falling(int n = 20, double rate = 2) {
    std::vector<double> g = rising(n, rate);
    for (double& value : g)
        value = 22 - value;
    return g;
}

inline std::vector<double> behind(std::vector<double> a, const std::vector<double>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

enum class Numbering { restart, on, none };

// A line for each value by `format`, of its number and the value.
template <typename Format>
std::string lines(const std::vector<double>& values, Format&& format,
                  Numbering numbers = Numbering::restart, std::size_t period = 21) {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i)
        text += format(numbers == Numbering::restart ? i % period : i, values[i]) + "\n";
    return text;
}

inline std::string plain(std::size_t i, double g) {
    return fmt::format("{},{:.5f}", i, g);
}

inline std::string commas(std::string text) {
    std::replace(text.begin(), text.end(), '.', ',');
    return text;
}

inline const std::vector<double> both = behind(rising(), falling());

struct Read {
    const char* name;
    std::string text;
    std::size_t set = 21, reset = 21, cycles = 1, devices = 1;
};

// Where trains start and end tells a right reading from any other.
inline void check(const Read& read, const MeasuredAs& as = {}) {
    INFO(read.name);
    const Measured m = parse_response("m.csv", read.text, as);
    INFO(m.summary);
    REQUIRE(m.response.trains[0].size() == read.cycles * read.devices);
    REQUIRE(m.response.trains[1].size() == (read.reset == 0 ? 0 : read.cycles * read.devices));
    for (const std::size_t side : {0u, 1u})
        for (const Train& train : m.response.trains[side]) {
            REQUIRE(train.points.size() == (side == 0 ? read.set : read.reset));
            const double from = train.points.front().second, to = train.points.back().second;
            const double ratio = side == 0 ? to / from : from / to;
            REQUIRE(ratio > 5);
            REQUIRE(ratio < 12);
        }
}

inline std::string utf16(const std::string& text, bool big) {
    std::string out = big ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : text)
        out += big ? std::string{'\0', c} : std::string{c, '\0'};
    return out;
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

inline std::string columns(const std::string& head, const std::vector<std::vector<double>>& values,
                           bool numbered = true) {
    std::string text = head;
    for (std::size_t row = 0; row < values[0].size(); ++row) {
        if (numbered) text += fmt::format("{},", row);
        for (std::size_t c = 0; c < values.size(); ++c)
            text += fmt::format("{}{:.5f}", c == 0 ? "" : ",", values[c][row]);
        text += "\n";
    }
    return text;
}

inline std::string row_of(const std::string& name, const std::vector<double>& values) {
    std::string text = name;
    for (const double value : values)
        text += fmt::format("{}{:.5f}", text.empty() ? "" : ",", value);
    return text + "\n";
}

inline void refused(const std::string& text, const std::string& message,
                    const MeasuredAs& as = {}) {
    INFO(text.substr(0, 200));
    REQUIRE_THROWS_WITH(parse_response("m.csv", text, as), Contains(message) && Contains("m.csv"));
}

}  // namespace crossbar::testing
