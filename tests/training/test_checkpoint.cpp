// Checkpoints: a run that is saved, loaded and continued equals one that never stopped, for every
// kind of state a network can hold; a file that is damaged at any byte or cut at any length is
// refused; replacing a file either succeeds or changes nothing.
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/random_address.hpp"
#include "base/replace_file.hpp"
#include "float/float_network.hpp"
#include "training/checkpoint.hpp"

using namespace crossbar;

namespace {

namespace fs = std::filesystem;

// A folder of its own that is gone with the test.
struct Folder {
    fs::path path =
        fs::temp_directory_path() / ("crossbar_checkpoint_" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    std::string file(const std::string& name) const { return (path / name).string(); }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(path), fs::directory_iterator()));
    }
};

Dataset images(const Shape& shape, int classes, std::size_t count, std::uint64_t seed) {
    Dataset data;
    data.shape = shape;
    data.classes = classes;
    const Stream s = stream(seed, Purpose::shuffle, 0, 0);
    for (std::size_t i = 0; i < count * shape.size(); ++i)
        data.pixels.push_back(static_cast<std::uint8_t>(random_word(s, i) >> 24));
    for (std::size_t i = 0; i < count; ++i)
        data.labels.push_back(static_cast<std::uint16_t>(i % static_cast<std::size_t>(classes)));
    return data;
}

struct Bench {
    Settings settings;
    Plan plan;
    Threads threads{1};
    TaskData data;
    Compute compute{best_kernels(), threads};

    explicit Bench(const Settings& chosen, bool block = false) : settings(chosen) {
        settings.network =
            block ? "conv 3x3x4, bn, relu as a, conv 3x3x4 pad 1, bn, add a, relu, fc 3"
                  : "conv 3x3x4, bn, max 2x2/2, relu, fc 5, bn, relu, fc 3";
        settings.epochs = 3;
        settings.batch = 8;
        plan = make_plan(settings);
        data.train = images({6, 6, 1}, 3, 44, 1);
        data.test = images({6, 6, 1}, 3, 10, 2);
    }
    Network fixed() const {
        return make_network(settings.network, {6, 6, 1}, 3, plan, compute.kernels);
    }
    FloatNetwork floating() const {
        return make_float_network(settings.network, {6, 6, 1}, 3, plan, compute.kernels);
    }
    RunEnd go(Network& n, Progress& p, const Callbacks& w) const {
        return run(n, plan, data, p, w, compute);
    }
    RunEnd go(FloatNetwork& n, Progress& p, const Callbacks& w) const {
        return float_run(n, plan, data, p, w, compute);
    }
};

// Seconds differ between runs; all else of a history must not.
std::string text_of(const Progress& p) {
    std::string text = fmt::format("{} {} {} {}", p.epoch, p.image, p.step, p.pulses);
    for (const EpochRecord& r : p.history)
        text += fmt::format("; {} {} {} {} {} {} {} {}", r.epoch, r.train.images, r.train.wrong,
                            r.train.loss, r.test.images, r.test.wrong, r.test.loss, r.pulses);
    return text;
}

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

// Stops after `batches`, goes through a file, goes on in a network freshly made.
template <typename AnyNetwork>
void continues(const Bench& bench, const AnyNetwork& fresh, int batches) {
    const Folder folder;
    AnyNetwork whole = fresh, first = fresh, second = fresh;
    Progress p, q;
    REQUIRE(bench.go(whole, p, {}) == RunEnd::finished);
    int left = batches;
    Callbacks callbacks;
    callbacks.stop = [&left] { return --left <= 0; };
    REQUIRE(bench.go(first, q, callbacks) == RunEnd::stopped);
    const std::string bytes = checkpoint_of("rate = 1\nany text\n", q, first);
    replace_file(folder.file("a"), bytes);
    REQUIRE(folder.files() == 1);

    const Checkpoint loaded = load_checkpoint(folder.file("a"));
    REQUIRE(loaded.settings == "rate = 1\nany text\n");
    REQUIRE(text_of(loaded.progress) == text_of(q));
    restore(loaded, second);
    REQUIRE(signature(second) == signature(first));
    // What the signature leaves out (pulses, started) is in the bytes.
    REQUIRE(checkpoint_of(loaded.settings, loaded.progress, second) == bytes);
    Progress r = loaded.progress;
    REQUIRE(bench.go(second, r, {}) == RunEnd::finished);
    REQUIRE(signature(second) == signature(whole));
    REQUIRE(text_of(r) == text_of(p));
}

