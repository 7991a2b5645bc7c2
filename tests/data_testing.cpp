// Writes small IDX, tar and packed files.
#include "data_testing.hpp"

#include <archive_entry.h>
#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/check.hpp"

namespace crossbar::testing {
namespace {

void put(Bytes& at, std::size_t where, const std::string& what) {
    std::copy(what.begin(), what.end(), at.begin() + static_cast<std::ptrdiff_t>(where));
}

}  // namespace

void write(const std::string& path, const Bytes& bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
}

Bytes read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

Bytes packed(const Bytes& bytes) {
    z_stream z{};
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    Bytes out(deflateBound(&z, bytes.size()) + 64);
    Bytes in = bytes;
    z.next_in = in.data();
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = out.data();
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

Bytes packed_xz(const Bytes& bytes) {
    Bytes out(lzma_stream_buffer_bound(bytes.size()));
    std::size_t size = 0;
    lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, nullptr, bytes.data(), bytes.size(), out.data(),
                            &size, out.size());
    out.resize(size);
    return out;
}

Bytes archived(LibarchiveChoice format, LibarchiveChoice packing,
               const std::vector<std::pair<std::string, Bytes>>& members) {
    Bytes out(1 << 20);
    std::size_t used = 0;
    archive* const a = archive_write_new();
    format(a);
    packing(a);
    archive_write_set_bytes_in_last_block(a, 1);
    archive_write_open_memory(a, out.data(), out.size(), &used);
    for (const auto& [name, data] : members) {
        archive_entry* const entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(data.size()));
        archive_write_header(a, entry);
        archive_write_data(a, data.data(), data.size());
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
    out.resize(used);
    return out;
}

Bytes tar_member(const std::string& name, const Bytes& data, char type) {
    constexpr std::size_t block = 512;
    Bytes header(block);
    put(header, 0, name.substr(0, 100));
    put(header, 124, fmt::format("{:011o}", data.size()));
    put(header, 156, std::string(1, type));
    put(header, 257,
        std::string("ustar\0"
                    "00",
                    8));
    put(header, 148, "        ");
    unsigned sum = 0;
    for (const std::uint8_t b : header)
        sum += b;
    put(header, 148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    header.insert(header.end(), data.begin(), data.end());
    header.resize((header.size() + block - 1) / block * block);
    return header;
}

Bytes joined(const std::vector<Bytes>& parts) {
    Bytes all;
    for (const Bytes& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

Bytes records(int count, std::size_t labels) {
    Bytes all;
    for (int i = 0; i < count; ++i) {
        all.insert(all.end(), labels, static_cast<std::uint8_t>(i % 10));
        for (int c = 0; c < 3; ++c)
            all.insert(all.end(), 1024, static_cast<std::uint8_t>(3 * i + c));
    }
    return all;
}

}  // namespace crossbar::testing
