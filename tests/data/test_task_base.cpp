// Tasks that extend another: what they take over, what they say themselves, and what they may not.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "crossbar/error.hpp"
#include "data/task.hpp"
#include "data_testing.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

Task load(const TestFolder& folder, const std::string& text) {
    return load_task(folder.write("own.toml", text));
}

std::string error_of(const TestFolder& folder, const std::string& text) {
    try {
        load(folder, text);
    } catch (const Error& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("a task extends another: its images, and a network and a plan of its own", "[data]") {
    const TestFolder folder;
    const Task base = load_task("cifar10");
    const Task task = load(folder, "base = \"cifar10\"\nnetwork = \"fc 10\"\n[plan]\nepochs = 2\n");
    REQUIRE(task.name == "own");
    REQUIRE(task.title == base.title);
    REQUIRE(task.network == "fc 10");
    REQUIRE(task.files.size() == base.files.size());
    REQUIRE(task.folders == base.folders);
    REQUIRE(task.images == base.images);
    // What results depend on is the images: those of the base.
    REQUIRE(task.fingerprint == base.fingerprint);
    REQUIRE(task.plan == Values{{"epochs", "2"}});
    REQUIRE(task.published.empty());
    REQUIRE(load(folder, "base = \"cifar10\"\ntitle = \"mine\"\n").network == base.network);
    // What is augmented changes no image on file.
    const Task augmented = load(folder, "base = \"cifar10\"\n[augment]\ncrop = 4\nflip = true\n");
    CHECK((augmented.augment == Values{{"crop", "4"}, {"flip", "true"}}));
    CHECK(augmented.fingerprint == base.fingerprint);
    CHECK(base.augment.empty());
}

TEST_CASE("a task with a base says what is wrong with it", "[data]") {
    const TestFolder folder;
    const auto error = [&](const std::string& text) { return error_of(folder, text); };
    CHECK_THAT(error("base = \"cifar11\"\n"), Contains("did you mean 'cifar10'"));
    CHECK_THAT(error("base = \"no.toml\"\n"), Contains("no.toml"));
    CHECK_THAT(error("base = \"cifar10-resnet8\"\n"), Contains("has a base itself"));
    CHECK_THAT(error("base = \"own.toml\"\n"), Contains("has a base itself"));
    CHECK_THAT(error("base = \"cifar10\"\nclasses = 5\n"), Contains("own.toml:2: classes"));
    CHECK_THAT(error("base = \"cifar10\"\nnetwrok = \"fc 10\"\n"), Contains("netwrok"));
    CHECK_THAT(error("base = 3\n"), Contains("base"));
    CHECK_THAT(error("augment = 4\nbase = \"cifar10\"\n"),
               Contains("augment is an integer, expected the table [augment]"));
}

TEST_CASE("a base is looked for from the task's own file on", "[data]") {
    const TestFolder folder;
    folder.write("base.toml", std::string("base = \"cifar10\"\nnetwork = \"fc 10\"\n"));
    CHECK_THROWS_WITH(
        load_task(folder.write("deeper/own.toml", std::string("base = \"../base.toml\"\n"))),
        Contains("has a base itself"));
    folder.write("letters.toml",
                 std::string("title = \"t\"\nhome = \"-\"\nlicence = \"-\"\nreader = \"letters\"\n"
                             "folder = \"letters\"\nshape = [1, 10, 1]\nclasses = 3\n"
                             "train_count = 30\ntest_count = 30\nnetwork = \"fc 3\"\n"));
    const std::string own = "base = \"../letters.toml\"\n[plan]\nepochs = 4\n";
    REQUIRE(load_task(folder.write("deeper/mine.toml", own)).classes == 3);
}
