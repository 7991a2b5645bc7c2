// Runs under way as --progress files tell them, stores while they change, and who the server
// answers.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "study/study_file.hpp"
#include "terminal/file_lock.hpp"
#include "watch/server.hpp"
#include "watch/status.hpp"

using namespace crossbar;
using namespace crossbar::sim;
namespace fs = std::filesystem;

namespace {

const std::string run_line =
    R"({"line":"run","task":"mnist","data":"synthetic","seed":3,"epochs":4,"train_images":100,"command":"crossbar_sim"})"
    "\n";
const std::string first_epoch =
    R"({"line":"epoch","epoch":1,"train_error_percent":20,"test_error_percent":12.5})"
    "\n";
const std::string batch =
    R"({"line":"batch","epoch":2,"image":50,"images_per_second":900,"seconds_left":7.5})"
    "\n";

class WatchedFolder {
  public:
    WatchedFolder()
        : path_(fs::temp_directory_path() / fmt::format("crossbar_test_watch_{}", ::getpid())) {
        fs::create_directories(path_);
    }
    ~WatchedFolder() { fs::remove_all(path_); }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
    }
    std::string path() const { return path_.string(); }

  private:
    fs::path path_;
};

std::string line_of_run(double error) {
    return fmt::format(
        "{{\"key\":\"k{0}\",\"label\":\"<b>{0}\",\"task\":\"mnist\",\"seed\":1,"
        "\"test_error_percent\":{0},\"reported_on\":\"test\"}}\n",
        error);
}

}  // namespace

TEST_CASE("watch: a run is as far as its lines tell", "[watch]") {
    const auto run = run_progress_of(run_line + first_epoch + batch);
    REQUIRE(run);
    CHECK(run->task == "mnist");
    CHECK(run->seed == 3);
    CHECK(run->epoch == 2);
    CHECK(run->share() == Approx(1.5 / 4));
    CHECK(run->seconds_left == 7.5);
    REQUIRE(run->curve.size() == 1);
    CHECK(run->curve[0].test_error == 12.5);
    CHECK(run->end.empty());
    const auto ended = run_progress_of(run_line + R"({"line":"end","how":"finished"})" + "\n");
    CHECK(ended->share() == 1);
    CHECK_FALSE(run_progress_of(""));
    CHECK_FALSE(run_progress_of(first_epoch));
}

TEST_CASE("watch: a file cut at any byte, or damaged, is a run or none", "[watch]") {
    const std::string whole = run_line + first_epoch + batch;
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        const auto run = run_progress_of(whole.substr(0, length));
        REQUIRE(bool(run) == (length >= run_line.size() - 1));
        if (run) REQUIRE((run->share() >= 0 && run->share() <= 1));
    }
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (const char c : {'\0', '"', '{', '9', '\n', '\xff'}) {
            std::string damaged = whole;
            damaged[at] = c;
            const auto run = run_progress_of(damaged);
            if (run) REQUIRE((run->share() >= 0 && run->share() <= 1));
        }
    for (const char* line :
         {R"({"line":"run","epochs":-5,"train_images":1e300})", R"({"line":"run","epochs":"x"})",
          R"({"line":"run","task":["a"],"epochs":1e99})", R"({"line":"run"})"}) {
        const auto run = run_progress_of(std::string(line) + "\n" + first_epoch + batch);
        REQUIRE(run);
        CHECK((run->share() >= 0 && run->share() <= 1));
    }
    CHECK_FALSE(run_progress_of(std::string(1 << 20, '[')));
}

TEST_CASE("watch: a store is told as it is now, half a line left out", "[watch]") {
    const WatchedFolder folder;
    folder.write("s.jsonl", line_of_run(5) + line_of_run(4));
    StatusReader reader(folder / "s.jsonl");
    CHECK(reader.read().stores.at(0).runs == 2);
    CHECK(reader.read().stores[0].last.at(0).error == 4);
    CHECK(reader.read().stores[0].last[0].name == "<b>4");
    const std::string before = reader.fingerprint();
    folder.write("s.jsonl", line_of_run(5) + line_of_run(4) + line_of_run(3).substr(0, 40));
    CHECK(reader.read().stores[0].runs == 2);
    CHECK(reader.read().stores[0].others == 0);
    CHECK(reader.fingerprint() != before);
    folder.write("s.jsonl", "no record\n" + line_of_run(2));
    CHECK(reader.read().stores[0].runs == 1);
    CHECK(reader.read().stores[0].others == 1);
    fs::remove(folder / "s.jsonl");
    CHECK(reader.read().stores[0].runs == 0);
    CHECK_FALSE(reader.read().stores[0].problem.empty());
    fs::create_directories(folder /
                           "s.jsonl/sub.jsonl");  // a folder in its place, in which a folder
    CHECK(reader.read().stores.empty());
    fs::remove_all(folder / "s.jsonl");
    folder.write("s.jsonl", line_of_run(1));
    CHECK(reader.read().stores.at(0).runs == 1);
    CHECK_THROWS_AS(StatusReader(folder / "none.jsonl"), crossbar::Error);
}

