#include "crossbar/notation.hpp"

#include <regex>

#include "crossbar/check.hpp"

namespace crossbar {
namespace {

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\n");
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// A number of at most 4 digits, as the expressions below admit; `fallback` where the group is
// empty.
int number(const std::ssub_match& group, int fallback) {
    return group.matched ? std::stoi(group.str()) : fallback;
}

StageSpec parse_stage(const std::string& text) {
    static const std::regex conv(
        R"(conv\s+(\d{1,3})x(\d{1,3})x(\d{1,4})(?:\s*/\s*(\d{1,3})|\s+stride\s+(\d{1,3}))?(?:\s+pad\s+(\d{1,3}))?)");
    static const std::regex pool(
        R"((max|avg)\s+(\d{1,2})x(\d{1,2})(?:\s*/\s*(\d{1,2}))?(?:\s+pad\s+(\d{1,2}))?)");
    static const std::regex dense(R"(fc\s+(\d{1,5}))");
    std::smatch m;
    if (text == "bn") return {.kind = StageKind::batch_norm, .text = text};
    if (text == "relu") return {.kind = StageKind::relu, .text = text};
    if (std::regex_match(text, m, dense))
        return {.kind = StageKind::dense, .maps = number(m[1], 0), .text = text};
    if (std::regex_match(text, m, conv) && m[1] == m[2])
        return {.kind = StageKind::convolution,
                .kernel = number(m[1], 0),
                .maps = number(m[3], 0),
                .stride = number(m[4], number(m[5], 1)),
                .pad = number(m[6], 0),
                .text = text};
    if (std::regex_match(text, m, pool) && m[2] == m[3])
        return {.kind = m[1] == "max" ? StageKind::max_pool : StageKind::average_pool,
                .kernel = number(m[2], 0),
                .stride = number(m[4], number(m[2], 1)),
                .pad = number(m[5], 0),
                .text = text};
    fail(
        "network stage '{}' is not understood: write 'conv 5x5x20 stride 1 pad 2', 'max 2x2/2', "
        "'avg 3x3/2', 'fc 500', 'bn' or 'relu' (windows are square)",
        text);
}

void check_stage(const StageSpec& s) {
    const bool windowed = s.kernel > 0 || s.kind == StageKind::convolution ||
                          s.kind == StageKind::max_pool || s.kind == StageKind::average_pool;
    if (windowed && (s.kernel < 1 || s.stride < 1))
        fail("network stage '{}': window and stride must be at least 1", s.text);
    if (windowed && s.pad >= s.kernel)
        fail("network stage '{}': pad must be smaller than the window", s.text);
    if (windowed && s.kind != StageKind::convolution && s.kernel > 15)
        fail("network stage '{}': pooling windows go up to 15x15", s.text);
    if ((s.kind == StageKind::convolution || s.kind == StageKind::dense) && s.maps < 1)
        fail("network stage '{}': needs at least one output", s.text);
}

}  // namespace

std::vector<StageSpec> parse_network(const std::string& text) {
    std::vector<StageSpec> stages;
    std::size_t start = 0;
    while (start <= text.size()) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        stages.push_back(parse_stage(trimmed(text.substr(start, comma - start))));
        check_stage(stages.back());
        start = comma + 1;
    }
    const auto has_synapses = [](StageKind k) {
        return k == StageKind::convolution || k == StageKind::dense;
    };
    for (std::size_t i = 0; i < stages.size(); ++i)
        if (stages[i].kind == StageKind::batch_norm &&
            (i == 0 || !has_synapses(stages[i - 1].kind)))
            fail("network: 'bn' (stage {}) must stand right after a conv or fc", i + 1);
    if (!has_synapses(stages.back().kind))
        fail("network: the last stage '{}' must be a conv or fc, whose sums are the logits",
             stages.back().text);
    return stages;
}

Window window_of(const StageSpec& s, const Shape& in) {
    if (s.kind == StageKind::dense)
        return {in.height, in.width, in.channels, in.height, in.width, 1, 0, 1, 1};
    const auto outputs = [&](int size) {
        const int span = size + 2 * s.pad - s.kernel;
        if (span < 0)
            fail("network stage '{}': its window does not fit on an input of {}x{}", s.text,
                 in.height, in.width);
        if (s.kind == StageKind::convolution) return span / s.stride + 1;
        // Ceil mode, but no window may start outside the image.
        int count = (span + s.stride - 1) / s.stride + 1;
        if ((count - 1) * s.stride >= size + s.pad) --count;
        return count;
    };
    return {in.height, in.width, in.channels,        s.kernel,         s.kernel,
            s.stride,  s.pad,    outputs(in.height), outputs(in.width)};
}

}  // namespace crossbar
