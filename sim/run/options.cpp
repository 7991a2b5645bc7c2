#include "run/options.hpp"

#include <charconv>
#include <limits>
#include <string_view>
#include <type_traits>

#include "array/feedback.hpp"
#include "array/rule.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "device/curve.hpp"
#include "kernels/kernels.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

using Words = std::vector<std::string>;

// Words in the order of the enumerators they stand for.
Words arithmetics() {
    return {"fixed", "float"};
}
Words norms() {
    return {"none", "plain", "affine"};
}
Words countings() {
    return {"all", "sampled"};
}
Words at_bounds() {
    return {"send", "spare"};
}
Words roundings() {
    return {"nearest", "stochastic"};
}
Words learners() {
    return {"all", "last", "all-but-last"};
}
Words zeros() {
    return {"keep", "zero"};
}
Words lists() {
    return {"all", "tasks", "targets", "feedback", "rules", "columns", "experiments", "isa"};
}
Words table_formats() {
    return {"text", "markdown", "csv"};
}

Words families() {
    Words words;
    for (int family = 0; family <= static_cast<int>(StepFamily::table); ++family)
        words.emplace_back(name_of(static_cast<StepFamily>(family)));
    return words;
}

Words scheme_names() {
    Words words;
    for (const FeedbackScheme& scheme : feedback_schemes())
        words.emplace_back(scheme.name);
    return words;
}

Words rule_names() {
    Words words;
    for (const Rule& rule : rules())
        words.emplace_back(rule.name);
    return words;
}

Words isa_names() {
    Words words{"auto"};
    for (const Kernels* set : all_kernels())
        words.emplace_back(set->name);
    return words;
}

template <typename Enum>
EnumField enum_field(Enum& value) {
    return {[&value] { return static_cast<int>(value); },
            [&value](int place) { value = static_cast<Enum>(place); }};
}

// A field of Options, of Settings, and an enumeration in Settings.
#define OWN(field) [](Options& o) -> Field { return &o.field; }
#define SET(field) [](Options& o) -> Field { return &o.settings.field; }
#define ENUM(field) [](Options& o) -> Field { return enum_field(o.settings.field); }

constexpr double most = 1e15;

constexpr const char* g_task = "Task and data";
constexpr const char* g_course = "Training";
constexpr const char* g_bits = "Integers";
constexpr const char* g_back = "Feedback";
constexpr const char* g_out = "Results and checkpoints";
constexpr const char* g_many = "Many runs";
constexpr const char* g_machine = "Machine";
constexpr const char* g_info = "Information";

