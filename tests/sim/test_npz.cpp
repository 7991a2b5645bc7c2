// .npz files, taken apart again with libzip: names, headers of NumPy's format, and values.
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <stdexcept>

#include "array/device_array.hpp"
#include "npz_testing.hpp"

using namespace crossbar;
using namespace crossbar::sim;
using namespace npz_testing;

namespace {

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
    Run e = prepare(new_run({{{"task", "letters"},
                              {"target", "prezioso2015"},
                              {"threads", "1"},
                              {"device", "tiles.rows=4;tiles.adc_bits=6;tiles.gain_spread=0.1"}}}));
    const auto before = exported_by(e, Exported::state);
    CHECK(before.count("layer_1.adc_range.npy") == 0);  // calibrated by the first batches
    train(e, {});
    const auto exported = exported_by(e, Exported::network),
               state = exported_by(e, Exported::state);
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

TEST_CASE("npz: what is stored is what is deflated") {
    const std::vector<std::int16_t> wide(5000, 7);
    const std::vector<NpzArray> arrays = {npz_array("a", {5000}, wide), npz_text("b", "")};
    CHECK(unzipped(npz_of(arrays, Packing::stored)) == unzipped(npz_of(arrays)));
    CHECK(npz_of(arrays, Packing::stored).size() > 10000);
}

TEST_CASE("npz: a shape of other bytes, a name that comes twice, a place that is full") {
    const std::vector<std::int16_t> two = {1, 2};
    CHECK_THROWS_WITH(npz_of({npz_array("a", {3}, two)}), Catch::Contains("'a' has 4 bytes"));
    CHECK_THROWS_WITH(npz_of({npz_array("a", {2}, two), npz_array("a", {2}, two)}),
                      Catch::Contains("'a' comes twice"));
    const std::vector<NpzArray> arrays = {npz_array("a", {2}, two)};
    CHECK_THROWS_WITH(write_npz(arrays, Packing::stored,
                                [](auto, auto) { throw std::runtime_error("the disk is full"); }),
                      "the disk is full");
}

// Each array with its header's size, for every kind of state: write_npz refuses others.
TEST_CASE("npz: state of every rule, feedback, normalisation and cell") {
    const char* const network = "fc 20, bn, relu, fc 3";
    for (const char* rule : {"bm1", "bm4", "sgd"})
        for (const char* bn : {"none", "plain", "affine"})
            for (const char* feedback : {"sym", "frsf", "brsf-p"})
                for (const char* arithmetic : {"fixed", "float"}) {
                    std::map<std::string, std::string> options = {
                        {"task", "letters"},  {"threads", "1"}, {"epochs", "2"},
                        {"rule", rule},       {"bn", bn},       {"feedback", feedback},
                        {"network", network}, {"rate", "0.01"}, {"arithmetic", arithmetic}};
                    if (options["rule"] == "bm4" && options["arithmetic"] == "fixed")
                        options["counter-share"] = "7";
                    CAPTURE(rule, bn, feedback, arithmetic);
                    Run e = prepare(new_run({{options.begin(), options.end()}}));
                    train(e, {});
                    CHECK(exported_by(e, Exported::state).size() > 9);
                }
}

TEST_CASE("npz: state of every cell, with feedback that wears out") {
    for (const char* cells : {"one", "pair", "one-sided", "carry"}) {
        CAPTURE(cells);
        Run e = prepare(
            new_run({{{"task", "letters"},
                      {"threads", "1"},
                      {"epochs", "2"},
                      {"network", "fc 20, bn, relu, fc 3"},
                      {"device",
                       std::string("device.cells=") + cells +
                           ";device.endurance=50;feedback_device.endurance=5;tiles.adc_bits=8"}}}));
        train(e, {});
        const auto state = exported_by(e, Exported::state);
        CHECK(state.count("layer_1.feedback_wear.npy") == 1);
        CHECK(state.count("layer_1.feedback_kind.npy") == 1);
        CHECK(state.count("layer_1.wear_1.npy") == 1);
    }
}
