// A run from its request to an exit status: what it prints, saves and writes, and in which order.
#include "commands/single_run.hpp"

#include <functional>
#include <new>

#include "base/agreement.hpp"
#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/replace_file.hpp"
#include "commands/call_files.hpp"
#include "export/export.hpp"
#include "export/level_map.hpp"
#include "export/synapse_trace.hpp"
#include "run/cost_report.hpp"
#include "run/data_places.hpp"
#include "run/epoch_csv.hpp"
#include "run/event_folder.hpp"
#include "run/predictions.hpp"
#include "run/progress.hpp"
#include "run/progress_file.hpp"
#include "run/record.hpp"
#include "run/save_interval.hpp"
#include "run/settings_report.hpp"
#include "session/run.hpp"
#include "session/starting_weights.hpp"
#include "tensor_files/tensor_file.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/messages.hpp"
#include "weights/weights_map.hpp"

namespace crossbar::sim {
namespace {

// What could not be written. One output that fails must not lose the others: it is told when all
// else is done.
class Failures {
  public:
    template <typename Write>
    void attempt(const Write& write) {
        try {
            write();
        } catch (const Error& error) {
            add(error.what());
        } catch (const std::bad_alloc&) {
            add("not enough memory for a file that was to be written");
        }
    }
    void add(const std::string& failure) { text_ += (text_.empty() ? "" : "\n  ") + failure; }
    bool any() const { return !text_.empty(); }
    const std::string& text() const { return text_; }
    void raise() const {
        if (any()) throw Error(text_);
    }

  private:
    std::string text_;
};

// Of several processes, all raise what one of them has.
void raise(const Failures& failures, Processes* processes) {
    together(processes, [&] { failures.raise(); });
}

bool first_of(const Run& e) {
    return !e.processes || e.processes->rank() == 0;
}

// What a file is filled with; none of it is held in memory as a whole.
using Fill = std::function<void(Replacement&)>;

Fill checkpoint_of(const Run& e) {
    return [&e](Replacement& file) {
        write_checkpoint(e, [&file](std::string_view piece) { file.write(piece); });
    };
}

Fill export_of(const Run& e, Exported what, Packing packing) {
    return [&e, what, packing](Replacement& file) {
        write_export(e, what, packing, [&file](std::uint64_t place, std::string_view bytes) {
            file.write_at(place, bytes);
        });
    };
}

void replace(const std::string& path, const Fill& fill) {
    Replacement file(path);
    fill(file);
    file.commit();
}

void rehearse(const std::string& path, const Fill& fill) {
    Replacement file(path);
    fill(file);
    file.finish();
}

// Files that grow as each epoch ends. One that cannot be written does not end the run: what is
// lacking is tried again with the next epoch, and at the end.
struct EpochFiles {
    EpochCsv csv;
    EventFolder events;
    bool warned = false;

