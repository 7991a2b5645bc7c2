// The table of columns, and how their options are read.
#include "session/columns.hpp"

#include <algorithm>
#include <sstream>

#include "array/target_keys.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"

namespace crossbar {
namespace {

// "bm1" is the paper's "BM". Normalisation has a learnt scale and shift in "bn" and "bn+bm1" alone.
// A name with p gives the percentage of feedback signs that agree; "bottom" freezes the last layer,
// "top" all others. sgd.. has no batch normalisation: rates of its own.
// clang-format off
constexpr Column column_table[] = {
    {"sgd",             "--feedback sym --bn none --rule sgd", nullptr},
    {"bm1",             "--feedback sym --bn none --rule bm1", nullptr},
    {"bm2",             "--feedback sym --bn none --rule bm2", nullptr},
    {"bm3",             "--feedback sym --bn none --rule bm3", nullptr},
    {"bn",              "--feedback sym --bn affine --rule sgd", nullptr},
    {"bn+bm1",          "--feedback sym --bn affine --rule bm1", nullptr},
    {"usf",             "--feedback usf --bn none --rule sgd", nullptr},
    {"nusf",            "--feedback nusf --bn none --rule sgd", nullptr},
    {"usf+bm1",         "--feedback usf --bn none --rule bm1", nullptr},
    {"usf+bn",          "--feedback usf --bn plain --rule sgd", nullptr},
    {"usf+bn+bm1",      "--feedback usf --bn plain --rule bm1", nullptr},
    {"usf+bn+bm2",      "--feedback usf --bn plain --rule bm2", nullptr},
    {"usf+bn+bm3",      "--feedback usf --bn plain --rule bm3", nullptr},
    {"brsf+bn+bm1",     "--feedback brsf --bn plain --rule bm1", nullptr},
    {"frsf+bn+bm1",     "--feedback frsf --bn plain --rule bm1", nullptr},
    {"brsf-p90+bn+bm1", "--feedback brsf-p --concordance 0.9 --bn plain --rule bm1", "brsf+bn+bm1"},
    {"brsf-p75+bn+bm1", "--feedback brsf-p --concordance 0.75 --bn plain --rule bm1", "brsf+bn+bm1"},
    {"brsf-p50+bn+bm1", "--feedback brsf-p --concordance 0.5 --bn plain --rule bm1", "brsf+bn+bm1"},
    {"brsf-p25+bn+bm1", "--feedback brsf-p --concordance 0.25 --bn plain --rule bm1", "brsf+bn+bm1"},
    {"brsf-p0+bn+bm1",  "--feedback brsf-p --concordance 0 --bn plain --rule bm1", "brsf+bn+bm1"},
    {"frsf-p90+bn+bm1", "--feedback frsf-p --concordance 0.9 --bn plain --rule bm1", "frsf+bn+bm1"},
    {"frsf-p75+bn+bm1", "--feedback frsf-p --concordance 0.75 --bn plain --rule bm1", "frsf+bn+bm1"},
    {"frsf-p50+bn+bm1", "--feedback frsf-p --concordance 0.5 --bn plain --rule bm1", "frsf+bn+bm1"},
    {"frsf-p25+bn+bm1", "--feedback frsf-p --concordance 0.25 --bn plain --rule bm1", "frsf+bn+bm1"},
    {"frsf-p0+bn+bm1",  "--feedback frsf-p --concordance 0 --bn plain --rule bm1", "frsf+bn+bm1"},
    {"frsf+bn+bm3",     "--feedback frsf --bn plain --rule bm3", nullptr},
    {"frsf+bn+bm4",     "--feedback frsf --bn plain --rule bm4", nullptr},
    {"rndf",            "--feedback rndf --bn none --rule sgd", nullptr},
    {"rndf+bn",         "--feedback rndf --bn plain --rule sgd", nullptr},
    {"rndf+bn+bm1",     "--feedback rndf --bn plain --rule bm1", nullptr},
    {"rndf bottom",        "--feedback rndf --bn none --rule sgd --train-layers all-but-last", "rndf"},
    {"rndf+bn bottom",     "--feedback rndf --bn plain --rule sgd --train-layers all-but-last", "rndf+bn"},
    {"rndf+bn+bm1 bottom", "--feedback rndf --bn plain --rule bm1 --train-layers all-but-last", "rndf+bn+bm1"},
    {"usf+bn+bm1 bottom",  "--feedback usf --bn plain --rule bm1 --train-layers all-but-last", "usf+bn+bm1"},
    {"rndf top",           "--feedback rndf --bn none --rule sgd --train-layers last", "rndf"},
    {"rndf+bn top",        "--feedback rndf --bn plain --rule sgd --train-layers last", "rndf+bn"},
    {"rndf+bn+bm1 top",    "--feedback rndf --bn plain --rule bm1 --train-layers last", "rndf+bn+bm1"},
    {"usf+bn+bm1 top",     "--feedback usf --bn plain --rule bm1 --train-layers last", "usf+bn+bm1"},
};
// clang-format on

}  // namespace

void refuse_name(const char* option, const std::string& name,
                 const std::vector<std::string>& names) {
    fail("--{} {}: there is none of this name{}; expected one of: {}", option,
         name.empty() ? "''" : name, suggestion(name, names), fmt::join(names, ", "));
}

std::span<const Column> columns() {
    return column_table;
}

const Column& column_named(const std::string& name) {
    return row_named(columns(), name, "column");
}

Values values_of(const Column& column) {
    Values values;
    std::istringstream words(column.options);
    for (std::string name, value; words >> name >> value;)
        values.emplace_back(name.substr(2), value);
    return values;
}

std::vector<std::string> lineage(const Column& column) {
    std::vector<std::string> names = {column.name};
    for (const char* like = column.like; like; like = column_named(like).like)
        names.emplace_back(like);
    std::reverse(names.begin(), names.end());
    return names;
}

}  // namespace crossbar
