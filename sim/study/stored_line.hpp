// A line of a result store: a JSON object that ends with a checksum of all before it, so that a
// character that was changed since is noticed.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace crossbar::sim {

// The line of an object's text "{..}".
std::string sealed(std::string_view object);

enum class Seal {
    none,    // written before there were checksums, or by another program
    whole,   // as it was written
    broken,  // changed since
};
Seal seal_of(std::string_view line);

// What notices say of a line that is no sound record.
inline constexpr const char* changed_text =
    "its checksum does not fit: it was changed since it was written";
inline constexpr const char* no_record_text = "not a record of a run";

// What a run records only where it is asked to: the names of the options, and a bit for each.
inline constexpr std::array<const char*, 4> part_names = {"cost", "confusion", "filters",
                                                          "diagnose"};
using Parts = unsigned;
Parts part_named(std::string_view name);  // 0 where there is none
inline bool includes(Parts held, Parts asked) {
    return (held & asked) == asked;
}

// What tables need of a run. Values that the record does not have are below 0.
struct StoredRun {
    double error = -1;  // percent, of the data the run reports on
    double loss = -1;
    double seconds = -1;
    Parts parts = 0;       // that its record holds
    bool other = false;    // its images were not those that the task is known by
    bool vouched = false;  // its line is as it was written, and says what its files held
};

struct Skimmed {
    std::string key;  // may be empty
    StoredRun run;
};

// Picked out of the line while a parser goes through it: to build all of a record takes too long
// for stores of thousands. Nothing where the line is not the record of a run.
std::optional<Skimmed> skim(std::string_view line);

}  // namespace crossbar::sim
