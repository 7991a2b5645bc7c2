// How many votes a pulse of bm4 takes: a schedule over epochs, or a quorum that sets itself so that
// the pulses of an array follow a falling course and end near a budget. Integers alone; derived in
// docs/arithmetic.md, section 12. Nothing here is state: pulses sent so far are the array's.
#pragma once

#include <cstdint>
#include <vector>

namespace crossbar {

enum class Counting { all, sampled };  // sampled: a quorum beyond the counter's reach

// The most votes a counter of `counter_bits`, sign included, can hold.
int top_count(int counter_bits);

// bm4's quorum an epoch where none is given: doubling evenly from 16 votes (1 or 2 bits; half for
// each further bit, at least 1) to sixteen times that, at least 32, but no more than `most`.
// Chosen on held-out MNIST images.
std::vector<int> quorum_schedule(int weight_bits, int epochs, int most);

// Pulses that every synapse may be sent on average, over a whole training.
struct PulseBudget {
    std::int64_t pulses = 0;    // * 1024, 1..2^20; 0: no budget
    std::uint64_t batches = 0;  // of the training, 1..2^40, known with its images
};

// Batches that a counter of votes drawn at random should take for a pulse, on average, so that
// `synapses` of them, which were sent `sent` pulses in the first `done` batches, keep to the
// course. 1..longest_wait, which is returned where nothing is left.
std::uint64_t wait_for(const PulseBudget& budget, std::uint64_t synapses, std::uint64_t sent,
                       std::uint64_t done);
inline constexpr std::uint64_t longest_wait = std::uint64_t{1} << 31;

// What the counters go by in one batch.
struct Ballot {
    int quorum;  // 1..32767
    int skip;    // probability that a vote is not counted, * 65536, 0..65535
};

// A quorum beyond counter_top is the counter's largest value, of votes counted with the probability
// counter_top / quorum.
Ballot ballot_of_quorum(int quorum, int counter_top);

// The same for a wait, which is the quorum's square, or counter_top squared / probability. Where
// all votes count the quorum ends at counter_top; with the longest wait it is out of reach.
Ballot ballot_of_wait(std::uint64_t wait, int counter_top, Counting counting);

}  // namespace crossbar
