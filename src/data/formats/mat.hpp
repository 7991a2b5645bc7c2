// MATLAB 5 files (.mat): arrays of numbers, by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace crossbar {

struct MatBytes {
    std::vector<std::size_t> sides;   // MATLAB's order: the first side runs fastest
    std::vector<std::uint8_t> bytes;  // product of the sides
};

class MatFile {
  public:
    // Reads the file and the heads of its variables; values are unpacked, and their sums checked,
    // when they are asked for. Throws Error with file and byte, as all of the below.
    explicit MatFile(const std::string& path);

    bool has(const std::string& name) const;
    std::vector<std::size_t> sides(const std::string& name) const;

    // An array of class uint8.
    MatBytes bytes(const std::string& name) const;

    // An array of any numeric class, all of whose values are whole and from low to high.
    std::vector<int> integers(const std::string& name, int low, int high) const;

  private:
    struct Variable {
        std::string name;
        std::vector<std::size_t> sides;
        std::uint32_t kind = 0;  // MATLAB's class of array
        bool complex = false;
        std::size_t at = 0, size = 0;  // of the body of its element, packed or not
        std::size_t unpacked = 0;      // bytes that are packed there; 0: it is not packed
    };
    struct Values;

    void add_variable(std::size_t at, std::size_t size, bool packed);
    const Variable& need(const std::string& name) const;
    Values load(const Variable& variable) const;

    std::string path_;
    std::vector<std::uint8_t> file_;
    bool little_ = true;  // its byte order
    std::vector<Variable> variables_;
};

}  // namespace crossbar
