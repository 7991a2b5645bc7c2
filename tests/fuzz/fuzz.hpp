// What is fuzzed: a row a reader, small good files of which one at a time is damaged, and a
// function that reads them. An Error that names the file is the one right answer to damaged data.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "data/readers.hpp"
#include "data_testing.hpp"

namespace crossbar::fuzz {

// A file of a set: what it may hold. The first of it stands there while another file is damaged.
struct File {
    std::string name;
    std::vector<Bytes> good;
};

// Files in a folder of their own, and how a reader is asked for them, its paths being below it.
struct Set {
    std::vector<File> files;
    ReadRequest request;
    TestFolder folder;

    std::string path(std::size_t file = 0) const { return folder.file(files[file].name); }
    void put_back(std::size_t file) const { folder.write(files[file].name, files[file].good[0]); }
};
using AnySet = std::unique_ptr<Set>;

AnySet set_of(std::vector<File> files, const ReadRequest& request = {});

struct Row {
    const char* name;
    AnySet (*files)();
    void (*read)(const Set& set);
    // Where there is one, a damaged file is read as it is, and once more after this has put its
    // sums right, so that what lies behind them is reached.
    void (*mend)(Bytes& file) = nullptr;
};

// The tables, each at the end of its file.
std::span<const Row> image_rows();  // sets of images and sounds
std::span<const Row> file_rows();   // single files that hold data
std::span<const Row> text_rows();   // what people write, and what the program itself did
std::span<const Row> run_rows();    // what a run is made of, and goes on from

// Runs what may throw an Error about something in `folder`; any will do where that is empty.
template <typename Call>
void attempt(const std::string& folder, const Call& call) {
    const std::string error = error_of(call);
    if (error == "no error" || error.find(folder) != error.npos) return;
    std::fprintf(stderr, "an error that names no file: %s\n", error.c_str());
    std::abort();
}

void check_sound(const TaskData& data);

inline Bytes bytes_of(const std::string& text) {
    return {text.begin(), text.end()};
}

// Big-endian words, then so many small bytes.
Bytes words(const std::vector<std::uint32_t>& values, std::size_t more);

void mend_tar(Bytes& file);
void mend_checkpoint(Bytes& file);

}  // namespace crossbar::fuzz
