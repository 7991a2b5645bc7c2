// Takes the options of figures from a line, and writes figures.
#include "commands/figure_output.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "commands/command.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {

std::vector<std::string> figure_widths() {
    return {"column", "page"};
}

FigureOutput figure_output(const CommandLine& line) {
    FigureOutput output;
    output.name = line.value("figure");
    if (!line.has("out"))
        fail("--figure {}: where to? Give --out FILE.svg, FILE.pdf or FILE.png as well",
             output.name);
    output.file = line.value("out");
    output.format = paper_format_of("--out", output.file);
    const std::string width = value_of(line, "width", std::string("column"));
    output.width = width == "page" ? FigureWidth::page : FigureWidth::column;
    return output;
}

void write_figure(const FigureOutput& output, const Figure& figure) {
    replace_file(output.file, drawn(figure, output.width, output.format));
    print("{}: {}, {}, {} mm wide\n", output.file, output.name,
          figure.panels.size() == 1 ? "1 panel" : fmt::format("{} panels", figure.panels.size()),
          output.width == FigureWidth::page ? 180 : 88);
}

void check_figure_name(const std::string& name, std::span<const NamedFigure> figures) {
    std::string list;
    for (const NamedFigure& figure : figures) {
        if (name == figure.name) return;
        list += fmt::format("\n  {:<12} {}", figure.name, figure.shows);
    }
    if (name.empty()) fail("--figure: expected the name of a figure:{}", list);
    fail("--figure {}: there is no such figure; there are:{}", name, list);
}

}  // namespace crossbar::sim