    EpochFiles(const Run& e, const Outputs& o)
        : csv(o.epoch_csv, e, o.diagnose), events(o.tensorboard, e, o.diagnose) {}
    void begin() {
        csv.begin();
        events.begin();
    }
    void add(const EpochRecord& record, Reporter& reporter) {
        Failures failures;
        failures.attempt([&] { csv.add(record); });
        failures.attempt([&] { events.add(record); });
        if (!warned && failures.any())
            reporter.warn(failures.text() + "; training goes on, and this is tried again");
        warned = warned || failures.any();
    }
    void finish(Failures& failures) {
        failures.attempt([&] { csv.finish(); });
        failures.attempt([&] { events.finish(); });
    }
};

// Of several processes one may be told to stop: then all do, after the same batch.
int agreed_signal(Processes* processes) {
    std::int64_t signal = caught_signal();
    if (processes) processes->max({&signal, 1});
    return static_cast<int>(signal);
}

// Trains, and saves as often as is wanted. A disk that fills up in the middle must not cost the
// run: it goes on and tries again; only the last attempt counts.
RunEnd train_and_save(Run& e, const Outputs& outputs, Reporter& reporter, SynapseTrace& trace,
                      EpochFiles& epochs, Failures& failures) {
    const std::string& file = outputs.save;
    SaveClock clock(parse_save_interval(outputs.save_every));
    std::string failure;
    bool ended = false;  // with an epoch, whose end was saved
    const auto save = [&] {
        failure.clear();
        try {
            if (!file.empty()) replace(file, checkpoint_of(e));
        } catch (const Error& error) {
            failure = error.what();
        }
        clock.saved(e.progress);
    };
    const auto save_on_the_way = [&] {
        save();
        if (!failure.empty())
            reporter.warn(failure + "; training goes on, and saves again when it is time");
    };
    ProgressFile told(outputs.progress, e);
    Callbacks callbacks;
    trace.add(e.progress);
    callbacks.batch = [&](const Progress& p) {
        reporter.batch(p);
        told.batch(p);
        trace.add(p);
        if (p.image < e.data.train.count() && clock.due_in_epoch(p)) save_on_the_way();
    };
    callbacks.stop = [&] { return agreed_signal(e.processes) != 0; };
    callbacks.epoch = [&](const Progress& p) {
        reporter.epoch(p);
        epochs.add(p.history.back(), reporter);
        told.epoch(p);
        ended = p.epoch >= e.plan.epochs;
        if (ended)
            save();
        else if (clock.due_after_epoch(p))
            save_on_the_way();
    };
    watch_signals();
    const RunEnd end = train(e, callbacks, outputs.diagnose);
    told.end(end == RunEnd::finished ? "finished" : "stopped");
    if (!ended) save();  // stopped, or there was nothing to train
    failures.attempt([&] { trace.write(); });
    epochs.finish(failures);
    if (!failure.empty()) failures.add(failure);
    return end;
}

// The files that show the network as it is: each handed to `write`, as a name and what fills it.
template <typename Write>
void write_network(const Run& e, const Outputs& o, Packing packing, const Write& write) {
    if (!o.exported.empty()) write(o.exported, export_of(e, Exported::network, packing));
    if (!o.dumped.empty()) write(o.dumped, export_of(e, Exported::state, packing));
    for (const LevelMap& map : parse_maps(o.map, e))
        write(map.file, [&](Replacement& file) { file.write(picture_of(map, e)); });
}

int interrupted(const Run& e, const Outputs& o, Reporter& reporter, const Failures& failures) {
    const int signal = agreed_signal(e.processes);
    const std::string where =
        fmt::format("{} in epoch {} after {} of {} images", signal_name(signal),
                    e.progress.epoch + 1, e.progress.image, e.data.train.count());
    if (o.save.empty() && first_of(e))
        reporter.warn(where + "; nothing was saved: with --save FILE it would have been");
    raise(failures, e.processes);
    if (!o.save.empty())
        reporter.warn(
            fmt::format("{}; saved. Go on with: crossbar_sim --resume {}", where, o.save));
    return 128 + signal;
}

// Of several processes the first alone prints and writes.
Outputs own_outputs(const Outputs& asked, const Processes* processes) {
    if (!processes || processes->rank() == 0) return asked;
    Outputs none;
    none.quiet = true;
    none.confusion = asked.confusion;  // a test that all make together
    return none;
}

// Fails now, before training, where a file could not be written. What is deflated later is not
// larger then.
void rehearse_outputs(const Run& e, const Outputs& o) {
    const Outcome outcome{e, o, layer_reports(e), {}, 0};
    check_outputs(outcome);
    check_predictions(outcome);
    const EpochFiles checked(e, o);
    if (!o.save.empty()) rehearse(o.save, checkpoint_of(e));
    write_network(e, o, Packing::stored, rehearse);
}

// Prints the result, and then writes one file after the other, whatever becomes of those before.
void write_outputs(const Outcome& outcome, Failures& failures) {
    print_outcome(outcome);
    failures.attempt([&] { write_json(outcome); });
    failures.attempt([&] { write_csv(outcome); });
    failures.attempt([&] { write_predictions(outcome); });
    failures.attempt([&] { write_network_files(outcome.experiment, outcome.outputs); });
}

int run_prepared(Run& e, const Outputs& o, Clock::time_point start) {
    SynapseTrace trace(o.trace, e);
    EpochFiles epochs(e, o);
    Reporter reporter(e, o);
    Failures failures;
    reporter.start();
    epochs.begin();
    if (!e.evaluating && train_and_save(e, o, reporter, trace, epochs, failures) == RunEnd::stopped)
        return interrupted(e, o, reporter, failures);

    Outcome outcome{e, o, layer_reports(e), {}, 0};
    const bool predicts = !o.predictions.empty();
    if (e.evaluating || o.confusion || predicts || e.progress.history.empty())
        outcome.evaluation = assess(e, predicts);
    outcome.readings = assess_deployed(e, predicts);
    if (!outcome.readings.empty()) outcome.evaluation = outcome.readings.back().evaluation;
    if (o.diagnose && (e.evaluating || e.progress.history.empty()))
        outcome.diagnosis = diagnosis_of(e);
    outcome.wall_seconds = seconds_since(start);
    if (first_of(e)) {
        write_outputs(outcome, failures);
        if (few_statistics(e)) reporter.warn(few_statistics_notice(e));
    }
    raise(failures, e.processes);
    return 0;
}

}  // namespace

Run prepared(const CommandLine& line, RunRequest request) {
    if (request.checkpoint) check_call_files(line, request.settings);
    const RunSettings& s = request.settings;
    if (!request.checkpoint && holds_tensors(s.weights))
        request.tensors = read_tensors(s.weights, !weights_map(s.weights_map).layers.empty());
    return prepare(std::move(request), data_places(), line.processes);
}

void write_network_files(const Run& run, const Outputs& outputs) {
    Failures failures;
    write_network(run, outputs, Packing::deflated, [&](const std::string& file, const Fill& fill) {
        failures.attempt([&] { replace(file, fill); });
    });
    failures.raise();
}

int run_once(const CommandLine& line, RunRequest request, const Outputs& asked) {
    const Outputs o = own_outputs(asked, line.processes);
    if (asked.show_settings) {
        for (const char* name :
             {"json", "csv", "epoch-csv", "tensorboard", "save", "export", "dump-state", "map",
              "trace", "predictions", "progress", "cost", "confusion", "diagnose", "filters"})
            if (line.has(name))
                fail(
                    "--show-settings trains nothing, so --{} has nothing to tell; leave one of the "
                    "two out",
                    name);
        if (o.show_settings) put(settings_report(request.settings));
        return 0;
    }
    if (!asked.save_every.empty() && asked.save.empty())
        fail("--save-every {}: where to? Give --save FILE as well", asked.save_every);
    parse_save_interval(asked.save_every);
    if (asked.filters && asked.json.empty())
        fail("--filters: into which record? Give --json FILE as well");
    if (!asked.predictions.empty() && line.processes)
        fail(
            "--predictions {}: each process tests a part of the images; start one process: "
            "crossbar_sim eval CKPT --predictions {}",
            asked.predictions, asked.predictions);
    const auto start = Clock::now();
    Run e = prepared(line, std::move(request));
    together(line.processes, [&] {
        if (o.cost) check_cost(e);
        rehearse_outputs(e, o);
    });
    try {
        return run_prepared(e, o, start);
    } catch (const AgreedError&) {
        throw;
    } catch (const std::exception& error) {
        if (line.processes) line.processes->abort(error.what());
        throw;
    }
}

}  // namespace crossbar::sim
