// The lines that a person sees while a network trains, fitted to the terminal's width.
#include "run/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/format.hpp"
#include "run/angles.hpp"
#include "run/cost_report.hpp"
#include "run/memory_report.hpp"
#include "terminal/messages.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t usual_width = 80;  // where no terminal says

// "task mnist, data real, ..." of every setting, in lines of so many characters.
std::string echo_line(const RunSettings& settings, std::size_t width) {
    std::string line;
    std::size_t column = 0;
    width = std::max<std::size_t>(width, 20);
    for (const Setting& setting : settings_table()) {
        const std::string text = text_of(setting, settings);
        if (text.empty()) continue;
        // Between two settings where that is possible; one that is longer than a line, at blanks.
        const std::string item = wrapped(fmt::format("{} {}", setting.name, text), width - 4, 4);
        const std::size_t first = std::min(item.find('\n'), item.size());
        const bool next_line = column + 2 + first + 1 > width;
        if (!line.empty()) line += next_line ? ",\n  " : ", ";
        column = (line.empty() ? 0 : next_line ? 2 : column + 2) + item.size();
        if (first != item.size()) column = item.size() - item.rfind('\n') - 1;
        line += item;
    }
    return line;
}

std::string percent(const Metrics& metrics) {
    return metrics.images == 0 ? "-" : fmt::format("{:.2f}", percent_wrong(metrics));
}

double mean_loss(const Metrics& t) {
    return t.images == 0 ? 0 : static_cast<double>(t.loss) / 65536 / static_cast<double>(t.images);
}

