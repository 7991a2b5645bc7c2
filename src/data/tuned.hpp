// Rates that were chosen for columns on held-out training images, each with what it came from:
// NAME.tuned.toml beside the task file NAME.toml, written by crossbar_sim tune and read with the
// task.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crossbar {

struct Tuned {
    std::string column;      // e.g. "usf+bn+bm1"
    std::string arithmetic;  // "fixed" or "float"
    std::string data;        // "real" or "synthetic"
    double rate = 0;
    // How it was chosen:
    double held_out_error_percent = 0;
    std::int64_t held_out_images = 0, train_images = 0, epochs = 0, seed = 0, seeds = 0;
    std::string date;     // 2026-11-25T10:00:00Z
    std::string version;  // of the program
    std::string command;  // that chose it
};

// The rates in the text of a file; `file` is its name in errors. Throws Error with file and line.
std::vector<Tuned> parse_tuned(const std::string& file, std::string_view text);

// The text of a file that holds these rates.
std::string text_of(const std::vector<Tuned>& rates);

// "datasets/mnist.toml" -> "datasets/mnist.tuned.toml".
std::string tuned_path(const std::string& task_path);

}  // namespace crossbar
