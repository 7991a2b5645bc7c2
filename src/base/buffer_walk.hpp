// A walk over the buffers of a workspace calls room(buffer, elements) on each: MakeRoom makes that
// room, CountRoom is the dry walk that tells how much it is. One walk serves both, so that the
// memory a run foretells is the memory it takes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

#include "base/tensor.hpp"

namespace crossbar {

struct MakeRoom {
    void operator()(auto& buffer, std::size_t elements) const { ensure(buffer, elements); }
};

// The most that is asked of each buffer.
struct CountRoom {
    std::map<const void*, std::size_t> bytes;

    template <typename T>
    void operator()(std::vector<T>& buffer, std::size_t elements) {
        std::size_t& most = bytes[&buffer];
        most = std::max(most, (elements + read_slack) * sizeof(T));
    }
    std::size_t total() const {
        std::size_t sum = 0;
        for (const auto& [buffer, size] : bytes)
            sum += size;
        return sum;
    }
};

}  // namespace crossbar
