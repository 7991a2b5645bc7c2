// The table of settings that others leave without a part.
#include "session/idle.hpp"

#include <algorithm>
#include <string_view>

#include "array/feedback.hpp"
#include "array/rule.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "network/notation.hpp"
#include "session/resolve.hpp"

namespace crossbar {
namespace {

const Rule& rule_of(const Settings& s) {
    return *std::ranges::find(rules(), s.rule, &Rule::name);
}

const FeedbackScheme& scheme_of(const Settings& s) {
    return *std::ranges::find(feedback_schemes(), s.feedback, &FeedbackScheme::name);
}

bool counts_votes(const Settings& s) {
    return rule_of(s).counts_votes;
}

bool counts_none(const Settings& s) {
    return !counts_votes(s);
}

bool has_one_rate(const Settings& s) {
    return !rule_of(s).sign_only || counts_votes(s);
}

bool needs_magnitudes(const Settings& s) {
    return !rule_of(s).sign_only;
}

bool learns_no_scale(const Settings& s) {
    return s.bn != BatchNormMode::affine;
}

// A text that is no network is refused where it is needed.
bool has_no_bn(const Settings& s) {
    try {
        const std::vector<StageSpec> stages = parse_network(s.network);
        return std::none_of(stages.begin(), stages.end(), [](const StageSpec& stage) {
            return stage.kind == SpecKind::batch_norm;
        });
    } catch (const Error&) {
        return false;
    }
}

bool normalises_nothing(const Settings& s) {
    return !normalises(s);
}

bool carries_weights_back(const Settings& s) {
    return scheme_of(s).magnitude == Magnitude::forward;
}

bool gets_pulses(const Settings& s) {
    return scheme_of(s).magnitude == Magnitude::pulsed;
}

bool follows_no_sign(const Settings& s) {
    return !scheme_of(s).signs_follow || carries_weights_back(s);
}

// Learnt scales have a rate beside any rule.
bool has_no_rate(const Settings& s) {
    return counts_votes(s) && (learns_no_scale(s) || !normalises(s));
}

// {} of a reason is the value of the setting that it is about.
struct Idle {
    std::string_view settings;  // " a b "
    bool (*when)(const Settings&);
    const char* about;
    const char* why;
};

constexpr Idle idle_table[] = {
    {" rate rate-decay rate-steps cosine warm-up momentum update-rounding ", has_no_rate, "rule",
     "--rule {} counts votes, and has neither rate nor momentum"},
    {" counter-bits ", counts_none, "rule", "--rule {} counts no votes; bm4 does"},
    {" readout-rate ", has_one_rate, "rule",
     "it is a share of the rate of bm1, bm2 and bm3, and the rule is {}"},
    {" bn-rate ", needs_magnitudes, "rule",
     "with --rule {} scales and shifts have the rate of the synapses"},
    {" bn ", has_no_bn, "bn", "there is no bn in this network"},
    {" bn-images bn-rate bn-bound ", normalises_nothing, "bn",
     "nothing in this network is normalised (--bn {})"},
    {" bn-rate bn-bound ", learns_no_scale, "bn",
     "--bn {} learns no scale and no shift; --bn affine does"},
    {" feedback-bits ", carries_weights_back, "feedback",
     "with --feedback {} errors go back through the forward synapses"},
    {" feedback-bits ", gets_pulses, "feedback",
     "with --feedback {} feedback synapses have the bits of the forward ones"},
    {" sign-of-zero ", follows_no_sign, "feedback",
     "with --feedback {} no feedback synapse takes its sign from a forward one"},
};

}  // namespace

bool normalises(const Settings& s) {
    return s.bn != BatchNormMode::none && !has_no_bn(s);
}

std::string why_idle(const Setting& setting, const RunSettings& settings) {
    const std::string name = setting.name;
    for (const Idle& row : idle_table)
        if (row.settings.find(" " + name + " ") != row.settings.npos && row.when(settings.training))
            return fmt::format(fmt::runtime(row.why), text_of(row.about, settings));
    return read_by(settings.training.arithmetic, setting)
               ? ""
               : "--arithmetic float neither has such integers nor rounds to them";
}

std::vector<std::string> idle_notices(const RunSettings& settings) {
    std::vector<std::string> notices;
    for (const Setting& setting : settings_table()) {
        const std::string name = setting.name;
        if (source_of(settings, name) != Source::given || !departs(settings, name)) continue;
        if (const std::string why = why_idle(setting, settings); !why.empty())
            notices.push_back(fmt::format("--{}{} plays no part: {}", name,
                                          setting.flag() ? "" : " " + text_of(setting, settings),
                                          why));
    }
    return notices;
}

}  // namespace crossbar
