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
    pid_t process;
};

// In the new process: only what is safe between fork and exec.
[[noreturn]] void become(char* const* arguments, const char* log, pid_t parent) {
    // A parent that is killed takes its jobs along; it may be gone already.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int null = ::open("/dev/null", O_RDWR);
    const int told = ::open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
    if (null >= 0 && told >= 0) {
        ::dup2(null, STDIN_FILENO);
        ::dup2(null, STDOUT_FILENO);
        ::dup2(told, STDERR_FILENO);
        ::execv("/proc/self/exe", arguments);
    }
    ::_exit(127);
}

pid_t start(const JobCall& command) {
    std::vector<std::string> words = {"crossbar_sim"};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t process = ::fork();
    if (process < 0) fail("cannot start another process: {}", std::strerror(errno));
    if (process == 0) become(arguments.data(), command.log.c_str(), parent);
    return process;
}

std::string last_line(const std::string& file) {
    std::ifstream in(file);
    std::string last;
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) last = line;
    return last;
}

// How a process failed, from its status of waitpid; empty when it did not.
std::string failure_of(int status, const std::string& log) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    if (WIFSIGNALED(status))
        return fmt::format("ended by signal {} ({})", WTERMSIG(status),
                           ::strsignal(WTERMSIG(status)));
    const std::string said = last_line(log);
    return fmt::format("exit status {}{}{}", WEXITSTATUS(status), said.empty() ? "" : ": ", said);
}

}  // namespace

bool run_jobs(const std::vector<JobCall>& commands, std::size_t at_once,
              const JobWatch& callbacks) {
    std::vector<Running> running;
    std::size_t next = 0;
    bool stopping = false;
    while (!running.empty() || (next < commands.size() && !stopping)) {
        if (!stopping && callbacks.stop()) {
            stopping = true;
            for (const Running& child : running)
                ::kill(child.process, SIGTERM);
        }
        std::vector<Running> left;
        for (const Running& child : running) {
            int status = 0;
            const pid_t ended = ::waitpid(child.process, &status, WNOHANG);
            if (ended != child.process)
                left.push_back(child);
            else if (const std::string failure = failure_of(status, commands[child.job].log);
                     failure.empty() || !stopping)
                callbacks.finished(child.job, failure);
        }
        running = std::move(left);
        while (!stopping && next < commands.size() && running.size() < at_once) {
            running.push_back({next, start(commands[next])});
            ++next;
        }
        callbacks.tick(running.size());
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return !stopping;
}

}  // namespace crossbar::sim
