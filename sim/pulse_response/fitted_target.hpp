// A target file from a fit of measured curves.
#pragma once

#include <string>

#include "pulse_response/pulse_response_csv.hpp"

namespace crossbar::sim {

// The keys of [device] that make this curve, a line each.
std::string keys_of(const Curve& curve);

// That steps of SET and RESET differ where a single device has its reference; else nothing.
std::string drift_hint(const Curve& curve);

std::string target_text(const std::string& file, const Measured& measured, const CurveFit& fit);

}  // namespace crossbar::sim
