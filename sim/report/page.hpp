// A page for people: sections of text, tables, charts and pictures, written as one self-contained
// HTML file or as Markdown.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pictures/chart.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {

struct Paragraph {
    std::string text;
};

struct ListOfLines {
    std::vector<std::string> lines;
};

enum class Mark { better, worse };

// Line breaks in a cell are kept. The first `labels` columns hold words, the others numbers. Cells
// may be marked by row and column: in colour, beside what their words say.
struct PageTable {
    std::string caption;
    Table table;
    std::map<std::pair<std::size_t, std::size_t>, Mark> marks = {};
    std::size_t labels = 1;
    std::set<std::size_t> wrapped = {};  // columns of long texts; other cells keep to their lines
};

// Counts by label (rows) and prediction; `labels` are the heads of the rows.
struct Matrix {
    std::string caption;
    std::vector<std::vector<double>> counts;
    std::vector<std::string> labels;
};

// Small pictures beside one another, PNG.
struct Pictures {
    std::string caption;
    std::string description;
    std::string png;
    std::size_t width = 0, height = 0;  // pixels
};

using Block = std::variant<Paragraph, ListOfLines, PageTable, Chart, Matrix, Pictures>;

struct Section {
    std::string id;     // for links; unique on the page
    std::string title;  // up to a colon in lists of sections
    std::vector<Block> blocks;
    std::vector<Section> parts;  // folded away until asked for
};

struct Page {
    std::string title;
    std::vector<Section> sections;
};

// No part of it is loaded from elsewhere and nothing needs a script.
std::string html_of(const Page& page);

// Charts become tables of their data; pictures are described.
std::string markdown_of(const Page& page);

}  // namespace crossbar::sim
