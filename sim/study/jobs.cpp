// Starts calls of the program as processes of a group of their own, waits for them, and ends them
// with it.
#include "study/jobs.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

struct Running {
    std::size_t job;
    std::string log;
    pid_t process;
};

// In the new process: only what is safe between fork and exec.
[[noreturn]] void become(char* const* arguments, char* const* environment, const JobCall& call,
                         pid_t parent) {
    // A parent that is killed takes its jobs along; it may be gone already.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::setpgid(0, 0);  // Ctrl-C is for the parent, which ends its jobs
    if (call.shared >= 0) ::fcntl(call.shared, F_SETFD, 0);
    const int null = ::open("/dev/null", O_RDWR);
    const int told = ::open(call.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
    if (null >= 0 && told >= 0) {
        ::dup2(null, STDIN_FILENO);
        ::dup2(null, STDOUT_FILENO);
        ::dup2(told, STDERR_FILENO);
        ::execve("/proc/self/exe", arguments, environment);
    }
    ::_exit(127);
}

// All but what tells a process that a launcher started it as one of several: a job is one alone.
std::vector<char*> environment_of_jobs() {
    std::vector<char*> kept;
    for (char** each = environ; *each; ++each) {
        const std::string_view text(*each);
        const bool launched =
            text.starts_with("OMPI_") || text.starts_with("PMIX_") || text.starts_with("PMI_");
        if (!launched) kept.push_back(*each);
    }
    kept.push_back(nullptr);
    return kept;
}

pid_t start(const JobCall& command) {
    std::vector<std::string> words = {"crossbar_sim"};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::vector<char*> environment = environment_of_jobs();
    const pid_t parent = ::getpid();
    const pid_t process = ::fork();
    if (process < 0) fail("cannot start another process: {}", std::strerror(errno));
    if (process == 0) become(arguments.data(), environment.data(), command, parent);
    return process;
}

std::string last_line(const std::string& file) {
    std::ifstream in(file);
    std::string last;
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) last = line;
    return last;
}

JobEnd end_of(int status, const std::string& log) {
    if (WIFSIGNALED(status))
        return {
            fmt::format("ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status))),
            0, true};
    if (WEXITSTATUS(status) == 0) return {};
    const std::string said = last_line(log);
    return {fmt::format("exit status {}{}{}", WEXITSTATUS(status), said.empty() ? "" : ": ", said),
            WEXITSTATUS(status), false};
}

// Processes that are under way; those that are left when something goes wrong here end with it.
class Crew {
  public:
    Crew() = default;
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    ~Crew() {
        signal(SIGKILL);
        for (const Running& child : running_)
            ::waitpid(child.process, nullptr, 0);
    }
    std::size_t size() const { return running_.size(); }
    void add(const JobCall& call) { running_.push_back({call.job, call.log, start(call)}); }
    void signal(int number) const {
        for (const Running& child : running_)
            ::kill(child.process, number);
    }
    // Those that have ended since.
    std::vector<std::pair<std::size_t, JobEnd>> ended() {
        std::vector<std::pair<std::size_t, JobEnd>> ends;
        std::erase_if(running_, [&](const Running& child) {
            int status = 0;
            if (::waitpid(child.process, &status, WNOHANG) != child.process) return false;
            ends.emplace_back(child.job, end_of(status, child.log));
            return true;
        });
        return ends;
    }

  private:
    std::vector<Running> running_;
};

}  // namespace

bool run_jobs(std::size_t at_once, const JobWatch& watch) {
    Crew crew;
    bool stopping = false;
    while (crew.size() != 0 || (!stopping && watch.more())) {
        if (!stopping && watch.stop()) {
            stopping = true;
            crew.signal(SIGTERM);
        }
        for (const auto& [job, end] : crew.ended())
            watch.finished(job, end);
        while (!stopping && crew.size() < at_once) {
            const std::optional<JobCall> call = watch.next(crew.size());
            if (!call) break;
            crew.add(*call);
        }
        watch.tick(crew.size());
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return !stopping;
}

}  // namespace crossbar::sim
