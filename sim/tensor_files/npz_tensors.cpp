// NumPy's .npz through libzip, and the .npy files in it: format 1.0 to 3.0 of
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include <zip.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "base/check.hpp"
#include "tensor_files/elements.hpp"
#include "tensor_files/tensor_file.hpp"

namespace crossbar::sim {
namespace {

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct Close {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};

// The header of an array: "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }".
class Header {
  public:
    Header(std::string what, std::string_view text) : what_(std::move(what)), text_(text) {}

    std::string type() const {
        std::string_view rest = value("descr");
        if (rest.empty() || rest.front() != '\'')
            fail("{}: its elements are records; expected numbers", what_);
        rest.remove_prefix(1);
        return std::string(rest.substr(0, rest.find('\'')));
    }
    bool fortran_order() const { return value("fortran_order").starts_with("True"); }
    std::vector<std::size_t> shape() const {
        std::string_view rest = value("shape");
        const std::size_t end = rest.find(')');
        if (!rest.starts_with('(') || end == rest.npos) fail("{}: its shape is damaged", what_);
        rest = rest.substr(1, end - 1);
        std::vector<std::size_t> sides;
        while (!rest.empty()) {
            std::size_t side = 0;
            const auto [at, error] = std::from_chars(rest.data(), rest.data() + rest.size(), side);
            if (error != std::errc()) fail("{}: its shape ({}) is damaged", what_, rest);
            sides.push_back(side);
            rest.remove_prefix(static_cast<std::size_t>(at - rest.data()));
            rest.remove_prefix(std::min(rest.find_first_not_of(", "), rest.size()));
        }
        return sides;
    }

  private:
    std::string_view value(const char* key) const {
        const std::string quoted = fmt::format("'{}':", key);
        const std::size_t at = text_.find(quoted);
        if (at == text_.npos) fail("{}: its header has no '{}'", what_, key);
        const std::string_view rest = text_.substr(at + quoted.size());
        return rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
    }

    std::string what_;
    std::string_view text_;
};

Element element_of(const std::string& what, const std::string& type) {
    static const std::map<std::string, Element> elements = {
        {"b1", Element::u8},  {"i1", Element::i8},  {"u1", Element::u8},  {"i2", Element::i16},
        {"u2", Element::u16}, {"i4", Element::i32}, {"u4", Element::u32}, {"i8", Element::i64},
        {"u8", Element::u64}, {"f2", Element::f16}, {"f4", Element::f32}, {"f8", Element::f64}};
    const auto found = type.size() == 3 ? elements.find(type.substr(1)) : elements.end();
    if (found == elements.end())
        fail(
            "{}: its elements are of NumPy's type '{}'; expected integers or floats of up to 64 "
            "bits",
            what, type);
    return found->second;
}

// Fortran's order, the first axis fastest, to C's.
std::vector<double> turned(const std::vector<double>& from, const std::vector<std::size_t>& shape) {
    std::vector<double> to(from.size());
    std::vector<std::size_t> at(shape.size(), 0);
    for (double& value : to) {
        std::size_t place = 0;
        for (std::size_t axis = shape.size(); axis-- > 0;)
            place = place * shape[axis] + at[axis];
        value = from[place];
        for (std::size_t axis = shape.size(); axis-- > 0 && ++at[axis] == shape[axis];)
            at[axis] = 0;
    }
    return to;
}

NamedTensor array_of(const std::string& what, const std::string& name, std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const bool magic = bytes.starts_with("\x93NUMPY") && bytes.size() >= 12;
    const std::size_t field = magic && byte(6) > 1 ? 4 : 2;
    if (!magic || byte(6) < 1 || byte(6) > 3)
        fail("{}: it does not begin as a .npy file of format 1 to 3", what);
    std::size_t length = 0;
    for (std::size_t i = field; i-- > 0;)
        length = length << 8 | byte(8 + i);
    if (length > bytes.size() - 8 - field)
        fail("{}: its header would have {} bytes, and the file has {}", what, length, bytes.size());
    const Header header(what, bytes.substr(8 + field, length));
    const std::string_view data = bytes.substr(8 + field + length);
    const std::string type = header.type();
    const std::vector<std::size_t> shape = header.shape();
    // Texts, of one or several: what --export says beside its numbers.
    if (type.starts_with("|S")) return {name, name, {}, {}, {}, false, std::string(data)};
    const Element element = element_of(what, type);
    const std::size_t count = elements_in(shape, what);
    if (count * bytes_in(element) != data.size())
        fail("{}: an array of {} has {} bytes; expected {}", what, shape_text(shape), data.size(),
             count * bytes_in(element));
    std::vector<double> values = numbers_of(element, data, type.front() == '>');
    if (header.fortran_order() && shape.size() > 1) values = turned(values, shape);
    return named_tensor(name, shape, std::move(values), is_integer(element));
}

// An entry's bytes as they come: what it claims is not believed.
std::string entry_bytes(const std::string& what, zip_t* archive, zip_uint64_t place,
                        std::uint64_t most) {
    const std::unique_ptr<zip_file_t, Close> file(zip_fopen_index(archive, place, 0));
    if (!file) fail("{}: {}", what, zip_strerror(archive));
    std::string bytes, piece(std::size_t{1} << 16, '\0');
    while (true) {
        const zip_int64_t n = zip_fread(file.get(), piece.data(), piece.size());
        if (n < 0) fail("{}: it is damaged: {}", what, zip_file_strerror(file.get()));
        if (n == 0) return bytes;
        bytes.append(piece, 0, static_cast<std::size_t>(n));
        if (bytes.size() > most)
            fail("{}: the arrays of this file unpack to more than {} bytes together", what,
                 most_tensor_bytes);
    }
}

}  // namespace

NamedTensors npz_tensors(const std::string& file, std::string_view bytes, std::uint64_t most) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (!source) fail("{}: {}", file, zip_error_strerror(&error));
    const std::unique_ptr<zip_t, Discard> archive(
        zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
    if (!archive) {
        zip_source_free(source);
        fail("{}: it is no .npz file, or damaged: {}", file, zip_error_strerror(&error));
    }
    NamedTensors all{file, {}, false};
    std::uint64_t left = most;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
        const auto place = static_cast<zip_uint64_t>(i);
        const char* const entry = zip_get_name(archive.get(), place, 0);
        std::string name = entry ? entry : "";
        const std::string what = fmt::format("{}: array '{}'", file, name);
        if (!name.ends_with(".npy")) fail("{}: expected names that end in .npy", what);
        name.resize(name.size() - 4);
        const std::string unpacked = entry_bytes(what, archive.get(), place, left);
        left -= unpacked.size();
        all.tensors.push_back(array_of(what, name, unpacked));
    }
    return all;
}

}  // namespace crossbar::sim
