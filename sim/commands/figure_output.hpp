// --figure [NAME] --out FILE.svg|.pdf|.png --width column|page, as several commands take them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "commands/command_line.hpp"
#include "pictures/figure.hpp"

namespace crossbar::sim {

// The words of --width.
std::vector<std::string> figure_widths();

struct FigureOutput {
    std::string name, file;
    FigureWidth width = FigureWidth::column;
    PaperFormat format = PaperFormat::svg;
};

// What the line says. Throws Error where it names no file, one of another format, or options of
// figures without --figure.
FigureOutput figure_output(const CommandLine& line);

// Writes the figure, and tells so.
void write_figure(const FigureOutput& output, const Figure& figure);

// One figure of a command that has a few.
struct NamedFigure {
    const char* name;
    const char* shows;
};
// Throws Error where the name is none of these, with the list.
void check_figure_name(const std::string& name, std::span<const NamedFigure> figures);

}  // namespace crossbar::sim
