// The table of options that belong to the program: one row each, with the field that it fills.
#include "commands/program_options.hpp"

#include "base/check.hpp"
#include "session/settings.hpp"

namespace crossbar::sim {
namespace {

using Words = std::vector<std::string>;

Words table_formats() {
    return {"text", "markdown", "csv", "json"};
}

#define OWN(member) [](ProgramOptions& o) -> OptionField { return &o.member; }

constexpr const char* g_out = "Results and checkpoints";
constexpr const char* g_many = "Many runs";

// clang-format off
const ProgramOption table[] = {
    {{"json", g_out, "FILE", "write the run's record as JSON; -: to standard output"}, OWN(outputs.json)},
    {{"csv", g_out, "FILE", "append the run's record as a row"}, OWN(outputs.csv)},
    {{"epoch-csv", g_out, "FILE.csv", "a row per epoch as it ends; rate, error, loss, pulses, angles; goes on with --resume"}, OWN(outputs.epoch_csv)},
    {{"tensorboard", g_out, "DIR", "TensorBoard event files; with the figures of every epoch as it ends"}, OWN(outputs.tensorboard)},
    {{"save", g_out, "FILE", "save a checkpoint after every epoch; and when interrupted"}, OWN(outputs.save)},
    {{"save-every", g_out, "TIME", "how often to save; 30s, 10min, 2h, 5epochs or 200batches, and at the end; otherwise after every epoch, and runs of a study every 10min"}, OWN(outputs.save_every)},
    {{"resume", g_out, "FILE", "continue from a checkpoint, with its settings; also saves there unless --save names another file"}, OWN(resume)},
    {{"export", g_out, "FILE.npz", "write the network's arrays; for NumPy (docs/export.md)"}, OWN(outputs.exported)},
    {{"dump-state", g_out, "FILE.npz", "write all that training changes; for NumPy: the arrays of --export, and devices, converters and progress"}, OWN(outputs.dumped)},
    {{"diagnose", g_out, "", "angles between feedback and true gradients; after every epoch, for each layer: between the gradient through its feedback synapses and the true one"}, OWN(outputs.diagnose)},
    {{"filters", g_out, "", "put the first layer's levels into the record; up to 16384; up to 1000 are put there anyway"}, OWN(outputs.filters)},
    {{"trace", g_out, "L:OUT:IN=FILE.csv", "follow one synapse from batch to batch; layers count from 1, outputs and inputs from 0"}, OWN(outputs.trace)},
    {{"map", g_out, "L[:Y:X]=FILE.png...", "draw the levels of a layer, or of a tile; also .svg, .pdf; layers count from 1, tiles by row Y and column X from 0 (docs/devices.md)"}, OWN(outputs.map)},
    {{"cost", g_out, "", "energy, time, area and wear on the hardware; by part, beside a digital design in SRAM"}, OWN(outputs.cost)},
    {{"confusion", g_out, "", "also report the confusion matrix"}, OWN(outputs.confusion)},
    {{"predictions", g_out, "FILE.csv", "write every test image's label, answer and logits"}, OWN(outputs.predictions)},
    {{"progress", g_out, "FILE.progress", "append how far the run is, as JSON lines; for other programs, such as crossbar_sim watch"}, OWN(outputs.progress)},
    {{"show-settings", g_out, "", "print settings with their sources; train nothing"}, OWN(outputs.show_settings)},
    {{"quiet", g_out, "", "no settings, progress or table; only the last line"}, OWN(outputs.quiet)},

    {{"experiment", g_many, "NAME", "experiment of the paper, or an ablation; all its columns (crossbar_sim help experiments); --task and --arithmetic take lists"}, OWN(experiment)},
    {{"sweep", g_many, "OPTION=VALUES...", "values of a setting to run through; such as weight-bits=1,2,4..8; several --sweep make a grid"}, OWN(sweep)},
    {{"evaluate", g_many, "CKPT", "test this saved network in every run, as eval does; train none; such as under the targets of a --sweep"}, OWN(study.evaluate)},
    {{"seeds", g_many, "N", "runs of each, with seeds from --seed on", 1, 1000}, OWN(study.seeds)},
    {{"store", g_many, "FILE", "where finished runs are kept; as JSON lines; those in it are not made again"}, OWN(study.store)},
    {{"shard", g_many, "I/N", "only the I-th of N parts of the runs; the same on every machine, and equal in foretold time"}, OWN(study.shard)},
    {{"jobs", g_many, "N", "runs at a time; each with --threads threads, or its share of the machine's", 1, 1024}, OWN(study.jobs)},
    {{"dry-run", g_many, "", "tell runs, hours and memory; make none; hours by short trials on this machine; of each shard with --shard"}, OWN(study.dry_run)},
    {{"status", g_many, "", "tell what is done, running, saved, failed, missing; from the store (or a folder of stores) and what lies beside it"}, OWN(study.status)},
    {{"slurm", g_many, "N", "print a Slurm job script; for an array of N shards, with time and memory as foretold (docs/cluster.md)", 1, 10000}, OWN(study.slurm)},
    {{"table-format", g_many, "FORMAT", "form of the table at the end", 0, 0, table_formats}, OWN(study.table_format)},

};
// clang-format on

#undef OWN

constexpr Synonyms synonyms[] = {
    {" log log-file logfile output-json record result results ", "json"},
    {" checkpoint-dir save-path save-model save-dir model-dir output-dir ckpt-out ", "save"},
    {" checkpoint ckpt load restore resume-from load-checkpoint continue ", "resume"},
    {" eval test inference predict evaluate-only test-only ", "eval"},
    {" output o ", "out"},
    {" npz numpy dump ", "export"},
    {" epoch-log csv-log csv-logger csvlogger log-csv metrics-csv history-csv epochs-csv "
     "epoch-file ",
     "epoch-csv"},
    {" tb tb-dir logdir log-dir tensorboard-dir tensorboard-log tensorboard-logdir events ",
     "tensorboard"},
    {" silent no-progress q ", "quiet"},
    {" conf-matrix confusion-matrix cm ", "confusion"},
    {" energy power area latency ", "cost"},
    {" runs repeats repeat trials n-seeds num-seeds ", "seeds"},
    {" search tune-rate hyperopt find-lr lr-find ", "tune"},
    {" grid scan ", "sweep"},
    {" parallel processes n-jobs num-jobs ", "jobs"},
    {" partition split shard-id shard-index ", "shard"},
    {" sbatch slurm-script job-script array ", "slurm"},
    {" plan estimate foretell n ", "dry-run"},
    {" save-interval save-freq save-steps checkpoint-every ", "save-every"},
    {" plot svg pdf graph ", "draw"},
    {" fit fit-curve measured ", "target fit"},
    {" describe show info ", "target show"},
    {" usage man ", "help"},
};

}  // namespace

std::span<const ProgramOption> program_options() {
    return table;
}

const ProgramOption* find_program_option(const std::string& name) {
    for (const ProgramOption& option : table)
        if (name == option.name) return &option;
    return nullptr;
}

std::vector<Synonyms> option_synonyms() {
    std::vector<Synonyms> all(setting_synonyms().begin(), setting_synonyms().end());
    all.insert(all.end(), std::begin(synonyms), std::end(synonyms));
    return all;
}

ProgramOptions program_options_of(const Given& line) {
    ProgramOptions options;
    for (const auto& [name, text] : line.values)
        if (const ProgramOption* option = find_program_option(name))
            set_field(*option, option->field(options), text, "");
    return options;
}

}  // namespace crossbar::sim
