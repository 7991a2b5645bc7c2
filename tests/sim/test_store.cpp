// The result store: what makes two runs the same, checksums of lines, and what of a file is a
// store.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/format.hpp"
#include "base/revision.hpp"
#include "session/data_fingerprint.hpp"
#include "study/store.hpp"
#include "study/study.hpp"
#include "terminal/csv.hpp"

using namespace crossbar;
using namespace crossbar::sim;

namespace fs = std::filesystem;

namespace {

// A folder that is gone with the test.
struct Folder {
    fs::path path = fs::temp_directory_path() / fmt::format("crossbar_test_store_{}", ++count);
    Folder() {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name, const std::string& text) const {
        fs::create_directories((path / name).parent_path());
        std::ofstream(path / name, std::ios::binary) << text;
        return (path / name).string();
    }
    inline static int count = 0;
};

std::string text_in(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

StudyRun run_with(std::vector<std::pair<std::string, std::string>> given) {
    given.emplace_back("seed", "1");
    return plan_run(Given{std::move(given)}, "");
}

std::string key_with(const std::string& option, const std::string& value) {
    return run_with({{"task", "letters"}, {option, value}}).labels.key;
}

const std::string device =
    "title = \"t\"\ncitation = \"c\"\n[device]\nstuck_low = 0.1\nstep_spread = 0.3\n";

// A record as --json writes it, of these settings alone.
std::string record(double error, const std::string& more = "") {
    return fmt::format(
        "{{\"task\":\"letters\",\"task_fingerprint\":\"1\",\"target_fingerprint\":\"2\","
        "\"test_error_percent\":{},\"test_loss\":0.5,\"seconds\":1.0{}}}",
        error, more);
}

}  // namespace

TEST_CASE("store: the revision of the arithmetic changes with the signatures", "[store]") {
    const std::string text = text_in(fs::path(__FILE__).parent_path() / "../signature.txt");
    REQUIRE(!text.empty());
    const std::uint64_t now = fingerprint(text.data(), text.size(), fingerprint_start);
    INFO(fmt::format("set arithmetic_revision in src/base/revision.hpp to 0x{:016x}", now));
    REQUIRE(arithmetic_revision == now);
}

TEST_CASE("store: a key holds what a target file says, and not how or where", "[store]") {
    const Folder folder;
    const std::string a = folder.file("a/dev.toml", device);
    const auto same = [&](const std::string& text) {
        const std::string b = folder.file("b/dev.toml", text);
        return key_with("target", a) == key_with("target", b);
    };
    REQUIRE(same(device));
    REQUIRE(
        same("# a comment\ncitation='c'\n\ntitle = \"another\"\n[device]  # here\n"
             "step_spread=0.30\nstuck_low = 1e-1\n"));
    REQUIRE_FALSE(
        same("title = \"t\"\ncitation = \"c\"\n[device]\nstuck_low = 0.2\n"
             "step_spread = 0.3\n"));
    REQUIRE_FALSE(same(device + "endurance = 10\n"));
    // A change by --device is one of what the target says.
    REQUIRE(
        run_with({{"task", "letters"}, {"target", a}, {"device", "stuck_low=0.2"}}).labels.key ==
        key_with("target", folder.file("c/dev.toml",
                                       "title = \"t\"\ncitation = \"c\"\n"
                                       "[device]\nstuck_low = 0.2\n"
                                       "step_spread = 0.3\n")));
    REQUIRE(key_with("target", "ideal") == key_with("device", ""));
    REQUIRE(key_with("target", "ideal") != key_with("target", "prezioso2015"));
}

TEST_CASE("store: a key holds what a task file says that results depend on", "[store]") {
    const Folder folder;
    const std::string start =
        "home = \"-\"\nlicence = \"-\"\nreader = \"idx\"\nfolder = \"f\"\n"
        "shape = [4, 4, 1]\nclasses = 3\ntest_count = 9\n";
    const auto key = [&](const std::string& name, const std::string& text) {
        return run_with({{"task", folder.file(name, start + text)}, {"data", "synthetic"}})
            .labels.key;
    };
    const std::string plain =
        key("a/x.toml", "title=\"x\"\ntrain_count = 60\nnetwork = \"fc 3\"\n");
    REQUIRE(plain == key("b/x.toml",
                         "title=\"y\" # c\nnetwork = 'fc 3'\ntrain_count = 60\n[[published]]\n"
                         "column=\"sgd\"\nsource=\"-\"\nmark=\"paper\"\nerror_percent=1\n"));
    for (const char* other :
         {"title=\"x\"\ntrain_count = 61\nnetwork = \"fc 3\"\n",
          "title=\"x\"\ntrain_count = 60\nnetwork = \"fc 9, fc 3\"\n",
          "title=\"x\"\ntrain_count = 60\nnetwork = \"fc 3\"\n[plan]\nbatch = 7\n",
          "title=\"x\"\ntrain_count = 60\nnetwork = \"fc 3\"\n[split]\n"
          "train_per_class = 2\n"})
        REQUIRE(plain != key("b/x.toml", other));
}

TEST_CASE("store: what files hold makes their fingerprint, not where or when", "[store]") {
    const Folder folder, cache;
    const auto of = [&](const std::string& path) {
        const std::vector<SourceFile> files = {{"images", (folder.path / path).string(), {}}};
        const std::uint64_t fresh = fingerprint_of(files, "");
        REQUIRE(fingerprint_of(files, cache.path.string()) == fresh);
        REQUIRE(fingerprint_of(files, cache.path.string()) == fresh);  // as it is remembered
        return fresh;
    };
    for (const char* top : {"a", "b"}) {
        folder.file(std::string(top) + "/one/x.png", "first picture");
        folder.file(std::string(top) + "/two/y.png", "second");
    }
    const std::uint64_t before = of("a");
    REQUIRE(of("b") == before);
    folder.file("b/one/x.png", "First picture");
    REQUIRE(of("b") != before);
    folder.file("b/one/x.png", "first picture");
    REQUIRE(of("b") == before);
    fs::rename(folder.path / "b/two/y.png", folder.path / "b/two/z.png");
    REQUIRE(of("b") != before);
    fs::rename(folder.path / "b/two/z.png", folder.path / "b/one/y.png");
    REQUIRE(of("b") != before);
    // A folder that links to itself ends.
    fs::create_directory_symlink(folder.path / "a", folder.path / "a/one/again");
    REQUIRE(of("a") == before);
}

TEST_CASE("store: what is remembered of a file is what it holds", "[store]") {
    const Folder folder, cache;
    const std::string path = folder.file("x", "abcd");
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
    fs::last_write_time(path, old);
    const std::vector<SourceFile> files = {{"images", path, {}}};
    const std::uint64_t before = fingerprint_of(files, cache.path.string());
    folder.file("x", "abce");
    fs::last_write_time(path, old);  // as if nothing had happened
    REQUIRE(fingerprint_of(files, cache.path.string()) != before);
    cache.file("sources", "no numbers\n1 2\n");
    REQUIRE(fingerprint_of(files, cache.path.string()) == fingerprint_of(files, ""));
}

TEST_CASE("store: no character of a line changes unseen", "[store]") {
    const std::string line = sealed(R"({"key":"k","recorded":"","test_error_percent":12.5})");
    REQUIRE(seal_of(line) == Seal::whole);
    REQUIRE(skim(line)->run.error == 12.5);
    for (std::size_t at = 0; at < line.size(); ++at)
        for (const char c : {'0', '9', ' ', 'x'}) {
            std::string other = line;
            other[at] = c;
            if (other == line) continue;
            INFO(other);
            REQUIRE((seal_of(other) == Seal::broken || !skim(other)));
        }
    REQUIRE(seal_of(R"({"key":"k"})") == Seal::none);
    REQUIRE(seal_of("") == Seal::none);
    for (const char* odd : {"", "{", "[", "5", "\"x\"", "{}", "[1]", "null", "{\"key\":3}",
                            "{\"key\":\"k\",\"test_error_percent\":\"1\"}",
                            "{\"key\":\"k\",\"test_error_percent\":-1}",
                            "{\"a\":{\"key\":\"k\",\"test_error_percent\":1}}"})
        REQUIRE_FALSE(skim(odd));
}

TEST_CASE("store: of a run's lines the one that records most counts", "[store]") {
    const Folder folder;
    const std::string path = (folder.path / "s.jsonl").string();
    const auto add = [&](Store& store, const std::string& text, Parts parts) {
        store.add({"k", "e", "l", parts, "1", "2", "3"}, folder.file("r.json", text));
    };
    {
        Store store(path);
        REQUIRE(store.is_new());
        add(store, record(1), 0);
        REQUIRE(store.find("k")->parts == 0);
        add(store, record(2, R"(,"cost":{})"), 1);
        add(store, record(3), 0);
        REQUIRE(store.find("k")->error == 2);
        REQUIRE_THROWS_AS(
            store.add({"k", "e", "l", 0, "1", "5", "3"}, folder.file("r.json", record(4))), Error);
    }
    const Store again(path);
    REQUIRE(again.find("k")->error == 2);
    REQUIRE(includes(again.find("k")->parts, 1));
    REQUIRE(again.records() == 3);
    REQUIRE(again.unvouched() == 0);
}

TEST_CASE("store: a damaged line is set aside, and what is no store stays as it is", "[store]") {
    const Folder folder;
    const std::string good = sealed(R"({"key":"a","test_error_percent":1})");
    const std::string other = sealed(R"({"key":"b","test_error_percent":2})");
    std::string changed = other;
    changed.replace(changed.find(":2"), 2, ":1");
    for (const std::string& bad : {changed, std::string("no record"), std::string("{\"key\":1}")})
        for (const bool first : {false, true}) {
            if (first && bad == "no record") continue;  // that is no store
            const std::string path =
                folder.file("s.jsonl", first ? bad + "\n" + good + "\n"
                                             : good + "\n" + bad + "\n" + other + "\n");
            fs::remove(path + ".bad");
            {
                const Store store(path);
                REQUIRE(store.find("a"));
                REQUIRE((store.find("b") != nullptr) == !first);
                REQUIRE(store.notices().size() == 1);
            }
            REQUIRE(text_in(path + ".bad") == bad + "\n");
            REQUIRE(text_in(path) == good + "\n" + (first ? "" : other + "\n"));
            REQUIRE(Store(path).notices().empty());
        }
    for (const std::string& foreign :
         {std::string("my notes\nlast line"), std::string("\n\n"), std::string("a,b\n1,2\n"),
          std::string("{\n  \"task\": 1\n}\n"), std::string("crossbar\0\1\2", 11),
          std::string("{\"name\":\"other\"}\n"), std::string("x") + good + "\n",
          "my notes\n" + good + "\n"}) {
        const std::string path = folder.file("notes.txt", foreign);
        REQUIRE_THROWS_AS(Store(path), Error);
        REQUIRE(text_in(path) == foreign);
        REQUIRE(!fs::exists(path + ".bad"));
    }
    for (const std::string& cut : {good.substr(0, 20), good.substr(0, 8)}) {
        const std::string path = folder.file("s.jsonl", cut);
        REQUIRE(Store(path).notices().size() == 1);
        REQUIRE(text_in(path).empty());
    }
    REQUIRE_THROWS_AS(Store("/dev/null"), Error);
}

TEST_CASE("store: damage at any place costs a line at most", "[store]") {
    const Folder folder;
    std::vector<std::string> lines;
    std::string text;
    for (const char* key : {"a", "b", "c"}) {
        lines.push_back(
            sealed(fmt::format(R"({{"key":"{}","recorded":"","test_error_percent":1.5}})", key)));
        text += lines.back() + "\n";
    }
    for (std::size_t at = 0; at < text.size(); at += 3) {
        std::string bad = text;
        bad[at] = bad[at] == 'z' ? 'y' : 'z';
        const std::string path = folder.file("s.jsonl", bad);
        if (at < 2) {  // no longer known for a store
            REQUIRE_THROWS_AS(Store(path), Error);
            continue;
        }
        const Store store(path);
        std::size_t left = 0;
        for (const char* key : {"a", "b", "c"})
            left += store.find(key) != nullptr;
        INFO(bad);
        REQUIRE(left >= (bad[at] == 'z' && text[at] == '\n' ? 1u : 2u));
        REQUIRE(store.notices().size() == 1);
    }
}

TEST_CASE("store: all that is wrong with a study is told at once", "[store]") {
    const auto error_of = [](const std::string& sweep, const std::string& target) {
        try {
            plan_study({{{"sweep", sweep}, {"task", "letters"}, {"target", target}}});
            return std::string();
        } catch (const Error& error) {
            return std::string(error.what());
        }
    };
    const std::string error = error_of("weight-bits=8,12", "pcm");
    REQUIRE(error.find("weight-bits 12 error %: ") != error.npos);
    REQUIRE(error.find("weight-bits 8 error %: could be made") != error.npos);
    REQUIRE(error_of("weight-bits=7,8", "pcm").empty());
    REQUIRE_THROWS_AS(
        plan_study({{{"arithmetic", "fixed,float"}, {"task", "letters"}, {"cost", "true"}}}),
        Error);
    REQUIRE(error_of("holdout=1,30", "ideal").find("some must remain") != error.npos);
    std::string large = "network=fc 3;fc 9999";  // 100 million synapses a layer, 1 TB
    for (int i = 0; i < 2000; ++i)
        large += ", fc 9999";
    REQUIRE(error_of(large + ", fc 3", "ideal").find(" GB") != std::string::npos);
}

TEST_CASE("store: the results of the pages are as they were written", "[store]") {
    int lines = 0;
    for (const auto& file :
         fs::directory_iterator(fs::path(__FILE__).parent_path() / "../../docs/results")) {
        std::istringstream text(text_in(file.path().string()));
        int number = 0;
        for (std::string line; std::getline(text, line); ++lines) {
            INFO(file.path().filename().string() << ":" << ++number);
            REQUIRE(seal_of(line) != Seal::broken);
            REQUIRE(skim(line));
        }
    }
    REQUIRE(lines > 800);
}

TEST_CASE("store: runs of old stores are found by built-in names", "[store]") {
    const std::string path =
        (fs::path(__FILE__).parent_path() / "../../docs/results/letters.jsonl").string();
    const Folder folder;
    const std::string copy = folder.file("letters.jsonl", text_in(path));
    const Store store(copy);
    REQUIRE(store.unvouched() == store.records());
    const Study study =
        plan_study({{{"task", "letters"}, {"sweep", "target=ideal,prezioso2015"}}}, 10);
    for (const StudyRun& run : study.runs) {
        REQUIRE(stored_for(run, store));
        REQUIRE_FALSE(stored_for(run, store)->vouched);
        REQUIRE(!store.find(run.labels.key));
    }
    REQUIRE(run_with({{"task", "letters"}, {"target", folder.file("ideal.toml", device)}})
                .old_key.empty());
}

TEST_CASE("csv: fields that a spreadsheet would compute are defused, numbers are not", "[store]") {
    for (const char* plain : {"-1.5", "-1e-5", "-", "", "a=b", "1+1", "-1;2;-3", "0.5 +- 0.1"})
        REQUIRE(csv_field(plain) == plain);
    for (const char* formula : {"=1+1", "@SUM(A1)", "+A1", "-A1", "-1+2", "+", "=", "-;x"})
        REQUIRE(csv_field(formula) == std::string("'") + formula);
    REQUIRE(csv_field("=a,b") == "\"'=a,b\"");
    REQUIRE(csv_field("\t=x") == "'\t=x");
}
