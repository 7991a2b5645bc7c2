// .npz files, taken apart again with libzip: names, headers of NumPy's format, and values.
#include <zip.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>

#undef CHECK  // the project's own has that name
#include "../sim/export.hpp"
#include "../sim/npz.hpp"
#include "crossbar/device_array.hpp"
#undef CHECK
#define CHECK REQUIRE

using namespace crossbar;
using namespace crossbar::sim;

namespace {

// Entry name -> its bytes.
std::map<std::string, std::string> unzipped(const std::string& bytes) {
    std::map<std::string, std::string> entries;
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr);
    zip_t* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, nullptr);
    REQUIRE(archive);
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
        const auto place = static_cast<zip_uint64_t>(i);
        zip_stat_t status;
        REQUIRE(zip_stat_index(archive, place, 0, &status) == 0);
        std::string content(status.size, '\0');
        zip_file_t* file = zip_fopen_index(archive, place, 0);
        REQUIRE(zip_fread(file, content.data(), content.size()) ==
                static_cast<zip_int64_t>(content.size()));
        zip_fclose(file);
        entries[status.name] = content;
    }
    zip_discard(archive);
    return entries;
}

struct Npy {
    std::string header, data;
};

Npy npy_of(const std::string& bytes) {
    REQUIRE(bytes.size() >= 64);
    REQUIRE(bytes.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) == 0);
    const std::size_t length =
        static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
    CHECK((10 + length) % 64 == 0);
    CHECK(bytes[9 + length] == '\n');
    const std::string header = bytes.substr(10, length);
    return {header.substr(0, header.find('}') + 1), bytes.substr(10 + length)};
}

}  // namespace

TEST_CASE("npz: arrays come back with type, shape and values") {
    const std::vector<std::int8_t> levels = {-127, 0, 5, 127, 1, -1};
    const std::vector<std::int16_t> wide = {-32512, 32512};
    const std::vector<float> real = {0.25f, -1.5f};
    const std::vector<std::int64_t> one = {std::int64_t{1} << 40};
    const auto entries = unzipped(npz_of(
        {npz_array("a.levels", {3, 2}, levels), npz_array("wide", {2}, wide),
         npz_array("real", {1, 2}, real), npz_array("one", {}, one), npz_text("text", "hello")}));
    REQUIRE(entries.size() == 5);
    const Npy a = npy_of(entries.at("a.levels.npy"));
    CHECK(a.header == "{'descr': '|i1', 'fortran_order': False, 'shape': (3, 2), }");
    REQUIRE(a.data.size() == levels.size());
    CHECK(std::memcmp(a.data.data(), levels.data(), levels.size()) == 0);
    const Npy w = npy_of(entries.at("wide.npy"));
    CHECK(w.header == "{'descr': '<i2', 'fortran_order': False, 'shape': (2, ), }");
    CHECK(w.data == std::string("\x00\x81\x00\x7f", 4));
    CHECK(npy_of(entries.at("real.npy")).header ==
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }");
    CHECK(npy_of(entries.at("one.npy")).header ==
          "{'descr': '<i8', 'fortran_order': False, 'shape': (), }");
    CHECK(npy_of(entries.at("text.npy")).data == "hello");
}

TEST_CASE("npz: the bytes depend on the arrays alone, and sizes stand before the data") {
    const auto make = [] {
        return npz_of({npz_array("x", {1000}, std::vector<std::int8_t>(1000, 3))});
    };
    const std::string bytes = make();
    CHECK(bytes == make());
    // Readers such as cnpy take sizes from the local header: no sizes after the data (bit 3).
    CHECK((static_cast<unsigned char>(bytes[6]) & 8u) == 0);
    CHECK(bytes.size() < 1000);
}

TEST_CASE("npz: the state holds what the export has, and devices, converters, progress") {
    Experiment e = prepare({{{"task", "letters"},
                             {"target", "prezioso2015"},
                             {"threads", "1"},
                             {"device", "tiles.rows=4;tiles.adc_bits=6;tiles.gain_spread=0.1"}},
                            {}});
    const auto before = unzipped(state_of(e));
    CHECK(before.count("layer_1.adc_range.npy") == 0);  // calibrated by the first batches
    train(e, {});
    const auto exported = unzipped(export_of(e)), state = unzipped(state_of(e));
    for (const auto& [name, bytes] : exported)
        CHECK(state.at(name) == bytes);
    const auto values = [&](const std::string& name) {
        return npy_of(state.at(name + ".npy")).data;
    };
    const SynapseArray& a = std::get<Network>(e.network).layers[0].forward;
    for (const std::size_t plane : {0u, 1u}) {
        const std::string number = std::to_string(plane + 1);
        const std::string levels = values("layer_1.device_" + number);
        CHECK(levels.size() == a.size());
        for (std::size_t i = 0; i < a.size(); ++i)
            CHECK(static_cast<unsigned char>(levels[i]) == device_level(a, plane, i));
        const std::string kinds = values("layer_1.kind_" + number);
        CHECK(std::memcmp(kinds.data(), a.devices.kinds[plane].data(), a.size()) == 0);
    }
    const auto one = [&](const std::string& name, auto value) {
        const std::string bytes = values(name);
        CHECK(bytes.size() == sizeof value);
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    };
    CHECK(one("layer_1.pulses", std::uint64_t{}) == a.pulses);
    CHECK(one("layer_1.refreshes", std::uint64_t{}) == a.devices.refreshes);
    CHECK(one("layer_1.adc_batches", std::int32_t{}) == 10);
    CHECK(one("layer_1.adc_range", std::int32_t{}) > 0);
    // 10 inputs are three tiles of 4, each with an ADC for each of 3 outputs.
    CHECK(npy_of(state.at("layer_1.adc_gain.npy")).header ==
          "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 3), }");
    CHECK(values("layer_1.adc_offset").size() == 36);
    std::array<std::uint64_t, 3> progress{};
    std::memcpy(progress.data(), values("progress").data(), sizeof progress);
    CHECK(progress == std::array<std::uint64_t, 3>{15, 0, 15});
}
