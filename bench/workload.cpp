// Random data and networks of the sizes that the benchmarks train.
#include "workload.hpp"

#include <numeric>

#include "base/random_address.hpp"
#include "training/trainer.hpp"

namespace crossbar::bench {

const std::vector<NetworkCase>& network_cases() {
    static const std::vector<NetworkCase> cases = {
        {"mnist",
         {28, 28, 1},
         10,
         "conv 5x5x20, bn, max 2x2/2, relu, conv 5x5x50, bn, max 2x2/2, relu, fc 500, bn, relu, "
         "fc 10"},
        {"cifar",
         {32, 32, 3},
         10,
         "conv 5x5x32 pad 2, bn, max 3x3/2, relu, conv 5x5x64 pad 2, bn, relu, avg 3x3/2, "
         "conv 5x5x64 pad 2, bn, relu, avg 3x3/2, fc 128, bn, relu, fc 10"},
        {"119x119",
         {119, 119, 3},
         102,
         "conv 9x9x48/2, bn, max 2x2/2, relu, conv 5x5x128, bn, max 2x2/2, relu, conv 5x5x128, bn, "
         "max 3x3/2, relu, fc 256, bn, relu, fc 102"},
        {"resnet8",
         {32, 32, 3},
         10,
         "conv 3x3x16 pad 1, bn, relu as a, conv 3x3x16 pad 1, bn, relu, conv 3x3x16 pad 1, bn, "
         "add a, relu as a, conv 3x3x32/2 pad 1, bn, relu, conv 3x3x32 pad 1, bn as b, "
         "conv 1x1x32/2 from a, bn, add b, relu as a, conv 3x3x64/2 pad 1, bn, relu, "
         "conv 3x3x64 pad 1, bn as b, conv 1x1x64/2 from a, bn, add b, relu as a, avg all, fc 10"},
        {"resnet20",
         {32, 32, 3},
         10,
         "conv 3x3x16 pad 1, bn, relu as a, "
         "3 x [conv 3x3x16 pad 1, bn, relu, conv 3x3x16 pad 1, bn, add a, relu as a], "
         "conv 3x3x32/2 pad 1, bn, relu, conv 3x3x32 pad 1, bn as b, shortcut 32/2 from a, add b, "
         "relu as a, 2 x [conv 3x3x32 pad 1, bn, relu, conv 3x3x32 pad 1, bn, add a, relu as a], "
         "conv 3x3x64/2 pad 1, bn, relu, conv 3x3x64 pad 1, bn as b, shortcut 64/2 from a, add b, "
         "relu as a, 2 x [conv 3x3x64 pad 1, bn, relu, conv 3x3x64 pad 1, bn, add a, relu as a], "
         "avg all, fc 10"},
    };
    return cases;
}

const std::vector<NetworkCase>& layer_cases() {
    static const std::vector<NetworkCase> cases = [] {
        std::vector<NetworkCase> all = network_cases();
        all.push_back({"cifar100",
                       {32, 32, 3},
                       100,
                       "conv 5x5x64 pad 2, bn, max 3x3/2, relu, conv 5x5x128 pad 2, bn, relu, avg "
                       "3x3/2, conv 5x5x256 pad 2, bn, relu, avg 3x3/2, fc 512, bn, relu, fc 100"});
        all.push_back({"stl10",
                       {96, 96, 3},
                       10,
                       "conv 5x5x32/2, bn, max 3x3/2, relu, conv 5x5x64, bn, relu, avg 3x3/2, "
                       "conv 5x5x64, bn, relu, avg 3x3/2, fc 128, bn, relu, fc 10"});
        all.push_back({"timit80", {1, 1845, 1}, 80, "fc 512, bn, relu, fc 256, bn, relu, fc 80"});
        return all;
    }();
    return cases;
}

Dataset random_images(const NetworkCase& task, std::size_t images) {
    Dataset data{task.input, task.classes, {}, {}};
    data.pixels.resize(images * task.input.size());
    data.labels.resize(images);
    const Stream s = stream(1, Purpose::synthetic_image, 0, 0);
    for (std::size_t i = 0; i < data.pixels.size(); i += 16) {
        const auto block = random_block(s, static_cast<std::uint32_t>(i / 16));
        for (std::size_t b = 0; b < 16 && i + b < data.pixels.size(); ++b)
            data.pixels[i + b] = static_cast<std::uint8_t>(block[b / 4] >> (b % 4 * 8));
    }
    for (std::size_t i = 0; i < images; ++i)
        data.labels[i] = static_cast<std::uint16_t>(i % static_cast<std::size_t>(task.classes));
    return data;
}

Settings usual_settings() {
    Settings s;
    s.feedback = "frsf";
    s.rule = "bm1";
    s.bn = BatchNormMode::plain;
    s.batch = 100;
    return s;
}

Workbench::Workbench(const NetworkCase& task, const Settings& settings, int thread_count,
                     const Kernels& chosen)
    : plan(make_plan(settings)),
      kernels(chosen),
      threads(thread_count),
      compute{kernels, threads},
      network(make_network(task.text, task.input, task.classes, plan, kernels)),
      data(random_images(task, 4 * static_cast<std::size_t>(settings.batch))),
      work(make_workspace(network, threads)),
      batch(static_cast<std::size_t>(settings.batch)) {}

void Workbench::next_batch() {
    const std::size_t batches = data.count() / batch.size();
    std::iota(batch.begin(), batch.end(),
              static_cast<std::uint32_t>(step % batches * batch.size()));
    ++step;
}

void Workbench::train() {
    next_batch();
    train_step(network, plan, 0, step, data, batch, work, compute);
}

}  // namespace crossbar::bench
