// Speech features: what a phoneme classifier is shown of a sound.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/formats/sound.hpp"

namespace crossbar {

constexpr int speech_rate = 16000;          // samples a second
constexpr std::size_t frame_samples = 400;  // 25 ms
constexpr std::size_t frame_step = 160;     // 10 ms
constexpr std::size_t filters = 40;
constexpr std::size_t statics = filters + 1;  // log filter-bank energies, then the log energy
constexpr std::size_t frame_features = 3 * statics;  // and their first and second differences
constexpr std::size_t context_frames = 15;
constexpr std::size_t context_features = context_frames * frame_features;  // 1845

using FrameFeatures = std::array<std::uint8_t, frame_features>;

// Every frame of a sound, as bytes: see datasets/README.md for the formulas. Frame t begins with
// sample 160 t; a sound of less than one frame is lengthened by zeros. Only + - * / of IEEE
// doubles, so all machines agree.
std::vector<FrameFeatures> speech_features(std::span<const std::int16_t> samples);

// The 15 frames around a sample, the first and the last frame repeated beyond the ends: frame by
// frame, context_features bytes.
void copy_context(std::span<const FrameFeatures> frames, std::size_t sample,
                  std::span<std::uint8_t> out);

}  // namespace crossbar
