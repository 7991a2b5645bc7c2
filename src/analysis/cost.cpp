// Counts the events of each layer, then charges them; the formulas are the table of
// docs/devices.md, section 9.
#include "analysis/cost.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "analysis/deploy.hpp"
#include "analysis/geometry.hpp"
#include "array/device_array.hpp"
#include "base/check.hpp"
#include "base/fixed.hpp"

namespace crossbar {
namespace {

// The energy of a SAR ADC's 6-bit conversion in joules, by node (DNN+NeuroSim V2.1).
double conversion_j(const CostFigures& f, int bits) {
    constexpr std::array<std::pair<int, double>, 6> figures = {
        {{65, 0.423}, {45, 0.278}, {32, 0.167}, {22, 0.104}, {14, 0.074}, {7, 0.041}}};
    for (const auto& [node, picojoules] : figures)
        if (node == f.node) return picojoules * 1e-12 * (bits + 1) / 7;
    return 0;
}

double real(std::size_t n) {
    return static_cast<double>(n);
}

double mean_conductance(const CostFigures& f, double share) {
    if (f.on_ohm == 0) return 0;
    const double high = 1 / f.on_ohm, low = high / f.on_off;
    return low + (high - low) * share;
}

// Mean level of a layer's devices, as a share of their range.
double mean_level(const SynapseArray& a) {
    double sum = 0;
    const auto& device = a.devices.device;
    const std::size_t planes = device && device->two() ? 2 : 1;
    const double top = top_synapse_level(a.bits);
    for (std::size_t plane = 0; plane < planes; ++plane)
        for (std::size_t i = 0; i < a.size(); ++i)
            sum += device ? device_level(a, plane, i) / static_cast<double>(device->highest)
                          : (level_at(a, i) + top) / (2 * top);
    return sum / (real(a.size()) * real(planes));
}

// The same of an ideal array that is written into pairs, one device of each empty.
double mean_written_level(const SynapseArray& a) {
    if (a.devices.device) return mean_level(a);
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::abs(level_at(a, i));
    return sum / (2 * real(a.size()) * top_synapse_level(a.bits));
}

// What reads and writes the arrays of all layers, and what it charges.
struct Periphery {
    CostFigures f;
    double tile_rows = 128, tile_columns = 128;
    int adc_bits = 6;
    bool known = false;
    std::optional<TileSpec> tiles, feedback_tiles;
};

// Columns that a synapse of levels up to `top` is read by: one per device, or a pair per slice.
double columns_of(const std::optional<TileSpec>& tiles, int top, double devices) {
    return tiles && tiles->slice_bits > 0 ? 2.0 * slices_for(*tiles, top) : devices;
}

double forward_columns(const Periphery& p, const Layer& layer) {
    return columns_of(p.tiles, top_synapse_level(layer.forward.bits), geometry_of(layer).devices);
}

double feedback_columns(const Periphery& p, const Layer& layer) {
    const int top = layer.feedback.levels.empty() ? top_synapse_level(layer.forward.bits)
                                                  : top_level(layer.feedback.bits);
    return columns_of(p.feedback_tiles, top, geometry_of(layer).devices);
}

Periphery periphery_of(const Hardware& hardware) {
    Periphery p;
    p.known = hardware.cost.has_value();
    if (hardware.cost) p.f = *hardware.cost;
    p.adc_bits = p.f.adc_bits;
    p.tiles = hardware.tiles;
    p.feedback_tiles = hardware.feedback_tiles;
    if (hardware.tiles) {
        p.tile_rows = hardware.tiles->rows;
        p.tile_columns = hardware.tiles->columns;
        if (hardware.tiles->adc_bits > 0) p.adc_bits = hardware.tiles->adc_bits;
    }
    return p;
}

enum PartIndex {
    reads,
    dac,
    adc,
    pulses,
    phases,
    half,
    refreshes,
    first_writing,
    verify,
    sign_wire,
    sign_copy,
    trace,
    gradient,
    digital
};

std::vector<CostPart> empty_parts() {
    return {{"array reads", "cells read"},
            {"DAC", "rows driven"},
            {"ADC", "conversions"},
            {"pulses", "pulses on devices"},
            {"programming phases", "phases"},
            {"half-selected", "cells at V/2"},
            {"refresh", "pulses on devices"},
            {"first writing", "pulses on devices"},
            {"verify", "devices read"},
            {"sign wire", "signs"},
            {"sign copy", "feedback synapses written"},
            {"trace memory", "bits"},
            {"gradient memory", "bits"},
            {"digital", "multiply-accumulates"}};
}

void add(CostPart& part, double events, double joules, double seconds = 0) {
    part.events += events;
    part.joules += joules;
    part.seconds += seconds;
}

// What an array's rows are given is applied bit after bit, its columns are converted each time.
void add_reading(std::vector<CostPart>& parts, const Periphery& p, double positions,
                 const ArrayReading& r, int bits, double conductance) {
    const CostFigures& f = p.f;
    const double cycles = positions * std::max(bits - 1, 1);
    const double cells = cycles * r.cells;
    const double conversions = cycles * r.columns * std::ceil(r.column_rows / p.tile_rows);
    const double turns = std::min<double>(f.columns_per_adc, std::min(r.by_turns, p.tile_columns));
    // Half of the bits are 1.
    add(parts[reads], cells, cells / 2 * f.read_volt * f.read_volt * conductance * f.read_ns * 1e-9,
        cycles * f.read_ns * 1e-9);
    add(parts[dac], cycles * r.rows, cycles * r.rows * f.dac_pj * 1e-12);
    add(parts[adc], conversions, conversions * conversion_j(f, p.adc_bits),
        cycles * turns * (p.adc_bits + 1) * 1e-9);
}

void add_digital(std::vector<CostPart>& parts, const Periphery& p, double macs) {
    add(parts[digital], macs, macs * p.f.mac_pj * 1e-12);
}

// One image forward, through the array that is trained or the one that it is written into;
// normalisation scales and shifts each output.
void add_forward(std::vector<CostPart>& parts, const Periphery& p, const Layer& layer, bool written,
                 int bits) {
    const Geometry g = geometry_of(layer);
    const double columns = written && !layer.forward.devices.device ? 2 : forward_columns(p, layer);
    const double level = written ? mean_written_level(layer.forward) : mean_level(layer.forward);
    add_reading(parts, p, g.positions, forward_reading(g, columns, p.tile_rows), bits,
                mean_conductance(p.f, level));
    add_digital(parts, p, 2 * g.positions * g.outputs);
}

// One image backward: errors through the feedback array to the layer below, and the gradient.
void add_backward(std::vector<CostPart>& parts, const Periphery& p, const Layer& layer, int bits) {
    const Geometry g = geometry_of(layer);
    if (layer.passes_delta)
        add_reading(parts, p, g.positions, back_reading(g, feedback_columns(p, layer)), bits,
                    mean_conductance(p.f, 0.5));
    add_digital(parts, p, 4 * g.positions * g.outputs);
    if (!layer.learns) return;
    add_digital(parts, p, g.positions * g.synapses());
    add(parts[gradient], 64 * g.synapses(), 64 * g.synapses() * p.f.sram_pj_per_bit * 1e-12);
}

// A synapse's; of counters that several share, a part of one.
double trace_bits_of(const Plan& plan) {
    if (plan.rule->counts_votes)
        return (1.0 + std::bit_width(static_cast<unsigned>(plan.counter_top))) / plan.counter_share;
    return plan.rule->sign_only ? 16 : 32;
}

// Pulses so far, spread over the images.
void add_pulses(std::vector<CostPart>& parts, const Periphery& p, const Layer& layer,
                const SynapseArray& a, double images, double steps) {
    const CostFigures& f = p.f;
    const Geometry g = geometry_of(layer);
    const auto& device = a.devices.device;
    const bool sided = device && device->cells == Cells::one_sided;
    const bool carries = device && device->cells == Cells::carry;
    const double sent = static_cast<double>(a.pulses) * (sided || carries ? 1 : g.devices);
    const double set_share = sided ? 1 : 0.5;
    const double conductance = mean_conductance(f, mean_level(a));
    const double set_j = f.set[0] * f.set[0] * f.set[1] * conductance;
    const double reset_j = f.reset[0] * f.reset[0] * f.reset[1] * conductance;
    const double pulse_j = set_share * set_j + (1 - set_share) * reset_j;
    const double columns = (g.depthwise ? on_diagonal(g, p.tile_rows) : g.outputs) * g.devices;
    const double phases_a_batch = f.by_column ? 2 * std::min(columns, p.tile_columns) : 4;
    const double train = std::max(1.0, static_cast<double>(a.pulses) / (g.synapses() * steps));
    const double all = phases_a_batch * train * steps;
    add(parts[pulses], sent / images, sent / images * pulse_j);
    // The feedback array gets its pulses at the same time.
    if (&a == &layer.forward)
        add(parts[phases], all / images, 0, all / images * (f.set[1] + f.reset[1]) / 2);
    const double halves = all * g.synapses() * g.devices / 2;
    add(parts[half], halves / images, halves / images * (set_j + reset_j) / 8);
    const double written = static_cast<double>(a.devices.first_pulses);
    add(parts[first_writing], written / images, written / images * pulse_j);
    const double seen = static_cast<double>(a.devices.verify_reads) / images;
    add(parts[verify], seen, seen * f.read_volt * f.read_volt * conductance * f.read_ns * 1e-9);
    if (!sided && !carries) return;
    double worn = 0;
    for (const auto& plane : a.devices.wear)
        for (const std::uint16_t n : plane)
            worn += n;
    const double more = std::max(worn - sent - written, 0.0);
    const double resets = sided ? 2 * static_cast<double>(a.devices.refreshes) : more / 2;
    const double sets = std::max(more - resets, 0.0);
    add(parts[refreshes], more / images,
        (sets * set_j + std::min(resets, more) * reset_j) / images);
}

// Feedback synapses written anew so far: half of the pulses are SET, half RESET.
void add_copies(std::vector<CostPart>& parts, const Periphery& p, const Layer& layer,
                const LayerPlan& plan, double images) {
    const CostFigures& f = p.f;
    const double set = f.set[0] * f.set[0] * f.set[1], reset = f.reset[0] * f.reset[0] * f.reset[1];
    const double sent = plan.feedback_device ? plan.feedback_device->copy_pulses : 2;
    const double copies = static_cast<double>(layer.feedback.copies) / images;
    add(parts[sign_copy], copies, copies * sent * (set + reset) / 2 * mean_conductance(f, 0.5));
}

// What a batch adds beside pulses: the trace is read and written, signs go to the feedback array
// where they are compared.
void add_update(std::vector<CostPart>& parts, const Periphery& p, const Layer& layer,
                const Plan& plan, double batches) {
    const double n = geometry_of(layer).synapses() * batches;
    const double bits = 2.0 * trace_bits_of(plan) * n;
    add(parts[trace], bits, bits * p.f.sram_pj_per_bit * 1e-12);
    if (plan.feedback->signs_follow && plan.feedback->magnitude != Magnitude::forward)
        add(parts[sign_wire], n, n * p.f.sram_pj_per_bit * 1e-12);
    add_digital(parts, p, 2 * n);
}

// 8-bit weights in SRAM, a row of them read a cycle; the products are digital.
std::vector<CostPart> sram_parts() {
    return {{"weight reads", "bits"},
            {"multiply-accumulate", "multiply-accumulates"},
            {"weight and trace writes", "bits"}};
}

void add_sram(std::vector<CostPart>& parts, const Periphery& p, double positions, double inputs,
              double outputs) {
    const double macs = positions * inputs * outputs;
    add(parts[0], 8 * macs, 8 * macs * p.f.sram_pj_per_bit * 1e-12,
        positions * inputs * p.f.clock_ns * 1e-9);
    add(parts[1], macs, macs * p.f.mac_pj * 1e-12);
}

// The network is written once: a writing is one SET pulse, for its figures have nothing else.
std::vector<CostPart> writing_parts(std::span<const Periphery> peripheries, const Network& net,
                                    const Plan& plan, const LayerTables& tables) {
    if (std::none_of(tables.begin(), tables.end(), [](const auto& table) { return !!table; }))
        return {};
    std::vector<CostPart> parts = {{"writing", "writings"}, {"verify", "devices read"}};
    const Deployed copy = written(net, tables, plan);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const CostFigures& f = peripheries[i].f;
        const double conductance = mean_conductance(f, mean_written_level(net.layers[i].forward));
        const auto writings = static_cast<double>(copy.layers[i].writings);
        const auto readings = static_cast<double>(copy.layers[i].readings);
        add(parts[0], writings, writings * f.set[0] * f.set[0] * f.set[1] * conductance);
        add(parts[1], readings,
            readings * f.read_volt * f.read_volt * conductance * f.read_ns * 1e-9);
    }
    return parts;
}

// Activations that stages add, and deltas where those of several readers meet.
void add_additions(Cost& cost, const Periphery& p, const Network& net) {
    double forward = 0, back = 0;
    for (const Stage& stage : net.stages)
        forward += traits_of(stage.kind).additions * real(stage.out.size());
    for (const BackwardStep& step : plan_backward(net.stages).steps)
        if (step.sum >= 0)
            back += real(net.stages[static_cast<std::size_t>(step.input)].out.size());
    const auto digital_design = [&](CostPart& part, double n) {
        add(part, n, n * p.f.mac_pj * 1e-12);
    };
    add_digital(cost.inference, p, forward);
    add_digital(cost.training, p, forward + back);
    digital_design(cost.sram_inference[1], forward);
    digital_design(cost.sram_training[1], forward + back);
}

void forget_what_is_not_known(std::vector<CostPart>& parts) {
    for (CostPart& part : parts)
        part.joules = part.seconds = 0;
}

void add_areas(Cost& cost, std::span<const Periphery> peripheries, const Network& net,
               const Plan& plan) {
    const bool own = plan.feedback->magnitude != Magnitude::forward;
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const Layer& layer = net.layers[i];
        const Periphery& p = peripheries[i];
        const double square = std::pow(p.f.node * 1e-9, 2);
        const Geometry g = geometry_of(layer);
        const double cells = g.synapses() * on_diagonal(g, p.tile_rows) *
                             (forward_columns(p, layer) + (own ? feedback_columns(p, layer) : 0));
        const double memory = g.synapses() * (trace_bits_of(plan) + 32);
        cost.square_metres += (cells * (p.f.crossbar_cells ? 4 : 16) + memory * 160) * square;
        const int bits = 8 + (own ? layer.feedback.bits : 0);
        cost.sram_square_metres += (g.synapses() * bits + memory) * 160 * square;
    }
}

