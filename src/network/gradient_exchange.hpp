// Gradient sums of processes that share a batch become those of the whole batch, exactly:
//
//   deal     every process owns a part of a layer's synapses, and is sent each other process's sums
//            for that part, in fields as narrow as the largest of them allows; adds them up
//   gather   and sends all what came of it: signs, 2 bits per synapse, where the rule sees no more,
//            else sums
//
// A layer's sums are dealt as soon as they are there, while deltas go on to the layers below. With
// n synapses and sums of w bits a process sends n (w + 2) / 8 bytes and as much arrives; an
// all-reduce of int32 moves 8 n each way. Fields: docs/arithmetic.md, section 15.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace crossbar {

struct Compute;
struct LayerWorkspace;
struct Network;
struct Workspace;

struct GradientExchange {
    std::vector<std::int64_t> small;  // what all processes add up at once
    std::vector<std::uint64_t> sent, received;
    std::vector<std::int64_t> total;  // of the synapses that this process owns, beyond int32
    int width = 0;                    // bits of a dealt field
    bool wide = false;                // sums of wide_gradient
    bool votes = false;               // not sums
    bool pluses = false;              // votes are told as how many are above 0
    int transfer = 0;
    enum class At { rest, dealt, gathered } at = At::rest;  // how far it has come
};

// Deals the sums of a layer: those of this process for the images that it has, in gradient, or in
// wide_gradient where the whole batch's need more than int32; with `centred`, residual and
// input_sum become those of the whole batch.
void start_exchange(std::size_t layer, std::size_t synapses, bool wide, bool centred,
                    Workspace& work, const Compute& compute);

// Deals Votes::sum of the voters that are here.
void deal_votes(std::size_t layer, std::size_t synapses, Workspace& work, const Compute& compute);

// Between the layers of a backward pass: transfers move on, and what was dealt before the last
// layer is gathered, while what is below computes.
void move_exchanges(const Network& network, Workspace& work, const Compute& compute);

// Brings all layers' exchanges to their end, in the order in which they were started, from the last
// layer down: LayerWorkspace::gradient then is what one process would have, or its signs where
// Workspace::signs_suffice.
void finish_exchanges(const Network& network, Workspace& work, const Compute& compute);

}  // namespace crossbar
