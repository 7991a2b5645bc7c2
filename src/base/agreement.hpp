// What processes must agree on before they train together: that none of them failed, and that all
// have the same. A mistake then is one message, and the end of all.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/processes.hpp"
#include "crossbar/error.hpp"

namespace crossbar {

// An error that every process of a group throws at once: one of them tells it.
class AgreedError : public Error {
  public:
    using Error::Error;
};

// Each process says what failed, or nothing: throws AgreedError everywhere where one did. Nothing
// where `processes` is null.
void agree(Processes* processes, const std::string& failure = "");

// Runs work(), which calls nothing of `processes`; then all agree. Of one process alone, an Error
// is thrown as it is.
template <typename Work>
void together(Processes* processes, const Work& work) {
    if (!processes) return work();
    std::string failure;
    try {
        work();
    } catch (const Error& error) {
        failure = error.what();
    }
    agree(processes, failure);
}

// Throws AgreedError where a process has another value than the first, with the first line of it
// that is another one.
void check_same(Processes* processes,
                const std::vector<std::pair<std::string, std::string>>& names_and_values);

}  // namespace crossbar
