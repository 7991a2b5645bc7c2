// Parses stages and their words, with errors that show the stage.
#include "network/notation.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "base/check.hpp"

namespace crossbar {
namespace {

// Values of one image or map: offsets within it are ints.
constexpr std::int64_t most_values = 1 << 28;

// One blank for every run of them, none at the ends.
std::string compact(std::string_view text) {
    std::string result;
    for (const char c : text)
        if (std::isspace(static_cast<unsigned char>(c)) == 0)
            result += c;
        else if (!result.empty() && result.back() != ' ')
            result += ' ';
    if (result.ends_with(' ')) result.pop_back();
    return result;
}

// Reads a stage from left to right. What is not there is not taken.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool take(std::string_view word) {
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    // A number of 1 to `most` digits, at most 5.
    bool number(std::size_t most, int& value) {
        std::size_t digits = 0;
        int read = 0;
        for (; digits < rest_.size() && digits <= most && rest_[digits] >= '0' &&
               rest_[digits] <= '9';
             ++digits)
            if (digits < most) read = 10 * read + (rest_[digits] - '0');
        if (digits == 0 || digits > most) return false;
        rest_.remove_prefix(digits);
        value = read;
        return true;
    }
    // "5x5": both sides are the same.
    bool square(std::size_t most, int& side) {
        int other = 0;
        return number(most, side) && take("x") && number(most, other) && side == other;
    }
    // "/2" or " / 2", where the text goes on so.
    bool stride(std::size_t most, int& value) {
        if (!take("/") && !take(" /")) return true;
        take(" ");
        return number(most, value);
    }
    // " pad 2" or the like, where the text goes on so.
    bool named(std::string_view name, std::size_t most, int& value) {
        return !take(name) || number(most, value);
    }
    // A letter with letters, digits or _ behind it, 20 in all at most.
    bool word(std::string& value) {
        const auto is_in = [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
        };
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_in);
        value.assign(rest_.begin(), end);
        rest_.remove_prefix(value.size());
        return !value.empty() && value.size() <= 20 &&
               std::isalpha(static_cast<unsigned char>(value[0])) != 0;
    }
    bool done() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

// "5x5x20 stride 2 pad 1" or the like.
bool scan_convolution(Scanner& in, StageSpec& s) {
    if (!in.square(3, s.kernel) || !in.take("x") || !in.number(4, s.maps)) return false;
    const bool named = in.take(" stride ");
    if (named ? !in.number(3, s.stride) : !in.stride(3, s.stride)) return false;
    return in.named(" pad ", 3, s.pad);
}

// "3x3/2 pad 1" or the like.
bool scan_pool(Scanner& in, StageSpec& s) {
    if (!in.square(2, s.kernel)) return false;
    s.stride = s.kernel;
    return in.stride(2, s.stride) && in.named(" pad ", 2, s.pad);
}

bool scan_rest(Scanner& in, StageSpec& s) {
    switch (s.kind) {
        case SpecKind::batch_norm:
        case SpecKind::relu:
            return true;
        case SpecKind::add:
            return in.word(s.added);
        case SpecKind::dense:
            return in.number(5, s.maps);
        case SpecKind::convolution:
            return scan_convolution(in, s);
        case SpecKind::max_pool:
        case SpecKind::average_pool:
            return scan_pool(in, s);
    }
    return false;
}

bool scan(Scanner in, StageSpec& s) {
    using enum SpecKind;
    constexpr std::pair<std::string_view, SpecKind> words[] = {
        {"conv ", convolution}, {"fc ", dense}, {"bn", batch_norm}, {"max ", max_pool},
        {"avg ", average_pool}, {"relu", relu}, {"add ", add}};
    const auto* const word = std::find_if(std::begin(words), std::end(words),
                                          [&](const auto& w) { return in.take(w.first); });
    if (word == std::end(words)) return false;
    s.kind = word->second;
    return scan_rest(in, s) && (!in.take(" as ") || in.word(s.name)) && in.done();
}

StageSpec parse_stage(std::string_view written) {
    StageSpec s{.kind = SpecKind::relu, .text = compact(written)};
    if (scan(Scanner(s.text), s)) return s;
    const std::string shown = s.text.size() <= 80 ? s.text : s.text.substr(0, 80) + "...";
    fail(
        "network stage '{}' is not understood: write 'conv 5x5x20 stride 1 pad 2', 'max 2x2/2', "
        "'avg 3x3/2', 'fc 500', 'bn', 'relu', or 'add a' after a stage that is named as in 'relu "
        "as a' "
        "(windows are square)",
        shown);
}

void check_stage(const StageSpec& s) {
    const auto [synapses, windowed] = traits_of(s.kind);
    if (windowed && (s.kernel < 1 || s.stride < 1))
        fail("network stage '{}': window and stride must be at least 1", s.text);
    if (windowed && s.pad >= s.kernel)
        fail("network stage '{}': pad must be smaller than the window", s.text);
    if (windowed && !synapses && s.kernel > 15)
        fail("network stage '{}': pooling windows go up to 15x15", s.text);
    if (synapses && s.maps < 1) fail("network stage '{}': needs at least one output", s.text);
}

Window window_of(const StageSpec& s, const Shape& in) {
    if (!traits_of(s.kind).window)
        return {in.height, in.width, in.channels, in.height, in.width, 1, 0, 1, 1};
    const auto outputs = [&](int size) {
        const int span = size + 2 * s.pad - s.kernel;
        if (span < 0)
            fail("network stage '{}': its window does not fit on an input of {}x{}", s.text,
                 in.height, in.width);
        if (traits_of(s.kind).synapses) return span / s.stride + 1;
        // Ceil mode, but no window may start outside the image.
        int count = (span + s.stride - 1) / s.stride + 1;
        if ((count - 1) * s.stride >= size + s.pad) --count;
        return count;
    };
    return {in.height, in.width, in.channels,        s.kernel,         s.kernel,
            s.stride,  s.pad,    outputs(in.height), outputs(in.width)};
}

// Reads the names that a stage at `place` adds and gives.
void name_inputs(StageSpec& stage, std::map<std::string, int>& named, int place) {
    if (!stage.added.empty()) {
        const auto found = named.find(stage.added);
        if (found == named.end())
            fail("network stage '{0}': no stage before it is named {1}; write one as 'relu as {1}'",
                 stage.text, stage.added);
        stage.inputs.push_back(found->second);
    }
    if (!stage.name.empty() && !named.emplace(stage.name, place).second)
        fail("network stage '{}': a stage before it is named {} already", stage.text, stage.name);
}

}  // namespace

