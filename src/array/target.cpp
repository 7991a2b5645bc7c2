// Target files (TOML) into Target, by the table of keys: every one is checked, with its line.
#include "array/target.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "array/target_keys.hpp"
#include "base/check.hpp"
#include "base/embedded.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "base/text_file.hpp"
#include "base/toml_section.hpp"

namespace crossbar {
namespace {

// Reads the value of one key from its node; one function for each kind of member.
struct Reader {
    Section& section;
    const toml::node& node;
    const TargetKey& key;

    double number(const toml::node& from) const {
        return section.number_in(from, key.name, key.allowed.low, key.allowed.high);
    }
    void operator()(std::string* value) const { *value = section.text(key.name); }
    void operator()(double* value) const { *value = number(node); }
    void operator()(int* value) const {
        const std::vector<std::string> words = words_of(key);
        *value = words.empty()
                     ? static_cast<int>(section.in_range(node, key.name, whole(key.allowed.low),
                                                         whole(key.allowed.high)))
                     : std::stoi(words[section.choice(key.name, words)]);
    }
    void operator()(const Choice& choice) const {
        choice.set(choice.at, section.choice(key.name, words_of(key)));
    }
    void operator()(const NumberOr& either) const {
        *either.word = node.value<std::string>() == key.allowed.words;
        if (!*either.word) *either.number = number(node);
    }
    void operator()(std::span<double> values) const {
        const toml::array& items = list(values.size(), values.size(), key.allowed.form);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = number(items[i]);
    }
    void operator()(std::vector<double>* values) const {
        values->clear();
        const bool pair = *key.allowed.form != '\0';
        if (!pair && node.is_number()) return values->push_back(number(node));
        for (const toml::node& item :
             list(pair ? 2 : 1, pair ? 2 : most_numbers,
                  pair ? key.allowed.form
                       : fmt::format("a number, or an array of 1 to {}", most_numbers)))
            values->push_back(number(item));
    }
    void operator()(Points* points) const {
        points->clear();
        for (const toml::node& item : list(1, std::string::npos, key.allowed.form)) {
            const toml::array* two = item.as_array();
            if (!two || two->size() != 2)
                section.wrong(item, "{} is not {}", key.name, key.allowed.form);
            const double x = number((*two)[0]), step = number((*two)[1]);
            if (!points->empty() && x <= points->back().first)
                section.wrong(item, "{} has position {} after {}, expected positions that rise",
                              key.name, x, points->back().first);
            points->emplace_back(x, step);
        }
    }

