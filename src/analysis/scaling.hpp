// How long a step of training through several machines takes, by a model: what is computed, what
// waits for all, and what travels while layers below compute. docs/scaling.md has the formulas, and
// how far they are off. Real numbers, for reports alone.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace crossbar {

// A layer of synapses, read at `positions` places of an image.
struct LayerLoad {
    std::size_t outputs = 0, inputs = 0, positions = 1;
    bool normalised = true;

    std::size_t synapses() const { return outputs * inputs; }
    double products() const {
        return static_cast<double>(outputs) * static_cast<double>(inputs) *
               static_cast<double>(positions);
    }
};

struct NetworkLoad {
    std::string name, title;
    std::vector<LayerLoad> layers;
    int other_waits = 0;  // pools whose windows overlap, sums of stages: each has an exponent

    std::size_t synapses() const;
    double products() const;  // multiply-accumulates of an image on its way forward
};

// mnist, cifar10, resnet20, resnet18. Throws Error for others.
const NetworkLoad& network_load(const std::string& name);
const std::vector<NetworkLoad>& network_loads();

// What processes send of each synapse.
struct Sending {
    double dealt_bits = 16, gathered_bits = 2;
    bool votes = false;
};

struct Machines {
    int count = 2;
    double image_seconds = 0;    // of one image in one machine, forward, back and gradient
    double update_seconds = 0;   // of a step, whatever its images: packing, pulses
    double synapse_seconds = 0;  // of a synapse put into a field, added and taken out again
    double latency = 0;  // of one message; a sum of all takes log2(count) of them, rounded up
    double message_seconds = 0;   // of each message beside the first that a process sends at once
    double bytes_per_second = 0;  // that a machine sends while as many arrive
};

// A step in which each machine has `images` images, which need not be whole.
double step_seconds(const NetworkLoad& network, const Sending& sending, const Machines& machines,
                    double images);

// Of `count` machines that share a batch, or have a batch each where `grows`: how much of what they
// compute alone is left, 1 where nothing is lost.
double efficiency(const NetworkLoad& network, const Sending& sending, const Machines& machines,
                  double batch, bool grows);

}  // namespace crossbar
