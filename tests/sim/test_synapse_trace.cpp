// One synapse followed through a training.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/check.hpp"
#include "export/synapse_trace.hpp"

using namespace crossbar;
using namespace crossbar::sim;

namespace {

Run letters_of(const std::string& target) {
    return prepare(new_run({{{"task", "letters"}, {"target", target}, {"threads", "1"}}}));
}

std::vector<std::string> fields(const std::string& line) {
    std::vector<std::string> all;
    std::istringstream in(line + ",");
    for (std::string field; std::getline(in, field, ',');)
        all.push_back(field);
    return all;
}

}  // namespace

TEST_CASE("a synapse is followed from its start to its end", "[trace]") {
    const std::string file =
        (std::filesystem::temp_directory_path() / fmt::format("trace_{}.csv", ::getpid())).string();
    for (const std::string target : {"ideal", "prezioso2015"}) {
        INFO(target);
        Run e = letters_of(target);
        SynapseTrace trace("1:2:4=" + file, e);
        trace.add(e.progress);
        Callbacks callbacks;
        callbacks.batch = [&](const Progress& p) { trace.add(p); };
        train(e, callbacks);
        trace.write();
        std::ifstream in(file);
        std::vector<std::vector<std::string>> rows;
        for (std::string line; std::getline(in, line);)
            rows.push_back(fields(line));
        std::filesystem::remove(file);
        REQUIRE(rows.size() == 17);  // head, start, fifteen batches
        REQUIRE(rows.front().size() == 9);
        const Layer& layer = std::get<Network>(e.network).layers[0];
        const std::size_t i = 2 * 10 + 4;
        REQUIRE(rows.back()[0] == "15");
        REQUIRE(rows.back()[1] == "15");
        REQUIRE(rows.back()[2] == fmt::format("{}", level_at(layer.forward, i)));
        REQUIRE(rows.back()[7] == fmt::format("{}", layer.trace.sign[i]));
        if (target == "ideal") {
            REQUIRE(rows.back()[3].empty());
            continue;
        }
        REQUIRE(rows.back()[5] == fmt::format("{}", layer.forward.devices.wear[0][i]));
        for (std::size_t row = 1; row < rows.size(); ++row)
            REQUIRE(std::stoi(rows[row][2]) == std::stoi(rows[row][3]) - std::stoi(rows[row][4]));
    }
}

TEST_CASE("a synapse that there is not cannot be followed", "[trace]") {
    const Run e = letters_of("ideal");
    for (const char* text : {"1:0:0", "1:0=x.csv", "0:0:0=x.csv", "2:0:0=x.csv", "1:3:0=x.csv",
                             "1:0:10=x.csv", "1:0:0=", "a:0:0=x.csv", "1:0:0:0=x.csv"}) {
        INFO(text);
        REQUIRE_THROWS_AS(SynapseTrace(text, e), Error);
    }
    REQUIRE_THROWS_AS(SynapseTrace("1:0:0=/no/such/folder/x.csv", e), Error);
    REQUIRE(SynapseTrace("", e).text().empty());
}
