// Sizes as the exports have them, and what was measured of their code.
#include "chip/chip_fit.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/format.hpp"
#include "chip/chip_source.hpp"
#include "chip/learn_plan.hpp"
#include "data/task.hpp"
#include "session/layer_settings.hpp"
#include "session/run.hpp"
#include "terminal/messages.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {
namespace {

// Bytes of the runtime on a Cortex-M4 with -O2, rounded up: `make embedded`,
// docs/microcontroller.md. Learning has a table of exponentials as well.
constexpr std::size_t inference_code = 4608, learning_code = 17408, exponentials = 16384;
// Of a block, its pools and what an epoch goes by, in 32-bit words or less.
constexpr std::size_t block_bytes = 200, epoch_bytes = 12;
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

std::string kilobytes(std::size_t bytes) {
    return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1024);
}

std::size_t parse_size(const std::string& text, const std::string& whole) {
    std::size_t used = 0, value = 0;
    try {
        value = std::stoull(text, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    const std::string unit = text.substr(used);
    const std::size_t scale = unit == "K" ? 1024 : unit == "M" ? 1048576 : unit.empty() ? 1 : 0;
    if (used == 0 || scale == 0 || text[0] == '-' || value == 0 || value > (std::size_t{1} << 40))
        fail("--fits {}: '{}' is no size; expected bytes, as in 262144, 256K or 1M", whole, text);
    return value * scale;
}

// A network of these settings, and the plan of its training.
struct Made {
    Plan plan;
    Network network;
};
Made made(const RunSettings& settings) {
    const Task task = load_task(settings.task);
    const Target target = target_of(settings);
    const Settings& s = settings.training;
    if (s.arithmetic == Arithmetic::floating)
        fail("--fits: C sources are integers; leave --arithmetic float out");
    Made m{make_plan(s, target.hardware, 1, target.layers), {}};
    m.network = make_network(s.network, task.shape, task.classes, m.plan, best_kernels());
    return m;
}

template <typename Size>
ChipNeeds sized(const Size& size) {
    try {
        return size();
    } catch (const Error& error) {
        return {0, 0, error.what()};
    }
}

// The largest batch whose training fits, or 0.
int largest_batch(const Network& network, Plan plan, const Board& board) {
    int low = 0, high = 4097;
    while (high - low > 1) {
        plan.batch = (low + high) / 2;
        (learning_needs(network, plan).fits(board) ? low : high) = plan.batch;
    }
    return low;
}

std::vector<std::string> row(const std::string& what, const ChipNeeds& n, const Board& board) {
    const auto size = [&](std::size_t bytes) { return n.refused.empty() ? kilobytes(bytes) : "-"; };
    return {what, size(n.ram), size(n.flash), verdict(n, board)};
}

}  // namespace

Board parse_board(const std::string& text) {
    Board board{unlimited, unlimited};
    std::string rest = text;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string part = rest.substr(0, comma);
        rest.erase(0, comma + 1);
        if (part.starts_with("ram="))
            board.ram = parse_size(part.substr(4), text);
        else if (part.starts_with("flash="))
            board.flash = parse_size(part.substr(6), text);
        else
            fail("--fits {}: '{}' is not known; expected ram=SIZE,flash=SIZE", text, part);
    }
    if (board.ram == unlimited && board.flash == unlimited)
        fail("--fits: no size is given; expected ram=SIZE,flash=SIZE, as in ram=256K,flash=1M");
    return board;
}

bool ChipNeeds::fits(const Board& board) const {
    return refused.empty() && ram <= board.ram && flash <= board.flash;
}

ChipNeeds inference_needs(const Network& network) {
    return sized([&] {
        const DeployedNetwork deployed = deploy(network);
        return ChipNeeds{plan_chip(deployed).arena + 4 * static_cast<std::size_t>(network.classes),
                         constant_bytes(deployed) + inference_code,
                         {}};
    });
}

ChipNeeds learning_needs(const Network& network, const Plan& plan) {
    return sized([&] {
        const LearnPlan learning = plan_learning(network, plan);
        std::size_t flash = learning.traces_at + learning_code + exponentials +
                            learning.blocks.size() * block_bytes + plan.step.size() * epoch_bytes;
        for (const Layer& layer : network.layers)
            if (!layer.learns) flash += level_bytes(layer.forward);
        return ChipNeeds{learning.state + learning.arena, flash, {}};
    });
}

std::string verdict(const ChipNeeds& n, const Board& board) {
    if (!n.refused.empty()) return "refused";
    std::string lacking;
    for (const auto& [what, need, has] :
         {std::tuple{"RAM", n.ram, board.ram}, std::tuple{"flash", n.flash, board.flash}})
        if (need > has)
            lacking += fmt::format("{}{} of {}", lacking.empty() ? "needs " : " and ",
                                   kilobytes(need - has), what);
    if (!lacking.empty()) return lacking + " more";
    std::string left;
    for (const auto& [what, need, has] :
         {std::tuple{"RAM", n.ram, board.ram}, std::tuple{"flash", n.flash, board.flash}})
        if (has != unlimited)
            left +=
                fmt::format("{}{} of {}", left.empty() ? "" : " and ", kilobytes(has - need), what);
    return "fits, " + left + " left";
}

bool report_fit(const RunSettings& settings, const Board& board) {
    const Made m = made(settings);
    const ChipNeeds inference = inference_needs(m.network),
                    learning = learning_needs(m.network, m.plan);
    Table table{{settings.task, "RAM", "flash", "on this board"}, {}, {}};
    table.rows.push_back(row("inference", inference, board));
    table.rows.push_back(
        row(fmt::format("learning by {}, batches of {}", m.plan.rule->name, m.plan.batch), learning,
            board));
    table.notes.push_back(fmt::format(
        "{} synapses of {} bit{}; RAM without the stack, flash with the code of a Cortex-M4",
        m.network.synapses(), m.plan.weight_bits, m.plan.weight_bits == 1 ? "" : "s"));
    for (const ChipNeeds* needs : {&inference, &learning})
        if (!needs->refused.empty()) table.notes.push_back("refused: " + needs->refused);
    if (learning.refused.empty()) {
        const int batch = largest_batch(m.network, m.plan, board);
        table.notes.push_back(batch == 0 ? "no batch fits"
                                         : fmt::format("the largest batch that fits: {}", batch));
    }
    put(plain_text(table, 200));
    return learning.fits(board);
}

void list_fits(const Board& board) {
    Table table{{"task", "bits", "rule", "inference", "flash", "fits", "learning", "flash", "fits"},
                {},
                {}};
    const auto cells = [&](std::vector<std::string>& to, const ChipNeeds& n) {
        const bool made = n.refused.empty();
        to.push_back(made ? kilobytes(n.ram) : "-");
        to.push_back(made ? kilobytes(n.flash) : "-");
        to.push_back(n.fits(board) ? "yes" : "no");
    };
    for (const std::string& task : task_names())
        for (const char* bits : {"1", "2", "8"}) {
            Given given;
            given.values = {{"task", task}, {"weight-bits", bits}, {"batch", "8"}};
            const RunRequest request = new_run(given);
            const Made m = made(request.settings);
            std::vector<std::string> line = {task, bits, m.plan.rule->name};
            cells(line, inference_needs(m.network));
            cells(line, learning_needs(m.network, m.plan));
            table.rows.push_back(line);
        }
    table.notes.push_back(
        "RAM without the stack, flash with the code of a Cortex-M4; learning in batches of 8 "
        "images; - : C sources do not learn such a network");
    put(plain_text(table, 200));
}

}  // namespace crossbar::sim
