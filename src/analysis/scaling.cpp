// One step as a line of time, on which the processor and the link go on side by side.
#include "analysis/scaling.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace crossbar {
namespace {

LayerLoad convolution(std::size_t window, std::size_t from, std::size_t to, std::size_t side) {
    return {to, window * window * from, side * side};
}

LayerLoad dense(std::size_t from, std::size_t to, bool normalised) {
    return {to, from, 1, normalised};
}

// He et al. (2016), arXiv 1512.03385, section 4.2 with n = 3: 0.27 M synapses.
NetworkLoad resnet20() {
    NetworkLoad net{"resnet20", "ResNet-20", {convolution(3, 3, 16, 32)}, 10};
    std::size_t maps = 16, side = 32;
    for (int group = 0; group < 3; ++group)
        for (int i = 0; i < 6; ++i) {
            const bool halves = group > 0 && i == 0;
            if (halves) side /= 2;
            net.layers.push_back(convolution(3, maps, halves ? 2 * maps : maps, side));
            if (halves) maps *= 2;
        }
    net.layers.push_back(dense(64, 10, false));
    return net;
}

// The same paper, table 1, with projections where maps are halved: 11.7 M synapses, 1.8 G products.
NetworkLoad resnet18() {
    NetworkLoad net{"resnet18", "ResNet-18", {convolution(7, 3, 64, 112)}, 10};
    std::size_t maps = 64, side = 56;
    for (int group = 0; group < 4; ++group)
        for (int i = 0; i < 4; ++i) {
            const bool halves = group > 0 && i == 0;
            if (halves) side /= 2;
            net.layers.push_back(convolution(3, maps, halves ? 2 * maps : maps, side));
            if (halves) net.layers.push_back(convolution(1, maps, 2 * maps, side));
            if (halves) maps *= 2;
        }
    net.layers.push_back(dense(512, 1000, false));
    return net;
}

// Where the processor is, and where the link is: what is sent goes out in its order, so that
// whoever waits for something small waits for all that was sent before.
class Line {
  public:
    explicit Line(const Machines& machines) : m_(machines) {}

    void compute(double seconds) { now_ += seconds; }
    // A sum or maximum of all.
    void wait(double numbers) {
        constexpr double bytes = 8;
        const double others = m_.count - 1;
        if (others == 0) return;
        now_ = std::max(now_, free_) + std::ceil(std::log2(m_.count)) * m_.latency +
               2 * others / m_.count * numbers * bytes / m_.bytes_per_second;
        free_ = now_;
    }
    // So many bits to each other process: when they have arrived.
    double send(double bits) {
        const double others = m_.count - 1;
        free_ = std::max(now_, free_) + others * (bits / 8 / m_.bytes_per_second) +
                std::max(others - 1, 0.0) * m_.message_seconds;
        return free_ + (others > 0 ? m_.latency : 0);
    }
    void until(double moment) { now_ = std::max(now_, moment); }
    double now() const { return now_; }

  private:
    const Machines& m_;
    double now_ = 0, free_ = 0;
};

struct Step {
    const NetworkLoad& net;
    const Sending& sending;
    const Machines& m;
    double third;  // seconds of a product's forward way, of its gradient, or of the delta below
    Line line;
    std::vector<double> dealt, gathered;

    // Synapses that one process has of those that all exchange.
    double part(const LayerLoad& layer) const {
        return static_cast<double>(layer.synapses()) / m.count;
    }

    void forward() {
        for (const LayerLoad& layer : net.layers) {
            line.compute(third * layer.products());
            if (layer.normalised)
                line.wait(3 * static_cast<double>(layer.outputs));
            else
                for (int i = 0; i < 2; ++i)  // sums beyond the top, at this scale and the next
                    line.wait(1);
        }
        line.wait(1);
    }
    void deal(std::size_t i) {
        const LayerLoad& layer = net.layers[i];
        if (!sending.votes)
            line.wait(65 +
                      (layer.normalised ? static_cast<double>(layer.outputs + layer.inputs) : 0));
        if (m.count == 1) return;
        line.compute(m.synapse_seconds * part(layer) * (m.count - 1));
        dealt[i] = line.send(part(layer) * sending.dealt_bits);
    }
    void gather(std::size_t i) {
        if (m.count == 1) return;
        line.until(dealt[i]);
        gathered[i] = line.send(part(net.layers[i]) * sending.gathered_bits);
    }
    void backward() {
        for (std::size_t i = net.layers.size(); i-- > 0;) {
            const LayerLoad& layer = net.layers[i];
            if (layer.normalised) {
                line.wait(2 * static_cast<double>(layer.outputs));
                line.wait(1);
            }
            line.compute(third * layer.products());
            deal(i);
            if (i > 0) {
                line.compute(third * layer.products());
                line.wait(1);
            }
            if (i + 1 < net.layers.size()) gather(i + 1);
        }
        for (int i = 0; i < net.other_waits; ++i)
            line.wait(1);
        gather(0);
        for (const double moment : gathered)
            line.until(moment);
    }
    void finish() {
        line.compute(m.update_seconds);
        line.wait(3);  // of the loss
        line.wait(1);  // whether one was told to stop
    }
};

}  // namespace

std::size_t NetworkLoad::synapses() const {
    std::size_t all = 0;
    for (const LayerLoad& layer : layers)
        all += layer.synapses();
    return all;
}

double NetworkLoad::products() const {
    double all = 0;
    for (const LayerLoad& layer : layers)
        all += layer.products();
    return all;
}

const std::vector<NetworkLoad>& network_loads() {
    static const std::vector<NetworkLoad> loads{
        {"mnist",
         "MNIST",
         {convolution(5, 1, 20, 24), convolution(5, 20, 50, 8), dense(800, 500, true),
          dense(500, 10, false)},
         0},
        {"cifar10",
         "CIFAR-10",
         {convolution(5, 3, 32, 32), convolution(5, 32, 64, 16), convolution(5, 64, 64, 8),
          dense(1024, 128, true), dense(128, 10, false)},
         3},
        resnet20(),
        resnet18()};
    return loads;
}

const NetworkLoad& network_load(const std::string& name) {
    for (const NetworkLoad& load : network_loads())
        if (load.name == name) return load;
    fail("unknown network '{}'; expected mnist, cifar10, resnet20 or resnet18", name);
}

double step_seconds(const NetworkLoad& network, const Sending& sending, const Machines& machines,
                    double images) {
    // Of the first layer nothing goes on below.
    const double ways = 3 * network.products() - network.layers.front().products();
    const std::size_t layers = network.layers.size();
    Step step{network,
              sending,
              machines,
              images * machines.image_seconds / ways,
              Line(machines),
              std::vector<double>(layers),
              std::vector<double>(layers)};
    step.forward();
    step.backward();
    step.finish();
    return step.line.now();
}

double efficiency(const NetworkLoad& network, const Sending& sending, const Machines& machines,
                  double batch, bool grows) {
    Machines one = machines;
    one.count = 1;
    const double images = grows ? batch : batch / machines.count;
    const double alone = step_seconds(network, sending, one, batch);
    const double together = step_seconds(network, sending, machines, images);
    return grows ? alone / together : alone / (together * machines.count);
}

}  // namespace crossbar
