// A network as a graph for people: a line per stage, or a drawing with an arc for each stage that
// reads another than the one before it.
#pragma once

#include <string>
#include <vector>

#include "base/tensor.hpp"
#include "pictures/figure.hpp"

namespace crossbar::sim {

// A stage with its batch normalisation.
struct GraphRow {
    std::string text;        // "conv 3x3x16 pad 1, bn"
    std::vector<int> reads;  // rows from 1; 0 is the image
    Shape out;
    std::uint64_t synapses = 0;
    std::string feedback;  // how errors come back through it
};

// Throws Error where the network does not fit the images.
std::vector<GraphRow> graph_of(const std::string& network, const Shape& image);

std::string graph_text(const std::vector<GraphRow>& rows, const Shape& image, std::size_t width);
// An arrow between rows; in a lane beside the boxes, from 0 on, where it passes others over, else
// -1.
struct GraphArrow {
    int from, to, lane;
};
std::vector<GraphArrow> arrows_of(const std::vector<GraphRow>& rows);

// The bytes of the file, however high it becomes.
std::string graph_drawing(const std::string& title, const std::vector<GraphRow>& rows,
                          const Shape& image, FigureWidth width, PaperFormat format);

}  // namespace crossbar::sim
