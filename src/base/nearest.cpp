// Optimal string alignment on three rows of the usual table; words are short, so no more is needed.
#include "base/nearest.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace crossbar {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                                 lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::string nearest(std::string_view word, std::span<const std::string> among) {
    const auto alike = [&](const std::string& other) {
        std::size_t n = 0;
        while (n < std::min(word.size(), other.size()) && lower(word[n]) == lower(other[n]))
            ++n;
        return n;
    };
    std::size_t best = word.size() / 4 + 2;  // the first distance that is too far
    std::string found;
    for (const std::string& candidate : among) {
        const std::size_t distance = edit_distance(word, candidate);
        // A distance of the candidate's whole length shares no letter with it.
        const bool nearer = distance < best ||
                            (distance == best && !found.empty() && alike(candidate) > alike(found));
        if (nearer && distance < candidate.size()) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

std::string suggestion(std::string_view word, std::span<const std::string> among) {
    const std::string found = nearest(word, among);
    return found.empty() ? "" : " (did you mean '" + found + "'?)";
}

}  // namespace crossbar