std::vector<Periphery> peripheries_of(const Hardware& hardware,
                                      std::span<const LayerHardware> layers, std::size_t count) {
    std::vector<Periphery> all(count, periphery_of(hardware));
    for (const LayerHardware& layer : layers)
        all.at(layer.layer) = periphery_of(layer.hardware);
    return all;
}

// An image forward: as it is tested, written where there are tables, and as it is trained.
void add_inference(Cost& cost, const Periphery& p, const Layer& layer,
                   const ConductanceTables* written, const Plan& plan) {
    const Geometry g = geometry_of(layer);
    add_forward(cost.inference, p, layer, written != nullptr, plan.activation_bits);
    add_forward(cost.training, p, layer, false, plan.activation_bits);
    if (written != nullptr && written->compensation)
        add_digital(cost.inference, p, g.positions * g.outputs);
    for (auto* parts : {&cost.sram_inference, &cost.sram_training})
        add_sram(*parts, p, g.positions, g.inputs, g.outputs);
}

// Its way back, and its share of what its batch changes.
void add_training(Cost& cost, const Periphery& p, const Layer& layer, std::size_t index,
                  const Plan& plan, double n, double batches) {
    const Geometry g = geometry_of(layer);
    if (!layer.learns && !layer.passes_delta) return;
    add_backward(cost.training, p, layer, plan.error_bits);
    if (layer.passes_delta)
        add_sram(cost.sram_training, p, g.positions, g.depthwise ? g.inputs : g.outputs,
                 g.depthwise ? g.outputs : g.inputs);
    if (!layer.learns) return;
    add_pulses(cost.training, p, layer, layer.forward, n, batches);
    if (layer.feedback.pulsed)
        add_pulses(cost.training, p, layer, *layer.feedback.pulsed, n, batches);
    add_update(cost.training, p, layer, plan, batches / n);
    add_copies(cost.training, p, layer, plan.layer(index), n);
    const double macs = g.positions * g.synapses();
    add(cost.sram_training[1], macs, macs * p.f.mac_pj * 1e-12);
    const double written = (layer.feedback.pulsed ? 32 : 16) + 2.0 * trace_bits_of(plan);
    const double bits = g.synapses() * (64 + batches / n * written);
    add(cost.sram_training[2], bits, bits * p.f.sram_pj_per_bit * 1e-12);
}

}  // namespace

