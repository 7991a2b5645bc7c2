// What does not fit is refused with an Error that says what and why, before it is computed: sizes
// whose products leave their integers, images that are not the network's, plans that lack a number,
// TOML that is nested without end or holds numbers that no double does, files that are none.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/check.hpp"
#include "base/text_file.hpp"
#include "data/task.hpp"
#include "float/float_network.hpp"
#include "learning_testing.hpp"
#include "network/notation.hpp"

namespace {

using namespace learning_testing;
using Catch::Matchers::Contains;

namespace fs = std::filesystem;

std::string stage(const std::string& text) {
    return parse_network(text + ", fc 3").front().text;
}

TEST_CASE("network texts are read as they are written", "[refusals]") {
    const StageSpec conv = parse_network("conv\t 5x5x20 /  3\n pad   2, fc 7")[0];
    CHECK(conv.kind == SpecKind::convolution);
    CHECK(std::array{conv.kernel, conv.maps, conv.stride, conv.pad} == std::array{5, 20, 3, 2});
    CHECK(conv.text == "conv 5x5x20 / 3 pad 2");
    CHECK(parse_network("conv 5x5x20 stride 3 pad 2, fc 7")[0].stride == 3);
    CHECK(parse_network("conv 5x5x20/3, fc 7")[0].stride == 3);
    CHECK(parse_network("conv 5x5x20/3, fc 7")[1].maps == 7);
    const StageSpec depthwise = parse_network("dwconv  3x3 / 2 pad 1, fc 7")[0];
    CHECK(depthwise.kind == SpecKind::depthwise);
    CHECK(std::array{depthwise.kernel, depthwise.stride, depthwise.pad} == std::array{3, 2, 1});
    CHECK(parse_network("dwconv 3x3 stride 2, fc 7")[0].stride == 2);
    CHECK(parse_network("dwconv 3x3, fc 7")[0].stride == 1);
    CHECK(parse_network("max 3x3, fc 7")[0].stride == 3);
    CHECK(parse_network("avg 3x3/2 pad 1, fc 7")[0].pad == 1);
    for (const char* wrong : {"",
                              "conv",
                              "conv5x5x20",
                              "conv 5x5",
                              "conv 5x4x20",
                              "conv 5x5x20x",
                              "conv 5x5x20 /",
                              "conv 5x5x20/1 stride 1",
                              "conv 5x5x20 pad 1 stride 1",
                              "conv 5x5x20pad 1",
                              "conv 1234x1234x1",
                              "conv 5x5x12345",
                              "dwconv",
                              "dwconv3x3",
                              "dwconv 3x3x8",
                              "dwconv 3x2",
                              "dwconv 3x3/1 stride 1",
                              "dwconv all",
                              "fc 123456",
                              "fc -1",
                              "fc",
                              "fc 5 5",
                              "fc\0",
                              "max 3x3x3",
                              "max 100x100",
                              "mean 3x3",
                              "relu relu",
                              "b n",
                              "conv 5x5x20 stride1",
                              "conv 5x5x20 stride"}) {
        CAPTURE(wrong);
        CHECK_THROWS_WITH(stage(wrong), Contains("is not understood"));
    }
}

TEST_CASE("a stage may be as long as it likes", "[refusals]") {
    const std::string blanks(1 << 20, ' ');
    CHECK(stage("fc" + blanks + "3" + blanks) == "fc 3");
    CHECK_THROWS_WITH(stage("fc 3" + blanks + "x"), Contains("'fc 3 x'"));
    CHECK_THROWS_WITH(stage(std::string(1 << 20, 'x')), Contains("xxx...' is not understood"));
}

TEST_CASE("sizes beyond their integers are refused before they are multiplied", "[refusals]") {
    struct {
        const char* text;
        Shape input;
        const char* cause;
    } const cases[] = {
        {"conv 1x1x7244, conv 770x770x1/999 pad 769, fc 3", {1, 10, 1}, "32-bit sums"},
        {"fc 3", {2048, 2048, 1024}, "too many (at most"},
        {"fc 3", {46341, 46341, 1}, "too many (at most"},
        {"fc 3", {65536, 65536, 65536}, "too many (at most"},
        {"conv 1x1x9999, fc 3", {300, 300, 1}, "too many (at most"},
        {"conv 1x1x1, fc 3", {400, 400, 1}, "positions are too many"},
        {"conv 1x1x9999, conv 4x4x9999, fc 3", {4, 4, 1}, "32-bit sums"},
        {"dwconv 400x400, fc 3", {400, 400, 1}, "32-bit sums"},
        {"dwconv 300x300 pad 1, fc 3", {300, 300, 2}, "32-bit sums"},
        {"dwconv 1x1, fc 3", {400, 400, 1}, "positions are too many"},
        {"max 1x1/1, avg 15x15/1 pad 14, fc 3", {16384, 16384, 1}, "too many (at most"},
    };
    const Plan plan = make_plan(settings_of("bm1", "frsf"));
    for (const auto& c : cases) {
        CAPTURE(c.text);
        CHECK_THROWS_WITH(network_of(c.text, c.input, 3, plan), Contains(c.cause));
        CHECK_THROWS_WITH(make_float_network(c.text, c.input, 3, plan, best_kernels()),
                          Contains(c.cause));
    }
}

TEST_CASE("a batch has no more sums than its statistics can count", "[refusals]") {
    Settings s = settings_of("bm1", "frsf");
    s.batch = 65536;
    const char* text = "conv 1x1x1, bn, max 2x2, fc 3";
    CHECK_THROWS_WITH(network_of(text, {182, 182, 1}, 3, make_plan(s)),
                      Contains("smaller --batch"));
    CHECK_NOTHROW(network_of(text, {180, 180, 1}, 3, make_plan(s)));
}

// A caller's data, right but for what `spoil` does.
template <typename Spoil>
void check_data_refused(Spoil spoil, const char* cause) {
    const Settings s = settings_of("bm1", "frsf");
    const Plan plan = make_plan(s);
    Threads threads(2);
    const Compute compute{best_kernels(), threads};
    TaskData data{noise({4, 4, 1}, 3, 20), noise({4, 4, 1}, 3, 20), "", ""};
    spoil(data);
    Network net = network_of("fc 5, bn, relu, fc 3", {4, 4, 1}, 3, plan);
    FloatNetwork twin =
        make_float_network("fc 5, bn, relu, fc 3", {4, 4, 1}, 3, plan, best_kernels());
    Progress progress, other;
    CHECK_THROWS_WITH(run(net, plan, data, progress, {}, compute), Contains(cause));
    CHECK_THROWS_WITH(float_run(twin, plan, data, other, {}, compute), Contains(cause));
}

TEST_CASE("images that are not the network's are refused", "[refusals]") {
    check_data_refused([](TaskData& d) { d.train.labels[7] = 3; }, "image 7 has the label 3");
    check_data_refused([](TaskData& d) { d.train.labels[19] = 65535; },
                       "image 19 has the label 65535");
    check_data_refused([](TaskData& d) { d.test.labels[3] = 4; }, "image 3 has the label 4");
    check_data_refused([](TaskData& d) { d.train.pixels.pop_back(); }, "do not agree");
    check_data_refused([](TaskData& d) { d.test.labels.push_back(0); }, "do not agree");
    check_data_refused([](TaskData& d) { d.train.shape = {2, 8, 1}; }, "2x8x1 do not fit");
}

TEST_CASE("a batch of no images, or of some that are not there", "[refusals]") {
    const Plan plan = make_plan(settings_of("bm1", "frsf"));
    Threads threads(1);
    const Compute compute{best_kernels(), threads};
    Network net = network_of("fc 3", {4, 4, 1}, 3, plan);
    Workspace work = make_workspace(net, threads);
    const Dataset data = noise({4, 4, 1}, 3, 5);
    const std::vector<std::uint32_t> none, beyond = {4, 5};
    CHECK_THROWS_WITH(train_step(net, plan, 0, 1, data, none, work, compute),
                      Contains("no images"));
    CHECK_THROWS_WITH(train_step(net, plan, 0, 1, data, beyond, work, compute),
                      Contains("image 5 of a batch: there are 5"));
}

TEST_CASE("what follows from the batches of an epoch asks for them", "[refusals]") {
    for (const bool shared : {false, true}) {
        Settings s = settings_of("bm4", "frsf");
        s.quorum.clear();
        if (shared)
            s.counter_share = 4;
        else
            s.pulse_budget = 2;
        const Plan plan = make_plan(s);
        Threads threads(1);
        const Compute compute{best_kernels(), threads};
        Network net = network_of("fc 3", {4, 4, 1}, 3, plan);
        TaskData data{noise({4, 4, 1}, 3, 20), noise({4, 4, 1}, 3, 20), "", ""};
        Progress progress;
        CHECK_THROWS_WITH(run(net, plan, data, progress, {}, compute),
                          Contains("number of training images"));
    }
}

struct RefusalFolder {
    fs::path path = fs::temp_directory_path() / ("crossbar_refusals_" + std::to_string(::getpid()));
    RefusalFolder() { fs::create_directories(path); }
    ~RefusalFolder() { fs::remove_all(path); }
    std::string write(const char* name, const std::string& text) const {
        std::ofstream(path / name) << text;
        return (path / name).string();
    }
};

const std::string task_head =
    "title = 't'\nhome = '-'\nlicence = '-'\nreader = 'idx'\nfolder = 'f'\nshape = [4, 4, 1]\n"
    "classes = 3\ntrain_count = 9\ntest_count = 9\nnetwork = 'fc 3'\n";

TEST_CASE("nesting has an end", "[refusals]") {
    const RefusalFolder folder;
    const auto times = [](const char* text, int n) {
        std::string all;
        for (int i = 0; i < n; ++i)
            all += text;
        return all;
    };
    for (const std::string& deep :
         {times("a.", 300000) + "a = 1\n", "[" + times("a.", 300000) + "a]\n",
          times(" 'a' . \"b\" .", 300000) + "a = 1\n", "a = " + times("[", 300000) + "\n",
          "a = " + times("{a=", 300000) + "\n", "a = " + times("[\n", 300000),
          "a = " + times("{a.a.a.a.a=[", 100000) + "\n"}) {
        const std::string file = folder.write("deep.toml", task_head + deep);
        CHECK_THROWS_WITH(load_task(file),
                          Contains("deep.toml:11: ") || Contains("deep.toml:43: "));
        CHECK_THROWS_WITH(load_target(file), Contains("nested deeper than 32"));
        CHECK_THROWS(load_target("ideal", deep));
    }
    // What stands in strings and comments is not nested.
    const std::string text = "# " + times("[a.", 99) + "\n[plan]\nnetwork = '" + times("[.", 99) +
                             "'\nrule = \"\\\"" + times("[.", 99) + "\"\ndata = '''\n'" +
                             times("[.", 99) + "'''\n";
    CHECK_NOTHROW(load_task(folder.write("flat.toml", task_head + text)));
}

TEST_CASE("integers that no double holds are refused where a number is asked for", "[refusals]") {
    const RefusalFolder folder;
    for (const char* number : {"9007199254740993", "9223372036854775807", "-9223372036854775807",
                               "0x7fffffffffffffff", "nan", "inf", "1e999"}) {
        CAPTURE(number);
        const std::string line = std::string("[device]\nasymmetry = ") + number + "\n";
        CHECK_THROWS_WITH(
            load_target(folder.write("t.toml", "title = 't'\ncitation = 'c'\n" + line)),
            Contains("t.toml:4: ") && !Contains("nan, expected a number from nan"));
        CHECK_THROWS_WITH(
            load_task(folder.write("t.toml", task_head +
                                                 "[[published]]\ncolumn = 'c'\nsource = "
                                                 "'s'\nmark = 'paper'\nerror_percent = " +
                                                 number + "\n")),
            Contains("t.toml:15: "));
    }
}

TEST_CASE("a pipe, a folder or a device is no text file", "[refusals]") {
    const RefusalFolder folder;
    const std::string pipe = (folder.path / "pipe.toml").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    fs::create_directory(folder.path / "folder.toml");
    fs::create_symlink("/dev/zero", folder.path / "device.toml");
    fs::create_symlink("pipe.toml", folder.path / "link.toml");
    for (const auto& [name, kind] : {std::pair{"pipe.toml", "a pipe"},
                                     {"link.toml", "a pipe"},
                                     {"folder.toml", "a folder"},
                                     {"device.toml", "a device"}}) {
        const std::string path = (folder.path / name).string();
        CHECK_THROWS_WITH(load_task(path), Contains(kind) && Contains(name));
        CHECK_THROWS_WITH(load_target(path), Contains(kind) && Contains(name));
    }
    CHECK_THROWS_WITH(load_task((folder.path / "none.toml").string()), Contains("No such file"));
    const std::string task = folder.write("t.toml", task_head);
    REQUIRE(::mkfifo((folder.path / "t.tuned.toml").c_str(), 0600) == 0);
    CHECK_THROWS_WITH(load_task(task), Contains("t.tuned.toml: this is a pipe"));
    CHECK_THROWS_WITH(text_of_file(task, "task file", 10), Contains("at most 10"));
}

}  // namespace
