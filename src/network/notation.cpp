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
constexpr int most_pool = 15;  // a side of a pooling window
constexpr std::size_t most_stages = 4096;

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

// As much of a text as a message needs.
std::string shown(std::string_view text) {
    const std::string whole = compact(text);
    return whole.size() <= 80 ? whole : whole.substr(0, 80) + "...";
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

// "5x5x20 stride 2 pad 1" or the like; of a depthwise one "5x5 stride 2 pad 1".
bool scan_convolution(Scanner& in, StageSpec& s) {
    if (!in.square(3, s.kernel)) return false;
    if (s.kind == SpecKind::convolution && (!in.take("x") || !in.number(4, s.maps))) return false;
    const bool named = in.take(" stride ");
    if (named ? !in.number(3, s.stride) : !in.stride(3, s.stride)) return false;
    return in.named(" pad ", 3, s.pad);
}

// "3x3/2 pad 1" or the like.
bool scan_pool(Scanner& in, StageSpec& s) {
    s.whole = s.kind == SpecKind::average_pool && in.take("all");
    if (s.whole) return true;
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
        case SpecKind::shortcut:
            return in.number(4, s.maps) && in.stride(3, s.stride);
        case SpecKind::dense:
            return in.number(5, s.maps);
        case SpecKind::convolution:
        case SpecKind::depthwise:
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
        {"conv ", convolution}, {"dwconv ", depthwise}, {"fc ", dense},
        {"bn", batch_norm},     {"max ", max_pool},     {"avg ", average_pool},
        {"relu", relu},         {"add ", add},          {"shortcut ", shortcut}};
    const auto* const word = std::find_if(std::begin(words), std::end(words),
                                          [&](const auto& w) { return in.take(w.first); });
    if (word == std::end(words)) return false;
    s.kind = word->second;
    return scan_rest(in, s) && (!in.take(" from ") || in.word(s.source)) &&
           (!in.take(" as ") || in.word(s.name)) && in.done();
}

StageSpec parse_stage(std::string_view written) {
    StageSpec s{.kind = SpecKind::relu, .text = compact(written)};
    if (scan(Scanner(s.text), s)) return s;
    fail(
        "network stage '{}' is not understood: write 'conv 5x5x20 stride 1 pad 2', 'dwconv 3x3 pad "
        "1' (as many maps as it reads), 'max 2x2/2', 'avg 3x3/2', 'avg all', 'fc 500', 'bn', "
        "'relu', 'shortcut 32/2', or 'add a' or 'conv "
        "1x1x8 from a' after a stage that is named as in 'relu as a' (windows are square)",
        shown(s.text));
}

void check_stage(const StageSpec& s) {
    const bool synapses = traits_of(s.kind).synapses;
    const bool windowed = traits_of(s.kind).window && !s.whole;
    if (s.kind == SpecKind::shortcut && s.stride < 1)
        fail("network stage '{}': stride must be at least 1", s.text);
    if (windowed && (s.kernel < 1 || s.stride < 1))
        fail("network stage '{}': window and stride must be at least 1", s.text);
    if (windowed && s.pad >= s.kernel)
        fail("network stage '{}': pad must be smaller than the window", s.text);
    if (windowed && !synapses && s.kernel > most_pool)
        fail("network stage '{}': pooling windows go up to {}x{}", s.text, most_pool, most_pool);
    if (synapses && s.kind != SpecKind::depthwise && s.maps < 1)
        fail("network stage '{}': needs at least one output", s.text);
}