// clang-format off
const Option table[] = {
    {"task", g_task, "NAME|FILE.toml", "built-in task, or a file of your own", Kept::course, 0, 0, OWN(task), nullptr},
    {"network", g_task, "TEXT", "network text in place of the task's", Kept::course, 0, 0, SET(network), nullptr},
    {"data", g_task, "auto|real|synthetic|DIR", "where images come from; auto: real files where found, else synthetic", Kept::report, 0, 0, OWN(data), nullptr},
    {"train-images", g_task, "N", "train on the first N images; 0: all", Kept::course, 0, most, OWN(train_images), nullptr},
    {"test-images", g_task, "N", "test on the first N images; 0: all", Kept::report, 0, most, OWN(test_images), nullptr},
    {"holdout", g_task, "N", "keep N training images apart and report on those", Kept::course, 0, most, OWN(holdout), nullptr},
    {"skip-bad", g_task, "", "pass over damaged pictures, and count them; else the first one ends the run", Kept::course, 0, 0, OWN(skip_bad), nullptr},
    {"target", g_task, "NAME|FILE.toml", "the device and array to train on", Kept::course, 0, 0, OWN(target), nullptr},
    {"device", g_task, "KEY=VALUE...", "change the target: a key of its [device], or TABLE.KEY (docs/devices.md); several with ; between", Kept::course, 0, 0, OWN(device), nullptr},

    {"column", g_course, "NAME", "the options of a column of an experiment (--list columns), and what the task tunes for it", Kept::course, 0, 0, OWN(column), nullptr},
    {"rule", g_course, "RULE", "learning rule; bm4 for synapses of 1 to 4 bits where nothing else is said", Kept::course, 0, 0, SET(rule), rule_names},
    {"epochs", g_course, "N", "passes over the training images", Kept::report, 0, 100000, SET(epochs), nullptr},
    {"batch", g_course, "N", "images a step", Kept::course, 1, 65536, SET(batch), nullptr},
    {"rate", g_course, "X", "sgd: learning rate; bm1..bm3: share of a synapse's largest level that a unit of tau moves", Kept::course, 0, 100, SET(rate), nullptr},
    {"rate-decay", g_course, "X", "factor on the rate an epoch", Kept::course, 0.01, 1, SET(rate_decay), nullptr},
    {"rate-steps", g_course, "N,N,..", "epochs after which the rate is divided by 10", Kept::course, 0, 100000, SET(rate_steps), nullptr},
    {"momentum", g_course, "X", "momentum of the local trace", Kept::course, 0, 0.99, SET(momentum), nullptr},
    {"decay", g_course, "X", "weight decay", Kept::course, 0, 0.1, SET(decay), nullptr},
    {"quorum", g_course, "N,N,..", "bm4: votes for a pulse, an epoch; the last goes on; none: a schedule that doubles them", Kept::course, 1, 32767, SET(quorum), nullptr},
    {"pulse-budget", g_course, "X", "bm4: pulses a synapse in the whole training, from which the quorum follows; 0: none, but 3 for synapses of 1 to 4 bits where neither this nor --quorum is given", Kept::course, 0, 1000, SET(pulse_budget), nullptr},
    {"counting", g_course, "HOW", "bm4: all votes, or sampled where the quorum is more than the counter holds", Kept::course, 0, 0, ENUM(counting), countings},
    {"counter-leak", g_course, "N", "bm4: batches after which a counter loses a vote; 0: never", Kept::course, 0, 1000000, SET(counter_leak), nullptr},
    {"counter-share", g_course, "N", "bm4: synapses that use one counter in turn, an epoch each", Kept::course, 1, 64, SET(counter_share), nullptr},
    {"at-bound", g_course, "WHAT", "bm4: pulses that a bound would stop are sent, or spared", Kept::course, 0, 0, ENUM(at_bound), at_bounds},
    {"counter-bits", g_course, "N", "bm4: bits of the vote counter", Kept::course, 2, 16, SET(counter_bits), nullptr},
    {"bn", g_course, "MODE", "batch normalisation; affine: with learnt scale and shift", Kept::course, 0, 0, ENUM(bn), norms},
    {"bn-images", g_course, "N", "training images from which each test takes means and variances anew, with the weights as they are; 0: those that training keeps", Kept::course, 0, 1e9, SET(bn_images), nullptr},
    {"readout-gain", g_course, "X", "logit of one full input through the largest level", Kept::course, 0.01, 15, SET(readout_gain), nullptr},
    {"readout-rate", g_course, "X", "bm1..bm3: rate of the last layer, as a share of the others'", Kept::course, 0, 10, SET(readout_rate), nullptr},
    {"train-layers", g_course, "WHICH", "which layers learn", Kept::course, 0, 0, ENUM(train_layers), learners},
    {"seed", g_course, "N", "of every random number", Kept::course, 0, 0, SET(seed), nullptr},

    {"arithmetic", g_bits, "KIND", "fixed: integers; float: the float32 baseline", Kept::course, 0, 0, ENUM(arithmetic), arithmetics},
    {"weight-bits", g_bits, "N", "bits of a synapse; 1: -1/+1, 2: -1/0/+1", Kept::course, 1, 16, SET(weight_bits), nullptr},
    {"activation-bits", g_bits, "N", "bits of an activation, sign included", Kept::course, 2, 8, SET(activation_bits), nullptr},
    {"error-bits", g_bits, "N", "bits of an error", Kept::course, 2, 8, SET(error_bits), nullptr},
    {"error-rounding", g_bits, "HOW", "rounding of errors; stochastic for the rule sgd where nothing else is said", Kept::course, 0, 0, ENUM(error_rounding), roundings},
    {"update-rounding", g_bits, "HOW", "rounding of updates to whole pulses", Kept::course, 0, 0, ENUM(update_rounding), roundings},

    {"feedback", g_back, "SCHEME", "what carries errors back", Kept::course, 0, 0, SET(feedback), scheme_names},
    {"feedback-bits", g_back, "N", "bits of a feedback synapse", Kept::course, 1, 8, SET(feedback_bits), nullptr},
    {"concordance", g_back, "P", "brsf-p, frsf-p: probability that a feedback sign agrees", Kept::course, 0, 1, SET(concordance), nullptr},
    {"sign-of-zero", g_back, "WHAT", "a feedback synapse whose forward synapse is 0 keeps its last sign, or is 0", Kept::course, 0, 0, ENUM(sign_of_zero), zeros},

    {"json", g_out, "FILE", "write the run's record as JSON; -: to standard output", Kept::no, 0, 0, OWN(json), nullptr},
    {"csv", g_out, "FILE", "append the run's record as a row", Kept::no, 0, 0, OWN(csv), nullptr},
    {"save", g_out, "FILE", "save a checkpoint after every epoch, and when interrupted", Kept::no, 0, 0, OWN(save), nullptr},
    {"resume", g_out, "FILE", "go on from a checkpoint, with its settings; saves there too unless --save says else", Kept::no, 0, 0, OWN(resume), nullptr},
    {"evaluate", g_out, "FILE", "test a checkpoint", Kept::no, 0, 0, OWN(evaluate), nullptr},
    {"report", g_out, "STORE", "write what a store (a .jsonl file, or a folder of them) holds to --out, and end", Kept::no, 0, 0, OWN(report), nullptr},
    {"out", g_out, "FILE", "of --report: a page (.html), Markdown (.md), or a table (.csv); of --fit-device: a target (.toml)", Kept::no, 0, 0, OWN(out), nullptr},
    {"export", g_out, "FILE.npz", "write the network's arrays for NumPy (docs/export.md)", Kept::no, 0, 0, OWN(exported), nullptr},
    {"dump-state", g_out, "FILE.npz", "write all that training changes for NumPy: --export's arrays, and devices, converters, progress", Kept::no, 0, 0, OWN(dumped), nullptr},
    {"diagnose", g_out, "", "after every epoch, each layer's angle between the gradient through its feedback synapses and the true one", Kept::no, 0, 0, OWN(diagnose), nullptr},
    {"filters", g_out, "", "put the first layer's levels into the record, up to 16384; up to 1000 are always there", Kept::no, 0, 0, OWN(filters), nullptr},
    {"trace", g_out, "L:ROW:COL=FILE.csv", "follow one synapse from batch to batch; layers count from 1, rows and columns from 0", Kept::no, 0, 0, OWN(trace), nullptr},
    {"map", g_out, "L[:ROW:COL]=FILE.png...", "draw a layer's levels, or those of the tile in that row and column of tiles, from 0 (docs/devices.md)", Kept::no, 0, 0, OWN(map), nullptr},
    {"cost", g_out, "", "energy, time, area and wear on the target's hardware, by part, beside a digital design in SRAM", Kept::no, 0, 0, OWN(cost), nullptr},
    {"confusion", g_out, "", "also report the confusion matrix", Kept::no, 0, 0, OWN(confusion), nullptr},
    {"quiet", g_out, "", "no settings, progress or table; only the last line", Kept::no, 0, 0, OWN(quiet), nullptr},

    {"experiment", g_many, "NAME", "all columns of an experiment of the paper, or an ablation (--list experiments); --task takes a list, so does --arithmetic", Kept::no, 0, 0, OWN(experiment), nullptr},
    {"sweep", g_many, "OPTION=VALUES...", "go through values: weight-bits=1,2,4..8; given again, one more axis of the grid", Kept::no, 0, 0, OWN(sweep), nullptr},
    {"seeds", g_many, "N", "N runs of each, with seeds from --seed on", Kept::no, 1, 1000, OWN(seeds), nullptr},
    {"tune", g_many, "", "choose the rate of --column or of all columns of --experiment on held-out images", Kept::no, 0, 0, OWN(tune), nullptr},
    {"store", g_many, "FILE", "where finished runs are kept, as JSON lines; those in it are not made again", Kept::no, 0, 0, OWN(store), nullptr},
    {"jobs", g_many, "N", "runs at a time, each with --threads threads (all of the machine by --jobs)", Kept::no, 1, 1024, OWN(jobs), nullptr},
    {"table-format", g_many, "FORMAT", "of the table at the end", Kept::no, 0, 0, OWN(table_format), table_formats},

    {"threads", g_machine, "N", "0: as many as the machine has; the result does not depend on it", Kept::no, 0, 1024, OWN(threads), nullptr},
    {"isa", g_machine, "NAME", "instruction set of the integer kernels; the result does not depend on it", Kept::no, 0, 0, OWN(isa), isa_names},

    {"list", g_info, "[WHAT]", "list what there is, and end", Kept::no, 0, 0, OWN(list), lists},
    {"describe-target", g_info, "NAME|FILE.toml", "print a target's figures, draw its pulse curves, and end", Kept::no, 0, 0, OWN(described), nullptr},
    {"fit-device", g_info, "FILE.csv", "fit pulse curves to measured ones (pulse number, conductance; docs/devices.md), and end; --out writes a target", Kept::no, 0, 0, OWN(measured), nullptr},
    {"family", g_info, "NAME", "of --fit-device: the family of curves for the target, in place of the best", Kept::no, 0, 0, OWN(family), families},
    {"unit", g_info, "UNIT", "of --fit-device: of the values, where headings do not say it: S, mS, uS, nS, A, uA, ohm, kohm, ..", Kept::no, 0, 0, OWN(unit), nullptr},
    {"read-volt", g_info, "X", "of --fit-device: volts at which currents were read", Kept::no, 1e-6, 100, OWN(read_volt), nullptr},
    {"draw", g_info, "FILE.svg", "of --describe-target and --fit-device: draw into a file", Kept::no, 0, 0, OWN(drawing), nullptr},
    {"version", g_info, "", "print the version, and end", Kept::no, 0, 0, OWN(version), nullptr},
};
// clang-format on

