// One run of train or eval: prepare, train and save, test, report.
#pragma once

#include "commands/command_line.hpp"
#include "run/outputs.hpp"
#include "session/run.hpp"

namespace crossbar::sim {

// The run that is asked for, its files compared with those of the line first. Throws Error.
Run prepared(const CommandLine& line, RunRequest request);

// 0, or 128 + the signal that interrupted training. Throws Error.
int run_once(const CommandLine& line, RunRequest request, const Outputs& outputs);

// The files that show the network as it is. Throws Error when all of them were tried.
void write_network_files(const Run& run, const Outputs& outputs);

}  // namespace crossbar::sim
