// Finds axes: a setting is one where a person chose it for some group, its values differ, and no
// earlier axis has the same values for the same groups.
#include "report/axes.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "array/target_keys.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "session/columns.hpp"

namespace crossbar::sim {
namespace {

constexpr double a_decade = 10;

// A key of the target that a run had, whoever set it; targets are read once each.
std::string device_value(const RunSettings& o, const std::string& name) {
    static std::map<std::pair<std::string, std::string>, std::string> known;
    const auto [found, fresh] = known.try_emplace({o.target + '\n' + o.device, name});
    if (!fresh) return found->second;
    std::string& value = found->second = "-";
    for (const std::string& change : target_changes(o.device))
        if (change.starts_with(name + "=")) return value = change.substr(name.size() + 1);
    if (o.target.ends_with(".toml")) return value;  // no file that a record names is read
    try {
        Target target = load_target(o.target, o.device);
        for (const TargetTable& table : target_tables())
            for (const TargetKey& key : table.keys)
                if (option_key(table, key) == name)
                    value = table.there(target) && belongs(table, key, target)
                                ? value_text(key, target, 4)
                                : default_text(table, key);
    } catch (const Error&) {
        return value;
    }
    if (value.empty()) value = "-";
    if (value.size() > 1 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return value;
}

bool has_signs(const Group& group) {
    const std::string& feedback = group.first().settings.training.feedback;
    return feedback.starts_with("frsf") || feedback.starts_with("brsf");
}

std::string family(const std::string& feedback) {
    return feedback.ends_with("-p") ? feedback.substr(0, feedback.size() - 2) : feedback;
}

using Members = std::vector<const Group*>;

bool varies(const Members& groups, const std::string& name) {
    return std::any_of(groups.begin(), groups.end(), [&](const Group* g) {
        return setting_value(*g, name) != setting_value(*groups.front(), name);
    });
}

// Where one or two parts of a column vary, freely, they say more than its name.
std::vector<std::string> column_parts(const Members& groups) {
    std::vector<std::string> parts;
    const bool signs =
        std::all_of(groups.begin(), groups.end(), [](const Group* g) { return has_signs(*g); });
    for (const char* name : {"feedback", "signs", "concordance", "bn", "rule", "train-layers"}) {
        const std::string part = name;
        if (part == (signs ? "concordance" : "signs")) continue;
        const bool varied = varies(groups, part);
        if (part == "concordance" && varied) return {"column"};
        if (varied) parts.push_back(part);
    }
    std::set<std::string> columns, combined;
    std::size_t product = 1;
    for (const std::string& part : parts) {
        std::set<std::string> values;
        for (const Group* g : groups)
            values.insert(setting_value(*g, part));
        product *= values.size();
    }
    for (const Group* g : groups)
        columns.insert(g->column());
    const bool free = parts.size() <= 1 || (parts.size() == 2 && columns.size() == product);
    if (free && !parts.empty()) return parts;
    return {"column"};
}

std::vector<std::string> candidates(const Members& groups) {
    std::vector<std::string> names = {"task", "arithmetic", "target"};
    for (const std::string& part : column_parts(groups))
        names.push_back(part);
    for (const Group* group : groups)
        for (const auto& [name, value] : group->departures)
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    return names;
}

// Numbers by size, columns as the paper has them, other words by the alphabet.
void order(SettingAxis& axis, const std::set<std::string>& values) {
    axis.values.assign(values.begin(), values.end());
    std::vector<double> numbers;
    for (const std::string& value : axis.values)
        if (double number = 0; is_number(value, number)) numbers.push_back(number);
    if (numbers.size() > 1 && numbers.size() + 1 >= axis.values.size()) {
        std::stable_sort(axis.values.begin(), axis.values.end(), [](const auto& a, const auto& b) {
            double x = INFINITY, y = INFINITY;
            is_number(a, x), is_number(b, y);
            return x < y;
        });
        const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
        axis.scale = *low > 0 && *high >= 2 * a_decade * *low ? Scale::logarithmic : Scale::linear;
    } else if (axis.name == "column") {
        const auto place = [](const std::string& name) {
            std::size_t i = 0;
            for (const Column& column : columns()) {
                if (name == column.name) break;
                ++i;
            }
            return i;
        };
        std::stable_sort(axis.values.begin(), axis.values.end(),
                         [&](const auto& a, const auto& b) { return place(a) < place(b); });
    }
}

SettingAxis axis_named(const std::string& name, const Members& groups) {
    SettingAxis axis;
    axis.name = name;
    std::vector<std::string> texts;
    for (const Group* group : groups)
        texts.push_back(setting_value(*group, name));
    order(axis, {texts.begin(), texts.end()});
    std::map<std::string, std::size_t> place;
    for (std::size_t i = 0; i < axis.values.size(); ++i)
        place[axis.values[i]] = i;
    for (const std::string& text : texts)
        axis.places.push_back(place[text]);
    return axis;
}

// Whether both part the groups in the same way.
bool alike(const SettingAxis& a, const SettingAxis& b) {
    if (a.values.size() != b.values.size()) return false;
    std::map<std::size_t, std::size_t> there;
    for (std::size_t i = 0; i < a.places.size(); ++i)
        if (!there.try_emplace(a.places[i], b.places[i]).second &&
            there[a.places[i]] != b.places[i])
            return false;
    return true;
}

bool always_told(const std::string& name) {
    return name == "task" || name == "arithmetic" || name == "column";
}

}  // namespace

bool is_number(const std::string& value, double& number) {
    const char* end = value.data() + value.size();
    double read = 0;
    const auto [stop, error] = std::from_chars(value.data(), end, read);
    if (error != std::errc() || stop != end || value.empty() || !std::isfinite(read)) return false;
    number = read;
    return true;
}

std::string brief(const std::string& value) {
    std::size_t end = 37;
    if (value.size() <= end + 3) return value;
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0u) == 0x80)
        --end;  // not within a character of UTF-8
    return value.substr(0, end) + "...";
}