// What people bring from elsewhere, and what it is called here.
struct Synonyms {
    const char* words;  // each between blanks
    const char* option;
};
constexpr Synonyms synonyms[] = {
    {" dataset data-set benchmark problem ", "task"},
    {" model arch architecture net layers topology ", "network"},
    {" data-dir data-path dataroot data-root root dataset-dir dataset-path input ", "data"},
    {" subset limit samples num-samples train-size n-train ", "train-images"},
    {" test-size n-test ", "test-images"},
    {" val validation validation-split val-split valid dev hold-out ", "holdout"},
    {" hardware memristor chip array crossbar device-type ", "target"},
    {" noise variation nonlinearity set-device device-param param ", "device"},
    {" optimizer optimiser optim algorithm algo method ", "rule"},
    {" epoch n-epochs num-epochs max-epochs nepochs total-epochs ep iterations steps ", "epochs"},
    {" batch-size batchsize bs minibatch mini-batch train-batch-size b ", "batch"},
    {" lr learning-rate learn-rate alpha eta step-size base-lr ", "rate"},
    {" lr-decay lr-gamma gamma learning-rate-decay decay-rate decay-factor decreasing-lr ",
     "rate-decay"},
    {" lr-steps lr-step milestones lr-schedule lr-scheduler scheduler schedule ", "rate-steps"},
    {" weight-decay wd l2 regularization ", "decay"},
    {" mom beta beta1 ", "momentum"},
    {" batchnorm batch-norm batch-normalization normalization norm ", "bn"},
    {" random-seed rng-seed manual-seed random-state s ", "seed"},
    {" dtype precision fp32 float32 float backend ", "arithmetic"},
    {" bits bitwidth bit-width wbits w-bits wl-weight quant quantize levels synapse-bits ",
     "weight-bits"},
    {" abits a-bits wl-activate wl-activation act-bits input-bits ", "activation-bits"},
    {" ebits wl-error grad-bits gradient-bits wl-grad ", "error-bits"},
    {" fa dfa feedback-alignment backward backprop ", "feedback"},
    {" log log-file logfile output-json record result results ", "json"},
    {" checkpoint-dir save-path save-model save-dir model-dir output-dir ckpt-out ", "save"},
    {" checkpoint ckpt load restore resume-from load-checkpoint pretrained continue ", "resume"},
    {" eval test inference predict evaluate-only test-only ", "evaluate"},
    {" output o ", "out"},
    {" npz numpy onnx dump ", "export"},
    {" silent no-progress q ", "quiet"},
    {" conf-matrix confusion-matrix cm ", "confusion"},
    {" energy power area latency ", "cost"},
    {" runs repeats repeat trials n-seeds num-seeds ", "seeds"},
    {" search tune-rate hyperopt find-lr lr-find ", "tune"},
    {" grid scan ", "sweep"},
    {" parallel processes n-jobs num-jobs ", "jobs"},
    {" gpu gpus cuda cpu cpus cores workers num-workers num-threads n-threads nthreads j ",
     "threads"},
    {" simd avx avx2 avx512 ", "isa"},
    {" plot svg figure graph ", "draw"},
    {" fit fit-curve measured ", "fit-device"},
    {" describe show info ", "describe-target"},
    {" usage man ", "help"},
};

