// The help pages as a manual page, in roff's man macros.
#include <algorithm>

#include "base/format.hpp"
#include "commands/help.hpp"
#include "crossbar/version.hpp"

namespace crossbar::sim {
namespace {

// Text that roff takes as it is.
std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const bool starts_line = result.empty() || result.back() == '\n';
        if (starts_line && (c == '.' || c == '\'')) result += "\\&";
        result += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    }
    return result;
}

std::string roff(const HelpBlock& block, const char* level) {
    std::string text;
    if (!block.heading.empty()) text += fmt::format("{} \"{}\"\n", level, escaped(block.heading));
    if (block.literal)
        text += fmt::format(".nf\n{}\n.fi\n", escaped(block.text));
    else if (!block.text.empty())
        text += fmt::format("{}{}\n", block.heading.empty() ? ".PP\n" : "", escaped(block.text));
    for (const HelpRow& row : block.rows)
        text += fmt::format(".TP\n.B {}\n{}\n", escaped(row.name), escaped(row.text));
    return text;
}

std::string chapter(const std::string& title, const HelpPage& page) {
    std::string text = fmt::format(".SH \"{}\"\n", escaped(title));
    std::transform(text.begin() + 4, text.end(), text.begin() + 4,
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    for (const HelpBlock& block : page)
        text += roff(block, ".SS");
    return text;
}

}  // namespace

std::string manual() {
    std::string text = fmt::format(
        ".TH CROSSBAR_SIM 1 2026-11-29 \"crossbar_sim {}\" \"User Commands\"\n.SH NAME\n"
        "crossbar_sim \\- train convolutional networks on memristive crossbars, in integers\n",
        CROSSBAR_VERSION);
    for (const HelpBlock& block : overview())
        text += roff(block, ".SH");
    for (const Command* command : commands())
        text += chapter(fmt::format("crossbar_sim {}", command->name), page_of(*command, true));
    for (const Topic& topic : topics())
        if (topic.everywhere) text += chapter(topic.name, topic.page());
    return text;
}

}  // namespace crossbar::sim