TEST_CASE("watch: runs beside a store are under way while their claim is held", "[watch]") {
    const WatchedFolder folder;
    folder.write("s.jsonl.jobs/job_0123456789abcdef_8.progress", run_line + first_epoch);
    folder.write("s.jsonl.jobs/job_1123456789abcdef.failed", "exit status 2: no <data>\nmore\n");
    folder.write("s.jsonl.jobs/job_2123456789abcdef.progress", "half a li");
    folder.write("secret", run_line);
    fs::create_symlink(folder / "secret", folder / "s.jsonl.jobs/job_3123456789abcdef.progress");
    StatusReader reader(folder.path());
    {
        const auto claim = FileLock::try_take(folder / "s.jsonl.jobs/job_0123456789abcdef.lock");
        const Status status = reader.read();
        REQUIRE(status.stores.size() == 1);  // of which no run has ended yet
        REQUIRE(status.stores[0].jobs.size() == 2);
        CHECK(status.stores[0].jobs[0].state == "running");
        CHECK_FALSE(status.stores[0].jobs[0].who.empty());
        CHECK(status.stores[0].jobs[1].state == "failed");
        CHECK(status.stores[0].jobs[1].why == "exit status 2: no <data>");
    }
    CHECK(reader.read().stores[0].jobs[0].state == "left");
    CHECK(reader.read().stores[0].studies.empty());
    {
        StudyFile study(folder / "s.jsonl.jobs");
        study.tell({"A", 12, 3, 1, 2, 45});
        const Status status = reader.read();
        REQUIRE(status.stores[0].studies.size() == 1);
        CHECK(status.stores[0].studies[0].experiment == "A");
        CHECK(status.stores[0].studies[0].made == 3);
        CHECK(status.stores[0].studies[0].seconds_left == 45);
    }
    CHECK(reader.read().stores[0].studies.empty());
    // What a killed study left is nothing, and goes with the next one.
    folder.write("s.jsonl.jobs/study_1.lock", "process 1 on nowhere\n");
    folder.write("s.jsonl.jobs/study_1.progress", "{\"line\":\"study\"}\n");
    CHECK(reader.read().stores[0].studies.empty());
    const StudyFile next(folder / "s.jsonl.jobs");
    CHECK_FALSE(fs::exists(folder / "s.jsonl.jobs/study_1.progress"));
    CHECK_FALSE(fs::exists(folder / "s.jsonl.jobs/study_1.lock"));
}

TEST_CASE("watch: single runs of a folder, and the status as JSON", "[watch]") {
    const WatchedFolder folder;
    folder.write("a.progress", run_line + first_epoch + batch);
    folder.write("b.progress", run_line + R"({"line":"end","how":"stopped"})" + "\n");
    folder.write("c\xff.jsonl", line_of_run(7));
    StatusReader reader(folder.path());
    const auto json = nlohmann::json::parse(json_of(reader.read()));
    REQUIRE(json["single_runs"].size() == 2);
    const auto& run = json["single_runs"][0]["run"];
    CHECK(json["single_runs"][0]["state"] == "running");
    CHECK(run["share"] == Approx(0.375));
    CHECK(run["curve"] == nlohmann::json::parse("[[1, 20.0, 12.5]]"));
    CHECK(run["train_error_percent"].is_null());
    CHECK(json["single_runs"][1]["state"] == "ended");
    CHECK(json["stores"][0]["runs"] == 1);
    CHECK(json["stores"][0]["last"][0]["error_percent"] == 7);
}

TEST_CASE("watch: long curves are thinned, and keep their end", "[watch]") {
    Status status;
    JobStatus job;
    job.run.epochs = 5000;
    for (int epoch = 1; epoch <= 5000; ++epoch)
        job.run.curve.push_back({epoch, 1, 2});
    status.alone.push_back(job);
    const auto curve = nlohmann::json::parse(json_of(status))["single_runs"][0]["run"]["curve"];
    CHECK(curve.size() < 500);
    CHECK(curve.back()[0] == 5000);
    CHECK(curve.front()[0] == 1);
}

TEST_CASE("watch: hosts that name the server", "[watch]") {
    const ServerAddress loopback{"127.0.0.1", 8080};
    for (const char* host : {"127.0.0.1:8080", "localhost:8080", "[::1]:8080"})
        CHECK(is_host_of(host, loopback));
    for (const char* host :
         {"", "localhost", "localhost:80", "evil.example:8080", "127.0.0.1:8080.evil.example",
          "localhost:8080 ", "LOCALHOST.evil:8080", "0.0.0.0:8080"})
        CHECK_FALSE(is_host_of(host, loopback));
    CHECK(is_host_of("10.0.0.7:8080", {"10.0.0.7", 8080}));
    CHECK_FALSE(is_host_of("localhost:8080", {"10.0.0.7", 8080}));
    CHECK(is_host_of("localhost", {"127.0.0.1", 80}));
}
