// The processes that a launcher (mpirun, srun) started, joined by MPI.
#pragma once

#include <memory>

#include "base/processes.hpp"

namespace crossbar::sim {

// Null where this process was started alone. Throws Error where it is one of several and the
// program was built without MPI. To be called once, before anything is written; the object leaves
// the others when it ends.
std::unique_ptr<Processes> join_processes();

}  // namespace crossbar::sim
