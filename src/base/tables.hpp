// Fixed-point tables, each entry rounded once from 50 decimal digits.
#pragma once

#include <cstdint>
#include <span>

namespace crossbar {

// exp(-i / 256) * 2^30 for i = 0 .. 4095, so for 0 <= x < 16 in steps of 1/256.
std::span<const std::uint32_t> exp_table();

// ln(1 + i / 256) * 2^16 for i = 0 .. 256.
std::span<const std::uint32_t> log_table();

// ln(x) * 2^16 for x >= 1, by log_table on the leading 8 bits (nearest): within 0.002.
std::int64_t log_fixed(std::uint64_t x);

// The number that a standard normal variable stays below with probability p, 0 < p < 1.
double normal_quantile(double p);

}  // namespace crossbar