  private:
    static std::int64_t whole(double value) { return static_cast<std::int64_t>(value); }
    const toml::array& list(std::size_t least, std::size_t most, const std::string& form) const {
        const toml::array* items = node.as_array();
        if (!items || items->size() < least || items->size() > most)
            section.wrong(node, "{} is not {}", key.name, form);
        return *items;
    }
};

// What a key that is missing should have been.
std::string expected_of(const TargetKey& key) {
    return *key.allowed.form != '\0' ? key.allowed.form : "a number";
}

void read_key(Section& section, const TargetKey& key, Target& target) {
    const Member member = key.member(target);
    if (std::holds_alternative<std::string*>(member) || section.has(key.name) || key.required) {
        const std::string expected = std::holds_alternative<std::string*>(member)
                                         ? "a string that is not empty"
                                         : expected_of(key);
        std::visit(Reader{section, section.need(key.name, expected), key}, member);
    } else if (!std::isnan(key.otherwise)) {
        *std::get<int*>(member) = static_cast<int>(key.otherwise);
    }
}

// What errors about a table begin with.
std::string title_of(const TargetTable& table) {
    return *table.name == '\0' ? "" : fmt::format("[{}] ", table.name);
}

// Keys that were given and need others.
void refuse_idle(const std::string& file, const toml::table& given, const TargetTable& table,
                 Target& target) {
    for (const auto& [name, node] : given) {
        std::string needs;
        bool idle = true;
        for (const TargetKey& key : table.keys)
            if (key.name == name.str()) {
                idle = idle && !belongs(table, key, target);
                needs += (needs.empty() ? "" : ", or ") + needs_text(table, key);
            }
        if (idle && !needs.empty())
            fail_at(file, name.source(), "{}the key '{}' does nothing here; it needs {}",
                    title_of(table), name.str(), needs);
    }
}

// Names of other tables' keys, for one that is in the wrong place.
std::vector<std::string> keys_elsewhere() {
    std::vector<std::string> names;
    for (const TargetTable& table : target_tables().subspan(1))
        for (const TargetKey& key : table.keys)
            names.push_back(fmt::format("{}.{}", table.name, key.name));
    return names;
}

void read_table(const std::string& file, Section& section, const toml::table& given,
                const TargetTable& table, Target& target) {
    for (const TargetKey& key : table.keys)
        section.find(key.name);
    for (const TargetKey& key : table.keys)
        if (belongs(table, key, target)) read_key(section, key, target);
    refuse_idle(file, given, table, target);
}

// Weight 0 lies within, but for pairs, whose difference may be 0 anywhere; two families divide by
// the bounds.
void check_bounds(Section& section, const Target& target) {
    const DeviceSpec& m = *target.hardware.device;
    const auto [low, high] = m.curve.bounds;
    const bool sided = m.curve.family == StepFamily::constant ||
                       m.curve.family == StepFamily::exponential ||
                       m.curve.family == StepFamily::power;
    if (!(low < 0 && high > 0) && !(sided && !centred(m.cells) && low < high))
        section.wrong(*section.find("bounds"), "bounds are {} and {}, expected 0 between them", low,
                      high);
}

void check_pulses(Section& section, const Target& target) {
    for (const auto& [key, pulse] :
         {std::pair{"set", target.hardware.cost->set}, {"reset", target.hardware.cost->reset}})
        if (pulse[1] <= 0 || pulse[1] > 1)
            section.wrong(*section.find(key), "{} lasts {} s, expected more than 0 and at most 1",
                          key, pulse[1]);
}

void check_lines(Section& section, const Target& target) {
    for (const auto& [key, line] : {std::pair{"drift", target.hardware.inference->drift},
                                    {"drift_spread", target.hardware.inference->drift_spread}})
        if (line[2] < 0 || line[3] < line[2])
            section.wrong(*section.find(key),
                          "{} is held within {} and {}, expected 0 or more, the lower first", key,
                          line[2], line[3]);
}

// What the range of a key alone does not say.
constexpr std::pair<std::string_view, void (*)(Section&, const Target&)> checks[] = {
    {"device", check_bounds}, {"cost", check_pulses}, {"inference", check_lines}};

void read_subtable(const std::string& file, const toml::table& given, const TargetTable& table,
                   Target& target) {
    Section section(file, title_of(table), given);
    table.make(target);
    read_table(file, section, given, table, target);
    for (const auto& [name, check] : checks)
        if (name == table.name) check(section, target);
    section.finish(keys_elsewhere());
}

void read_target(const std::string& file, const toml::table& given, Target& target) {
    Section top(file, "", given);
    for (const TargetTable& table : target_tables()) {
        if (*table.name == '\0') {
            read_table(file, top, given, table, target);
        } else if (const toml::node* node = top.find(table.name)) {
            if (!node->is_table())
                top.wrong(*node, "{0} is {1}, expected the table [{0}]", table.name,
                          kind_of(*node));
            read_subtable(file, *node->as_table(), table, target);
        }
    }
    if (const auto& device = target.hardware.device;
        device && device->cells == Cells::carry && target.hardware.inference)
        top.wrong(
            *top.find("inference"),
            "[inference] writes differences of two devices, which cells = \"carry\" does not have");
    top.finish();
}

void change_target(toml::table& table, const std::string& changes) {
    const std::vector<std::string> lines = target_changes(changes);
    const bool had_device = table.contains("device");
    change_table(table, "device", lines, "--device");
    toml::table* device = table["device"].as_table();
    if (had_device || !device) return;
    // Where the curve is not said, it is the ideal one's.
    for (const char* key : {"pulse", "step"})
        if (device->contains(key)) return;
    device->insert("pulse", "level");
}

Target parse_target(const std::string& file, std::string_view text, const std::string& changes) {
    toml::table table = parse_toml(file, text);
    change_target(table, changes);
    Target target;
    target.name = std::filesystem::path(file).stem().string();
    read_target(file, table, target);
    std::vector<std::string_view> told_only;
    for (const TargetKey& key : target_tables().front().keys)
        if (!key.identity) told_only.emplace_back(key.name);
    target.fingerprint = fingerprint_of(table, told_only);
    return target;
}

std::string target_name_of(const EmbeddedFile& file) {
    if (!file.path.starts_with("targets/")) return {};
    return std::filesystem::path(file.path).stem().string();
}

}  // namespace

const Hardware& Target::hardware_of(std::size_t layer) const {
    for (const LayerHardware& own : layers)
        if (own.layer == layer) return own.hardware;
    return hardware;
}

Target load_target(const std::string& name_or_path, const std::string& changes) {
    if (name_or_path.ends_with(".toml"))
        return parse_target(name_or_path, text_of_file(name_or_path, "target file"), changes);
    if (name_or_path.find('\n') != name_or_path.npos)
        return parse_target("target text", name_or_path, changes);
    for (const EmbeddedFile& file : embedded_files())
        if (target_name_of(file) == name_or_path)
            return parse_target(std::string(file.path), file.text, changes);
    const std::vector<std::string> names = target_names();
    fail("unknown target '{}'{}; expected one of: {}, or the path of a .toml file", name_or_path,
         suggestion(name_or_path, names), fmt::join(names, ", "));
}

void check_target_change(const std::string& change, const std::string& origin) {
    toml::table given;
    change_table(given, "device", {change}, origin);
    Target scratch;
    Section top(origin, "", given);
    for (const TargetTable& table : target_tables().subspan(1)) {
        const toml::node* node = top.find(table.name);
        if (!node || !node->is_table()) continue;
        Section section(origin, title_of(table), *node->as_table());
        table.make(scratch);
        const TargetKey* widest = nullptr;
        for (const TargetKey& key : table.keys)
            if (section.has(key.name) && (!widest || key.allowed.high > widest->allowed.high ||
                                          key.allowed.low < widest->allowed.low))
                widest = &key;
        if (widest) read_key(section, *widest, scratch);
        section.finish(keys_elsewhere());
    }
    top.finish();
}

std::vector<std::string> target_changes(const std::string& changes) {
    std::vector<std::string> lines;
    for (std::size_t first = 0; !changes.empty() && first <= changes.size();) {
        const std::size_t end = std::min(changes.find(';', first), changes.size());
        lines.push_back(changes.substr(first, end - first));
        first = end + 1;
    }
    return lines;
}

std::vector<std::string> target_names() {
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files())
        if (std::string name = target_name_of(file); !name.empty())
            names.push_back(std::move(name));
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace crossbar
