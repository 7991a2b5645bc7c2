// MATLAB 5 files (.mat) through matio, which is not made for hostile files: their bytes are checked
// before matio sees them. Arrays of whole numbers only, by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace crossbar {

struct MatBytes {
    std::vector<std::size_t> sides;   // MATLAB's order: the first side runs fastest
    std::vector<std::uint8_t> bytes;  // product of the sides
};

class MatFile {
  public:
    // Checks header, element lengths and, of packed elements, the sums. Throws Error with file and
    // byte. `sums` false leaves out what needs unpacking: for a look at sizes.
    explicit MatFile(const std::string& path, bool sums = true);
    ~MatFile();
    MatFile(const MatFile&) = delete;
    MatFile& operator=(const MatFile&) = delete;

    bool has(const std::string& name) const;
    std::vector<std::size_t> sides(const std::string& name) const;

    // An array of class uint8.
    MatBytes bytes(const std::string& name) const;

    // An array of any numeric class, all of whose values are whole and from low to high.
    std::vector<int> integers(const std::string& name, int low, int high) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crossbar
