// Settings of single layers: what names them, what adds up, and that layers which all have the same
// are a network that has it.
#include <catch2/catch.hpp>

#include "analysis/deploy.hpp"
#include "session/layer_settings.hpp"
#include "session/resolve.hpp"
#include "target_testing.hpp"

using namespace target_testing;

namespace {

RunSettings with(const std::string& layer, int weight_bits = 8) {
    RunSettings settings;
    settings.training.network = every_stage;  // four layers
    settings.training.weight_bits = weight_bits;
    settings.layer = layer;
    return settings;
}

std::string error_of(const std::string& layer) {
    try {
        target_of(with(layer));
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

std::uint64_t trained(const RunSettings& run, int threads_count = 1,
                      const Kernels& kernels = best_kernels()) {
    const Target target = target_of(run);
    const Plan plan = make_plan(run.training, target.hardware, 48, target.layers);
    Network net = make_network(every_stage, small_input, 3, plan, kernels);
    const Dataset data = pictures(small_input, 3, 48);
    Threads threads(threads_count);
    Workspace work = make_workspace(net, threads);
    for (std::uint64_t step = 1; step <= 8; ++step) {
        std::vector<std::uint32_t> images(8);
        std::iota(images.begin(), images.end(), static_cast<std::uint32_t>(step % 6 * 8));
        train_step(net, plan, 0, step, data, images, work, {kernels, threads});
    }
    return signature(net);
}

}  // namespace

TEST_CASE("layers are named by number, by place and by lists", "[layers]") {
    const auto numbers = [](const std::string& which) {
        std::vector<std::size_t> layers;
        for (const LayerSettings& layer : layer_settings(with(which + ":weight-bits=4")))
            layers.push_back(layer.layer + 1);
        return layers;
    };
    using Numbers = std::vector<std::size_t>;
    REQUIRE(numbers("2") == Numbers{2});
    REQUIRE(numbers("first") == Numbers{1});
    REQUIRE(numbers("last") == Numbers{4});
    REQUIRE(numbers("first,last") == Numbers{1, 4});
    REQUIRE(numbers("2..last") == Numbers{2, 3, 4});
    REQUIRE(numbers("3,1..2,2") == Numbers{1, 2, 3});
    for (const char* none : {"0", "5", "1..5", "x", "-1", "1.5", "99999999999999999999", "1,,2"})
        REQUIRE_THAT(error_of(std::string(none) + ":weight-bits=4"), Contains("is no layer"));
    REQUIRE_THAT(error_of("3..2:weight-bits=4"), Contains("names no layer"));
}

TEST_CASE("entries that are none are refused with what is nearest", "[layers]") {
    for (const char* none : {"1", "1:", ":weight-bits=4", "1:weight-bits", "1:weight-bits=", "1:=4",
                             ";", "1:weight-bits=4;", "1:weight-bits=4,"})
        REQUIRE_THAT(error_of(none), Contains("expected LAYER:KEY=VALUE"));
    REQUIRE_THAT(error_of("1:weigth-bits=4"), Contains("did you mean 'weight-bits'"));
    REQUIRE_THAT(error_of("1:weight_bits=4"), Contains("did you mean 'weight-bits'"));
    REQUIRE_THAT(error_of("1:targt=pcm"), Contains("did you mean 'target'"));
    REQUIRE_THAT(error_of("1:tiles.adcbits=4"), Contains("did you mean 'adc_bits'"));
    REQUIRE_THAT(error_of("1:rate=0.1"), Contains("is a setting of the whole network"));
    REQUIRE_THAT(error_of("1:target=pcn"), Contains("did you mean 'pcm'"));
    REQUIRE_THAT(error_of("2:weight-bits=0"), Contains("expected 1 to 16"));
    REQUIRE_THAT(error_of("2:weight-bits=four"), Contains("expected 1 to 16"));
    REQUIRE_THAT(error_of("2:tiles.adc_bits=99"), Contains("2..14") || Contains("2 to 14"));
    REQUIRE_THAT(error_of("1:inference.seconds=1;2:inference.seconds=2"),
                 Contains("read at the same times"));
}

TEST_CASE("what is said of a layer adds up, the last of a key counts", "[layers]") {
    const auto layers = layer_settings(
        with("1..2:target=pcm,stuck_low=0.1;2:stuck_low=0.2,weight-bits=4;2:weight-bits=5,"
             "bound_spread=[0.1,0.2]"));
    REQUIRE(layers.size() == 2);
    REQUIRE(layers[0].target == "pcm");
    REQUIRE(layers[0].device == "stuck_low=0.1");
    REQUIRE(layers[0].weight_bits == 0);
    REQUIRE(layers[1].weight_bits == 5);
    REQUIRE(layers[1].device == "stuck_low=0.2;bound_spread=[0.1,0.2]");
    for (const char* whole :
         {"", "1:weight-bits=4", "1,last:target=pcm,gamma=[1,2];2..3:weight-bits=3"})
        REQUIRE(text_of(parse_layer_changes(whole)) == whole);
}

TEST_CASE("a layer has the network's hardware but for what it says", "[layers]") {
    RunSettings settings = with("2:tiles.adc_bits=4;3:target=cell_2bit;4:target=pcm,weight-bits=5");
    settings.device = "tiles.adc_bits=9;tiles.rows=32";
    const Target target = target_of(settings);
    REQUIRE(target.hardware_of(0).tiles->adc_bits == 9);
    REQUIRE(target.hardware_of(1).tiles->adc_bits == 4);
    REQUIRE(target.hardware_of(1).tiles->rows == 32);
    REQUIRE(!target.hardware_of(2).tiles);  // a target of its own, as its file says
    REQUIRE(target.layers[0].weight_bits == 8);
    REQUIRE(target.layers[1].weight_bits == 2);
    REQUIRE(target.layers[2].weight_bits == 5);
    REQUIRE(fewest_bits(settings) == 2);
    REQUIRE(fewest_bits(with("1..last:weight-bits=8", 2)) == 8);
    REQUIRE(target.fingerprint != load_target("ideal", settings.device).fingerprint);
    REQUIRE(target_of(with("")).fingerprint == load_target("ideal").fingerprint);
    const Plan plan = make_plan(settings.training, target.hardware, 0, target.layers);
    REQUIRE(plan.layer(0).tiles->adc_bits == 9);
    REQUIRE(plan.layer(1).tiles->adc_bits == 4);
    REQUIRE(plan.layer(3).device->top == top_synapse_level(5));
    REQUIRE_THROWS_WITH(network_of("fc 3", small_input, 3, plan), Contains("layers 1 to 1"));
}

TEST_CASE("layers that all have the same are a network that has it", "[layers]") {
    struct Pair {
        const char *target, *device, *layer;
        int bits;
    };
    for (const Pair& pair :
         {Pair{"ideal", "", "1:weight-bits=4;2..3:weight-bits=4;last:weight-bits=4", 4},
          Pair{"ideal", "", "1..last:weight-bits=12", 12}, Pair{"pcm", "", "1..last:target=pcm", 8},
          Pair{"ideal", "tiles.adc_bits=5", "1..last:tiles.adc_bits=5", 8}})
        for (const char* rule : {"bm1", "bm4", "sgd"})
            for (const BatchNormMode bn : {BatchNormMode::plain, BatchNormMode::affine}) {
                RunSettings all = with(""), each = with(pair.layer);
                for (RunSettings* run : {&all, &each}) {
                    run->training = settings_of(rule, "frsf", bn);
                    run->training.network = every_stage;
                }
                all.training.weight_bits = pair.bits;
                all.target = pair.target;
                all.device = pair.device;
                INFO(pair.layer << " " << rule);
                REQUIRE(trained(each) == trained(all));
            }
}

TEST_CASE("a network of unlike layers has one signature and goes on from a checkpoint",
          "[layers]") {
    const RunSettings mixed = with(
        "first:weight-bits=4,tiles.adc_bits=6;2:target=reram_sb;3:weight-bits=2;last:weight-"
        "bits=12");
    const std::uint64_t expected = trained(mixed);
    REQUIRE(expected != trained(with("")));
    REQUIRE(trained(mixed, 3) == expected);
    for (const Kernels* set : all_kernels())
        if (set->available()) REQUIRE(trained(mixed, 1, *set) == expected);

    const Target target = target_of(mixed);
    const Plan plan = make_plan(mixed.training, target.hardware, 0, target.layers);
    const Network net = network_of(every_stage, small_input, 3, plan);
    REQUIRE_THAT(format_of(net), Contains("fixed 4 8 2 12") && Contains(", layer 2 on devices"));
    replace_file(own_file(), checkpoint_of("", {}, net));
    Network second = network_of(every_stage, small_input, 3, plan);
    restore(load_checkpoint(own_file()), second);
    REQUIRE(signature(second) == signature(net));
    RunSettings other = mixed;
    other.layer += ";2:pulse=0.5";
    const Target changed = target_of(other);
    Network third = network_of(every_stage, small_input, 3,
                               make_plan(other.training, changed.hardware, 0, changed.layers));
    REQUIRE_THROWS_WITH(restore(load_checkpoint(own_file()), third),
                        Contains("is of another network"));
    fs::remove(own_file());
}

TEST_CASE("layers are written where their targets say so", "[layers]") {
    const RunSettings one = with("2:inference.write_spread=[2,0,0]");
    const Target target = target_of(one);
    const Plan plan = make_plan(one.training, target.hardware, 0, target.layers);
    const Network net = network_of(every_stage, small_input, 3, plan);
    REQUIRE(reading_times(target) == std::vector<double>{0});
    const Deployed copy = written(net, conductances_of(target.hardware, target.layers, 4, 0), plan);
    for (const std::size_t i : {0u, 2u, 3u}) {
        REQUIRE(copy.layers[i].writings == 0);
        REQUIRE(copy.network.layers[i].forward.levels == net.layers[i].forward.levels);
    }
    REQUIRE(copy.layers[1].writings == 2 * net.layers[1].forward.size());
    REQUIRE(copy.network.layers[1].forward.bits == 16);
}