void set_every(Settings& s, int variant) {
    const auto option = [&](int v, auto change) {
        if (variant == v) change();
    };
    option(1, [&] { s.weight_bits = 2; });
    option(2, [&] { s.weight_bits = 12; });
    option(3, [&] { s.weight_bits = 1; });
    option(4, [&] { s.rule = "bm4", s.quorum = {2, 4}; });
    option(5, [&] { s.rule = "sgd", s.rate = 0.05; });
    option(6, [&] { s.bn = BatchNormMode::affine, s.rate = 0.05; });
    option(7, [&] { s.feedback = "frsf-p", s.concordance = 0.7; });
    option(8, [&] { s.feedback = "brsf-p", s.concordance = 0.7; });
    option(9, [&] { s.feedback = "sym", s.bn = BatchNormMode::none; });
    option(10, [&] { s.rule = "bm3", s.train_layers = TrainLayers::all_but_last; });
    option(11, [&] { s.rule = "sgd", s.rate = 0.05, s.bn = BatchNormMode::affine; });
    option(12, [&] { s.bn_images = 16, s.rate = 0.05; });
}

// A file of a few hundred bytes.
std::string small_file() {
    const Bench bench({});
    const Network network = make_network("fc 2", {2, 2, 1}, 2, bench.plan, bench.compute.kernels);
    Progress progress;
    progress.history.resize(1);
    progress.epoch = progress.history[0].epoch = 1;
    return checkpoint_of("batch = 1\n", progress, network);
}

std::string error_of(const std::string& path) {
    try {
        load_checkpoint(path);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

// Gives the last 8 bytes their due.
std::string sealed(std::string bytes) {
    const std::uint64_t sum = fingerprint(bytes.data(), bytes.size() - 8, fingerprint_start);
    std::memcpy(bytes.data() + bytes.size() - 8, &sum, 8);
    return bytes;
}

}  // namespace

TEST_CASE("a saved run goes on bit for bit", "[checkpoint]") {
    for (int variant = 0; variant <= 12; ++variant)
        for (const int batches : {1, 5, 6, 9}) {  // an epoch has 6; stopping is also asked after it
            Settings settings;
            set_every(settings, variant);
            INFO("variant " << variant << ", stopped after " << batches);
            const Bench bench(settings);
            continues(bench, bench.fixed(), batches);
        }
    for (const auto bn : {BatchNormMode::none, BatchNormMode::affine}) {
        Settings settings;
        settings.bn = bn;
        settings.error_rounding = Rounding::stochastic;
        const Bench bench(settings, true);
        continues(bench, bench.fixed(), 5);
        continues(bench, bench.floating(), 5);
    }
}

TEST_CASE("a saved run goes on with the images it would have seen", "[checkpoint][augment]") {
    for (const int batches : {1, 5, 6, 9}) {
        Settings settings;
        settings.augment_crop = 1;
        settings.augment_flip = true;
        settings.augment_rotate = 15;
        settings.augment_shift = 0.1;
        const Bench bench(settings);
        continues(bench, bench.fixed(), batches);
        continues(bench, bench.floating(), batches);
    }
}

TEST_CASE("a saved float run goes on bit for bit", "[checkpoint]") {
    for (const int variant : {0, 4, 5, 7, 8, 9, 11, 12}) {
        Settings settings;
        set_every(settings, variant);
        settings.arithmetic = Arithmetic::floating;
        INFO("variant " << variant);
        const Bench bench(settings);
        continues(bench, bench.floating(), 8);
    }
}

TEST_CASE("a checkpoint damaged at any byte is refused", "[checkpoint]") {
    const Folder folder;
    const std::string good = small_file(), path = folder.file("a");
    write(path, good);
    REQUIRE(error_of(path).empty());
    constexpr int flips[] = {1, 0x80, 0xff};
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ flips[i % 3]);
        write(path, bad);
        INFO("byte " << i << " of " << good.size());
        REQUIRE(has(error_of(path), path));
    }
}

