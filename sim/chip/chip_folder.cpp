// Computes test vectors as a test does, and writes the files.
#include "chip/chip_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "base/check.hpp"
#include "base/random_address.hpp"
#include "base/replace_file.hpp"
#include "chip/chip_source.hpp"
#include "chip/learn_source.hpp"
#include "training/augment.hpp"
#include "training/trainer.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

TestVectors vectors_of(const Run& run, const Network& network, const DeployedNetwork& deployed,
                       std::size_t count) {
    const Dataset& data = run.data.test;
    const std::size_t images = std::min(count, data.count());
    const auto classes = static_cast<std::size_t>(network.classes);
    TestVectors vectors;
    vectors.pixels.assign(
        data.pixels.begin(),
        data.pixels.begin() + static_cast<std::ptrdiff_t>(images * data.shape.size()));
    Workspace work = make_workspace(network, *run.threads);
    pack_network(network, false, work, run.compute());
    for (std::size_t first = 0; first < images; first += evaluation_batch) {
        std::vector<std::uint32_t> batch(std::min(evaluation_batch, images - first));
        std::iota(batch.begin(), batch.end(), static_cast<std::uint32_t>(first));
        load_batch(network, data, batch, work, run.compute());
        work.step = random_steps::evaluation + first;
        forward(deployed, work, run.compute());
        vectors.logits.insert(
            vectors.logits.end(), work.logits().begin(),
            work.logits().begin() + static_cast<std::ptrdiff_t>(batch.size() * classes));
    }
    return vectors;
}

// The images from `first` on, as an epoch has them.
LearnVectors::Batch batch_of(const Dataset& data, std::span<const std::uint32_t> images,
                             const EpochView& view) {
    LearnVectors::Batch batch;
    std::vector<std::uint8_t> room(data.shape.size());
    for (const std::uint32_t image : images) {
        const std::uint8_t* pixels = seen_image(data, image, view, room.data());
        batch.pixels.insert(batch.pixels.end(), pixels, pixels + data.shape.size());
        batch.labels.push_back(data.labels[image]);
    }
    return batch;
}

// Goes on training, of which the checkpoint knows nothing.
void train_on(const Run& run, std::size_t count, Network& network, LearnVectors& vectors) {
    Workspace work = make_workspace(network, *run.threads);
    const Dataset& data = run.data.train;
    const auto most = static_cast<std::size_t>(run.plan.batch);
    int epoch = run.progress.epoch;
    std::size_t image = run.progress.image;
    std::uint64_t step = run.progress.step;
    std::vector<std::uint32_t> order = epoch_order(data.count(), run.plan.seed, epoch);
    for (std::size_t i = 0; i < count; ++i) {
        if (image == order.size()) {
            order = epoch_order(data.count(), run.plan.seed, ++epoch);
            image = 0;
        }
        const auto images = std::span(order).subspan(image, std::min(most, order.size() - image));
        vectors.batches.push_back(
            batch_of(data, images, {run.plan.augmentation, run.plan.seed, epoch}));
        train_step(network, run.plan, epoch, ++step, data, images, work, run.compute());
        image += images.size();
    }
    vectors.signature = signature(network);
}

// The files that learn, for the network as it is in the run; with what the program makes of the
// next batches, and of test images behind them.
CFiles learning_files(const Run& run, const Network& start, const std::string& name,
                      const LearnCounts& counts) {
    plan_learning(start, run.plan);  // refuses before it trains
    constexpr std::size_t most = std::size_t{1} << 30;
    const std::size_t bytes =
        counts.batches * static_cast<std::size_t>(run.plan.batch) * start.input.size();
    if (bytes > most)
        fail("--batches {}: the file would have {} MB, and {} are the most; give fewer",
             counts.batches, bytes >> 20, most >> 20);
    LearnVectors vectors;
    Network network = start;
    train_on(run, counts.batches, network, vectors);
    for (Layer& layer : network.layers)
        layer.norm.tested = layer.norm.running;
    const Dataset& data = run.data.test;
    std::vector<std::uint32_t> images(std::min(counts.tests, data.count()));
    std::iota(images.begin(), images.end(), 0u);
    vectors.tests = batch_of(data, images, {});
    vectors.logits = vectors_of(run, network, deploy(network), images.size()).logits;
    return learn_sources({start, run.plan, run.progress.step}, name, vectors);
}

}  // namespace

void write_c_folder(const Run& run, const std::string& folder, const std::string& name,
                    std::size_t vectors, const std::optional<LearnCounts>& learning) {
    const auto* network = std::get_if<Network>(&run.network);
    if (network == nullptr)
        fail(
            "--c {}: C sources are integers, and this network was trained in floats; train it with "
            "--arithmetic fixed",
            folder);
    const DeployedNetwork deployed = deploy(*network);
    CFiles files = c_sources(deployed, name, vectors_of(run, *network, deployed, vectors));
    if (learning)
        for (auto& file : learning_files(run, *network, name, *learning))
            files.push_back(std::move(file));
    std::error_code error;
    if (!fs::exists(fs::path(folder) / "runtime/cb_net.h", error))
        for (const auto& [path, bytes] : files)
            if (fs::exists(fs::path(folder) / path, error))
                fail("--c {}: {} is there, and not of an earlier export; give a new folder", folder,
                     path);
    fs::create_directories(fs::path(folder) / "runtime", error);
    if (error) fail("--c {}: the folder cannot be made: {}", folder, error.message());
    for (const auto& [path, bytes] : files)
        replace_file((fs::path(folder) / path).string(), bytes);
}

}  // namespace crossbar::sim