std::vector<StageSpec> parse_network(const std::string& text) {
    std::vector<StageSpec> stages;
    std::map<std::string, int> named;
    std::size_t start = 0;
    while (start <= text.size()) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        StageSpec stage = parse_stage(std::string_view(text).substr(start, comma - start));
        check_stage(stage);
        stage.inputs = {static_cast<int>(stages.size()) - 1};
        if (stage.kind == SpecKind::batch_norm &&
            (stages.empty() || !traits_of(stages.back().kind).synapses))
            fail("network: 'bn' (stage {}) must stand right after a conv or fc", stages.size() + 1);
        if (stage.kind == SpecKind::batch_norm && !stages.back().name.empty())
            fail("network: 'bn' (stage {}) is what '{}' gives; name it there, 'bn as {}'",
                 stages.size() + 1, stages.back().text, stages.back().name);
        name_inputs(stage, named, static_cast<int>(stages.size()));
        stages.push_back(std::move(stage));
        start = comma + 1;
    }
    if (!traits_of(stages.back().kind).synapses)
        fail("network: the last stage '{}' must be a conv or fc, whose sums are the logits",
             stages.back().text);
    for (const StageSpec& stage : stages)
        if (!stage.name.empty() && std::none_of(stages.begin(), stages.end(), [&](const auto& s) {
                return s.added == stage.name;
            }))
            fail("network stage '{}': no stage adds {}", stage.text, stage.name);
    return stages;
}

std::vector<StageShapes> shapes_of(const std::vector<StageSpec>& stages, const Shape& image) {
    std::vector<StageShapes> shapes;
    for (const StageSpec& s : stages) {
        const auto in_of = [&](int input) {
            return input < 0 ? image : shapes[static_cast<std::size_t>(input)].out;
        };
        const Shape in = in_of(s.inputs.front());
        for (const int input : s.inputs)
            if (const Shape& other = in_of(input); other != in)
                fail(
                    "network stage '{}': {}x{}x{} values cannot be added to {}x{}x{}; stages "
                    "between "
                    "must keep height, width and maps (such as 'conv 3x3x{} pad 1')",
                    s.text, other.height, other.width, other.channels, in.height, in.width,
                    in.channels, other.channels);
        const Window w = window_of(s, in);
        Shape out = in;
        const SpecTraits traits = traits_of(s.kind);
        if (traits.synapses) out.channels = s.maps;
        if (traits.synapses || traits.window) {
            out.height = w.out_height;
            out.width = w.out_width;
        }
        check_map(s.text, out);
        shapes.push_back({in, out, w});
    }
    return shapes;
}

void check_map(const std::string& what, const Shape& map) {
    // Two sides are at most 2^31 each: their product fits 64 bits, and is looked at first.
    const std::int64_t pixels = std::int64_t{map.height} * map.width;
    if (pixels > most_values || pixels * map.channels > most_values)
        fail(
            "{}: {}x{}x{} values per image are too many (at most {}); use a larger stride, smaller "
            "images or fewer maps",
            what, map.height, map.width, map.channels, most_values);
}

}  // namespace crossbar
