// Streams of xz unpacked one after the other, with a limit on memory.
#include "data/formats/xz.hpp"

#include <lzma.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/check.hpp"

namespace crossbar {
namespace {

// Dictionaries of up to 256 MiB, four times what xz -9 makes, and what a decoder needs beside one.
constexpr std::uint64_t most_xz_memory = std::uint64_t{257} << 20;

constexpr std::array<std::uint8_t, 6> mark = {0xfd, '7', 'z', 'X', 'Z', 0};

const char* words_of(lzma_ret status) {
    switch (status) {
        case LZMA_OPTIONS_ERROR:
        case LZMA_UNSUPPORTED_CHECK:
            return "xz data of a kind that this program cannot read";
        case LZMA_MEM_ERROR:
            return "not enough memory to unpack xz data";
        default:
            return "damaged xz data";
    }
}

}  // namespace

struct XzFile::State {
    std::string path;
    std::ifstream file;
    lzma_stream stream = LZMA_STREAM_INIT;
    std::array<std::uint8_t, std::size_t{1} << 16> packed;
    bool all_read = false, ended = false;

    explicit State(const std::string& from) : path(from), file(from, std::ios::binary) {
        if (lzma_stream_decoder(&stream, most_xz_memory,
                                LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK)
            fail("liblzma cannot start: out of memory");
    }
    ~State() { lzma_end(&stream); }

    void fill() {
        file.read(reinterpret_cast<char*>(packed.data()), packed.size());
        stream.next_in = packed.data();
        stream.avail_in = static_cast<std::size_t>(file.gcount());
        all_read = stream.avail_in < packed.size();
    }

    [[noreturn]] void refuse(lzma_ret status) const {
        if (status == LZMA_MEMLIMIT_ERROR)
            fail(
                "{}: byte {} of the packed file: xz data that take {} MiB of memory to unpack, "
                "expected at most {}; pack them again, by xz -9 or less",
                path, stream.total_in, lzma_memusage(&stream) >> 20, most_xz_memory >> 20);
        fail("{}: byte {} of the packed file: {}{}", path, stream.total_in, words_of(status),
             status == LZMA_BUF_ERROR ? " (truncated)" : "");
    }
};

bool is_xz(const std::string& path) {
    std::array<char, mark.size()> head{};
    std::ifstream(path, std::ios::binary).read(head.data(), head.size());
    return std::equal(mark.begin(), mark.end(), head.begin(), [](std::uint8_t byte, char c) {
        return byte == static_cast<std::uint8_t>(c);
    });
}

XzFile::XzFile(const std::string& path) : state_(std::make_unique<State>(path)) {}
XzFile::~XzFile() = default;

std::size_t XzFile::read(std::span<std::uint8_t> out) {
    lzma_stream& stream = state_->stream;
    stream.next_out = out.data();
    stream.avail_out = out.size();
    while (stream.avail_out > 0 && !state_->ended) {
        if (stream.avail_in == 0 && !state_->all_read) state_->fill();
        const lzma_ret status = lzma_code(&stream, state_->all_read ? LZMA_FINISH : LZMA_RUN);
        state_->ended = status == LZMA_STREAM_END;
        if (status != LZMA_OK && !state_->ended) state_->refuse(status);
    }
    return out.size() - stream.avail_out;
}

std::uint64_t xz_size(const std::string& path) {
    constexpr std::uint64_t most_index = std::uint64_t{1} << 24;
    lzma_stream_flags footer{};
    std::array<std::uint8_t, LZMA_STREAM_HEADER_SIZE> end{};
    std::ifstream file(path, std::ios::binary);
    file.seekg(-LZMA_STREAM_HEADER_SIZE, std::ios::end);
    file.read(reinterpret_cast<char*>(end.data()), end.size());
    if (!is_xz(path) || !file || lzma_stream_footer_decode(&footer, end.data()) != LZMA_OK ||
        footer.backward_size > most_index)
        return 0;
    std::vector<std::uint8_t> bytes(footer.backward_size);
    file.seekg(-static_cast<std::streamoff>(bytes.size() + end.size()), std::ios::end);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    lzma_index* index = nullptr;
    std::uint64_t memory = most_index * 8, size = 0;
    std::size_t used = 0;
    if (!file || lzma_index_buffer_decode(&index, &memory, nullptr, bytes.data(), &used,
                                          bytes.size()) != LZMA_OK)
        return 0;
    if (lzma_index_stream_size(index) == std::filesystem::file_size(path))
        size = lzma_index_uncompressed_size(index);
    lzma_index_end(index, nullptr);
    return size;
}

}  // namespace crossbar
