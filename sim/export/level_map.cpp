// Draws panels of weights and conductances, one square per synapse.
#include "export/level_map.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>
#include <string_view>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "pictures/colours.hpp"
#include "pictures/figure.hpp"
#include "pictures/figure_scale.hpp"
#include "run/place.hpp"

namespace crossbar::sim {
namespace {

// Of the picture as PNG, in pixels.
constexpr std::size_t longest_side = 640, largest_zoom = 32, shortest_bar = 96;
constexpr std::size_t map_margin = 8, line = 14, bar_room = 76;

// Where things are and how large letters are, in points; a pixel of a PNG is one.
struct Plot {
    double zoom, left, top, stride;
    double letters, line, margin;
};

// One picture of the array: what is in its cells, and how it is coloured.
struct Panel {
    const char* name;
    int low, high;
    Colour (*colour)(int level, int most);
    std::function<int(std::size_t synapse)> level;
};

const SynapseArray& array_of(const LevelMap& map, const Run& e) {
    return std::get<Network>(e.network).layers[map.layer].forward;
}

std::vector<Panel> panels_of(const SynapseArray& a) {
    const int top = top_synapse_level(a.bits);
    std::vector<Panel> panels = {
        {"W", -top, top, diverging_colour, [&a](std::size_t i) { return level_at(a, i); }}};
    if (!a.devices.device) return panels;
    const bool two = a.devices.device->two();
    const std::array<const char*, 2> names = !two ? std::array{"G", ""}
                                             : a.devices.device->cells == Cells::carry
                                                 ? std::array{"G1", "G0"}
                                                 : std::array{"G+", "G-"};
    for (std::size_t plane = 0; plane < (two ? 2 : 1); ++plane)
        panels.push_back({names[plane], 0, a.devices.device->highest, sequential_colour,
                          [&a, plane](std::size_t i) { return device_level(a, plane, i); }});
    return panels;
}

// Colours from the highest level down, with the highest, the middle and the lowest beside them.
void draw_bar(PaperFile& paper, double x, const Plot& plot, double height, const Panel& panel) {
    constexpr std::size_t rows = 256;
    const double width = plot.letters;
    const int range = panel.high - panel.low;
    Canvas colours(1, rows, {255, 255, 255});
    for (std::size_t row = 0; row < rows; ++row)
        colours.at(0, row) = panel.colour(
            panel.high -
                static_cast<int>(std::lround(static_cast<double>(row) * range / (rows - 1.0))),
            panel.high);
    paper.picture(x, plot.top, width, height, colours);
    for (int mark = 0; mark < 3; ++mark) {
        const int level = panel.high - range * mark / 2;
        paper.text(x + width + plot.letters / 3,
                   plot.top + mark * (height - plot.letters * 0.72) / 2 + plot.letters * 0.72,
                   tick_label(level), {.size = plot.letters});
    }
}

Canvas cells_of(const LevelMap& map, std::size_t zoom, const SynapseArray& a, const Panel& panel) {
    Canvas cells(map.outputs * zoom, map.inputs * zoom, {255, 255, 255});
    for (std::size_t in = 0; in < map.inputs; ++in)
        for (std::size_t out = 0; out < map.outputs; ++out) {
            const std::size_t i = (map.first_output + out) * static_cast<std::size_t>(a.inputs) +
                                  map.first_input + in;
            cells.fill(out * zoom, in * zoom, zoom, zoom, panel.colour(panel.level(i), panel.high));
        }
    return cells;
}

// "outputs 0 to 9", as far as there is room for it.
std::string range_text(const char* what, std::size_t first, std::size_t count, double room,
                       const TextLook& look) {
    const std::string text = count == 1
                                 ? fmt::format("{} {}", what, first)
                                 : fmt::format("{}s {} to {}", what, first, first + count - 1);
    return Paper::width_of(text, look) <= room ? text : "";
}

void draw_panel(PaperFile& paper, std::size_t number, const LevelMap& map, const Plot& plot,
                std::size_t pixels, const SynapseArray& a, const Panel& panel) {
    const double x = plot.left + static_cast<double>(number) * plot.stride;
    const double width = static_cast<double>(map.outputs) * plot.zoom;
    const double height = static_cast<double>(map.inputs) * plot.zoom;
    TextLook look{.size = plot.letters};
    paper.text(x, plot.top - plot.letters / 2, panel.name, look);
    const double edge = plot.letters / 10;
    paper.cell(x - edge, plot.top - edge, width + 2 * edge, height + 2 * edge, {150, 150, 150});
    paper.picture(x, plot.top, width, height, cells_of(map, pixels, a, panel));
    look.anchor = Anchor::middle;
    paper.text(
        x + width / 2, plot.top + height + plot.line,
        range_text("output", map.first_output, map.outputs, plot.stride - plot.letters, look),
        look);
    look.upright = true;
    if (number == 0)
        paper.text(x - plot.letters * 0.7, plot.top + height / 2,
                   range_text("input", map.first_input, map.inputs, height + plot.line, look),
                   look);
    draw_bar(paper, x + width + plot.letters, plot,
             std::max(height, shortest_bar * plot.letters / 10), panel);
}

[[noreturn]] void refuse_map(const std::string& text, const std::string& expected) {
    fail("--map {}: expected {}", text, expected);
}

// The part of `size` that tile `number` holds.
std::pair<std::size_t, std::size_t> part(std::size_t size, std::size_t tile, std::size_t number) {
    const std::size_t first = number * tile;
    return {first, std::min(tile, size - first)};
}

LevelMap parse_map(const std::string& text, const Run& e) {
    const std::optional<Place> place = parse_place(text);
    if (!place || (place->numbers.size() != 1 && place->numbers.size() != 3))
        refuse_map(text,
                   "LAYER=FILE.png or LAYER:TILE_ROW:TILE_COLUMN=FILE.png, such as 1=layer.png");
    const auto* network = std::get_if<Network>(&e.network);
    if (!network) fail("--map {}: a float network has no crossbar", text);
    const std::size_t layer = place->numbers.front();
    if (layer < 1 || layer > network->layers.size())
        refuse_map(text, fmt::format("a layer from 1 to {}", network->layers.size()));
    const SynapseArray& a = network->layers[layer - 1].forward;
    const auto inputs = static_cast<std::size_t>(a.inputs);
    const auto outputs = static_cast<std::size_t>(a.outputs);
    LevelMap map{layer - 1, 0, inputs, 0, outputs, place->file};
    if (place->numbers.size() == 1) return map;
    const TileSpec tile = e.target.hardware_of(layer - 1).tiles.value_or(TileSpec{});
    const auto rows = static_cast<std::size_t>(tile.rows);
    const auto columns = static_cast<std::size_t>(tile.columns);
    const std::size_t row = place->numbers[1], column = place->numbers[2];
    const std::size_t last_row = (inputs - 1) / rows, last_column = (outputs - 1) / columns;
    if (row > last_row || column > last_column)
        refuse_map(text,
                   fmt::format("a tile row from 0 to {} and a tile column from 0 to {}; tiles are "
                               "{} inputs x {} outputs",
                               last_row, last_column, rows, columns));
    std::tie(map.first_input, map.inputs) = part(inputs, rows, row);
    std::tie(map.first_output, map.outputs) = part(outputs, columns, column);
    return map;
}

}  // namespace

std::vector<LevelMap> parse_maps(const std::string& lines, const Run& e) {
    std::vector<LevelMap> maps;
    std::istringstream in(lines);
    for (std::string text; std::getline(in, text);)
        maps.push_back(parse_map(text, e));
    return maps;
}

MapLayout layout_of(const LevelMap& map, const Run& e) {
    MapLayout layout;
    layout.zoom =
        std::clamp(longest_side / std::max(map.inputs, map.outputs), std::size_t{1}, largest_zoom);
    layout.left = map_margin + line;
    layout.top = map_margin + line;
    layout.stride = map.outputs * layout.zoom + bar_room;
    layout.panels = panels_of(array_of(map, e)).size();
    return layout;
}

namespace {

// A pixel is a point in a PNG; other formats have the width of a journal's column, or of its page
// where there are several panels.
Plot plot_of(const LevelMap& map, const MapLayout& layout, PaperFormat format) {
    const auto whole = [](std::size_t number) { return static_cast<double>(number); };
    if (format == PaperFormat::png)
        return {whole(layout.zoom),
                whole(layout.left),
                whole(layout.top),
                whole(layout.stride),
                10,
                line,
                map_margin};
    const double letters = 7, room = letters * bar_room / 10, left = map_margin + letters * 1.5;
    const double width = width_of(layout.panels == 1 ? FigureWidth::column : FigureWidth::page);
    const double stride = (width - left) / whole(layout.panels);
    const double zoom = std::min((stride - room) / whole(map.outputs), 480 / whole(map.inputs));
    return {zoom, left, map_margin + letters * 1.5, stride, letters, letters * 1.5, 4};
}

}  // namespace

std::string picture_of(const LevelMap& map, const Run& e) {
    const PaperFormat format = paper_format_of("--map", map.file);
    const MapLayout layout = layout_of(map, e);
    const Plot plot = plot_of(map, layout, format);
    const SynapseArray& a = array_of(map, e);
    const double height =
        std::max(static_cast<double>(map.inputs) * plot.zoom, shortest_bar * plot.letters / 10);
    PaperFile paper(format, plot.left + static_cast<double>(layout.panels) * plot.stride,
                    plot.top + height + plot.line + plot.margin,
                    fmt::format("Levels of layer {}", map.layer + 1),
                    "A square per synapse: inputs are rows from the top, outputs columns", 72);
    std::size_t number = 0;
    for (const Panel& panel : panels_of(a))
        draw_panel(paper, number++, map, plot, layout.zoom, a, panel);
    return paper.bytes();
}

}  // namespace crossbar::sim
