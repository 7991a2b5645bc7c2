// crossbar_sim: trains convolutional networks on memristive crossbars, in integers.
//
// Exit status: 0 done; 2 an error, told on standard error; 130 and 143 interrupted by SIGINT and
// SIGTERM, after the batch at hand and, with --save, a checkpoint; 141 done, but nobody read all of
// standard output. Of many runs: 2 when one failed.
#include <csignal>
#include <exception>
#include <new>

#include "commands/call_files.hpp"
#include "commands/command_line.hpp"
#include "commands/describe.hpp"
#include "commands/listing.hpp"
#include "commands/program.hpp"
#include "commands/program_options.hpp"
#include "report/report.hpp"
#include "study/study.hpp"
#include "study/tune.hpp"
#include "terminal/messages.hpp"

namespace {

int run(int argc, char** argv) {
    using namespace crossbar::sim;
    const CommandLine line = parse_command_line(argc, argv);
    check_call_files(line);
    if (print_information(line) || describe_target(line) || fit_device(line) || write_report(line))
        return 0;
    // Nobody who stops reading what a training prints shall end it.
    std::signal(SIGPIPE, SIG_IGN);
    const ProgramOptions options = program_options_of(line);
    if (line.has("tune")) return run_tune(line, options.study);
    return asks_for_study(line) ? run_study(line, options.study) : run_program(line, options);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace crossbar::sim;
    keep_streams();
    // A file size limit shall be an error of the write, not the end of the program.
    std::signal(SIGXFSZ, SIG_IGN);
    int status = 2;
    try {
        status = run(argc, argv);
        const int unread = finish_output();
        return status != 0 ? status : unread;
    } catch (const std::bad_alloc&) {
        put_error("crossbar_sim: error: not enough memory\n");
    } catch (const std::exception& error) {
        tell("error: {}", error.what());
    }
    return status > 2 ? status : 2;
}
