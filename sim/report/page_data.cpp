// Packs runs for the scripts of a page: columns of numbers, texts once each, and what is large only
// as far as there is room for it.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "report/page.hpp"
#include "report/report.hpp"

namespace crossbar::sim {
namespace {

using SortedJson = nlohmann::json;

// So that a page of 10,000 runs stays below 8 MB.
constexpr std::size_t most_curve_points = 120'000, most_layers = 60'000, most_angles = 60'000;
constexpr std::size_t most_picture_bytes = 1'200'000, most_counts = 120'000, most_costs = 10'000;

// Whole numbers stay whole.
SortedJson rounded(double value, int digits = 5) {
    if (value == missing || !std::isfinite(value)) return {};
    if (value == std::floor(value) && std::abs(value) < 1e9)
        return static_cast<std::int64_t>(value);
    const double unit = std::pow(10.0, digits - 1 - std::floor(std::log10(std::abs(value))));
    return std::round(value * unit) / unit;
}

// Each text once.
class Texts {
  public:
    std::size_t add(const std::string& text) {
        const auto [found, fresh] = places_.try_emplace(text, list_.size());
        if (fresh) list_.push_back(text);
        return found->second;
    }
    const SortedJson& list() const { return list_; }

  private:
    std::map<std::string, std::size_t> places_;
    SortedJson list_ = SortedJson::array();
};

// Taken up while there is room.
class Room {
  public:
    explicit Room(std::size_t size) : left_(size) {}
    bool take(std::size_t size) {
        if (size > left_) return false;
        left_ -= size;
        return true;
    }

  private:
    std::size_t left_;
};

std::string base64(const std::string& bytes) {
    constexpr const char* digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t word = 0;
        for (std::size_t k = 0; k < 3; ++k)
            word =
                word << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0);
        for (std::size_t k = 0; k < 4; ++k)
            text += i + k > bytes.size() ? '=' : digits[word >> (18 - 6 * k) & 63u];
    }
    return text;
}

// A command without its seed, which a script adds again; as it is where that would not be the same.
std::string without_seed(const Result& run, bool& seeded) {
    const std::string word = fmt::format(" --seed {}", run.settings.training.seed);
    const std::size_t at = run.command.find(word);
    seeded = at != run.command.npos && run.command.find("--seed", at + 3) == run.command.npos &&
             (at + word.size() == run.command.size() || run.command[at + word.size()] == ' ');
    std::string text = run.command;
    if (seeded) text.erase(at, word.size());
    return text;
}

// What links to a run: the digits of its key, or its place in a store.
std::string link_of(const Result& run) {
    if (const std::size_t at = run.key.rfind(' '); at != run.key.npos)
        return run.key.substr(at + 1);
    const std::size_t slash = run.where.rfind('/');
    return run.where.substr(slash == run.where.npos ? 0 : slash + 1);
}

// Texts by their places.
SortedJson group_of(const Group& group, std::size_t study, Texts& texts) {
    const Result& run = group.first();
    const Settings& s = run.settings.training;
    SortedJson json = {{"c", texts.add(group.column())},
                       {"t", texts.add(run.task())},
                       {"a", texts.add(run.arithmetic() == "fixed" ? "integers" : "float32")},
                       {"d", texts.add(run.real() ? "real" : "synthetic")},
                       {"h", run.held_out ? 1 : 0},
                       {"f", texts.add(s.feedback)},
                       {"r", texts.add(s.rule)},
                       {"b", s.weight_bits},
                       {"g", texts.add(run.settings.target)},
                       {"s", study},
                       {"n", texts.add(s.network)}};
    for (const auto& [name, value] : group.departures) {
        json["x"].push_back(texts.add(name));
        json["x"].push_back(texts.add(value));
    }
    for (const LayerState& layer : run.layers)
        json["l"].push_back(texts.add(layer.name));
    if (run.class_names.size() <= 1000 && !run.confusion.empty()) json["k"] = run.class_names;
    const Group::Spread error = group.spread(&Result::test_error);
    json["m"] = rounded(error.mean);
    if (error.count > 1) json["e"] = rounded(error.deviation);
    if (const std::string paper = paper_text(group); paper != "-") json["p"] = paper;
    return json;
}

