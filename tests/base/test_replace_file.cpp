// Files that are replaced as a whole: links, modes, long names, killed processes.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/check.hpp"
#include "base/replace_file.hpp"

using namespace crossbar;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path;
    Folder() {
        std::string name = (fs::temp_directory_path() / "replace-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { fs::remove_all(path); }
    std::string file(const std::string& name) const { return (path / name).string(); }
    long files() const { return std::distance(fs::directory_iterator(path), {}); }
};

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

unsigned mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

// Writes half a file in another process, which is then killed.
void kill_halfway(const Folder& folder, Replacement::Aside aside) {
    const pid_t child = ::fork();
    if (child == 0) {
        Replacement half(folder.file("a"), aside);
        half.write("half");
        std::raise(SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(read(folder.file("a")) == "old");
}

}  // namespace

TEST_CASE("a link stays one, also where nothing is behind it yet", "[replace_file]") {
    const Folder folder;
    fs::create_directory(folder.path / "deep");
    fs::create_symlink("deep/second", folder.file("first"));
    fs::create_symlink("new", folder.file("deep/second"));
    for (const char* text : {"one", "two"}) {
        replace_file(folder.file("first"), text);
        REQUIRE(fs::is_symlink(folder.file("first")));
        REQUIRE(fs::is_symlink(folder.file("deep/second")));
        REQUIRE(read(folder.file("deep/new")) == text);
    }
    REQUIRE(destination_of(folder.file("first")) == folder.file("deep/new"));
    fs::create_symlink("circle", folder.file("circle"));
    REQUIRE_THROWS_AS(replace_file(folder.file("circle"), "x"), Error);
    REQUIRE(folder.files() == 3);
}

TEST_CASE("a file keeps the mode it had", "[replace_file]") {
    const Folder folder;
    const mode_t mask = ::umask(022);
    replace_file(folder.file("new"), "x");
    REQUIRE(mode_of(folder.file("new")) == 0644);
    for (const unsigned mode : {0600U, 0640U, 0666U, 0755U}) {
        REQUIRE(::chmod(folder.file("new").c_str(), mode) == 0);
        replace_file(folder.file("new"), "y");
        REQUIRE(mode_of(folder.file("new")) == mode);
    }
    ::umask(mask);
}

TEST_CASE("file names of any length", "[replace_file]") {
    const Folder folder;
    for (const std::size_t length : {std::size_t{240}, std::size_t{245}, std::size_t{255}}) {
        const std::string name(length, 'n');
        replace_file(folder.file(name), "x");
        replace_file(folder.file(name), "y");
        REQUIRE(read(folder.file(name)) == "y");
    }
    REQUIRE(folder.files() == 3);
}

TEST_CASE("two writers of one path do not disturb each other", "[replace_file]") {
    const Folder folder;
    Replacement one(folder.file("a")), two(folder.file("a"));
    one.write("of one");
    two.write("of two");
    one.commit();
    REQUIRE(read(folder.file("a")) == "of one");
    two.commit();
    REQUIRE(read(folder.file("a")) == "of two");
    REQUIRE(folder.files() == 1);
}

TEST_CASE("a killed process leaves nothing aside", "[replace_file]") {
    const Folder folder;
    replace_file(folder.file("a"), "old");
    kill_halfway(folder, Replacement::Aside::nameless);
    REQUIRE(folder.files() == 1);
}

TEST_CASE("without nameless files, the next call removes what a killed one left",
          "[replace_file]") {
    const Folder folder;
    replace_file(folder.file("a"), "old");
    for (int i = 0; i < 3; ++i) {
        kill_halfway(folder, Replacement::Aside::named);
        REQUIRE(folder.files() == 2);
    }
    replace_file(folder.file(".0123456789abcdef.parts"), "somebody's");
    Replacement other(folder.file("b"), Replacement::Aside::named);  // under way
    other.write("other");
    Replacement next(folder.file("a"), Replacement::Aside::named);
    next.write("new");
    next.commit();
    REQUIRE(folder.files() == 3);
    other.commit();
    REQUIRE(folder.files() == 3);
    REQUIRE(read(folder.file("a")) == "new");
    REQUIRE(read(folder.file("b")) == "other");
}

TEST_CASE("what is no file is named", "[replace_file]") {
    const Folder folder;
    const auto refused = [&](const std::string& path, const std::string& kind) {
        try {
            replace_file(path, "x");
        } catch (const Error& error) {
            return std::string(error.what()).find(kind) != std::string::npos;
        }
        return false;
    };
    REQUIRE(refused("/dev/full", "it is a device"));
    REQUIRE(refused(folder.path.string(), "it is a folder"));
    REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
    REQUIRE(refused(folder.file("pipe"), "it is a pipe"));
}
