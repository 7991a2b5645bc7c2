// The model of docs/scaling.md as a program: what a link is like, how long a step should take, and
// where machines stop being worth it.
//
//   mpirun -n P scaling link     seconds of a message (of a sum of all, by its rounds), bytes/s
//                                sent, seconds of a synapse packed, added and unpacked
//   scaling step NAME=NUMBER..   seconds of a step: network=mnist images= votes=0 or 1
//                                dealt_bits= gathered_bits= and the members of Machines
//   scaling table                docs/scaling.md's table of 2 to 1,024 machines
//   scaling chart FILE.svg       efficiency by machines
#include "analysis/scaling.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/fields.hpp"
#include "base/replace_file.hpp"
#include "cluster/mpi_processes.hpp"
#include "kernels/kernels.hpp"
#include "pictures/figure.hpp"

using namespace crossbar;

namespace {

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median_of(int times, const std::function<void()>& work) {
    std::vector<double> all;
    for (int i = 0; i < times; ++i)
        all.push_back(seconds_of(work));
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
}

// Of a synapse whose sum of 16 bits is looked at, packed, added to another, and whose sign of 2
// bits is unpacked.
double synapse_seconds() {
    constexpr std::size_t n = 1 << 18;
    std::vector<std::int32_t> sums(n, 1), total(n, 0);
    std::vector<std::uint64_t> words(field_words(n, 16));
    std::uint32_t largest = 0;
    const double seconds = median_of(9, [&] {
        largest += best_kernels().largest(sums.data(), n);
        pack_fields(std::span<const std::int32_t>(sums), 16, words.data());
        add_fields(words.data(), 16, std::span(total));
        unpack_fields(words.data(), 2, sums);
    });
    ENSURE(largest > 0);
    return seconds / static_cast<double>(n);
}

// Of a sum of all, as training has them: between computing, after which nobody is ready at the same
// moment.
double wait_seconds(Processes& processes) {
    constexpr int waits = 20;  // about those of a step
    std::vector<std::int32_t> numbers(1 << 18, 1);
    std::uint32_t largest = 0;
    const auto compute = [&] { largest += best_kernels().largest(numbers.data(), numbers.size()); };
    const auto step = [&](bool together) {
        std::int64_t one = 1;
        for (int i = 0; i < waits; ++i) {
            for (int k = 0; k < 4; ++k)
                compute();
            if (together) processes.sum({&one, 1});
        }
    };
    // In turn, so that both see the same machine.
    std::vector<double> all;
    for (int i = 0; i < 41; ++i) {
        const double alone = seconds_of([&] { step(false); });
        std::int64_t one = 1;
        processes.sum({&one, 1});
        all.push_back((seconds_of([&] { step(true); }) - alone) / waits);
    }
    ENSURE(largest > 0);
    std::sort(all.begin(), all.end());
    return std::max(all[all.size() / 2], 0.0);
}

void measure_link() {
    const std::unique_ptr<Processes> processes = sim::join_processes();
    if (!processes) fail("several processes are needed: start it by mpirun -n 2 or more");
    const auto others = static_cast<std::size_t>(processes->count() - 1);
    std::vector<std::uint64_t> own(1 << 15), all(own.size() * (others + 1));
    const auto gather = [&] { processes->wait(processes->start_gather(own, all)); };
    // Each begins when the one before is through everywhere, or they queue up on the link.
    const auto gather_apart = [&](int times) {
        std::vector<double> seconds;
        for (int i = 0; i < times; ++i) {
            seconds.push_back(seconds_of(gather));
            std::int64_t one = 1;
            processes->sum({&one, 1});
        }
        std::sort(seconds.begin(), seconds.end());
        return seconds[seconds.size() / 2];
    };
    gather_apart(12);  // until the connection is as wide as it becomes
    const double sent = gather_apart(15), wait = wait_seconds(*processes),
                 synapse = synapse_seconds();
    if (processes->rank() == 0)
        std::printf("%.9f %.0f %.12f\n", wait / std::ceil(std::log2(processes->count())),
                    static_cast<double>(others * own.size() * sizeof own[0]) / sent, synapse);
}

void print_step(const std::vector<std::string>& arguments) {
    std::string network = "mnist";
    double votes = 0, count = 2, images = 100;
    Sending sending;
    Machines m;
    const std::map<std::string, double*> known{{"count", &count},
                                               {"images", &images},
                                               {"votes", &votes},
                                               {"dealt_bits", &sending.dealt_bits},
                                               {"gathered_bits", &sending.gathered_bits},
                                               {"image_seconds", &m.image_seconds},
                                               {"update_seconds", &m.update_seconds},
                                               {"synapse_seconds", &m.synapse_seconds},
                                               {"latency", &m.latency},
                                               {"message_seconds", &m.message_seconds},
                                               {"bytes_per_second", &m.bytes_per_second}};
    for (const std::string& argument : arguments) {
        const std::size_t sign = std::min(argument.find('='), argument.size());
        const std::string name = argument.substr(0, sign),
                          value = argument.substr(std::min(sign + 1, argument.size()));
        if (name == "network") {
            network = value;
            continue;
        }
        char* end = nullptr;
        const double number = std::strtod(value.c_str(), &end);
        if (!known.contains(name) || value.empty() || *end != 0 || !(number >= 0))
            fail("'{}': expected NAME=NUMBER, see the head of bench/scaling/scaling.cpp", argument);
        *known.at(name) = number;
    }
    if (count < 1 || m.bytes_per_second <= 0) fail("count is at least 1, bytes_per_second above 0");
    m.count = static_cast<int>(count);
    sending.votes = votes != 0;
    std::printf("%.6f\n", step_seconds(network_load(network), sending, m, images));
}

// The machine of bench/README.md's question 4, two threads, on a network of so many Gbit/s: 10 us
// for a message, 1 us for each beside the first.
Machines machine_of(const NetworkLoad& net, double gbit, int count) {
    constexpr double products_per_second = 231e9 / 3, synapse_updates_per_second = 2e9;
    return {.count = count,
            .image_seconds = net.products() / products_per_second,
            .update_seconds = static_cast<double>(net.synapses()) / synapse_updates_per_second,
            .synapse_seconds = 1e-9,
            .latency = 10e-6,
            .message_seconds = 1e-6,
            .bytes_per_second = gbit / 8 * 1e9};
}

constexpr Sending exact{}, votes{.dealt_bits = 2, .gathered_bits = 2, .votes = true};

// The papers' batches; MNIST's and CIFAR-10's are the tasks' own.
double batch_of(const NetworkLoad& net) {
    return net.name == "resnet20" ? 128 : net.name == "resnet18" ? 256 : 100;
}

// The most machines, a power of two, of which half is not lost.
std::string most_machines(const NetworkLoad& net, const Sending& sending, double gbit, bool grows) {
    int most = 1;
    for (int count = 2; count <= 1024; count *= 2)
        if (efficiency(net, sending, machine_of(net, gbit, count), batch_of(net), grows) >= 0.5)
            most = count;
    return most == 1024 ? "1024 or more" : std::to_string(most);
}

void print_table() {
    std::printf(
        "| network | synapses | batch | Gbit/s | one batch: sums | votes | a batch each: sums | "
        "votes |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|\n");
    for (const NetworkLoad& net : network_loads())
        for (const double gbit : {1., 10., 100.})
            std::printf("| %s | %zu | %.0f | %.0f | %s | %s | %s | %s |\n", net.title.c_str(),
                        net.synapses(), batch_of(net), gbit,
                        most_machines(net, exact, gbit, false).c_str(),
                        most_machines(net, votes, gbit, false).c_str(),
                        most_machines(net, exact, gbit, true).c_str(),
                        most_machines(net, votes, gbit, true).c_str());
}

void write_chart(const std::string& file) {
    sim::Figure figure{"A batch for each machine, 10 Gbit/s",
                       "Share of each machine's speed that is left, by machines",
                       {}};
    for (const bool by_votes : {false, true}) {
        const std::string what = by_votes ? "votes" : "exact sums";
        sim::FigurePanel panel{what, {"machines", true}, {"efficiency"}, {}};
        for (const NetworkLoad& net : network_loads()) {
            sim::FigureSeries series{net.title, {}};
            for (int count = 1; count <= 1024; count *= 2)
                series.values.push_back(
                    {static_cast<double>(count),
                     efficiency(net, by_votes ? votes : exact, machine_of(net, 10, count),
                                batch_of(net), true)});
            panel.series.push_back(series);
        }
        figure.panels.push_back(panel);
    }
    const sim::PaperFormat format = sim::paper_format_of("chart", file);
    replace_file(file, sim::drawn(figure, sim::FigureWidth::page, format));
}

int run(const std::vector<std::string>& arguments) {
    const std::string what = arguments.empty() ? "" : arguments[0];
    if (what == "link" && arguments.size() == 1)
        measure_link();
    else if (what == "step")
        print_step({arguments.begin() + 1, arguments.end()});
    else if (what == "table" && arguments.size() == 1)
        print_table();
    else if (what == "chart" && arguments.size() == 2)
        write_chart(arguments[1]);
    else
        fail("usage: scaling link | step NAME=NUMBER.. | table | chart FILE.svg");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "scaling: error: %s\n", error.what());
        return 2;
    }
}
