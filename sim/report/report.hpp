// The results of stores as a page (.html), as Markdown (.md) or as a
// table of all groups of runs (.csv), and the angles of --diagnose as a drawing (.svg).
#pragma once

#include <string>

#include "report/page.hpp"
#include "report/results.hpp"
#include "session/resolve.hpp"

namespace crossbar::sim {

// Writes the page in the format that its name ends in, and the drawing; an empty name for none.
// Says on standard error what of the stores was left out. Throws Error.
void write_report(const std::vector<std::string>& stores, const std::string& page,
                  const std::string& drawing = {});

// The whole page.
Page report_page(const Results& results);

// One row a group of runs that differ in the seed alone.
Table report_table(const Results& results);

// Its sections. Each leaves out what the groups have nothing for; then it has no blocks or parts.
using Groups = std::vector<Group>;
Section summary_section(const Results& results, const Groups& groups);
std::vector<Section> table_sections(const Groups& groups);
Section curve_section(const Groups& groups);
Section concordance_section(const Groups& groups);
Section bits_section(const Groups& groups);
Section pulse_section(const Groups& groups);
Section fault_section(const Groups& groups);
Section target_section(const Groups& groups);
Section diagnosis_section(const Groups& groups);
Section confusion_section(const Groups& groups);
Section filter_section(const Groups& groups);
Section run_section(const Groups& groups);

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

}  // namespace crossbar::sim
