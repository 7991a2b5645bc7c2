// One record of a TensorBoard event file as bytes: a TFRecord (length and data, each with a masked
// CRC-32C behind it) around an Event, a protocol buffer of four fields that are written here by
// hand. https://www.tensorflow.org/tutorials/load_data/tfrecord,
// tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crossbar::sim {

// CRC-32C (Castagnoli), as of "123456789" 0xe3069283.
std::uint32_t crc32c(std::string_view bytes);

// `wall_time` is in seconds since 1970.

// The first record of every file.
std::string version_record(double wall_time);

// A run goes on from a checkpoint: what the folder's earlier files hold of this step and later ones
// is void.
std::string restart_record(double wall_time, std::int64_t step);

// Scalars of one step, by tag.
std::string scalars_record(double wall_time, std::int64_t step,
                           const std::vector<std::pair<std::string, float>>& scalars);

}  // namespace crossbar::sim
