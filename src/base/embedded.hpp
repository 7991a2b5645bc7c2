// The TOML files of datasets/ and targets/ and the C sources of sim/chip, embedded as text at build
// by datasets/embed.sh.
#pragma once

#include <span>
#include <string_view>

namespace crossbar {

struct EmbeddedFile {
    std::string_view path;  // as in the source tree, e.g. "datasets/mnist.toml"
    std::string_view text;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace crossbar
