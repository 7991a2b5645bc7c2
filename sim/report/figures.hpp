// Figures for papers of what stores hold: each a question asked of the groups of runs, a panel for
// each task, kind of images and arithmetic that answers it. Means over seeds, deviations as bars,
// runs as points.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pictures/figure.hpp"
#include "report/results.hpp"

namespace crossbar::sim {

struct ReportFigure {
    const char* name;
    const char* shows;
    const char* lacks;  // what is missing where no panel comes of it, and the command that makes it
    std::vector<FigurePanel> (*panels)(const std::vector<Group>&);
};
std::span<const ReportFigure> report_figures();

// "learning, bits, ..": the names of all.
std::string figure_names();

// Throws Error, beginning with `option`, for a name that none has, with the list of what there is.
const ReportFigure& report_figure_named(const std::string& name);

// The figure of these groups. Throws Error where they have nothing for it.
Figure report_figure(const ReportFigure& figure, const std::vector<Group>& groups);

// Groups that have one of the values of each setting: lines of "SETTING=VALUE[,VALUE..]". Settings
// are those of a run by name, "column", or "device.KEY". Throws Error for another one, or where no
// group is left, with the values that there are.
std::vector<Group> only(std::vector<Group> groups, const std::string& lines);

// The panels of each (figure_lines.cpp, figure_curves.cpp, figure_parts.cpp).
std::vector<FigurePanel> learning_panels(const std::vector<Group>& groups);
std::vector<FigurePanel> angle_panels(const std::vector<Group>& groups);
std::vector<FigurePanel> bits_panels(const std::vector<Group>& groups);
std::vector<FigurePanel> stuck_panels(const std::vector<Group>& groups);
std::vector<FigurePanel> fault_panels(const std::vector<Group>& groups);
std::vector<FigurePanel> concordance_panels(const std::vector<Group>& groups);
std::vector<FigurePanel> pulse_panels(const std::vector<Group>& groups);
std::vector<FigurePanel> target_panels(const std::vector<Group>& groups);
std::vector<FigurePanel> energy_panels(const std::vector<Group>& groups);

}  // namespace crossbar::sim
