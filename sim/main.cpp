// crossbar_sim: trains convolutional networks on memristive crossbars, in integers.
//
// Exit status: 0 done; 2 an error, told on standard error; 130 and 143 interrupted by SIGINT and
// SIGTERM, after the batch at hand and, with --save, a checkpoint; 141 done, but nobody read all of
// standard output. Of many runs: 2 when one failed.
#include <csignal>
#include <exception>
#include <new>

#include "commands/call_files.hpp"
#include "commands/command.hpp"
#include "terminal/messages.hpp"

int main(int argc, char** argv) {
    using namespace crossbar::sim;
    keep_streams();
    // Who stops reading what a run prints shall not end it; finish_output() tells of it.
    std::signal(SIGPIPE, SIG_IGN);
    // A file size limit shall be an error of the write, not the end of the program.
    std::signal(SIGXFSZ, SIG_IGN);
    int status = 2;
    try {
        const CommandLine line = parse_command_line(argc, argv);
        check_call_files(line);
        status = line.command->run(line);
        const int unread = finish_output();
        return status != 0 ? status : unread;
    } catch (const std::bad_alloc&) {
        put_error("crossbar_sim: error: not enough memory\n");
    } catch (const std::exception& error) {
        tell("error: {}", error.what());
    }
    return status > 2 ? status : 2;
}