// Both errors after every `stride`-th epoch and the last.
SortedJson curve_of(const Result& run, std::size_t stride) {
    SortedJson epochs = SortedJson::array(), test = SortedJson::array(),
               train = SortedJson::array();
    for (std::size_t i = 0; i < run.history.size(); ++i) {
        if ((i + 1) % stride != 0 && i + 1 != run.history.size()) continue;
        const EpochState& e = run.history[i];
        epochs.push_back(e.epoch);
        test.push_back(rounded(e.test_error, 4));
        train.push_back(rounded(e.train_error, 4));
    }
    // Epochs that only count are not told.
    const bool plain = stride == 1 && !run.history.empty() && run.history.front().epoch == 1 &&
                       run.history.back().epoch == static_cast<int>(run.history.size());
    return plain ? SortedJson{test, train} : SortedJson{test, train, epochs};
}

SortedJson layers_of(const Result& run) {
    SortedJson json = SortedJson::array();
    for (const LayerState& layer : run.layers)
        json.push_back(
            {rounded(layer.pulses, 4), rounded(layer.saturated, 3), rounded(layer.concordance, 4)});
    return json;
}

// By layer, after each epoch that tells them.
SortedJson angles_of(const Result& run) {
    SortedJson json = SortedJson::array();
    for (const EpochState& epoch : run.history) {
        if (epoch.layers.empty()) continue;
        SortedJson row = {epoch.epoch};
        for (const LayerAngle& layer : epoch.layers)
            row.push_back(rounded(layer.angle));
        json.push_back(row);
    }
    return json;
}

// Levels as bytes, the largest 127.
SortedJson filters_of(const FilterLevels& f) {
    int largest = 1;
    for (const auto& filter : f.levels)
        for (const int level : filter)
            largest = std::max(largest, std::abs(level));
    std::string bytes;
    for (const auto& filter : f.levels)
        for (const int level : filter)
            bytes += static_cast<char>(level * 127 / largest);
    return {f.height, f.width, f.channels, base64(bytes)};
}

SortedJson cost_of(const Result& run) {
    SortedJson json = SortedJson::array();
    for (const CostState& part : run.cost)
        json.push_back({part.phase, part.part, rounded(part.joules), rounded(part.seconds)});
    return json;
}

// The columns of runs, one number or text of each.
class Runs {
  public:
    explicit Runs(const Results& results) {
        std::size_t points = 0;
        for (const Result& run : results.runs)
            points += run.history.size();
        stride_ = 1 + points / most_curve_points;
    }

    // First seeds before others, so that every group has a run with all that there is room for.
    void add(const Result& run, std::size_t group, bool first) {
        const std::size_t place = count_++;
        bool seeded = false;
        const std::size_t command = texts_.add(without_seed(run, seeded));
        const std::size_t colon = run.where.rfind(':');
        const auto put = [&](const char* name, SortedJson value) {
            json_[name].push_back(std::move(value));
        };
        put("group", group);
        put("seed", run.settings.training.seed);
        put("error", rounded(run.test_error));
        put("train", rounded(run.train_error));
        put("pulses", rounded(run.pulses));
        put("seconds", rounded(run.seconds));
        put("store", texts_.add(run.where.substr(0, colon)));
        put("line", run.where.substr(colon + 1));
        put("link", link_of(run));
        put("signature", run.signature);
        put("date", run.date.substr(0, 10));
        put("machine", texts_.add(run.cpu + (run.cpu.empty() ? "" : ", ") + run.isa));
        put("version", texts_.add(run.version));
        put("command", command);
        put("seeded", seeded ? 1 : 0);
        put("curve", run.history.empty() ? SortedJson() : curve_of(run, stride_));
        put("layers", layer_room_.take(run.layers.size()) ? layers_of(run) : SortedJson());
        if (first)
            add_large(run, place);
        else
            waiting_.emplace_back(&run, place);
    }

