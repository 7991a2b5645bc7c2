// Tables of text: plain for a terminal, Markdown and CSV for pages and programs. And the numbers in
// them: mean and standard deviation over seeds.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace crossbar::sim {

struct Table {
    std::vector<std::string> head;               // of the first column too
    std::vector<std::vector<std::string>> rows;  // each as long as the head
    std::vector<std::string> notes;              // below it
};

// At most `width` characters wide: columns that do not fit follow below, under the first column
// again. A single column is never cut.
std::string plain_text(const Table& table, std::size_t width);
std::string markdown(const Table& table);
std::string csv(const Table& table);

// 0 for no values.
double mean(std::span<const double> values);
// Of a sample (divided by n - 1); 0 for fewer than two values.
double deviation(std::span<const double> values);

}  // namespace crossbar::sim
