// Networks drawn as graphs: rows by hand, and one arc for each stage that reads another than the
// one before it.
#include <algorithm>
#include <catch2/catch.hpp>

#include "crossbar/error.hpp"
#include "data/task.hpp"
#include "pictures/network_graph.hpp"

using namespace crossbar;
using namespace crossbar::sim;

TEST_CASE("a graph has a row for each stage, with what it reads", "[graph]") {
    const auto rows = graph_of(
        "relu as a, conv 3x3x4/2 pad 1, bn as b, shortcut 4/2 from a, add b, avg all, fc 3",
        {6, 6, 2});
    REQUIRE(rows.size() == 6);
    CHECK(rows[1].text == "conv 3x3x4/2 pad 1, bn as b");
    CHECK(rows[1].synapses == 72);
    CHECK((rows[1].reads == std::vector{1}));
    CHECK((rows[2].reads == std::vector{1}));
    CHECK((rows[3].reads == std::vector{3, 2}));
    CHECK((rows[3].out == Shape{3, 3, 4}));
    CHECK(rows[5].synapses == 12);
    const std::string text = graph_text(rows, {6, 6, 2}, 100);
    CHECK(text.find("84 synapses") != text.npos);
    CHECK(text.find("3 + 2") != text.npos);
    CHECK(arrows_of(rows).size() == 7);  // five from the one before, two arcs
    const std::vector<GraphArrow> arrows = arrows_of(rows);
    CHECK(std::count_if(arrows.begin(), arrows.end(),
                        [](const GraphArrow& arrow) { return arrow.lane >= 0; }) == 2);
    const std::string svg =
        graph_drawing("<one>", rows, {6, 6, 2}, FigureWidth::column, PaperFormat::svg);
    CHECK(svg.find("&lt;one&gt;") != svg.npos);
    const auto separable = graph_of("dwconv 3x3/2 pad 1, bn, conv 1x1x5, avg all, fc 3", {6, 6, 2});
    CHECK(separable[0].synapses == 18);
    CHECK((separable[0].out == Shape{3, 3, 2}));
    CHECK(separable[1].synapses == 10);
    CHECK(separable[0].feedback == "its own synapses V");
    CHECK_THROWS_AS(graph_of("shortcut 1/2, fc 3", {6, 6, 2}), crossbar::Error);
}

TEST_CASE("the networks of all built-in tasks can be drawn", "[graph]") {
    for (const std::string& name : task_names()) {
        const Task task = load_task(name);
        const auto rows = graph_of(task.network, task.shape);
        std::size_t arrows = 0;
        for (const GraphRow& row : rows)
            arrows += row.reads.size();
        INFO(name);
        CHECK(arrows_of(rows).size() == arrows);
        CHECK(graph_drawing(task.title, rows, task.shape, FigureWidth::page, PaperFormat::pdf)
                  .starts_with("%PDF"));
    }
}