    SortedJson take() {
        for (const auto& [run, place] : waiting_)
            add_large(*run, place);
        json_["texts"] = texts_.list();
        json_["stride"] = stride_;
        return std::move(json_);
    }
    Texts& texts() { return texts_; }

  private:
    void add_large(const Result& run, std::size_t place) {
        const std::string key = fmt::format("{}", place);
        std::size_t angles = 0;
        for (const EpochState& epoch : run.history)
            angles += epoch.layers.size();
        if (angles > 0 && angle_room_.take(angles)) json_["angles"][key] = angles_of(run);
        const FilterLevels& f = run.filters;
        const std::size_t bytes = f.levels.size() * f.height * f.width * f.channels * 4 / 3;
        // A dense first layer has no windows to look at.
        if (bytes > 0 && f.height * f.width >= 4 && f.height <= 32 && f.width <= 32 &&
            picture_room_.take(bytes))
            json_["filters"][key] = filters_of(f);
        const std::size_t counts = run.confusion.size() * run.confusion.size();
        if (counts > 1 && count_room_.take(counts))
            for (const std::vector<double>& row : run.confusion) {
                SortedJson& cells = json_["confusion"][key].emplace_back(SortedJson::array());
                for (const double count : row)
                    cells.push_back(rounded(count));
            }
        if (!run.cost.empty() && cost_room_.take(run.cost.size()))
            json_["cost"][key] = cost_of(run);
    }

    SortedJson json_ = SortedJson::object();
    Texts texts_;
    std::size_t count_ = 0, stride_ = 1;
    std::vector<std::pair<const Result*, std::size_t>> waiting_;
    Room layer_room_{most_layers}, angle_room_{most_angles}, picture_room_{most_picture_bytes},
        count_room_{most_counts}, cost_room_{most_costs};
};

SortedJson chart_of(const ErrorChart& chart, const std::map<const Group*, std::size_t>& places) {
    static constexpr const char* scales[] = {"words", "linear", "log"};
    SortedJson json = {{"title", chart.title},
                       {"x", chart.x_label},
                       {"scale", scales[static_cast<int>(chart.scale)]},
                       {"joined", chart.joined}};
    if (!chart.words.empty()) json["words"] = chart.words;
    json["lines"] = SortedJson::array();
    for (const ErrorLine& line : chart.lines) {
        SortedJson points = SortedJson::array();
        for (const ErrorPoint& point : line.points)
            points.push_back(point.group
                                 ? SortedJson{rounded(point.x), places.at(point.group)}
                                 : SortedJson{rounded(point.x), SortedJson(), rounded(point.y)});
        json["lines"].push_back({{"name", line.name}, {"points", points}});
    }
    return json;
}

// '<' stands in strings alone, where it may be escaped: so no text ends the script.
std::string within_script(const std::string& json) {
    std::string text;
    text.reserve(json.size());
    for (const char c : json)
        if (c == '<')
            text += "\\u003c";
        else
            text += c;
    return text;
}

}  // namespace

std::string data_of(const Page& page) {
    SortedJson json = {{"studies", SortedJson::array()},
                       {"groups", SortedJson::array()},
                       {"charts", SortedJson::array()}};
    Runs runs(*page.results);
    std::map<const Group*, std::size_t> places;
    for (std::size_t s = 0; s < page.studies.size(); ++s) {
        json["studies"].push_back({page.studies[s].id, page.studies[s].title});
        for (const Group& group : page.studies[s].groups) {
            const std::size_t place = places[&group] = json["groups"].size();
            json["groups"].push_back(group_of(group, s, runs.texts()));
            for (const Result* run : group.runs)
                runs.add(*run, place, run == group.runs.front());
        }
    }
    for (const ErrorChart& chart : charts_of(page))
        json["charts"].push_back(chart_of(chart, places));
    json["runs"] = runs.take();
    return within_script(json.dump(-1, ' ', false, SortedJson::error_handler_t::replace));
}

}  // namespace crossbar::sim
