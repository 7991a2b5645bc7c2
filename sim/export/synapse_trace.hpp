// --trace LAYER:OUTPUT:INPUT=FILE.csv: one synapse, followed from batch to batch. Layers count from
// 1, outputs and inputs from 0.
#pragma once

#include <cstddef>
#include <string>

#include "session/run.hpp"

namespace crossbar::sim {

class SynapseTrace {
  public:
    // Follows nothing where the text is empty. Throws Error for a synapse that there is not, a
    // float network, or a file that could not be written.
    SynapseTrace(const std::string& text, const Run& experiment);

    // A row of how the synapse stands now, after progress.step batches.
    void add(const Progress& progress);
    // Writes the file. Throws Error.
    void write() const;

    // The head and the rows so far.
    const std::string& text() const { return text_; }

  private:
    const Run& experiment_;
    std::size_t layer_ = 0, synapse_ = 0;
    std::string file_, text_;
};

}  // namespace crossbar::sim
