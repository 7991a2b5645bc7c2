// A job script for Slurm: an array with a shard of the study in each job.
#pragma once

#include <string>

#include "study/study.hpp"

namespace crossbar::sim {

// With time and memory as foretold. sbatch takes it as it is. Throws Error.
std::string slurm_script(const Given& line, const StudyOptions& options, const Study& study);

}  // namespace crossbar::sim
