// What a person gave: names of options without dashes, and their values as the command line would
// hold them.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "crossbar/settings.hpp"

namespace crossbar {

struct Given {
    Values values;
    std::string by = "command line";  // who gave them

    bool has(const std::string& option) const {
        return std::any_of(values.begin(), values.end(),
                           [&](const auto& value) { return value.first == option; });
    }
    std::string value(const std::string& option) const {  // empty when not given
        for (const auto& [name, text] : values)
            if (name == option) return text;
        return {};
    }
};

}  // namespace crossbar