TEST_CASE("a checkpoint cut at any length, or too long, is refused", "[checkpoint]") {
    const Folder folder;
    const std::string good = small_file(), path = folder.file("a");
    for (std::size_t n = 0; n < good.size(); ++n) {
        write(path, good.substr(0, n));
        INFO(n << " of " << good.size() << " bytes");
        REQUIRE(has(error_of(path), n == 0 ? "empty" : "truncated"));
    }
    write(path, good + '\0');
    REQUIRE(has(error_of(path), "truncated or damaged"));
    write(path, good + good);
    REQUIRE(has(error_of(path), "truncated or damaged"));
}

TEST_CASE("what is no checkpoint is refused by name", "[checkpoint]") {
    const Folder folder;
    const std::string path = folder.file("a");
    REQUIRE(has(error_of(path), "no such checkpoint file"));
    REQUIRE(has(error_of(folder.path.string()), "not a regular file"));
    write(path, "PK\x03\x04 something else altogether, and long enough to hold a header");
    REQUIRE(has(error_of(path), "not a checkpoint"));
    std::string newer = small_file();
    newer[8] = 5;
    write(path, sealed(newer));
    REQUIRE(has(error_of(path), "format 5, but this program reads formats 3 to 4"));
    newer[8] = 2;
    write(path, sealed(newer));
    REQUIRE(has(error_of(path), "format 2, but this program reads formats 3 to 4"));
}

TEST_CASE("a checkpoint from before tests had statistics of their own goes on", "[checkpoint]") {
    const Folder folder;
    Settings settings;
    settings.bn_images = 0;
    const Bench bench(settings);
    Network whole = bench.fixed(), first = bench.fixed(), second = bench.fixed();
    Progress p, q;
    REQUIRE(bench.go(whole, p, {}) == RunEnd::finished);
    int left = 5;
    Callbacks callbacks;
    callbacks.stop = [&left] { return --left <= 0; };
    REQUIRE(bench.go(first, q, callbacks) == RunEnd::stopped);
    std::string bytes;
    const std::function<void(StateWriter&)> state = [&](StateWriter& out) {
        out.array(format_of(first));
        visit_state(first, [&](const std::string& owner, const auto& field, const auto& data) {
            if (field.since <= 3) out(owner, field, data);
        });
    };
    write_checkpoint("batch = 8\n", q, state, [&bytes](std::string_view piece) { bytes += piece; });
    bytes[8] = 3;
    write(folder.file("a"), sealed(bytes));
    const Checkpoint loaded = load_checkpoint(folder.file("a"));
    restore(loaded, second);
    REQUIRE(signature(second) == signature(first));
    Progress r = loaded.progress;
    REQUIRE(bench.go(second, r, {}) == RunEnd::finished);
    REQUIRE(signature(second) == signature(whole));
    REQUIRE(text_of(r) == text_of(p));
}

TEST_CASE("a sealed checkpoint of an epoch that cannot be is refused", "[checkpoint]") {
    const Folder folder;
    const std::string path = folder.file("a");
    constexpr std::size_t at = 24 + 8 + 10;  // behind the header and "batch = 1\n" with its length
    for (const std::int32_t epoch : {-1, 100001, INT32_MIN, INT32_MAX}) {
        std::string bad = small_file();
        std::memcpy(bad.data() + at, &epoch, sizeof epoch);
        write(path, sealed(bad));
        REQUIRE(has(error_of(path), fmt::format("its epoch is {}, expected 0 to 100000", epoch)));
    }
}

