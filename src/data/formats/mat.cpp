// The format: a header of 128 bytes, then elements, each a tag (type and length, 32 bits each, or
// 16 where both fit into one word with up to 4 bytes of data behind it) and data, padded to 8
// bytes. A variable is an element of type matrix, perhaps packed by zlib, whose own elements are:
// flags with the class of array, sides, name, values. Every length is checked against what is
// there.
#include "data/formats/mat.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "base/check.hpp"
#include "base/format.hpp"
#include "data/formats/file_bytes.hpp"

namespace crossbar {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t header_bytes = 128, tag_bytes = 8;
constexpr std::size_t head_bytes = 2048;  // more than flags, sides and name can take
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 31;
constexpr std::size_t most_sides = 32, longest_name = 1024;
constexpr std::uint32_t complex_flag = 0x800;
constexpr std::uint32_t uint8_class = 9;

// Types of data.
enum Type : std::uint32_t {
    int8 = 1,
    uint8,
    int16,
    uint16,
    int32,
    uint32,
    single,
    real = 9,
    int64 = 12,
    uint64,
    matrix = 14,
    packed = 15,
};

std::size_t size_of(std::uint32_t type) {
    switch (type) {
        case int8:
        case uint8:
            return 1;
        case int16:
        case uint16:
            return 2;
        case int32:
        case uint32:
        case single:
            return 4;
        case real:
        case int64:
        case uint64:
            return 8;
        default:
            return 0;
    }
}

std::uint64_t word_at(Bytes bytes, std::size_t at, std::size_t size, bool little) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i)
        word = word << 8 | bytes[at + (little ? size - 1 - i : i)];
    return word;
}

struct Element {
    std::uint32_t type = 0;
    std::size_t length = 0;
    std::size_t at = 0;  // of its data
};

// Elements one after another. Errors name the byte of the file, or of what is packed there.
class Walk {
  public:
    Walk(const std::string& path, Bytes bytes, bool little, std::size_t at, std::string place = "")
        : path_(path),
          bytes_(bytes),
          little_(little),
          at_(at),
          last_(at),
          place_(std::move(place)) {}

    bool ended() const { return at_ >= bytes_.size(); }

    // The tag alone: what it claims is not checked.
    Element tag() {
        last_ = at_;
        if (bytes_.size() - at_ < tag_bytes)
            refuse("{} bytes left, expected a tag (truncated)", bytes_.size() - at_);
        const auto word = [&](std::size_t at) {
            return static_cast<std::uint32_t>(word_at(bytes_, at, 4, little_));
        };
        const std::uint32_t first = word(at_);
        if (first >> 16 == 0) return {first, word(at_ + 4), at_ + tag_bytes};
        if (first >> 16 > 4) refuse("a short element of {} bytes, expected at most 4", first >> 16);
        return {first & 0xffff, first >> 16, at_ + 4};
    }
    Element next() {
        const Element element = tag();
        if (element.length > bytes_.size() - element.at)
            refuse("an element of {} bytes, but {} are left (truncated)", element.length,
                   bytes_.size() - element.at);
        const std::size_t end = element.at + element.length;
        // Packed elements are not padded.
        at_ = element.type == packed ? end : std::min((end + 7) / 8 * 8, bytes_.size());
        return element;
    }
    Element next(std::uint32_t type, std::size_t least, std::size_t most, const char* what) {
        const Element element = next();
        if (element.type == type && element.length >= least && element.length <= most)
            return element;
        refuse("an element of type {} and {} bytes, expected {}: type {}, {} to {} bytes",
               element.type, element.length, what, type, least, most);
    }

    // Goes into a matrix that is all there is; returns how many bytes there have to be.
    std::size_t enter_matrix() {
        const Element whole = tag();
        if (whole.type != matrix || whole.at != at_ + tag_bytes)
            refuse("a packed element of type {}, expected 14 (matrix)", whole.type);
        at_ = whole.at;
        return tag_bytes + whole.length;
    }

    template <typename... Args>
    [[noreturn]] void refuse(fmt::format_string<Args...> text, Args&&... args) const {
        fail("{}: byte {}{}: {}", path_, last_, place_,
             fmt::format(text, std::forward<Args>(args)...));
    }

