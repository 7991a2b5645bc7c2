// What a network takes on a microcontroller, before it is trained: --fits ram=256K,flash=1M.
#pragma once

#include <cstddef>
#include <string>

#include "network/network.hpp"
#include "session/resolve.hpp"

namespace crossbar::sim {

// Bytes that a board has.
struct Board {
    std::size_t ram = 0, flash = 0;
};

// "ram=256K,flash=1M", either alone too; K and M are 2^10 and 2^20 bytes. What is not given has no
// limit. Throws Error.
Board parse_board(const std::string& text);

// Bytes of RAM without the stack, of flash with the code of a Cortex-M4; or why C sources are
// none.
struct ChipNeeds {
    std::size_t ram = 0, flash = 0;
    std::string refused;

    bool fits(const Board& board) const;
};
ChipNeeds inference_needs(const Network& network);
ChipNeeds learning_needs(const Network& network, const Plan& plan);

// "fits, 3.2 KB of RAM left", "needs 10.5 KB of RAM more", or "refused".
std::string verdict(const ChipNeeds& needs, const Board& board);

// Prints what the run of these settings needs, for inference and for learning, and the largest
// batch that fits. Returns whether it can be trained on that board.
bool report_fit(const RunSettings& settings, const Board& board);

// All built-in tasks, at 1, 2 and 8 bits, in batches of 8 images.
void list_fits(const Board& board);

}  // namespace crossbar::sim