TEST_CASE("counts in a sealed but wrong file ask for no memory", "[checkpoint]") {
    const Folder folder;
    const std::string good = small_file(), path = folder.file("a");
    for (std::size_t i = 24; i + 16 <= good.size(); ++i) {
        std::string bad = good;
        const std::uint64_t huge = 0x7fffffffffffff00u;
        std::memcpy(bad.data() + i, &huge, sizeof huge);
        write(path, sealed(bad));
        INFO("at byte " << i);
        // Most places hold plain numbers and may load; none may crash or exhaust memory.
        try {
            Network network = make_network("fc 2", {2, 2, 1}, 2, make_plan({}), best_kernels());
            restore(load_checkpoint(path), network);
        } catch (const Error&) {
        }
    }
}

TEST_CASE("a checkpoint of another network is refused", "[checkpoint]") {
    const Folder folder;
    const std::string path = folder.file("a");
    const Bench bench({});
    replace_file(path, checkpoint_of("", {}, bench.fixed()));
    const Checkpoint loaded = load_checkpoint(path);
    const auto refused = [&](const Settings& settings, const std::string& text) {
        const Plan plan = make_plan(settings);
        Network other = make_network(text, {6, 6, 1}, 3, plan, bench.compute.kernels);
        REQUIRE_THROWS_AS(restore(loaded, other), Error);
    };
    Settings wide, sym, sgd, affine;
    wide.weight_bits = 12;
    sym.feedback = "sym";
    sgd.rule = "sgd";
    affine.bn = BatchNormMode::affine;
    for (const Settings& s : {wide, sym, sgd, affine})
        refused(s, bench.settings.network);
    refused({}, "conv 3x3x5, bn, max 2x2/2, relu, fc 5, bn, relu, fc 3");
    refused({}, "conv 3x3x4, bn, max 2x2/2, relu, fc 3");
    refused({}, "conv 3x3x4, bn, max 2x2/2, relu, fc 5, bn, relu, fc 4, relu, fc 3");
    FloatNetwork floats = bench.floating();
    REQUIRE_THROWS_AS(restore(loaded, floats), Error);
}

TEST_CASE("replacing a file leaves the old one where it fails", "[checkpoint]") {
    const Folder folder;
    const std::string path = folder.file("a");
    replace_file(path, "old");
    rehearse_replacing(path, "new");
    REQUIRE(read(path) == "old");

    // A limit on the size of files stands for a full disk: the write fails half way.
    const auto before = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    rlimit small = limit;
    small.rlim_cur = 4096;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::string message;
    try {
        replace_file(path, std::string(100000, 'x'));
    } catch (const Error& error) {
        message = error.what();
    }
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    std::signal(SIGXFSZ, before);
    REQUIRE(has(message, "cannot write"));
    REQUIRE(read(path) == "old");
    REQUIRE(folder.files() == 1);

    fs::create_directory(folder.path / "d");
    REQUIRE_THROWS_AS(replace_file(folder.file("d"), "x"), Error);
    REQUIRE_THROWS_AS(replace_file(folder.file("none/a"), "x"), Error);
    REQUIRE_THROWS_AS(replace_file("/dev/full", "x"), Error);
    REQUIRE(folder.files() == 2);
}

TEST_CASE("replacing through a link replaces what it points to", "[checkpoint]") {
    const Folder folder;
    replace_file(folder.file("a"), "old");
    fs::create_symlink(folder.file("a"), folder.file("link"));
    replace_file(folder.file("link"), "new");
    REQUIRE(fs::is_symlink(folder.file("link")));
    REQUIRE(read(folder.file("a")) == "new");
}
