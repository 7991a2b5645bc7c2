// Replaces what is markup by entities.
#include "pictures/escaped.hpp"

namespace crossbar::sim {

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= 32 || c == '\n' || c == '\t') result += c;
        }
    }
    return result;
}

}  // namespace crossbar::sim