std::string share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? "-"
                      : fmt::format("{:.1f}",
                                    100 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string mean(std::uint64_t sum, std::uint64_t count) {
    return count == 0
               ? "-"
               : fmt::format("{:.2f}", static_cast<double>(sum) / static_cast<double>(count));
}

// A layer's name in tables; with its bits and target where layers differ in them.
std::vector<std::string> layer_names(const std::vector<LayerReport>& layers) {
    const auto differ = [&](auto LayerReport::*of) {
        return std::any_of(layers.begin(), layers.end(), [&](const LayerReport& layer) {
            return layer.*of != layers.front().*of;
        });
    };
    const bool bits = differ(&LayerReport::weight_bits), targets = differ(&LayerReport::target);
    std::vector<std::string> names;
    for (const LayerReport& layer : layers)
        names.push_back(layer.text +
                        (bits ? fmt::format(", {} bits", layer.weight_bits) : std::string()) +
                        (targets ? ", " + layer.target : std::string()));
    return names;
}

void print_layers(const Outcome& outcome) {
    const bool fixed = outcome.experiment.settings.training.arithmetic == Arithmetic::fixed;
    const std::vector<std::string> names = layer_names(outcome.layers);
    std::size_t width = 5;
    for (const std::string& name : names)
        width = std::max(width, name.size());
    print("\n{:<{}}  {:>10}  {:>14}  {:>11}  {:>13}\n", "layer", width, "synapses",
          "pulses/synapse", "saturated %", "concordance %");
    LayerReport all{"all"};
    const auto row = [&](const std::string& name, const LayerReport& layer) {
        print("{:<{}}  {:>10}  {:>14}  {:>11}  {:>13}\n", name, width, layer.synapses,
              fixed ? mean(layer.pulses, layer.synapses) : "-",
              fixed ? share(layer.saturated, layer.synapses) : "-",
              share(layer.concordance.agree, layer.concordance.counted));
    };
    for (std::size_t i = 0; i < outcome.layers.size(); ++i) {
        const LayerReport& layer = outcome.layers[i];
        row(names[i], layer);
        all.synapses += layer.synapses;
        all.pulses += layer.pulses;
        all.saturated += layer.saturated;
        all.copies += layer.copies;
        all.refreshes += layer.refreshes;
        all.concordance.agree += layer.concordance.agree;
        all.concordance.counted += layer.concordance.counted;
    }
    row(all.text, all);
    if (all.copies == 0) return;
    print("sign copies: {} per synapse", mean(all.copies, all.synapses));
    if (all.refreshes > 0) print("; refreshes: {} per synapse", mean(all.refreshes, all.synapses));
    print("\n");
}

void print_diagnosis(const Outcome& outcome) {
    std::vector<std::string> names;
    for (const LayerReport& layer : outcome.layers)
        names.push_back(layer.text);
    const std::size_t width = terminal_width();
    print("\n{}\n{}",
          wrapped("degrees between the gradient through the feedback synapses and the true one",
                  width),
          plain_text(angle_table(names, outcome.experiment.progress.history, outcome.diagnosis),
                     width));
}

// What became of another tool's weights, layer by layer.
void print_weights(const StartingWeights& weights, const RunSettings& settings) {
    std::size_t width = 5, from = 6;
    for (const CarriedLayer& layer : weights.layers) {
        width = std::max(width, layer.text.size());
        from = std::max(from, layer.from.size());
    }
    print("\n{:<{}}  {:<{}}  {:>10}  {:>9}  {:>7}  {:>11}\n", "layer", width, "tensor", from,
          "synapses", "clipped %", "zeros %", "rms error %");
    for (const CarriedLayer& layer : weights.layers)
        print("{:<{}}  {:<{}}  {:>10}  {:>9}  {:>7}  {:>11.2f}\n", layer.text, width, layer.from,
              from, layer.synapses, share(layer.clipped, layer.synapses),
              share(layer.zeros, layer.synapses), 100 * layer.rms_error);
    print("with 16 bits per synapse on ideal arrays: {} error {} %\n",
          settings.holdout != 0 ? "holdout" : "test", percent(weights.reference));
    if (weights.gain > 0)
        print("logits of the file's size: --readout-gain {:.4g} (now {:.4g})\n", weights.gain,
              settings.training.readout_gain);
}

// What becomes of the network when it is written into the target's devices.
void print_readings(const std::vector<Reading>& readings) {
    if (readings.empty()) return;
    const WriteCounts& c = readings.front().writing;
    if (c.readings > 0)
        print(
            "\nwritten: {} writings and {} readings per device, {} % of devices still too far off",
            mean(c.writings, c.devices), mean(c.readings, c.devices), share(c.missed, c.devices));
    print("\n");
    for (const Reading& reading : readings)
        print("{} s after writing: error {} %\n", reading.seconds,
              percent(reading.evaluation.metrics));
}

// Rows are labels, with the names of their classes where those are known; columns what was
// predicted instead.
void print_confusion(const Evaluation& evaluation, const TaskData& data) {
    const auto n = static_cast<std::size_t>(data.test.classes);
    const std::uint64_t most =
        *std::max_element(evaluation.confusion.begin(), evaluation.confusion.end());
    const std::size_t width =
        std::max(fmt::format("{}", most).size(), fmt::format("{}", n).size()) + 1;
    std::vector<std::string> rows;
    std::size_t head = 6;
    for (std::size_t label = 0; label < n; ++label) {
        rows.push_back(fmt::format("{}", label));
        if (label < data.class_names.size()) rows.back() += ' ' + data.class_names[label];
        for (char& c : rows.back())  // a folder's name may hold line breaks
            if (static_cast<unsigned char>(c) < ' ') c = '?';
        head = std::max(head, rows.back().size());
    }
    print("\nconfusion: rows are labels, columns predictions\n{:>{}}", "", head);
    for (std::size_t c = 0; c < n; ++c)
        print(" {:>{}}", c, width);
    print("  {:>7}\n", "error %");
    for (std::size_t label = 0; label < n; ++label) {
        std::uint64_t all = 0;
        // By bytes: an encoding that is no UTF-8 shall not end the program.
        print("{}{}", std::string(head - rows[label].size(), ' '), rows[label]);
        for (std::size_t c = 0; c < n; ++c) {
            const std::uint64_t count = evaluation.confusion[label * n + c];
            all += count;
            print(" {:>{}}", count == 0 ? "." : fmt::format("{}", count), width);
        }
        print("  {:>7}\n", share(all - evaluation.confusion[label * n + label], all));
    }
}

// What other hardware is laid under; the line of settings tells it whole.
std::string trained_line(const Run& e) {
    const RunSettings& s = e.trained_on->settings;
    const auto with = [](const std::string& words, const std::string& text) {
        return text.empty() ? "" : words + text;
    };
    return fmt::format("trained on target {}{}{}, {} bits, seed {}; tested under {}{}{}", s.target,
                       with(" with ", s.device), with(", layers ", s.layer), s.training.weight_bits,
                       s.training.seed, e.target.name, with(" with ", e.settings.device),
                       with(", layers ", e.settings.layer));
}

}  // namespace

