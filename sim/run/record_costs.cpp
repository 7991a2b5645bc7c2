// Counts and figures of cost, memory and exchange as JSON.
#include "run/record_costs.hpp"

#include <cmath>

#include "analysis/exchange.hpp"
#include "run/cost_report.hpp"
#include "run/memory_report.hpp"

namespace crossbar::sim {
namespace {

Json parts_of(const std::vector<CostPart>& parts) {
    Json list = Json::array();
    for (const CostPart& part : parts) {
        Json row;
        row["part"] = part.name;
        row["counted"] = part.event;
        row["events"] = part.events;
        row["joules"] = part.joules;
        row["seconds"] = part.seconds;
        list.push_back(row);
    }
    return list;
}

}  // namespace

double rounded(double value) {
    return std::round(value * 1e4) / 1e4;
}

Json ratio(double part, double whole, double factor) {
    return whole > 0 ? Json(rounded(factor * part / whole)) : Json();
}

void add_memory(Json& record, const Run& e, bool diagnose) {
    const MemoryUse use = network_memory(e, diagnose);
    record["memory_images_bytes"] = image_bytes(e);
    record["memory_synapses_bytes"] = use.synapses;
    record["memory_gradient_bytes"] = use.gradient;
    record["memory_packed_bytes"] = use.packed;
    record["memory_batch_bytes"] = use.batch;
    record["memory_scratch_bytes"] = use.scratch;
}

Json cost_record(const Run& e) {
    const Cost cost = cost_of(e);
    const Wear wear = wear_of(e);
    Json record;
    record["figures"] = cost.figures;
    record["inference"] = parts_of(cost.inference);
    record["training"] = parts_of(cost.training);
    record["sram_inference"] = parts_of(cost.sram_inference);
    record["sram_training"] = parts_of(cost.sram_training);
    record["writing"] = parts_of(cost.writing);
    record["square_metres"] = cost.square_metres;
    record["sram_square_metres"] = cost.sram_square_metres;
    record["pulses_per_device_mean"] = wear.mean;
    record["pulses_per_device_median"] = wear.counts.empty() ? Json() : Json(wear.median);
    record["pulses_per_device_most"] = wear.counts.empty() ? Json() : Json(wear.most);
    record["pulses_per_device_histogram"] = wear.counts;
    record["sign_copies_per_synapse"] = wear.copies;
    record["pulses_per_feedback_device_most"] =
        wear.feedback_most > 0 ? Json(wear.feedback_most) : Json();
    record["endurance"] = wear.endurance > 0 ? Json(wear.endurance) : Json();
    record["trainings_mean_device"] = wear.endurance > 0 ? Json(wear.trainings_mean) : Json();
    record["trainings_most_worn"] = wear.endurance > 0 ? Json(wear.trainings_most) : Json();
    return record;
}

Json exchange_of(const Run& e) {
    const auto* network = std::get_if<Network>(&e.network);
    if (!network || (!e.processes && e.plan.voting.voters < 2)) return {};
    const Exchange x =
        e.processes ? counted_exchange(*network, *e.processes, e.progress.step - e.first_step)
                    : exchange_of_voters(*network, e.plan.voting);
    Json record;
    record[e.processes ? "processes" : "voters"] = x.parts;
    record["gradient_bytes_per_step"] = rounded(x.gradients);
    if (e.processes) record["small_bytes_per_step"] = rounded(x.small);
    if (e.processes) record["waits_per_step"] = rounded(x.waits);
    record["int32_bytes_per_step"] = rounded(x.int32);
    record["share_of_int32"] = ratio(x.gradients + x.small, x.int32, 1);
    return record;
}

}  // namespace crossbar::sim
