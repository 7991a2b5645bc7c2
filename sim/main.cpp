// crossbar_sim: trains convolutional networks on memristive crossbars, in integers.
//
// Exit status: 0 done; 2 an error, told on standard error; 130 and 143 interrupted by SIGINT and
// SIGTERM, after the batch at hand and, with --save, a checkpoint; 141 done, but nobody read all of
// standard output. Of many runs: 2 when one failed.
#include <csignal>
#include <exception>
#include <memory>
#include <new>

#include "base/agreement.hpp"
#include "cluster/mpi_processes.hpp"
#include "commands/call_files.hpp"
#include "commands/command.hpp"
#include "terminal/machine.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

// Where several processes were started, they work together on what can be shared, and each on its
// own on what can be dealt out; the first of them does all else.
int run_command(int argc, const char* const* argv, Processes* processes) {
    CommandLine line;
    together(processes, [&] {
        line = parse_command_line(argc, argv);
        check_call_files(line);
    });
    line.alone = !processes;
    line.first = line.alone || processes->rank() == 0;
    if (!line.first && !line.command->shared && !line.command->dealt) return 0;
    if (!processes || !line.command->shared) return line.command->run(line);
    line.processes = processes;
    check_same(processes, {{"program", program_fingerprint()}});
    try {
        return line.command->run(line);
    } catch (const AgreedError&) {
        throw;
    } catch (const Error& error) {
        agree(processes, error.what());  // before training all wait for each other's word
        throw;
    }
}

}  // namespace
}  // namespace crossbar::sim

int main(int argc, char** argv) {
    using namespace crossbar::sim;
    keep_streams();
    // Who stops reading what a run prints shall not end it; finish_output() tells of it.
    std::signal(SIGPIPE, SIG_IGN);
    // A file size limit shall be an error of the write, not the end of the program.
    std::signal(SIGXFSZ, SIG_IGN);
    int status = 2;
    std::unique_ptr<crossbar::Processes> processes;
    try {
        processes = join_processes();
        status = run_command(argc, argv, processes.get());
        const int unread = finish_output();
        return status != 0 ? status : unread;
    } catch (const crossbar::AgreedError& error) {
        if (processes->rank() == 0) tell("error: {}", error.what());
    } catch (const std::bad_alloc&) {
        put_error("crossbar_sim: error: not enough memory\n");
    } catch (const std::exception& error) {
        tell("error: {}", error.what());
    }
    return status > 2 ? status : 2;
}