  private:
    const std::string& path_;
    Bytes bytes_;
    bool little_;
    std::size_t at_, last_;  // of the next element, and of the one that errors are about
    std::string place_;
};

double number_of(std::uint64_t word, std::uint32_t type) {
    switch (type) {
        case int8:
            return static_cast<std::int8_t>(word);
        case int16:
            return static_cast<std::int16_t>(word);
        case int32:
            return static_cast<std::int32_t>(word);
        case int64:
            return static_cast<double>(static_cast<std::int64_t>(word));
        case single:
            return std::bit_cast<float>(static_cast<std::uint32_t>(word));
        case real:
            return std::bit_cast<double>(word);
        default:
            return static_cast<double>(word);
    }
}

// Unpacks one zlib stream and checks its sum; of a stream that holds more than `most` bytes, those
// alone, and no sum. Bytes in errors are counted from `offset`.
std::vector<std::uint8_t> unpack_zlib(std::span<const std::uint8_t> packed, std::size_t most,
                                      const std::string& name, std::uint64_t offset) {
    std::vector<std::uint8_t> bytes;
    z_stream zlib{};
    if (inflateInit(&zlib) != Z_OK) fail("{}: zlib cannot start", name);
    zlib.next_in = const_cast<std::uint8_t*>(packed.data());
    zlib.avail_in = static_cast<uInt>(packed.size());
    int status = Z_OK;
    while (status == Z_OK && bytes.size() < most) {
        const std::size_t have = bytes.size();
        bytes.resize(std::min(most, std::max(2 * have, std::size_t{1} << 16)));
        zlib.next_out = bytes.data() + have;
        zlib.avail_out = static_cast<uInt>(bytes.size() - have);
        status = inflate(&zlib, Z_NO_FLUSH);
        bytes.resize(bytes.size() - zlib.avail_out);
    }
    const std::uint64_t at = offset + packed.size() - zlib.avail_in;
    const std::string message = zlib.msg ? zlib.msg : "cut off";
    const bool followed = status == Z_STREAM_END && zlib.avail_in != 0;
    inflateEnd(&zlib);
    if (followed) fail("{}: byte {}: bytes follow the packed data, expected their end", name, at);
    if (status != Z_STREAM_END && bytes.size() < most)
        fail("{}: byte {}: damaged packed data ({})", name, at, message);
    return bytes;
}

std::string packed_at(std::size_t at) {
    return fmt::format(" of the data packed at byte {}", at);
}

}  // namespace

// The values of a variable, checked: count of them, of a type with a size.
struct MatFile::Values {
    std::vector<std::uint8_t> unpacked;  // that `bytes` are in where they were packed
    Bytes bytes;
    std::uint32_t type = 0;
    std::size_t count = 0;
};

MatFile::MatFile(const std::string& path) : path_(path), file_(file_bytes(path, most_bytes)) {
    if (file_.size() < header_bytes)
        fail("{}: byte {}: the data end here, expected the {} bytes of a MATLAB 5 header", path,
             file_.size(), header_bytes);
    little_ = file_[126] == 'I' && file_[127] == 'M' && file_[125] == 1;
    if (!little_ && !(file_[126] == 'M' && file_[127] == 'I' && file_[124] == 1))
        fail("{}: byte 124: not a MATLAB 5 file ({:02x} {:02x} {:02x} {:02x}); save it with -v7",
             path, file_[124], file_[125], file_[126], file_[127]);
    Walk walk(path_, file_, little_, header_bytes);
    while (!walk.ended()) {
        const Element element = walk.next();
        if (element.type != matrix && element.type != packed)
            fail("{}: byte {}: element of type {}, expected 14 (matrix) or 15 (packed)", path,
                 element.at - tag_bytes, element.type);
        add_variable(element.at, element.length, element.type == packed);
    }
}

