// Pulses onto levels or devices; refresh and retention of devices; in pieces.
#include "training/pulses.hpp"

#include <algorithm>

#include "base/random_address.hpp"

namespace crossbar {
namespace {

constexpr std::size_t chunk = 8192;

// The streams of a layer's devices, the second for the second device of a `pair`.
struct DeviceStreams {
    Stream first, second;

    DeviceStreams(std::uint64_t seed, Purpose purpose, std::size_t layer, std::uint64_t step)
        : first(stream(seed, purpose, lanes::device(layer, 0), step)),
          second(stream(seed, purpose, lanes::device(layer, 1), step)) {}
};

// Of synapses without devices: each pulse moves one level.
void move_levels(SynapseArray& a, std::size_t first, std::size_t n, const std::int8_t* pulses) {
    std::int8_t* const levels = std::get<std::vector<std::int8_t>>(a.levels).data() + first;
    const int top = top_synapse_level(a.bits);
    for (std::size_t i = 0; i < n; ++i)
        levels[i] = static_cast<std::int8_t>(std::clamp(levels[i] + pulses[i], -top, top));
}

// scratch.pulses to the devices, behind the carries that they ask for.
void send_devices(SynapseArray& a, std::size_t first, std::size_t n, const Stream& s,
                  std::size_t layer, DeviceScratch& scratch, const Kernels& kernels) {
    const DeviceTables& d = *a.devices.device;
    if (d.cells == Cells::carry && d.refresh_every == 0) {
        const DeviceStreams writing(s.seed, Purpose::verified_pulse, layer, s.step);
        scratch.refreshes +=
            carry(a, Carry::pulsed, first, n, writing.first, writing.second, scratch, kernels);
    }
    const DeviceStreams streams(s.seed, Purpose::device_pulse, layer, s.step);
    program(a, first, n, streams.first, streams.second, scratch, kernels);
}

void add_devices(SynapseArray& a, const DeviceScratch& scratch) {
    a.devices.refreshes += scratch.refreshes;
    a.devices.verify_reads += scratch.reads;
}

// Now and then one-sided pairs start again, and digits are carried; see device_array.hpp.
void refresh_array(SynapseArray& a, std::size_t index, const Plan& plan, std::uint64_t step,
                   Workspace& work, const Compute& compute) {
    const auto& device = a.devices.device;
    if (!device || (device->cells != Cells::one_sided && device->cells != Cells::carry) ||
        device->refresh_every == 0 || step % static_cast<std::uint64_t>(device->refresh_every) != 0)
        return;
    clear_counts(work);
    const DeviceStreams draws(plan.seed, Purpose::verified_pulse, index, step);
    compute.threads.share(a.size(), chunk, [&](std::size_t first, std::size_t last, int thread) {
        DeviceScratch& s = work.scratch[static_cast<std::size_t>(thread)].devices;
        if (device->cells == Cells::carry)
            s.refreshes += carry(a, Carry::all, first, last - first, draws.first, draws.second, s,
                                 compute.kernels);
        else if (device->verify_tries == 0)
            s.refreshes += refresh(a, first, last);
        else
            s.refreshes +=
                refresh_verified(a, first, last, draws.first, draws.second, s, compute.kernels);
    });
    add_counts(a, nullptr, 0, work);
}

void leak_array(SynapseArray& a, std::size_t index, const Plan& plan, std::uint64_t step,
                Workspace& work, const Compute& compute) {
    const auto& device = a.devices.device;
    if (!device || device->leak_every == 0 ||
        step % static_cast<std::uint64_t>(device->leak_every) != 0)
        return;
    const DeviceStreams draws(plan.seed, Purpose::leakage, index, step);
    compute.threads.share(a.size(), chunk, [&](std::size_t first, std::size_t last, int thread) {
        leak(a, first, last - first, draws.first, draws.second,
             work.scratch[static_cast<std::size_t>(thread)].devices, compute.kernels);
    });
}

}  // namespace

void clear_counts(Workspace& work) {
    for (Scratch& scratch : work.scratch)
        for (DeviceScratch* devices : {&scratch.devices, &scratch.back_devices})
            devices->reads = devices->refreshes = 0;
}

void send(SynapseArray& a, SynapseArray* back, std::size_t first, std::size_t n, const Stream& s,
          Scratch& scratch, const Kernels& kernels) {
    std::vector<std::int8_t>& pulses = scratch.devices.pulses;
    if (!a.devices.device) {
        move_levels(a, first, n, pulses.data());
        if (back != nullptr) move_levels(*back, first, n, pulses.data());
        return;
    }
    const std::size_t layer = lanes::layer_of(s);
    if (back != nullptr) {
        ensure(scratch.back_devices.pulses, n);
        std::copy_n(pulses.begin(), n, scratch.back_devices.pulses.begin());
        send_devices(*back, first, n, s, lanes::pulsed_back(layer), scratch.back_devices, kernels);
    }
    send_devices(a, first, n, s, layer, scratch.devices, kernels);
}

void add_counts(SynapseArray& a, SynapseArray* back, std::uint64_t sent, const Workspace& work) {
    a.pulses += sent;
    if (back != nullptr) back->pulses += sent;
    for (const Scratch& scratch : work.scratch) {
        add_devices(a, scratch.devices);
        if (back != nullptr) add_devices(*back, scratch.back_devices);
    }
}

void refresh_layer(Layer& layer, std::size_t index, const Plan& plan, std::uint64_t step,
                   Workspace& work, const Compute& compute) {
    refresh_array(layer.forward, index, plan, step, work, compute);
    if (layer.feedback.pulsed)
        refresh_array(*layer.feedback.pulsed, lanes::pulsed_back(index), plan, step, work, compute);
}

void leak_layer(Layer& layer, std::size_t index, const Plan& plan, std::uint64_t step,
                Workspace& work, const Compute& compute) {
    leak_array(layer.forward, index, plan, step, work, compute);
    if (layer.feedback.pulsed)
        leak_array(*layer.feedback.pulsed, lanes::pulsed_back(index), plan, step, work, compute);
}

}  // namespace crossbar
