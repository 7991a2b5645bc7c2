// Rows from the notation; arcs to the left of the boxes, the shortest nearest to them.
#include "pictures/network_graph.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"
#include "network/notation.hpp"
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

Colour colour_of(const GraphRow& row) {
    if (row.synapses > 0) return {207, 227, 243};
    if (row.text.starts_with("add")) return {253, 227, 200};
    if (row.text.starts_with("shortcut")) return {251, 243, 197};
    return row.text.starts_with("relu") ? Colour{238, 240, 242} : Colour{217, 239, 224};
}

std::string names_of(const std::vector<int>& reads) {
    std::vector<std::string> names;
    names.reserve(reads.size());
    for (const int row : reads)
        names.push_back(row == 0 ? "image" : fmt::format("{}", row));
    return fmt::format("{}", fmt::join(names, " + "));
}

// In points.
constexpr double row_height = 19, box_height = 13, lane = 7, graph_margin = 4, side = 96;
constexpr double least_box = 120, most_box = 190;
constexpr TextLook graph_letters{.size = 7.5};

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

// Along the path, with its head at the end, which lies straight on from the point before.
void draw_arrow(Paper& paper, const Path& path) {
    constexpr double length = 4, half = 1.7;
    const Colour ink = {83, 92, 102};
    paper.line(path, {.width = 0.6, .ink = ink});
    const auto [x, y] = path.back();
    const bool down = path[path.size() - 2].first == x;
    paper.area(down ? Path{{x, y}, {x - half, y - length}, {x + half, y - length}}
                    : Path{{x, y}, {x - length, y - half}, {x - length, y + half}},
               ink, no_edge);
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

std::vector<GraphArrow> arrows_of(const std::vector<GraphRow>& rows) {
    std::vector<GraphArrow> arrows;
    for (int i = 1; i <= static_cast<int>(rows.size()); ++i)
        if (follows(rows[static_cast<std::size_t>(i) - 1], i)) arrows.push_back({i - 1, i, -1});
    for (const Arc& arc : arcs_of(rows))
        arrows.push_back({arc.from, arc.to, arc.lane});
    return arrows;
}

std::string graph_drawing(const std::string& title, const std::vector<GraphRow>& rows,
                          const Shape& image, FigureWidth size, PaperFormat format) {
    const std::vector<GraphArrow> arrows = arrows_of(rows);
    int lanes = 0;
    for (const GraphArrow& arrow : arrows)
        lanes = std::max(lanes, arrow.lane + 1);
    const double left = graph_margin + 8 + lane * lanes, whole = width_of(size);
    const double box = std::clamp(whole - left - side - graph_margin, least_box, most_box);
    const double width = std::max(whole, left + box + side + graph_margin);
    PaperFile paper(format, width, graph_margin + row_height * static_cast<double>(rows.size() + 1),
                    title, "The network's stages from the image on, and what each reads");
    const auto top = [](int row) { return graph_margin + row_height * row; };
    const auto draw_box = [&](int row, const std::string& text, Colour colour,
                              const std::string& beside) {
        const double y = top(row);
        TextLook look = graph_letters;
        look.anchor = Anchor::middle;
        look.size *= std::min(1.0, (box - 6) / Paper::width_of(text, graph_letters));
        paper.area(
            {{left, y}, {left + box, y}, {left + box, y + box_height}, {left, y + box_height}},
            colour, {.width = 0.5, .ink = {138, 148, 158}});
        paper.text(left + box / 2, y + 9.2, text, look);
        look.anchor = Anchor::start;
        look.size =
            graph_letters.size * std::min(1.0, (side - 8) / Paper::width_of(beside, graph_letters));
        paper.text(left + box + 5, y + 9.2, beside, look);
    };
    draw_box(0, "image", {255, 255, 255}, size_of(image));
    for (std::size_t i = 0; i < rows.size(); ++i)
        draw_box(static_cast<int>(i) + 1, rows[i].text, colour_of(rows[i]),
                 size_of(rows[i].out) +
                     (rows[i].synapses > 0 ? fmt::format(", {} synapses", rows[i].synapses) : ""));
    for (const GraphArrow& arrow : arrows)
        draw_arrow(paper, arrow.lane < 0 ? Path{{left + box / 2, top(arrow.from) + box_height},
                                                {left + box / 2, top(arrow.to)}}
                                         : Path{{left, top(arrow.from) + box_height - 3},
                                                {left - 6 - lane * arrow.lane,
                                                 top(arrow.from) + box_height - 3},
                                                {left - 6 - lane * arrow.lane, top(arrow.to) + 4},
                                                {left, top(arrow.to) + 4}});
    return paper.bytes();
}

}  // namespace crossbar::sim