void MatFile::add_variable(std::size_t at, std::size_t size, bool is_packed) {
    Variable v;
    v.at = at;
    v.size = size;
    std::vector<std::uint8_t> head;
    if (is_packed) head = unpack_zlib(Bytes(file_).subspan(at, size), head_bytes, path_, at);
    const Bytes bytes = is_packed ? Bytes(head) : Bytes(file_).first(at + size);
    Walk walk(path_, bytes, little_, is_packed ? 0 : at, is_packed ? packed_at(at) : "");
    if (is_packed) v.unpacked = walk.enter_matrix();
    const Element flags = walk.next(uint32, 8, 8, "flags");
    const auto word = static_cast<std::uint32_t>(word_at(bytes, flags.at, 4, little_));
    v.kind = word & 0xff;
    v.complex = (word & complex_flag) != 0;
    const Element sides = walk.next(int32, 4, 4 * most_sides, "sides");
    for (std::size_t i = 0; i < sides.length / 4; ++i)
        v.sides.push_back(word_at(bytes, sides.at + 4 * i, 4, little_));
    const Element name = walk.next(int8, 0, longest_name, "a name");
    v.name.assign(reinterpret_cast<const char*>(bytes.data()) + name.at, name.length);
    variables_.push_back(std::move(v));
}

bool MatFile::has(const std::string& name) const {
    return std::any_of(variables_.begin(), variables_.end(),
                       [&](const Variable& v) { return v.name == name; });
}

const MatFile::Variable& MatFile::need(const std::string& name) const {
    for (const Variable& v : variables_)
        if (v.name == name) return v;
    fail("{}: no variable '{}'", path_, name);
}

std::vector<std::size_t> MatFile::sides(const std::string& name) const {
    return need(name).sides;
}

MatFile::Values MatFile::load(const Variable& v) const {
    Values values;
    Bytes bytes = Bytes(file_).first(v.at + v.size);
    if (v.unpacked != 0) {
        values.unpacked = unpack_zlib(bytes.subspan(v.at), v.unpacked + 1, path_, v.at);
        bytes = values.unpacked;
        if (bytes.size() != v.unpacked)
            fail("{}: byte {}: {}{} bytes are packed here, expected {}", path_, v.at,
                 bytes.size() > v.unpacked ? "more than " : "", std::min(bytes.size(), v.unpacked),
                 v.unpacked);
    }
    Walk walk(path_, bytes, little_, v.unpacked != 0 ? tag_bytes : v.at,
              v.unpacked != 0 ? packed_at(v.at) : "");
    for (int before = 0; before < 3; ++before)  // flags, sides, name
        walk.next();
    if (v.complex) walk.refuse("'{}' is complex, expected whole numbers", v.name);
    const Element element = walk.next();
    const std::size_t size = size_of(element.type);
    if (size == 0) walk.refuse("'{}' is of class {}, expected numbers", v.name, v.kind);
    values.count = element.length / size;
    std::uint64_t count = 1;  // stays below 2^32 times 2^31
    for (const std::size_t side : v.sides)
        count = count > values.count ? count : count * side;
    if (count != values.count || element.length % size != 0)
        walk.refuse("'{}' has {} bytes of values, expected {} of {} bytes", v.name, element.length,
                    fmt::join(v.sides, " x "), size);
    values.type = element.type;
    values.bytes = bytes.subspan(element.at, element.length);
    return values;
}

MatBytes MatFile::bytes(const std::string& name) const {
    const Variable& v = need(name);
    const Values values = load(v);
    if (v.kind != uint8_class || values.type != uint8)
        fail("{}: byte {}: '{}' is of class {}, expected {} (uint8)", path_, v.at, name, v.kind,
             uint8_class);
    return {v.sides, {values.bytes.begin(), values.bytes.end()}};
}

std::vector<int> MatFile::integers(const std::string& name, int low, int high) const {
    const Variable& v = need(name);
    const Values values = load(v);
    const std::size_t size = size_of(values.type);
    std::vector<int> whole;
    whole.reserve(values.count);
    for (std::size_t i = 0; i < values.count; ++i) {
        const double value = number_of(word_at(values.bytes, i * size, size, little_), values.type);
        if (!(value >= low && value <= high) || value != std::floor(value))
            fail("{}: byte {}: value {} of '{}' is {}, expected a whole number from {} to {}",
                 path_, v.at, i + 1, name, value, low, high);
        whole.push_back(static_cast<int>(value));
    }
    return whole;
}

}  // namespace crossbar
