// For tests of readers: a temporary folder, and small picture files, JPEG and PNG made by the
// libraries.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace crossbar {

using Bytes = std::vector<std::uint8_t>;

// A folder of its own that goes away with the test.
struct TestFolder {
    std::filesystem::path path;
    TestFolder();
    ~TestFolder();
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    std::string file(const std::string& name) const { return (path / name).string(); }
    // Writes a file, with the folders that lead to it; returns its path.
    std::string write(const std::string& name, const Bytes& bytes) const;
    std::string write(const std::string& name, const std::string& text) const;
};

struct Encoding {
    int height = 16;
    int width = 24;
    int components = 3;        // JPEG: 1, 3 or 4 (CMYK); PNG: 1 to 4, grey to RGB with alpha
    bool progressive = false;  // PNG: interlaced
    int bits = 8;              // PNG: 8 or 16
    bool one_row = false;      // all rows are the first: large ones are soon made
};

// The value of component c at row y, column x.
using Shade = std::function<int(int y, int x, int c)>;

Bytes encode_jpeg(const Encoding& encoding, const Shade& shade);
Bytes encode_png(const Encoding& encoding, const Shade& shade);

// A BMP with a header of 40 bytes, then the tables (masks, palette: blue, green, red, 0) and the
// pixels as they are given. A height below 0: rows from the top.
struct Bmp {
    int height = 0, width = 0, bits = 24, packing = 0;
    Bytes tables = {};
};
Bytes bmp_of(const Bmp& bmp, const Bytes& pixels);

// 24 bits per pixel.
Bytes encode_bmp(int height, int width, const Shade& shade);

// A file of the netpbm family: its header, then bytes.
Bytes netpbm_of(const std::string& header, const Bytes& samples = {});

// The message of the Error that the call throws; "no error" when it throws none.
std::string error_of(const std::function<void()>& call);

// Hands the call a file cut at up to `tries` lengths, and with twice as many single bytes changed.
// The call must throw Errors only; returns how many it threw for cut files, and how many cuts there
// were.
struct Damage {
    int refused = 0, tried = 0;
};
Damage damage(const Bytes& good, const std::function<void(const Bytes&)>& call,
              std::size_t tries = 400);

// A folder below $CROSSBAR_DATA; empty when it is not there.
std::string real_folder(const std::string& name);

}  // namespace crossbar
