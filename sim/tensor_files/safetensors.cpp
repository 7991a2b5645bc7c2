// Hugging Face's format (https://huggingface.co/docs/safetensors): a length of 8 bytes, a header in
// JSON, bytes. Names are sorted by those who write it.
#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/check.hpp"
#include "tensor_files/elements.hpp"
#include "tensor_files/tensor_file.hpp"

namespace crossbar::sim {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t most_header = 100'000'000;  // as the format has it

struct Place {
    std::uint64_t first, last;
    std::string name;
    bool operator<(const Place& other) const {
        return first != other.first ? first < other.first : last < other.last;
    }
};

Element element_of(const std::string& file, const std::string& name, const std::string& type) {
    static const std::map<std::string, Element> elements = {
        {"I8", Element::i8},   {"U8", Element::u8},     {"BOOL", Element::u8},
        {"I16", Element::i16}, {"U16", Element::u16},   {"I32", Element::i32},
        {"U32", Element::u32}, {"I64", Element::i64},   {"U64", Element::u64},
        {"F16", Element::f16}, {"BF16", Element::bf16}, {"F32", Element::f32},
        {"F64", Element::f64}};
    const auto found = elements.find(type);
    if (found == elements.end())
        fail("{}: tensor '{}' is of the type {}, which is not read; save it as F32", file, name,
             type);
    return found->second;
}

// Keys of the header, each once.
Json header_of(const std::string& file, std::string_view text) {
    std::set<std::string> names;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
        if (depth == 1 && event == Json::parse_event_t::key &&
            !names.insert(value.get<std::string>()).second)
            fail("{}: its header names '{}' twice", file, value.get<std::string>());
        return true;
    };
    try {
        Json header = Json::parse(text, watch);
        if (header.is_object()) return header;
    } catch (const Json::exception&) {
    }
    fail("{}: its header is no JSON object; the file is damaged or no safetensors file", file);
}

NamedTensor tensor_of(const std::string& file, const std::string& name, const Json& entry,
                      std::string_view data, std::vector<Place>& places) {
    try {
        const Element element = element_of(file, name, entry.at("dtype").get<std::string>());
        const auto shape = entry.at("shape").get<std::vector<std::uint64_t>>();
        const auto offsets = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
        for (const Json& number : entry.at("shape"))
            if (!number.is_number_unsigned())
                fail("{}: tensor '{}': its shape is no list of counts", file, name);
        if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data.size())
            fail("{}: tensor '{}' has the offsets {}; the file holds {} bytes of tensors", file,
                 name, entry.at("data_offsets").dump(), data.size());
        const std::size_t count = elements_in(shape, fmt::format("{}: tensor '{}'", file, name));
        if (count * bytes_in(element) != offsets[1] - offsets[0])
            fail("{}: tensor '{}' of {} has {} bytes; expected {}", file, name, shape_text(shape),
                 offsets[1] - offsets[0], count * bytes_in(element));
        places.push_back({offsets[0], offsets[1], name});
        return named_tensor(name, shape,
                            numbers_of(element, data.substr(offsets[0], offsets[1] - offsets[0])),
                            is_integer(element));
    } catch (const Json::exception&) {
        fail("{}: tensor '{}' has no dtype, shape and data_offsets as the format has them", file,
             name);
    }
}

// Nothing twice, nothing that belongs to none.
void check_places(const std::string& file, std::vector<Place> places, std::size_t bytes) {
    std::sort(places.begin(), places.end());
    std::uint64_t end = 0;
    for (const Place& place : places) {
        if (place.first != end)
            fail("{}: tensor '{}' begins at byte {}; expected {}, where the one before it ends",
                 file, place.name, place.first, end);
        end = place.last;
    }
    if (end != bytes)
        fail("{}: {} bytes belong to no tensor; the file is damaged", file, bytes - end);
}

}  // namespace

NamedTensors safetensors(const std::string& file, std::string_view bytes) {
    std::uint64_t length = 0;
    if (bytes.size() < 8)
        fail("{}: {} bytes are no safetensors file, which begins with a length of 8", file,
             bytes.size());
    std::memcpy(&length, bytes.data(), 8);
    if (length > most_header || length > bytes.size() - 8)
        fail(
            "{}: its header would have {} bytes, and the file has {}; it is cut, or no "
            "safetensors file",
            file, length, bytes.size());
    const Json header = header_of(file, bytes.substr(8, length));
    const std::string_view data = bytes.substr(8 + length);
    NamedTensors all{file, {}, true};
    std::vector<Place> places;
    for (const auto& [name, entry] : header.items())
        if (name != "__metadata__")
            all.tensors.push_back(tensor_of(file, name, entry, data, places));
    check_places(file, std::move(places), data.size());
    return all;
}

}  // namespace crossbar::sim
