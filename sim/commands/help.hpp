// What the program says of itself, as pages of blocks: on the terminal, and as a manual.
#pragma once

#include <string>
#include <vector>

#include "commands/command.hpp"

namespace crossbar::sim {

struct HelpRow {
    std::string name, text;
};

// A heading, the text behind it, and rows below.
struct HelpBlock {
    std::string heading, text = {};
    std::vector<HelpRow> rows = {};
    bool literal = false;  // lines of the text stay as they are
};
using HelpPage = std::vector<HelpBlock>;

// The first screen: what the program is, its commands and topics.
HelpPage overview();

// A command's: the options of its groups, a line each; `whole`: all options, and all that is said
// of them.
HelpPage page_of(const Command& command, bool whole);

// Something to be explained that is no command.
struct Topic {
    const char* name;
    const char* summary;
    HelpPage (*page)();
    bool everywhere = true;  // says the same on every machine
};
std::span<const Topic> topics();

// In lines of at most `width`.
std::string text_of(const HelpPage& page, std::size_t width);

// On standard output, as wide as the terminal.
void put_page(const HelpPage& page);

// All pages as one manual, in roff.
std::string manual();

// What completes words in a shell, "bash" or "zsh".
std::string completion(const std::string& shell);

}  // namespace crossbar::sim
