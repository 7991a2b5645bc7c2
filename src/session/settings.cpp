// The table of settings, a row each.
#include "session/settings.hpp"

#include "array/feedback.hpp"
#include "array/rule.hpp"
#include "base/check.hpp"
#include "kernels/kernels.hpp"
#include "network/ranges.hpp"

namespace crossbar {
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

// A field of RunSettings, of the part that training depends on, and an enumeration in that.
#define OWN(field) [](RunSettings& s) -> OptionField { return &s.field; }
#define SET(field) [](RunSettings& s) -> OptionField { return &s.training.field; }
#define IN_RANGE(name) range_of(name).low, range_of(name).high
#define ENUM(field) [](RunSettings& s) -> OptionField { return enum_field(s.training.field); }

constexpr const char* g_task = "Task and data";
constexpr const char* g_course = "Training";
constexpr const char* g_bits = "Integers";
constexpr const char* g_back = "Feedback";
constexpr const char* g_machine = "Machine";

// clang-format off
const Setting table[] = {
    {{"task", g_task, "NAME|FILE", "built-in task, or a .toml file of your own"}, Kept::course, OWN(task)},
    {{"network", g_task, "TEXT", "network in place of the task's; notation: crossbar_sim help network"}, Kept::course, SET(network)},
    {{"data", g_task, "HOW|DIR", "where images come from; auto: real files where they are found, else synthetic; real; synthetic; or a folder (crossbar_sim help data)"}, Kept::report, OWN(data)},
    {{"train-images", g_task, "N", "train on the first N images; 0: all", 0, no_limit}, Kept::course, OWN(train_images)},
    {{"test-images", g_task, "N", "test on the first N images; 0: all", 0, no_limit}, Kept::report, OWN(test_images)},
    {{"holdout", g_task, "N", "keep N training images apart and report on those", 0, no_limit}, Kept::course, OWN(holdout)},
    {{"skip-bad", g_task, "", "skip damaged pictures, and count them; otherwise the first one ends the run"}, Kept::course, OWN(skip_bad)},
    {{"target", g_task, "NAME|FILE", "device and array; built in, or a .toml file of your own"}, Kept::course, OWN(target)},
    {{"device", g_task, "KEY=VALUE...", "change keys of the target; KEY is one of its [device], or TABLE.KEY (crossbar_sim help device); several with ; between"}, Kept::course, OWN(device)},
    {{"layer", g_task, "LAYER:KEY=VALUE,...", "bits, target or keys of the target for single layers, such as first,last:weight-bits=8; layers count from 1; several with ; between"}, Kept::course, OWN(layer)},

    {{"column", g_course, "NAME", "settings of a column of an experiment; with what the task has tuned for it (crossbar_sim help columns)"}, Kept::course, OWN(column)},
    {{"rule", g_course, "RULE", "learning rule; by default bm4 for synapses of 1 to 4 bits", 0, 0, rule_names}, Kept::course, SET(rule)},
    {{"epochs", g_course, "N", "passes over the training images", IN_RANGE("epochs")}, Kept::report, SET(epochs)},
    {{"batch", g_course, "N", "images per step", IN_RANGE("batch")}, Kept::course, SET(batch)},
    {{"rate", g_course, "X", "learning rate; bm1 to bm3: how far a trace of 1 moves a synapse, as a share of its largest level; bm4: of learnt scales and shifts alone", IN_RANGE("rate")}, Kept::course, SET(rate)},
    {{"rate-decay", g_course, "X", "the rate is multiplied by it after each epoch", IN_RANGE("rate-decay")}, Kept::course, SET(rate_decay)},
    {{"rate-steps", g_course, "N,N,..", "epochs after which the rate is divided by 10", 0, 100000}, Kept::course, SET(rate_steps)},
    {{"cosine", g_course, "", "the rate falls to 0 over all epochs, like half a cosine"}, Kept::course, SET(cosine)},
    {{"warm-up", g_course, "N", "epochs in which the rate rises in equal steps to its value", IN_RANGE("warm-up")}, Kept::course, SET(warm_up)},
    {{"label-smoothing", g_course, "X", "share of each target that all classes have alike", IN_RANGE("label-smoothing")}, Kept::course, SET(label_smoothing)},
    {{"momentum", g_course, "X", "momentum of the local trace", IN_RANGE("momentum")}, Kept::course, SET(momentum)},
    {{"decay", g_course, "X", "weight decay", IN_RANGE("decay")}, Kept::course, SET(decay)},
    {{"quorum", g_course, "N,N,..", "bm4: votes that make a pulse; one number per epoch, the last one for all later epochs; none: a schedule that doubles it", 1, 32767}, Kept::course, SET(quorum)},
    {{"pulse-budget", g_course, "X", "bm4: pulses per synapse in the whole training, from which the quorum follows; 0: none, but 3 for synapses of 1 to 4 bits where neither this nor --quorum is given", IN_RANGE("pulse-budget")}, Kept::course, SET(pulse_budget)},
    {{"counting", g_course, "HOW", "bm4: all votes, or sampled where the quorum is more than the counter holds", 0, 0, countings}, Kept::course, ENUM(counting)},
    {{"counter-leak", g_course, "N", "bm4: batches after which a counter loses a vote; 0: never", IN_RANGE("counter-leak")}, Kept::course, SET(counter_leak)},
    {{"counter-share", g_course, "N", "bm4: synapses that use one counter in turn, each for an epoch", IN_RANGE("counter-share")}, Kept::course, SET(counter_share)},
    {{"at-bound", g_course, "WHAT", "bm4: whether pulses that a bound would stop are sent, or spared", 0, 0, at_bounds}, Kept::course, ENUM(at_bound)},
    {{"counter-bits", g_course, "N", "bm4: bits of the vote counter", IN_RANGE("counter-bits")}, Kept::course, SET(counter_bits)},
    {{"voters", g_course, "N", "crossbars that share each batch and send signs alone, of which the majority moves a synapse; 0: none, sums of gradients decide", IN_RANGE("voters")}, Kept::course, SET(voters)},
    {{"faulty-voters", g_course, "N", "voters that send the opposite of each sign", IN_RANGE("faulty-voters")}, Kept::course, SET(faulty_voters)},
    {{"random-voters", g_course, "N", "voters that throw coins", IN_RANGE("random-voters")}, Kept::course, SET(random_voters)},
    {{"silent-voters", g_course, "N", "voters that send nothing", IN_RANGE("silent-voters")}, Kept::course, SET(silent_voters)},
    {{"one-bit-votes", g_course, "", "voters throw a coin for a gradient of zero, so that a vote takes one bit instead of two"}, Kept::course, SET(one_bit_votes)},
    {{"bn", g_course, "MODE", "batch normalisation; affine: with learnt scale and shift", 0, 0, norms}, Kept::course, ENUM(bn)},
    {{"bn-images", g_course, "N", "training images for the statistics of tests; before each test the means and variances of batch normalisation are computed from so many training images, with the weights at that time; 0: the running ones of training are used", IN_RANGE("bn-images")}, Kept::course, SET(bn_images)},
    {{"readout-gain", g_course, "X", "logit that one full input gives through the largest level", IN_RANGE("readout-gain")}, Kept::course, SET(readout_gain)},
    {{"readout-rate", g_course, "X", "bm1..bm3: rate of the last layer, as a share of the others'", IN_RANGE("readout-rate")}, Kept::course, SET(readout_rate)},
    {{"bn-rate", g_course, "X", "rate of learnt scales and shifts (--bn affine), as a share of --rate; sgd: none of its own", IN_RANGE("bn-rate")}, Kept::course, SET(bn_rate)},
    {{"bn-bound", g_course, "X", "largest scale and shift that are learnt (--bn affine); in integers, where activations beyond 3.97 deviations are cut off", IN_RANGE("bn-bound")}, Kept::course, SET(bn_bound)},
    {{"train-layers", g_course, "WHICH", "which layers learn", 0, 0, learners}, Kept::course, ENUM(train_layers)},
    {{"augment-crop", g_course, "N", "training images: windows of their size, moved by up to N pixels; what lies beside the image is 0", IN_RANGE("augment-crop")}, Kept::course, SET(augment_crop)},
    {{"augment-flip", g_course, "", "training images: each mirrored or not, left for right"}, Kept::course, SET(augment_flip)},
    {{"augment-cutout", g_course, "N", "training images: a square of N x N pixels anywhere is 0", IN_RANGE("augment-cutout")}, Kept::course, SET(augment_cutout)},
    {{"augment-rotate", g_course, "DEGREES", "training images: turned by up to so much either way", IN_RANGE("augment-rotate")}, Kept::course, SET(augment_rotate)},
    {{"augment-shift", g_course, "X", "training images: shifted by up to this share of height and width; pixels at the edge go on", IN_RANGE("augment-shift")}, Kept::course, SET(augment_shift)},
    {{"weights", g_course, "FILE", "begin with the weights of a file; of a network saved here, or of another tool as .npz, .onnx or .safetensors (docs/weights.md); to go on with a run: --resume"}, Kept::course, OWN(weights)},
    {{"weights-map", g_course, "FILE.toml", "which of the file's tensors are whose; otherwise by their order (docs/weights.md)"}, Kept::course, OWN(weights_map)},
    {{"weights-clip", g_course, "HOW", "the weight that the largest level stands for; error: that of the least squared error, which is usual; max: the largest; 99.9%: so many are not clipped"}, Kept::course, OWN(weights_clip)},
    {{"weights-by-output", g_course, "", "a scale for each output; in place of one for each layer, where bn follows"}, Kept::course, OWN(weights_by_output)},
    {{"seed", g_course, "N", "seed of every random number"}, Kept::course, SET(seed)},

    {{"arithmetic", g_bits, "KIND", "integers, or the float32 baseline", 0, 0, arithmetics}, Kept::course, ENUM(arithmetic)},
    {{"weight-bits", g_bits, "N", "bits of a synapse; 1: -1/+1, 2: -1/0/+1", IN_RANGE("weight-bits")}, Kept::course, SET(weight_bits)},
    {{"activation-bits", g_bits, "N", "bits of an activation, sign included", IN_RANGE("activation-bits")}, Kept::course, SET(activation_bits)},
    {{"error-bits", g_bits, "N", "bits of an error", IN_RANGE("error-bits")}, Kept::course, SET(error_bits)},
    {{"error-rounding", g_bits, "HOW", "rounding of errors; by default stochastic for the rule sgd", 0, 0, roundings}, Kept::course, ENUM(error_rounding)},
    {{"update-rounding", g_bits, "HOW", "rounding of updates to whole pulses", 0, 0, roundings}, Kept::course, ENUM(update_rounding)},

    {{"feedback", g_back, "SCHEME", "what carries errors back", 0, 0, scheme_names}, Kept::course, SET(feedback)},
    {{"feedback-bits", g_back, "N", "bits of a feedback synapse", IN_RANGE("feedback-bits")}, Kept::course, SET(feedback_bits)},
    {{"concordance", g_back, "P", "brsf-p, frsf-p, kp at the start: probability that a feedback sign agrees", IN_RANGE("concordance")}, Kept::course, SET(concordance)},
    {{"sign-of-zero", g_back, "WHAT", "a feedback synapse whose forward synapse is 0 keeps its last sign, or is 0", 0, 0, zeros}, Kept::course, ENUM(sign_of_zero)},

    {{"threads", g_machine, "N", "threads; 0: as many as the machine has; the result does not depend on it", 0, 1024}, Kept::no, OWN(threads)},
    {{"isa", g_machine, "NAME", "instruction set of the integer kernels; the result does not depend on it", 0, 0, isa_names}, Kept::no, OWN(isa)},
};
// clang-format on

#undef OWN
#undef SET
#undef ENUM
#undef IN_RANGE

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
    {" cosine-annealing cos-lr lr-cosine ", "cosine"},
    {" warmup warmup-epochs lr-warmup ", "warm-up"},
    {" smoothing smooth-labels label-smooth ", "label-smoothing"},
    {" weight-decay wd l2 regularization ", "decay"},
    {" mom beta beta1 ", "momentum"},
    {" batchnorm batch-norm batch-normalization normalization norm ", "bn"},
    {" random-crop crop padding pad-crop ", "augment-crop"},
    {" horizontal-flip random-flip hflip mirror flip augment augmentation data-augmentation ",
     "augment-flip"},
    {" cutout random-erasing ", "augment-cutout"},
    {" rotation rotation-range random-rotation rotate ", "augment-rotate"},
    {" shift translate width-shift-range height-shift-range ", "augment-shift"},
    {" pretrained init-weights finetune fine-tune from init-from ", "weights"},
    {" random-seed rng-seed manual-seed random-state s ", "seed"},
    {" dtype precision fp32 float32 float backend ", "arithmetic"},
    {" bits bitwidth bit-width wbits w-bits wl-weight quant quantize levels synapse-bits ",
     "weight-bits"},
    {" abits a-bits wl-activate wl-activation act-bits input-bits ", "activation-bits"},
    {" ebits wl-error grad-bits gradient-bits wl-grad ", "error-bits"},
    {" fa dfa feedback-alignment backward backprop ", "feedback"},
    {" gpu gpus cuda cpu cpus cores workers num-workers num-threads n-threads nthreads j ",
     "threads"},
    {" simd avx avx2 avx512 ", "isa"},
};

}  // namespace