#undef OWN
#undef SET
#undef ENUM

[[noreturn]] void refuse(const Option& option, const std::string& text, const std::string& origin,
                         const std::string& expected) {
    fail("{}--{} {}: expected {}", origin, option.name, text.empty() ? "''" : text, expected);
}

std::string range_of(const Option& option, std::string_view kind) {
    if (option.low == 0 && option.high == 0) return fmt::format("{}", kind);
    if (option.high == most) return fmt::format("{} of at least {}", kind, option.low);
    return fmt::format("{} from {} to {}", kind, option.low, option.high);
}

template <typename T>
T number_of(const Option& option, const std::string& text, const std::string& origin) {
    const char* kind = std::is_integral_v<T> ? "a whole number" : "a number";
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool ranged = option.low != 0 || option.high != 0;
    const auto real = static_cast<double>(value);
    // Written so that a NaN is refused.
    const bool inside = !ranged || (real >= option.low && real <= option.high);
    if (error != std::errc() || stop != end || text.empty() || !inside)
        refuse(option, text, origin, range_of(option, kind));
    return value;
}

std::vector<int> numbers_of(const Option& option, const std::string& text,
                            const std::string& origin) {
    std::vector<int> values;
    if (text.empty()) return values;
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t comma = std::min(text.find(',', first), text.size());
        values.push_back(number_of<int>(option, text.substr(first, comma - first), origin));
        first = comma + 1;
    }
    return values;
}