std::string duration(double seconds) {
    const long s = std::lround(seconds);
    if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
    return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string live_line(const LiveFigures& f, std::size_t width) {
    std::string line;
    for (const std::vector<std::string>& parts :
         {std::vector{f.epoch, f.share, f.error, f.rate, f.left},
          {f.epoch, f.share, f.error, f.left},
          {f.epoch, f.share, f.left},
          {f.epoch, f.share}}) {
        line = fmt::format("{}", fmt::join(parts, "  "));
        if (line.size() < width) return line;
    }
    return line.substr(0, std::max<std::size_t>(width, 1) - 1);
}

Reporter::Reporter(const Run& experiment, const Outputs& outputs)
    : experiment_(experiment),
      diagnose_(outputs.diagnose),
      quiet_(outputs.silent()),
      live_(!quiet_ && ::isatty(STDERR_FILENO) == 1),
      began_(Clock::now()),
      images_before_(images_done(experiment.progress)) {}

Reporter::~Reporter() {
    clear_live_line();
}

void Reporter::start() const {
    for (const std::string& notice : experiment_.notices)
        tell("notice: {}", notice);
    if (quiet_) return;
    const TaskData& data = experiment_.data;
    const std::size_t width = terminal_width(usual_width);
    print("{}\n", echo_line(experiment_.settings, width));
    if (experiment_.trained_on) print("{}\n", wrapped(trained_line(experiment_), width, 2));
    const std::string from =
        fmt::format("{} data ({}) from {}: {} training, {} {} images", data.kind, data.label,
                    data.source, data.train.count(), data.test.count(),
                    experiment_.settings.holdout != 0 ? "held-out" : "test");
    print("{}\n{}\n", wrapped(from, width, 2),
          wrapped(memory_line(experiment_, diagnose_), width, 2));
    if (const Processes* p = experiment_.processes)
        print("{} processes, {} of them on {}; threads each: {}\n", p->count(),
              p->count_on_machine(), p->machine(), experiment_.settings.threads);
    if (experiment_.weights) print_weights(*experiment_.weights, experiment_.settings);
    flush_output();
}

double Reporter::images_done(const Progress& p) const {
    return static_cast<double>(p.epoch) * static_cast<double>(experiment_.data.train.count()) +
           static_cast<double>(p.image);
}

void Reporter::batch(const Progress& p) {
    const auto now = Clock::now();
    if (!live_ || now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    const auto images = static_cast<double>(experiment_.data.train.count());
    const double all = images * experiment_.plan.epochs;
    const double done = images_done(p) - images_before_;
    const double elapsed = std::chrono::duration<double>(now - began_).count();
    const double left = elapsed * (all - images_done(p)) / std::max(done, 1.0);
    const double rate = static_cast<double>(p.train.images) / std::max(p.seconds, 1e-9);
    const LiveFigures figures = {
        fmt::format("epoch {}/{}", p.epoch + 1, experiment_.plan.epochs),
        fmt::format("{:3.0f} %", 100 * static_cast<double>(p.image) / images),
        fmt::format("error {} %", percent(p.train)), fmt::format("{:.0f} images/s", rate),
        duration(left) + " left"};
    put_error("\r\033[K" + live_line(figures, error_width()));
    shown_ = true;
}

void Reporter::clear_live_line() {
    if (shown_) put_error("\r\033[K");
    shown_ = false;
}

void Reporter::epoch(const Progress& p) {
    if (quiet_) return;
    clear_live_line();
    const EpochRecord& e = p.history.back();
    const int digits = static_cast<int>(fmt::format("{}", experiment_.plan.epochs).size());
    print("epoch {:>{}}/{}  train {:>5} % loss {:.4f}  {} {:>5} % loss {:.4f}  {:.0f} images/s\n",
          e.epoch, digits, experiment_.plan.epochs, percent(e.train), mean_loss(e.train),
          experiment_.settings.holdout != 0 ? "holdout" : "test", percent(e.test),
          mean_loss(e.test), static_cast<double>(e.train.images) / std::max(e.seconds, 1e-9));
    if (!e.layers.empty())
        print("{}\n", wrapped("  degrees from the true gradient: " + angle_line(e.layers),
                              terminal_width(usual_width), 4));
    flush_output();
}

void Reporter::warn(const std::string& text) {
    clear_live_line();
    tell("{}", text);
}

void print_outcome(const Outcome& outcome) {
    const Run& e = outcome.experiment;
    const Outputs& o = outcome.outputs;
    if (o.json == "-") return;
    if (!o.silent()) print_layers(outcome);
    if (o.cost) print("\n{}", cost_text(e));
    if (o.diagnose) print_diagnosis(outcome);
    if (!o.silent()) print_readings(outcome.readings);
    if (o.confusion && outcome.evaluation) print_confusion(*outcome.evaluation, e.data);
    print("{}{} error {} %  {} data  epochs {}  signature {:016x}\n", o.silent() ? "" : "\n",
          e.settings.holdout != 0 ? "holdout" : "test", percent(test_tally(outcome)), e.data.kind,
          e.progress.epoch, signature_of(e));
    flush_output();
}

}  // namespace crossbar::sim
