// A checkpoint whose checksum is right may still hold what training never makes. Whatever numbers
// are put into one, it is refused, or it trains on within what is defined: under the sanitizers
// that is seen.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/replace_file.hpp"
#include "float/float_network.hpp"
#include "learning_testing.hpp"
#include "training/checkpoint.hpp"

namespace {

using namespace learning_testing;
using Catch::Matchers::Contains;

namespace fs = std::filesystem;

const char* const forged_text = "conv 3x3x4, bn, max 2x2/2, relu, fc 5, bn, relu, fc 3";

struct File {
    std::string path =
        (fs::temp_directory_path() / ("crossbar_forged_" + std::to_string(::getpid()))).string();
    ~File() { fs::remove(path); }
};

struct ForgedBench {
    Settings settings;
    Plan plan;
    Threads threads{1};
    Compute compute{best_kernels(), threads};
    TaskData data{noise(small_input, 3, 44, 1), noise(small_input, 3, 10, 2), "", ""};
    File file;

    explicit ForgedBench(Settings s, const char* target = "ideal") : settings(std::move(s)) {
        settings.network = forged_text;
        settings.epochs = 2;
        plan = make_plan(settings, load_target(target).hardware);
        plan.epoch_batches = batches_in(data.train.count(), settings.batch);
    }
    Network fixed() const { return network_of(forged_text, small_input, 3, plan); }
    FloatNetwork floating() const {
        return make_float_network(forged_text, small_input, 3, plan, compute.kernels);
    }
    void go(Network& n, Progress& p, const Callbacks& w) const {
        run(n, plan, data, p, w, compute);
    }
    void go(FloatNetwork& n, Progress& p, const Callbacks& w) const {
        float_run(n, plan, data, p, w, compute);
    }
    // In the middle of the second epoch.
    template <typename AnyNetwork>
    std::string saved(AnyNetwork network) const {
        Progress progress;
        Callbacks callbacks;
        callbacks.stop = [&] { return progress.step >= 8; };
        go(network, progress, callbacks);
        return checkpoint_of("batch = 1\n", progress, network);
    }
    // Whether the file is taken; then it trains to its end.
    template <typename AnyNetwork>
    bool goes_on(const std::string& bytes, AnyNetwork network) const {
        replace_file(file.path, bytes);
        try {
            const Checkpoint checkpoint = load_checkpoint(file.path);
            restore(checkpoint, network);
            Progress progress = checkpoint.progress;
            go(network, progress, {});
            return true;
        } catch (const Error& error) {
            CHECK_THAT(error.what(), Contains(file.path));
            return false;
        }
    }
};

// Gives the last 8 bytes their due.
std::string with_check(std::string bytes) {
    const std::uint64_t sum = fingerprint(bytes.data(), bytes.size() - 8, fingerprint_start);
    std::memcpy(bytes.data() + bytes.size() - 8, &sum, 8);
    return bytes;
}

// One to four numbers of 1 to 8 bytes, anywhere behind the header.
std::string forged(std::string bytes, std::mt19937_64& random) {
    constexpr std::uint64_t ends[] = {0,
                                      ~std::uint64_t{0},
                                      0x8080808080808080,
                                      0x7f7f7f7f7f7f7f7f,
                                      0x8000000000000000,
                                      0x7fffffffffffffff,
                                      0x7ff0000000000000};
    for (std::uint64_t n = 1 + random() % 4; n > 0; --n) {
        const std::size_t width = std::size_t{1} << random() % 4;
        const std::size_t at = 24 + random() % (bytes.size() - 32 - width);
        const std::uint64_t kind = random() % 10;
        const std::uint64_t value = kind < std::size(ends) ? ends[kind] : random();
        std::memcpy(bytes.data() + at, &value, width);
    }
    return with_check(bytes);
}

template <typename AnyNetwork>
void survives_forgery(const ForgedBench& bench, const AnyNetwork& fresh, int times) {
    const std::string good = bench.saved(fresh);
    REQUIRE(bench.goes_on(good, fresh));
    std::mt19937_64 random(good.size());
    for (int i = 0; i < times; ++i)
        bench.goes_on(forged(good, random), fresh);
}

TEST_CASE("forged checkpoints are refused, or train on", "[checkpoint][forged]") {
    std::vector<Settings> all(6, settings_of("bm1", "frsf"));
    all[1] = settings_of("bm4", "brsf-p", BatchNormMode::affine, 12);
    all[1].rate = 0.01;
    all[2] = settings_of("sgd", "sym", BatchNormMode::none, 16);
    all[3] = settings_of("sgd", "frsf-p", BatchNormMode::affine, 1);
    all[4] = settings_of("bm2", "usf", BatchNormMode::plain, 2);
    all[5] = settings_of("bm4", "frsf");
    all[5].quorum.clear();
    all[5].pulse_budget = 2;
    all[5].counter_share = 3;
    for (const Settings& s : all) {
        CAPTURE(s.rule, s.feedback, s.weight_bits);
        const ForgedBench bench(s);
        survives_forgery(bench, bench.fixed(), 80);
    }
    for (const char* target : {"prezioso2015", "ecram", "array128", "pcmo"}) {
        CAPTURE(target);
        const ForgedBench bench(settings_of("bm1", "frsf"), target);
        survives_forgery(bench, bench.fixed(), 80);
    }
    for (const char* rule : {"bm1", "sgd"}) {
        Settings s = settings_of(rule, "brsf-p", BatchNormMode::affine);
        s.rate = 0.01;
        s.arithmetic = Arithmetic::floating;
        const ForgedBench bench(s);
        survives_forgery(bench, bench.floating(), 80);
    }
}

// A network or its progress, right but for what `spoil` does.
template <typename Spoil>
void check_refused(Spoil spoil, const char* cause, const char* target = "ideal") {
    Settings s = settings_of("bm1", "brsf-p", BatchNormMode::affine);
    s.rate = 0.01;
    const ForgedBench bench(s, target);
    Network network = bench.fixed();
    Progress progress;
    bench.go(network, progress, {});
    spoil(network, progress);
    replace_file(bench.file.path, checkpoint_of("batch = 1\n", progress, network));
    Network other = bench.fixed();
    CHECK_THROWS_WITH(restore(load_checkpoint(bench.file.path), other), Contains(cause));
}

TEST_CASE("what training cannot make is named", "[checkpoint][forged]") {
    const auto levels = [](Network& n) -> std::vector<std::int8_t>& {
        return std::get<std::vector<std::int8_t>>(n.layers[1].forward.levels);
    };
    check_refused([&](Network& n, Progress&) { levels(n)[3] = -128; }, "levels is -128");
    check_refused([](Network& n, Progress&) { n.layers[0].trace.sign[2] = -32768; }, "trace is");
    check_refused([](Network& n, Progress&) { n.layers[0].feedback.mask[0] = 0; }, "has a 0 in");
    check_refused([](Network& n, Progress&) { n.layers[0].feedback.levels[0] = -128; },
                  "feedback is -128");
    check_refused([](Network& n, Progress&) { n.layers[0].norm.running.variance[0] = -1; },
                  "running_variance is -1");
    check_refused([](Network& n, Progress&) { n.layers[0].norm.tested.variance[0] = -1; },
                  "variance is -1");
    check_refused([](Network& n, Progress&) { n.layers[1].norm.running.mean[0] = 1ll << 42; },
                  "mean is");
    check_refused([](Network& n, Progress&) { n.layers[2].scale.shift = 26; },
                  "activation_shift is 26, expected 0 to 25");
    check_refused([](Network&, Progress& p) { p.step = 1ull << 40; }, "its batches is");
    check_refused([](Network&, Progress& p) { p.history.pop_back(); }, "the epochs recorded is 1");
    check_refused([](Network&, Progress& p) { p.history[1].train.wrong = 1000; }, "errors is 1000");
    check_refused([](Network&, Progress& p) { p.history[0].seconds = std::nan(""); }, "seconds");
    check_refused([](Network&, Progress& p) { p.history[0].layers.resize(2); }, "diagnosed are 2");
    check_refused([](Network& n, Progress& p) { p.pulses += n.synapses() * 1000; },
                  "the pulses before");
    check_refused([&](Network& n, Progress&) { levels(n)[3] = 127; }, "cannot come from devices",
                  "prezioso2015");
    check_refused([](Network& n, Progress&) { n.layers[0].forward.devices.second[0] = 255; },
                  "second_device is 255", "prezioso2015");
    check_refused([](Network& n, Progress&) { n.layers[0].tiles.seen.largest = -1; },
                  "adc_largest is -1", "array128");
}

}  // namespace