Window window_of(const StageSpec& s, const Shape& in) {
    if (s.whole && (in.height != in.width || in.height > most_pool))
        fail(
            "network stage '{}': the maps before it are {}x{}; it takes square ones of at most "
            "{}x{}, so pool or stride before it",
            s.text, in.height, in.width, most_pool, most_pool);
    if (s.kind == SpecKind::shortcut)
        return {in.height,
                in.width,
                in.channels,
                1,
                1,
                s.stride,
                0,
                (in.height - 1) / s.stride + 1,
                (in.width - 1) / s.stride + 1};
    if (!traits_of(s.kind).window || s.whole)
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

// The stages of a text that others read, by the names that stand for them at the moment.
class Names {
  public:
    // Where the stage of that name is, which `stage` reads.
    int place_of(const std::string& name, const StageSpec& stage) {
        const auto found = named_.find(name);
        if (found == named_.end())
            fail("network stage '{0}': no stage before it is named {1}; write one as 'relu as {1}'",
                 stage.text, name);
        found->second.read = true;
        return found->second.place;
    }
    void give(const StageSpec& stage, int place) {
        if (stage.name.empty()) return;
        if (const auto found = named_.find(stage.name);
            found != named_.end() && !found->second.read)
            fail(
                "network stage '{}': a stage before it is named {} already, and nothing reads that",
                stage.text, stage.name);
        named_[stage.name] = {place, false};
    }

  private:
    struct Named {
        int place;
        bool read;
    };
    std::map<std::string, Named> named_;
};

// The text's stages, one by one, with what stands in brackets as often as is said.
class Repeats {
  public:
    std::vector<std::string_view> stages_of(std::string_view text) {
        std::vector<std::string_view> stages;
        add(text, stages, 0);
        return stages;
    }

  private:
    // Up to the comma that stands in no brackets.
    static std::size_t end_of_stage(std::string_view text) {
        int open = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '[') ++open;
            if (text[i] == ']' && --open < 0) fail("network '{}': a ] without its [", shown(text));
            if (text[i] == ',' && open == 0) return i;
        }
        if (open > 0) fail("network '{}': a [ without its ]", shown(text));
        return text.size();
    }
    // "3 x [...]": the number, and what is inside; 0 where the stage is no repeat.
    static int repeat_of(std::string_view stage, std::string_view& inside) {
        const std::size_t open = stage.find('[');
        if (open == stage.npos) return 0;
        const std::size_t close = stage.rfind(']');
        const std::string head = compact(stage.substr(0, open));
        int count = 0;
        Scanner in(head);
        if (!in.number(3, count) || !(in.take(" x") || in.take("x")) || !in.done() || count < 1 ||
            !compact(stage.substr(close + 1)).empty())
            fail("network '{}': expected a repeat such as '3 x [relu, fc 20]'", shown(stage));
        inside = stage.substr(open + 1, close - open - 1);
        return count;
    }
    void add(std::string_view text, std::vector<std::string_view>& stages, int depth) {
        if (depth > 8) fail("network: brackets within brackets go eight deep at most");
        for (;;) {
            const std::size_t end = end_of_stage(text);
            const std::string_view stage = text.substr(0, end);
            std::string_view inside;
            const int count = repeat_of(stage, inside);
            if (count == 0) stages.push_back(stage);
            for (int n = 0; n < count; ++n)
                add(inside, stages, depth + 1);
            if (stages.size() > most_stages)
                fail("network: more than {} stages; use fewer repeats", most_stages);
            if (end == text.size()) return;
            text.remove_prefix(end + 1);
        }
    }
};

// What nobody reads would be computed for nothing, and never learn.
void check_readers(const std::vector<StageSpec>& stages) {
    std::vector<bool> is_read(stages.size(), false);
    for (const StageSpec& stage : stages)
        for (const int input : stage.inputs)
            if (input >= 0) is_read[static_cast<std::size_t>(input)] = true;
    for (std::size_t i = 0; i + 1 < stages.size(); ++i)
        if (!is_read[i])
            fail(
                "network stage '{}': no stage reads what it gives; the next reads another one, so "
                "name it, as in '{} as p', and add it later, 'add p'",
                stages[i].text, stages[i].text);
    std::map<std::string, int> readers;
    for (const StageSpec& stage : stages)
        ++readers[stage.source], ++readers[stage.added];
    for (const StageSpec& stage : stages)
        if (!stage.name.empty() && readers[stage.name] == 0)
            fail("network stage '{}': no stage adds or reads {}", stage.text, stage.name);
}

}  // namespace

std::vector<StageSpec> parse_network(const std::string& text) {
    std::vector<StageSpec> stages;
    Names names;
    for (const std::string_view written : Repeats().stages_of(text)) {
        StageSpec stage = parse_stage(written);
        check_stage(stage);
        stage.inputs = {static_cast<int>(stages.size()) - 1};
        if (stage.kind == SpecKind::batch_norm &&
            (stages.empty() || !traits_of(stages.back().kind).synapses || !stage.source.empty()))
            fail("network: 'bn' (stage {}) must stand right after a conv, dwconv or fc",
                 stages.size() + 1);
        if (stage.kind == SpecKind::batch_norm && !stages.back().name.empty())
            fail("network: 'bn' (stage {}) is what '{}' gives; name it there, 'bn as {}'",
                 stages.size() + 1, stages.back().text, stages.back().name);
        if (!stage.source.empty()) stage.inputs = {names.place_of(stage.source, stage)};
        if (!stage.added.empty()) stage.inputs.push_back(names.place_of(stage.added, stage));
        names.give(stage, static_cast<int>(stages.size()));
        stages.push_back(std::move(stage));
    }
    if (!traits_of(stages.back().kind).synapses)
        fail("network: the last stage '{}' must be a conv, dwconv or fc, whose sums are the logits",
             stages.back().text);
    check_readers(stages);
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
        if (traits.synapses && s.kind != SpecKind::depthwise) out.channels = s.maps;
        if (s.kind == SpecKind::shortcut) {
            if (s.maps < in.channels)
                fail("network stage '{}': its input has {} maps; expected at least as many", s.text,
                     in.channels);
            out.channels = s.maps;
        }
        if (traits.synapses || traits.window || s.kind == SpecKind::shortcut) {
            out.height = w.out_height;
            out.width = w.out_width;
        }
        check_map(s.text, out);
        std::int64_t depth = 0;
        if (traits.synapses)
            depth = std::int64_t{w.kernel_height} * w.kernel_width *
                    (s.kind == SpecKind::depthwise ? 1 : w.channels);
        shapes.push_back({in, out, w, depth});
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