std::span<const Setting> settings_table() {
    return table;
}

std::span<const Synonyms> setting_synonyms() {
    return synonyms;
}

const Setting* find_setting(const std::string& name) {
    for (const Setting& setting : table)
        if (name == setting.name) return &setting;
    return nullptr;
}

Given settings_in(const Given& given) {
    Given found;
    for (const auto& [name, text] : given.values)
        if (find_setting(name)) found.values.emplace_back(name, text);
    return found;
}

bool read_by(Arithmetic arithmetic, const Setting& setting) {
    if (arithmetic == Arithmetic::fixed) return true;
    for (const char* name : {"activation-bits", "error-bits", "feedback-bits", "error-rounding",
                             "update-rounding", "bn-bound"})
        if (std::string_view(setting.name) == name) return false;
    return true;
}

std::string setting_suggestion(const std::string& name) {
    std::vector<std::string> names;
    for (const Setting& setting : table)
        names.emplace_back(setting.name);
    const std::string meant = meant_option(name, synonyms, names);
    return meant.empty() ? "" : " (did you mean '--" + meant + "'?)";
}

std::string text_of(const Setting& setting, const RunSettings& settings) {
    // Where the value lies is told of settings that may change; here it is only read.
    return text_of(setting, setting.field(const_cast<RunSettings&>(settings)));
}

std::string text_of(const std::string& name, const RunSettings& settings) {
    return text_of(*find_setting(name), settings);
}

Source source_of(const RunSettings& settings, const std::string& name) {
    const auto said = settings.said.find(name);
    return said == settings.said.end() ? Source::built_in : said->second.back().source;
}

void set(RunSettings& settings, const std::string& name, const std::string& text,
         const std::string& origin) {
    const Setting* setting = find_setting(name);
    if (!setting) fail("{}--{}: no such setting{}", origin, name, setting_suggestion(name));
    set_field(*setting, setting->field(settings), text, origin);
}

}  // namespace crossbar
