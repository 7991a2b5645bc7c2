// Every reader of files under libFuzzer: fuzz READER [FOLDER] [OPTIONS OF LIBFUZZER]. Readers are
// the rows of the tables in this folder. fuzz --seeds FOLDER writes their good files to
// FOLDER/READER and lists them.
#include "fuzz/fuzz.hpp"

#include <filesystem>
#include <optional>

namespace crossbar::fuzz {

namespace fs = std::filesystem;

AnySet set_of(std::vector<File> files, const ReadRequest& request) {
    auto set = std::make_unique<Set>();
    set->files = std::move(files);
    set->request = request;
    for (SourceFile& file : set->request.files)
        file.path = set->folder.file(file.path);
    for (std::size_t i = 0; i < set->files.size(); ++i)
        set->put_back(i);
    return set;
}

void check_sound(const TaskData& data) {
    for (const Dataset* set : {&data.train, &data.test}) {
        ENSURE_EQUAL(set->pixels.size(), set->count() * set->shape.size());
        for (const std::uint16_t label : set->labels)
            ENSURE_THAT_OP(static_cast<int>(label), <, set->classes);
    }
}

Bytes words(const std::vector<std::uint32_t>& values, std::size_t more) {
    Bytes bytes;
    for (const std::uint32_t value : values)
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    for (std::size_t i = 0; i < more; ++i)
        bytes.push_back(static_cast<std::uint8_t>(i % 3));
    return bytes;
}

namespace {

std::vector<Row> all_rows() {
    std::vector<Row> rows;
    for (const auto& table : {image_rows(), file_rows(), text_rows(), run_rows()})
        rows.insert(rows.end(), table.begin(), table.end());
    return rows;
}

std::optional<Row> row;  // that this process fuzzes
AnySet set;

void read_damaged(std::size_t file, const Bytes& bytes) {
    set->folder.write(set->files[file].name, bytes);
    row->read(*set);
}

// With several files, an input's first byte says which one it is.
void take(std::span<const std::uint8_t> input) {
    std::size_t file = 0;
    if (set->files.size() > 1) {
        if (input.empty()) return;
        file = input[0] % set->files.size();
        input = input.subspan(1);
    }
    Bytes bytes(input.begin(), input.end());
    read_damaged(file, bytes);
    if (row->mend) {
        row->mend(bytes);
        read_damaged(file, bytes);
    }
    set->put_back(file);
}

[[noreturn]] void write_seeds(const fs::path& folder) {
    for (const Row& r : all_rows()) {
        fs::create_directories(folder / r.name);
        const AnySet files = r.files();
        int number = 0;
        for (std::size_t i = 0; i < files->files.size(); ++i)
            for (Bytes seed : files->files[i].good) {
                if (files->files.size() > 1)
                    seed.insert(seed.begin(), static_cast<std::uint8_t>(i));
                testing::write((folder / r.name / fmt::format("{:02}", number++)).string(), seed);
            }
        std::puts(r.name);
    }
    std::exit(0);
}

}  // namespace
}  // namespace crossbar::fuzz

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    using namespace crossbar::fuzz;
    const std::string name = *count > 1 ? (*arguments)[1] : "";
    if (name == "--seeds" && *count > 2) write_seeds((*arguments)[2]);
    for (const Row& r : all_rows())
        if (r.name == name) row = r;
    if (!row) {
        std::fprintf(stderr, "no reader '%s'; expected one of:", name.c_str());
        for (const Row& r : all_rows())
            std::fprintf(stderr, " %s", r.name);
        std::fputs(", or --seeds FOLDER\n", stderr);
        std::exit(2);
    }
    set = row->files();
    (*arguments)[1] = (*arguments)[0];
    ++*arguments;
    --*count;
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    crossbar::fuzz::take({data, size});
    return 0;
}
