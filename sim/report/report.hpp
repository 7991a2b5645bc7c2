// The results of stores as a page (.html), as Markdown (.md) or as a table of all groups of runs
// (.csv), and the angles of --diagnose as a figure (.svg, .pdf, .png).
#pragma once

#include <string>

#include "report/results.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {

// Writes the page in the format that its name ends in, and the drawing; an empty name for none.
// Where both are empty, the first screen is printed. Says on standard error what of the stores was
// left out. Throws Error.
void write_report(const std::vector<std::string>& stores, const std::string& page,
                  const std::string& drawing = {});

// Reads them, and says on standard error what was left out. Throws Error.
Results results_told(const std::vector<std::string>& stores);

// One row a group of runs that differ in the seed alone; a column for every setting that varies.
Table report_table(const Results& results);

// "mnist, real images, integers"; "mnist, SYNTHETIC images, float32".
std::string title_of(const Group& group);

// The column and the settings that set it apart: "frsf+bn+bm1 --epochs 20".
std::string name_of(const Group& group);

// "3 of 8 runs cannot be checked: ..", or nothing.
std::string unvouched_text(const Results& results);

// Whether network, images, target and device are the task's own, so that published errors may stand
// beside the group's.
bool compares_with_published(const Group& group);

// Published error of the group's column of its task where it compares; else missing. `mark` becomes
// "paper" or "reconstructed".
double published_for(const Group& group, std::string& mark);

// "0.83", "0.91 (r)" where it was reconstructed; "-" for none.
std::string paper_text(const Group& group);

}  // namespace crossbar::sim
