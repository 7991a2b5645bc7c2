// Settings that play no part: whatever they say, the run is the same, because of what others say.
#pragma once

#include <string>
#include <vector>

#include "session/settings.hpp"

namespace crossbar {

// Whether anything is normalised. A text that is no network is refused where it is needed.
bool normalises(const Settings& settings);

// Why every value of this setting makes the same run, as in "the rule is sgd, and ..."; empty where
// it may play a part. Of what another setting refuses nothing is said.
std::string why_idle(const Setting& setting, const RunSettings& settings);

// A sentence for each setting that a person gave another value than the usual one, and that plays
// no part.
std::vector<std::string> idle_notices(const RunSettings& settings);

}  // namespace crossbar
