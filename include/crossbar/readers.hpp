// The readers: one function a file format, and the table that names them. To add a format: one file
// in src/readers/ and one row here. A reader knows files, shapes and classes, never the task.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossbar/dataset.hpp"

namespace crossbar {

struct SourceFile {
    std::string role;  // which of the reader's files this is, e.g. "train_images"
    std::string path;
};

// What a reader is asked for. It returns .train and .test, or throws an Error that names the file,
// the byte offset, what was seen and what was expected.
struct ReadRequest {
    std::vector<SourceFile> files;
    Shape shape;
    int classes = 0;
};

// The path of a role; an Error when the task names no such file.
const std::string& path_of(const ReadRequest& request, std::string_view role);

TaskData read_idx(const ReadRequest& request);

struct Reader {
    std::string_view name;
    TaskData (*read)(const ReadRequest& request);
};

inline constexpr Reader readers[] = {
    {"idx", read_idx},
};

// The row of that name; null when there is none.
const Reader* find_reader(std::string_view name);

// The stand-in's images first, first + 1, ... of the train or test part: as many as there are
// labels. Image i depends on its index alone, so ranges can be rendered in any order and in
// parallel.
struct SyntheticPart {
    Shape shape;
    int classes = 0;
    bool test = false;
};
void render_synthetic(const SyntheticPart& part, std::size_t first, std::span<std::uint8_t> pixels,
                      std::span<std::uint16_t> labels);

}  // namespace crossbar