Cost cost_of(const Network& net, const Plan& plan, const Hardware& hardware, std::uint64_t images,
             std::uint64_t steps, std::span<const LayerHardware> layers) {
    ENSURE(images > 0 && steps > 0);
    const std::vector<Periphery> all = peripheries_of(hardware, layers, net.layers.size());
    const bool known =
        std::all_of(all.begin(), all.end(), [](const Periphery& p) { return p.known; });
    const LayerTables tables = conductances_of(hardware, layers, net.layers.size(), 0);
    Cost cost{known,        empty_parts(), empty_parts(),
              sram_parts(), sram_parts(),  writing_parts(all, net, plan, tables)};
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        add_inference(cost, all[i], net.layers[i], tables[i].get(), plan);
        add_training(cost, all[i], net.layers[i], i, plan, static_cast<double>(images),
                     static_cast<double>(steps));
    }
    add_additions(cost, periphery_of(hardware), net);
    add_areas(cost, all, net, plan);
    if (known) return cost;
    for (auto* parts : {&cost.inference, &cost.training, &cost.sram_inference, &cost.sram_training,
                        &cost.writing})
        forget_what_is_not_known(*parts);
    cost.square_metres = cost.sram_square_metres = 0;
    return cost;
}

CostPart total(const std::vector<CostPart>& parts) {
    CostPart sum{"all", ""};
    for (const CostPart& part : parts)
        add(sum, 0, part.joules, part.seconds);
    return sum;
}

}  // namespace crossbar
