// FNV-1a, 64 bits: the hash of signatures and of checkpoints' checksums. Not cryptographic.
#pragma once

#include <cstddef>
#include <cstdint>

namespace crossbar {

constexpr std::uint64_t fingerprint_start = 0xcbf29ce484222325u;

inline std::uint64_t fingerprint(const void* data, std::size_t bytes, std::uint64_t hash) {
    const auto* p = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < bytes; ++i)
        hash = (hash ^ p[i]) * 0x100000001b3u;
    return hash;
}

}  // namespace crossbar
