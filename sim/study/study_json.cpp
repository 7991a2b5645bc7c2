// A study for other programs, as JSON: its table, and what is foretold and done of it.
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "study/overview.hpp"
#include "study/study.hpp"

namespace crossbar::sim {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json run_json(const Overview& o, std::size_t i) {
    const StudyRun& run = o.runs[i];
    const RunState& state = o.states[i];
    Json row;
    row["key"] = run.labels.key;
    row["label"] = run.labels.label;
    row["seed"] = run.settings.training.seed;
    row["shard"] = o.shards[i];
    row["state"] = stage_names[static_cast<std::size_t>(state.stage)];
    row["epochs"] = run.settings.training.epochs;
    row["epochs_done"] = state.epochs;
    row["operations"] = run.operations;
    if (!state.who.empty()) row["by"] = state.who;
    if (!state.since.empty()) row["since"] = state.since;
    if (!state.why.empty()) row["reason"] = state.why;
    if (o.trials.runs.empty()) return row;
    row["seconds"] = o.trials.runs[i].seconds;
    row["memory_bytes"] = o.trials.runs[i].bytes;
    return row;
}

void add_sum(Json& json, const Overview& o, const Sum& sum) {
    json["runs"] = sum.runs;
    json["left"] = sum.left;
    if (o.trials.runs.empty()) return;
    json["seconds"] = sum.seconds;
    json["longest_seconds"] = sum.longest;
    json["memory_bytes"] = sum.bytes;
}

}  // namespace

std::string json_of(const Overview& o) {
    Json json;
    json["store"] = o.store;
    add_sum(json, o, sum_of(o, o.shard.count > 1 ? o.shard.number : 0));
    for (const char* name : stage_names)
        json[name] = 0;
    for (std::size_t i = 0; i < o.runs.size(); ++i)
        if (o.shard.count == 1 || o.shards[i] == o.shard.number) {
            Json& count = json[stage_names[static_cast<std::size_t>(o.states[i].stage)]];
            count = count.get<int>() + 1;
        }
    if (!o.trials.runs.empty()) {
        json["jobs"] = o.jobs;
        json["threads"] = o.threads;
        json["foretold"] = o.trials.told;
    }
    if (o.shard.count > 1) {
        json["shard"] = fmt::format("{}/{}", o.shard.number, o.shard.count);
        for (int number = 1; number <= o.shard.count; ++number) {
            Json row;
            row["shard"] = number;
            add_sum(row, o, sum_of(o, number));
            json["shards"].push_back(row);
        }
    }
    json["list"] = Json::array();
    for (std::size_t i = 0; i < o.runs.size(); ++i)
        if (o.shard.count == 1 || o.shards[i] == o.shard.number)
            json["list"].push_back(run_json(o, i));
    return text_of(json);
}

std::string json_of(const Study& study, const Store& store) {
    Json list = Json::array();
    for (const StudyRun& run : study.runs) {
        Json row;
        row["row"] = study.rows[run.row].label;
        row["column"] = study.columns[run.column].label;
        row["seed"] = run.settings.training.seed;
        row["data"] = run.settings.data;
        row["key"] = run.labels.key;
        const StoredRun* stored = stored_for(run, store);
        row["error_percent"] = stored ? Json(stored->error) : Json();
        list.push_back(row);
    }
    return text_of(list);
}

}  // namespace crossbar::sim