int place_of(const Option& option, const std::string& text, const std::string& origin) {
    const Words words = option.choices();
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == text) return static_cast<int>(i);
    fail("{}--{} {}: no such choice{}; expected one of: {}", origin, option.name,
         text.empty() ? "''" : text, suggestion(text, words), fmt::join(words, ", "));
}

bool switch_of(const Option& option, const std::string& text, const std::string& origin) {
    if (text != "true" && text != "false") refuse(option, text, origin, "true or false");
    return text == "true";
}

}  // namespace

std::span<const Option> option_table() {
    return table;
}

const Option* find_option(const std::string& name) {
    for (const Option& option : table)
        if (name == option.name) return &option;
    return nullptr;
}

bool read_by(Arithmetic arithmetic, const Option& option) {
    if (arithmetic == Arithmetic::fixed) return true;
    for (const char* name :
         {"activation-bits", "error-bits", "feedback-bits", "error-rounding", "update-rounding"})
        if (std::string_view(option.name) == name) return false;
    return true;
}

std::string option_suggestion(const std::string& name) {
    std::string word = name;
    for (char& c : word)
        c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    Words names{"help"};
    for (const Option& option : table)
        names.emplace_back(option.name);
    for (const auto& [words, option] : synonyms)
        if (std::string_view(words).find(" " + word + " ") != std::string_view::npos)
            return fmt::format(" (did you mean '--{}'?)", option);
    const std::string near = nearest(word, names);
    return near.empty() ? "" : " (did you mean '--" + near + "'?)";
}

std::string text_of(const Option& option, const Options& options) {
    Options copy = options;
    const Field field = option.field(copy);
    return std::visit(
        [&](const auto& at) -> std::string {
            using T = std::decay_t<decltype(at)>;
            if constexpr (std::is_same_v<T, EnumField>)
                return option.choices()[static_cast<std::size_t>(at.get())];
            else if constexpr (std::is_same_v<T, std::vector<int>*>)
                return fmt::format("{}", fmt::join(*at, ","));
            else
                return fmt::format("{}", *at);
        },
        field);
}

void set_option(const Option& option, Options& options, const std::string& text,
                const std::string& origin) {
    const Field field = option.field(options);
    std::visit(
        [&](const auto& at) {
            using T = std::decay_t<decltype(at)>;
            if constexpr (std::is_same_v<T, EnumField>) {
                at.set(place_of(option, text, origin));
            } else if constexpr (std::is_same_v<T, std::vector<int>*>) {
                *at = numbers_of(option, text, origin);
            } else if constexpr (std::is_same_v<T, bool*>) {
                *at = switch_of(option, text, origin);
            } else if constexpr (std::is_same_v<T, std::string*>) {
                if (option.choices) place_of(option, text, origin);
                *at = text;
            } else {
                *at = number_of<std::remove_pointer_t<T>>(option, text, origin);
            }
        },
        field);
}

std::string echo_line(const Options& options, std::size_t width) {
    std::string line;
    std::size_t column = 0;
    width = std::max<std::size_t>(width, 20);
    for (const Option& option : table) {
        const std::string text = text_of(option, options);
        if ((option.kept == Kept::no && std::string_view(option.group) != g_machine) ||
            text.empty())
            continue;
        // Between two settings where that is possible; one that is longer than a line, at blanks.
        const std::string item = wrapped(fmt::format("{} {}", option.name, text), width - 4, 4);
        const std::size_t first = std::min(item.find('\n'), item.size());
        const bool next_line = column + 2 + first + 1 > width;
        if (!line.empty()) line += next_line ? ",\n  " : ", ";
        column = (line.empty() ? 0 : next_line ? 2 : column + 2) + item.size();
        if (first != item.size()) column = item.size() - item.rfind('\n') - 1;
        line += item;
    }
    return line;
}

}  // namespace crossbar::sim
