// xz through liblzma. A stream's index, at its end, tells the unpacked size.
#include <lzma.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "data/formats/stored_file.hpp"

namespace crossbar {
namespace {

// What a decoder may take: xz -9 needs 65 MiB; a damaged header can ask for 4 GiB.
constexpr std::uint64_t most_memory = std::uint64_t{1} << 28;
constexpr std::array<std::uint8_t, 6> mark = {0xfd, '7', 'z', 'X', 'Z', 0};

// An lzma_stream that is ended whatever happens.
struct Decoder {
    lzma_stream lzma = LZMA_STREAM_INIT;
    Decoder() = default;
    ~Decoder() { lzma_end(&lzma); }
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
};

const char* words_of(lzma_ret status) {
    switch (status) {
        case LZMA_BUF_ERROR:
            return "truncated";
        case LZMA_MEM_ERROR:
        case LZMA_MEMLIMIT_ERROR:
            return "it would take more than 256 MiB to unpack";
        case LZMA_OPTIONS_ERROR:
            return "unknown options";
        default:
            return "damaged xz data";
    }
}

// Gives the decoder what the file has ready; what it does with it is its return value.
lzma_ret step(Decoder& decoder, StoredFile& file) {
    const lzma_action action = file.fill(1) == 0 ? LZMA_FINISH : LZMA_RUN;
    const std::span<const std::uint8_t> ready = file.ready();
    decoder.lzma.next_in = ready.data();
    decoder.lzma.avail_in = ready.size();
    const lzma_ret status = lzma_code(&decoder.lzma, action);
    file.take(ready.size() - decoder.lzma.avail_in);
    return status;
}

[[noreturn]] void refuse(const StoredFile& file, lzma_ret status) {
    fail("{}: byte {} of the packed file: {}", file.path(), file.position(), words_of(status));
}

class Unxz : public ByteSource {
  public:
    explicit Unxz(std::unique_ptr<StoredFile> file) : file_(std::move(file)) {
        if (lzma_stream_decoder(&decoder_.lzma, most_memory, LZMA_CONCATENATED) != LZMA_OK)
            fail("{}: liblzma cannot start", file_->path());
    }
    std::size_t read(std::span<std::uint8_t> out) override {
        decoder_.lzma.next_out = out.data();
        decoder_.lzma.avail_out = out.size();
        while (!ended_ && decoder_.lzma.avail_out > 0) {
            const lzma_ret status = step(decoder_, *file_);
            ended_ = status == LZMA_STREAM_END;
            if (!ended_ && status != LZMA_OK) refuse(*file_, status);
        }
        return out.size() - decoder_.lzma.avail_out;
    }

  private:
    std::unique_ptr<StoredFile> file_;
    Decoder decoder_;
    bool ended_ = false;
};

}  // namespace

bool is_xz(std::span<const std::uint8_t> head) {
    return head.size() >= mark.size() && std::equal(mark.begin(), mark.end(), head.begin());
}

std::unique_ptr<ByteSource> unxz(std::unique_ptr<StoredFile> file) {
    return std::make_unique<Unxz>(std::move(file));
}

std::uint64_t xz_size(StoredFile& file) {
    Decoder decoder;
    lzma_index* index = nullptr;
    const std::uint64_t end = file.size();
    file.seek(0);
    lzma_ret status = lzma_file_info_decoder(&decoder.lzma, &index, most_memory, end);
    while (status == LZMA_OK || status == LZMA_SEEK_NEEDED) {
        if (status == LZMA_SEEK_NEEDED) file.seek(decoder.lzma.seek_pos);
        status = step(decoder, file);
    }
    if (status != LZMA_STREAM_END) refuse(file, status);
    const std::uint64_t size = lzma_index_uncompressed_size(index);
    lzma_index_end(index, nullptr);
    return size;
}

}  // namespace crossbar
