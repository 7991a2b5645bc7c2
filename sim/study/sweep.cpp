// Reads lists and ranges of values, and checks each against its setting.
#include "study/sweep.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "array/target.hpp"
#include "base/check.hpp"
#include "session/settings.hpp"

namespace crossbar::sim {
namespace {

constexpr long most_values = 1000;

// False where the text is no whole number.
bool read_number(std::string_view text, long& value) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end && !text.empty();
}

// A range a..b or a..b/step, else the text itself.
std::vector<std::string> expand(const std::string& item, const std::string& origin) {
    const std::size_t dots = item.find("..");
    if (dots == item.npos || item.find('/') < dots) return {item};
    const std::size_t slash = std::min(item.find('/', dots), item.size());
    const std::string_view text = item;
    long first = 0, last = 0, step = 1;
    const bool whole = read_number(text.substr(0, dots), first) &&
                       read_number(text.substr(dots + 2, slash - dots - 2), last) &&
                       (slash == item.size() || read_number(text.substr(slash + 1), step));
    if (!whole || step < 1 || last < first)
        fail("{}: '{}' is not a range; expected whole numbers a..b or a..b/step with a <= b",
             origin, item);
    if ((last - first) / step >= most_values)
        fail("{}: '{}' has more than {} values", origin, item, most_values);
    std::vector<std::string> values;
    for (long value = first; value <= last; value += step)
        values.push_back(fmt::format("{}", value));
    return values;
}

// device.KEY is one key of --device.
const Setting& sweepable(const std::string& name, const std::string& origin) {
    const Setting* option = find_setting(name.starts_with(device_axis) ? "device" : name);
    if (!option && name.find('.') != name.npos)
        fail("{}: '{}' is a key of targets, which are swept as device.{}", origin, name, name);
    if (!option)
        fail("{}: '{}' is not a setting and does not change a run{}", origin, name,
             setting_suggestion(name));
    constexpr std::array<const char*, 5> own = {"task", "seed", "column", "data", "device"};
    if (std::find(own.begin(), own.end(), name) != own.end())
        fail(
            "{}: this is not swept; give a list to --task or --column, a number to --seeds, and "
            "sweep device.KEY",
            origin);
    if (option->kept == Kept::no) fail("{}: this option does not change a run", origin);
    return *option;
}

}  // namespace

Axis parse_axis(const std::string& text) {
    const std::string origin = fmt::format("--sweep {}", text.empty() ? "''" : text);
    const std::size_t equals = text.find('=');
    if (equals == text.npos || equals == 0 || equals + 1 == text.size())
        fail("{}: expected OPTION=VALUES, such as weight-bits=1,2,4..8", origin);
    Axis axis;
    axis.option = text.substr(text.find_first_not_of('-'));
    axis.option = axis.option.substr(0, axis.option.find('='));
    const Setting& option = sweepable(axis.option, origin);
    const std::string list = text.substr(equals + 1);
    if (axis.option == "target" && list == "every") return {axis.option, target_names()};
    const char separator = list.find(';') != list.npos ? ';' : ',';
    for (std::size_t first = 0; first <= list.size();) {
        const std::size_t end = std::min(list.find(separator, first), list.size());
        for (std::string& value : expand(list.substr(first, end - first), origin)) {
            RunSettings scratch;
            if (axis.option.starts_with(device_axis))
                check_target_change(
                    fmt::format("{}={}", axis.option.substr(device_axis.size()), value),
                    origin + ":");
            else
                set(scratch, option.name, value, origin + ": ");
            if (std::find(axis.values.begin(), axis.values.end(), value) != axis.values.end())
                fail("{}: the value {} is given twice", origin, value);
            axis.values.push_back(std::move(value));
        }
        first = end + 1;
    }
    return axis;
}

}  // namespace crossbar::sim
