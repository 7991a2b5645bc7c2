// The table of keys: what it says is what is read, refused, shown and documented.
#include <cstdlib>
#include <sstream>

#include "array/target_keys.hpp"
#include "base/text_file.hpp"
#include "target_testing.hpp"

using namespace target_testing;

namespace {

// Every table of the target, as it says them and with what is left out.
std::vector<std::string> values_of(Target target) {
    std::vector<std::string> values;
    for (const TargetTable& table : target_tables()) {
        values.push_back(fmt::format("[{}] {}", table.name, table.there(target)));
        if (!table.there(target)) continue;
        for (const TargetKey& key : table.keys)
            if (belongs(table, key, target))
                values.push_back(fmt::format("{} = {}", key.name, value_text(key, target)));
    }
    return values;
}

Target read_back(const std::string& text) {
    replace_file(own_file(), text);
    const Target target = load_target(own_file());
    fs::remove(own_file());
    return target;
}

std::string error_of_change(const std::string& change) {
    try {
        check_target_change(change, "--sweep");
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

// A page of documentation is as the table of keys makes it, or is written anew.
void require_page(const std::string& path, const std::string& wanted) {
    INFO(path << " is not as src/array/target_keys.cpp has it: WRITE_DOCS=1 bin/tests \"[docs]\"");
    if (std::getenv("WRITE_DOCS")) replace_file(path, wanted);
    REQUIRE(text_of_file(path, "page") == wanted);
}

std::string with_tables(std::string page) {
    for (const TargetTable& table : target_tables()) {
        const std::string name = table.name;
        if (name == "feedback_tiles") continue;  // as tiles
        const std::string begin =
            fmt::format("<!-- keys:{}{} -->\n", name.empty() ? "" : " ", name);
        const std::size_t from = page.find(begin);
        INFO(begin);
        REQUIRE(from != page.npos);
        const std::size_t to = page.find("<!-- end of keys -->", from);
        REQUIRE(to != page.npos);
        page.replace(from + begin.size(), to - from - begin.size(), key_table_markdown(table));
    }
    return page;
}

}  // namespace

TEST_CASE("a target is the same read back from its commented text", "[target][keys]") {
    for (const std::string& name : target_names()) {
        INFO(name);
        const Target target = load_target(name);
        REQUIRE(values_of(read_back(commented_target(target))) == values_of(target));
    }
    const Target carry = load_target("constant", "cells=carry;verify_tries=3");
    REQUIRE(carry.hardware.device->refresh_every == 10);
    REQUIRE(values_of(read_back(commented_target(carry))) == values_of(carry));
}

TEST_CASE("every key is refused beyond its range and taken at its ends", "[target][keys]") {
    for (const TargetTable& table : target_tables().subspan(1))
        for (const TargetKey& key : table.keys) {
            Target target;
            table.make(target);
            const Member member = key.member(target);
            const std::string name = fmt::format("{}.{}", table.name, key.name);
            INFO(name);
            REQUIRE_THAT(error_of_change(name + "=true"), Contains(key.name));
            for (const std::string& word : words_of(key))
                REQUIRE(error_of_change(name + "=" + word).empty());
            if (!std::holds_alternative<double*>(member) && !std::holds_alternative<int*>(member))
                continue;
            if (*key.allowed.words != '\0') continue;
            const auto [low, high, form, words] = key.allowed;
            const bool whole = std::holds_alternative<int*>(member);
            const auto text = [&](double value) {
                return whole ? fmt::format("{}={:.0f}", name, value)
                             : fmt::format("{}={}", name, value);
            };
            REQUIRE(error_of_change(text(high)).empty());
            REQUIRE_THAT(error_of_change(text(2 * high + 1)), Contains("expected a"));
            REQUIRE_THAT(error_of_change(text(-1001)), Contains("expected a"));
            const bool once =
                std::count_if(table.keys.begin(), table.keys.end(),
                              [&](const auto& k) { return k.name == std::string(key.name); }) == 1;
            if (low > 0 && once) REQUIRE_THAT(error_of_change(name + "=0"), Contains("expected a"));
        }
}

TEST_CASE("a mistyped key is told the nearest of all tables, each once", "[target][keys]") {
    REQUIRE_THAT(error_of_change("stuck_rndom=0"), Contains("did you mean 'stuck_random'?"));
    REQUIRE_THAT(error_of_change("adc_bits=8"), Contains("did you mean 'tiles.adc_bits'?"));
    REQUIRE_THAT(error_of_change("tiles.cycle_nose=0"),
                 Contains("did you mean 'device.cycle_noise'?"));
    REQUIRE_THAT(error_of_change("tile.adc_bits=8"), Contains("did you mean 'tiles'?"));
    const std::string error = error_of_change("gama=1");
    REQUIRE_THAT(error, Contains("did you mean 'gamma'?"));
    REQUIRE(error.find("gamma, ") == error.rfind("gamma, "));
}

TEST_CASE("what a key needs is said", "[target][keys]") {
    REQUIRE_THROWS_WITH(load_target("ideal", "tiles.adc_limit=1"),
                        Contains("needs adc_range = \"fixed\", and adc_bits"));
    REQUIRE_THROWS_WITH(load_target("constant", "gamma=[1,1]"),
                        Contains("step = \"linear\" or \"power\", or step = \"exponential\""));
}

TEST_CASE("fingerprints of built-in targets stay: stores and checkpoints name them", "[target]") {
    const std::pair<const char*, std::uint64_t> known[] = {
        {"ag_asi", 0x1bc71d622298ba2a},      {"alox_hfo2", 0x30e1c5b4b5678aa0},
        {"analog_io", 0xd97e17a271765407},   {"array128", 0xb4250a9f5e5d5c40},
        {"capacitor", 0x95bed826527c9934},   {"cell_1bit", 0xf957a855c259b155},
        {"cell_2bit", 0xf287059f559cca23},   {"constant", 0x49160c8a3eb1c432},
        {"ecram", 0x00e06886ef79c0a8},       {"epiram", 0xfe76aac7396925d1},
        {"gst_pcm", 0xa1c30dec1bb69704},     {"hfo2_array", 0x191df95ef62a5b9c},
        {"hzo_fefet", 0xa2bd19b3aa6e5d7a},   {"ideal", 0xcbf29ce484222325},
        {"pcm", 0x67c351b19af4b5f2},         {"pcm_inference", 0x673e7c92b69446a3},
        {"pcmo", 0x3703bc1fbee60998},        {"prezioso2015", 0xcb94a2acc68eee4d},
        {"reram_array", 0xd7779595ed75fe7f}, {"reram_es", 0x629c8149782049cb},
        {"reram_sb", 0x4351a7bcf008eb24},    {"taox_hfox", 0xb74d64ca5f3aad3d},
    };
    for (const auto& [name, fingerprint] : known) {
        INFO(name);
        REQUIRE(load_target(name).fingerprint == fingerprint);
    }
}

TEST_CASE("docs: the tables of keys in devices.md", "[docs]") {
    require_page("docs/devices.md", with_tables(text_of_file("docs/devices.md", "page")));
}

TEST_CASE("docs: the template of a target trains, and every key in it can be set", "[docs]") {
    const std::string path = "docs/my_target.toml";
    require_page(path, commented_target(load_target(path)));
    const Trial trial(load_target(path), "bm1");
    REQUIRE(trial.signature_after(3) != signature(trial.start()));
    std::istringstream lines(text_of_file(path, "page"));
    std::string table, error;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#[") || line.starts_with("["))
            table = line.substr(line.find('[') + 1, line.find(']') - line.find('[') - 1);
        if (!line.starts_with("#") || line.starts_with("# ") || line.starts_with("#[")) continue;
        const std::size_t equals = line.find(" = ");
        const std::string change =
            table + "." + line.substr(1, equals - 1) + "=" + line.substr(equals + 3);
        INFO(change);
        try {
            error.clear();
            if (!table.empty()) load_target(path, change);
        } catch (const Error& e) {
            error = e.what();
        }
        const bool told =
            error.find("it needs") != error.npos || error.find("is missing") != error.npos;
        REQUIRE((error.empty() || told));
    }
}
