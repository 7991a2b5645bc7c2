// What a report tells, and its forms: one self-contained HTML file, Markdown, plain text for a
// terminal. All are functions of what was read from stores.
#pragma once

#include <string>
#include <vector>

#include "report/first_screen.hpp"
#include "report/studies.hpp"

namespace crossbar::sim {

struct Page {
    const Results* results = nullptr;
    std::vector<StudyResults> studies;
    FirstScreen first;
    std::vector<std::string> notes;  // versions, machines, what was left out
};

// Refers to the results, which must stay.
Page page_of(const Results& results);

// Nothing of it is loaded from elsewhere. With scripts it is an explorer; without them tables and
// charts of numbers are there.
std::string html_of(const Page& page);

// Tables alone.
std::string markdown_of(const Page& page);

// The first screen in lines of at most `width` characters; where not in Unicode, in ASCII.
std::string plain_text_of(const Page& page, std::size_t width, bool unicode);

// Charts of a page in one order: that of the first screen, then those of the studies, part by part.
std::vector<ErrorChart> charts_of(const Page& page);

// What scripts draw from, as JSON that can stand within a <script>: groups, runs (columns of
// numbers), charts that point to groups, and of as many runs as there is room for curves, layers,
// angles, filters, confusions and cost.
std::string data_of(const Page& page);

}  // namespace crossbar::sim
