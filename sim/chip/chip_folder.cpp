// Computes test vectors as a test does, and writes the files.
#include "chip/chip_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "base/check.hpp"
#include "base/random_address.hpp"
#include "base/replace_file.hpp"
#include "chip/chip_source.hpp"
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

}  // namespace

void write_c_folder(const Run& run, const std::string& folder, const std::string& name,
                    std::size_t vectors) {
    const auto* network = std::get_if<Network>(&run.network);
    if (network == nullptr)
        fail(
            "--c {}: C sources are integers, and this network was trained in floats; train it with "
            "--arithmetic fixed",
            folder);
    const DeployedNetwork deployed = deploy(*network);
    const CFiles files = c_sources(deployed, name, vectors_of(run, *network, deployed, vectors));
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