std::string setting_value(const Group& group, const std::string& name) {
    const Result& run = group.first();
    if (name == "column") return run.column;
    if (name == "arithmetic") return run.arithmetic() == "fixed" ? "integers" : "float32";
    if (name == "feedback" && has_signs(group)) return family(run.settings.training.feedback);
    if (name == "signs") {
        const Settings& s = run.settings.training;
        return fmt::format("{:g}", s.feedback.ends_with("-p") ? 100 * s.concordance : 100.0);
    }
    if (name.starts_with("device.")) return device_value(run.settings, name.substr(7));
    if (!find_setting(name)) {
        for (const auto& [own, value] : group.departures)
            if (own == name) return value;
        return "-";
    }
    std::string text = text_of(name, run.settings);
    return text.empty() ? "none" : text;
}

bool Axes::crossed() const {
    double product = 1;
    for (const SettingAxis& axis : axes)
        product *= static_cast<double>(axis.values.size());
    return static_cast<double>(groups) >= 0.6 * product;
}

Axes axes_of(const std::vector<const Group*>& groups) {
    Axes result;
    result.groups = groups.size();
    for (const std::string& name : candidates(groups)) {
        if (!varies(groups, name)) {
            const auto& told = groups.front()->departures;
            if (always_told(name) ||
                std::any_of(told.begin(), told.end(), [&](auto& d) { return d.first == name; }))
                result.shared.emplace_back(name, setting_value(*groups.front(), name));
            continue;
        }
        SettingAxis axis = axis_named(name, groups);
        const auto same =
            std::find_if(result.axes.begin(), result.axes.end(),
                         [&](const SettingAxis& other) { return alike(axis, other); });
        if (same == result.axes.end())
            result.axes.push_back(std::move(axis));
        else
            same->along.push_back(name);
    }
    std::stable_sort(result.axes.begin(), result.axes.end(),
                     [](const SettingAxis& a, const SettingAxis& b) {
                         return a.values.size() > b.values.size();
                     });
    if (std::none_of(result.shared.begin(), result.shared.end(),
                     [](const auto& s) { return s.first == "column"; }) &&
        !varies(groups, "column"))
        result.shared.emplace_back("column", groups.front()->column());
    return result;
}

std::string shared_text(const Axes& axes) {
    std::vector<std::string> words;
    for (const auto& [name, value] : axes.shared)
        words.push_back(always_told(name) ? value : name + " " + brief(value));
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string own_text(const Axes& axes, std::size_t group) {
    std::vector<std::string> words;
    for (const SettingAxis& axis : axes.axes)
        words.push_back((axis.scale == Scale::words ? "" : axis.name + " ") +
                        brief(axis.value(group)));
    return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace crossbar::sim
