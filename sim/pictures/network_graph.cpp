// Rows from the notation; arcs to the left of the boxes, the shortest nearest to them.
#include "pictures/network_graph.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"
#include "network/notation.hpp"
#include "pictures/chart.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {
namespace {

std::string size_of(const Shape& s) {
    return fmt::format("{}x{}x{}", s.height, s.width, s.channels);
}

std::string feedback_of(const StageSpec& stage) {
    switch (stage.kind) {
        case SpecKind::convolution:
        case SpecKind::depthwise:
        case SpecKind::dense:
            return "its own synapses V";
        case SpecKind::max_pool:
            return "to the largest";
        case SpecKind::average_pool:
            return "in equal shares";
        case SpecKind::relu:
            return "where above 0";
        case SpecKind::add:
            return "to both";
        case SpecKind::shortcut:
            return "as they are";
        case SpecKind::batch_norm:
            break;
    }
    return "";
}

std::string colour_of(const GraphRow& row) {
    if (row.synapses > 0) return "#cfe3f3";
    if (row.text.starts_with("add")) return "#fde3c8";
    if (row.text.starts_with("shortcut")) return "#fbf3c5";
    return row.text.starts_with("relu") ? "#eef0f2" : "#d9efe0";
}

std::string names_of(const std::vector<int>& reads) {
    std::vector<std::string> names;
    for (const int row : reads)
        names.push_back(row == 0 ? "image" : fmt::format("{}", row));
    return fmt::format("{}", fmt::join(names, " + "));
}

constexpr int row_height = 34, box_height = 24, box_width = 300, lane = 14, head = 40, side = 190;

// What reads another row than the one before it: which, and the lane of its arc, from the right.
struct Arc {
    int from, to, lane;
};

std::vector<Arc> arcs_of(const std::vector<GraphRow>& rows) {
    std::vector<Arc> arcs;
    for (int i = 1; i <= static_cast<int>(rows.size()); ++i)
        for (const int from : rows[static_cast<std::size_t>(i) - 1].reads)
            if (from != i - 1) arcs.push_back({from, i, 0});
    std::sort(arcs.begin(), arcs.end(),
              [](const Arc& a, const Arc& b) { return a.to - a.from < b.to - b.from; });
    for (std::size_t k = 0; k < arcs.size(); ++k)
        for (std::size_t other = 0; other < k; ++other)
            if (arcs[other].from < arcs[k].to && arcs[k].from < arcs[other].to)
                arcs[k].lane = std::max(arcs[k].lane, arcs[other].lane + 1);
    return arcs;
}

bool follows(const GraphRow& row, int number) {
    return std::find(row.reads.begin(), row.reads.end(), number - 1) != row.reads.end();
}

}  // namespace

std::vector<GraphRow> graph_of(const std::string& network, const Shape& image) {
    const std::vector<StageSpec> stages = parse_network(network);
    const std::vector<StageShapes> shapes = shapes_of(stages, image);
    std::vector<GraphRow> rows;
    std::vector<int> row_of;  // of each stage of the text, from 1
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const StageSpec& stage = stages[i];
        if (stage.kind == SpecKind::batch_norm) {
            rows.back().text += ", " + stage.text;
        } else {
            GraphRow row{stage.text, {}, shapes[i].out, 0, feedback_of(stage)};
            for (const int input : stage.inputs)
                row.reads.push_back(input < 0 ? 0 : row_of[static_cast<std::size_t>(input)]);
            row.synapses = static_cast<std::uint64_t>(shapes[i].synapses());
            rows.push_back(std::move(row));
        }
        row_of.push_back(static_cast<int>(rows.size()));
    }
    return rows;
}

std::string graph_text(const std::vector<GraphRow>& rows, const Shape& image, std::size_t width) {
    Table table{{"", "stage", "reads", "gives", "synapses", "errors back"}, {}, {}};
    table.rows.push_back({"0", "image", "", size_of(image), "", ""});
    std::uint64_t synapses = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const GraphRow& row = rows[i];
        const bool chain = row.reads == std::vector{static_cast<int>(i)};
        table.rows.push_back(
            {fmt::format("{}", i + 1), row.text, chain ? "" : names_of(row.reads), size_of(row.out),
             row.synapses > 0 ? fmt::format("{}", row.synapses) : "", row.feedback});
        synapses += row.synapses;
    }
    table.notes = {fmt::format(
        "{} synapses; a stage reads the one before it unless another is named", synapses)};
    return plain_text(table, width);
}

std::string graph_svg(const std::string& title, const std::vector<GraphRow>& rows,
                      const Shape& image) {
    const std::vector<Arc> arcs = arcs_of(rows);
    int lanes = 0;
    for (const Arc& arc : arcs)
        lanes = std::max(lanes, arc.lane + 1);
    const int left = 24 + lane * lanes, middle = left + box_width / 2;
    const int width = left + box_width + side;
    const int height = head + row_height * (static_cast<int>(rows.size()) + 1);
    const auto top = [](int row) { return head + row_height * row; };
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
        "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"12\">"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>"
        "<defs><marker id=\"a\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"6\" "
        "markerHeight=\"6\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"#535c66\"/></marker>"
        "</defs><text x=\"8\" y=\"22\" font-size=\"14\" font-weight=\"bold\">{2}</text>\n",
        width, height, escaped(title));
    const auto box = [&](int row, const std::string& text, const std::string& colour,
                         const std::string& beside) {
        svg += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\" fill=\"{}\" "
            "stroke=\"#8a949e\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>"
            "<text x=\"{}\" y=\"{}\" fill=\"#535c66\">{}</text>\n",
            left, top(row), box_width, box_height, colour, middle, top(row) + 16, escaped(text),
            left + box_width + 8, top(row) + 16, escaped(beside));
    };
    const auto arrow = [&](const std::string& path) {
        svg += fmt::format(
            "<path d=\"{}\" fill=\"none\" stroke=\"#535c66\" marker-end=\"url(#a)\"/>\n", path);
    };
    box(0, "image", "#fff", size_of(image));
    for (int i = 1; i <= static_cast<int>(rows.size()); ++i) {
        const GraphRow& row = rows[static_cast<std::size_t>(i) - 1];
        box(i, row.text, colour_of(row),
            size_of(row.out) +
                (row.synapses > 0 ? fmt::format(", {} synapses", row.synapses) : ""));
        if (follows(row, i))
            arrow(fmt::format("M{} {}V{}", middle, top(i - 1) + box_height, top(i)));
    }
    for (const Arc& arc : arcs)
        arrow(fmt::format("M{0} {1}H{2}V{3}H{0}", left, top(arc.from) + box_height - 6,
                          left - 10 - lane * arc.lane, top(arc.to) + 6));
    return svg + "</svg>\n";
}

}  // namespace crossbar::sim
