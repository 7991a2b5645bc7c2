// Who owns which synapses, and what becomes of their sums.
#include "network/gradient_exchange.hpp"

#include <algorithm>
#include <limits>

#include "base/fields.hpp"
#include "base/fixed.hpp"
#include "network/layer.hpp"

namespace crossbar {
namespace {

constexpr int sign_width = 2;

// What is added to numbers of a field.
constexpr std::int32_t half_of(int width) {
    return std::int32_t{1} << (width - 1);
}

// The synapses of a layer that each process owns: equal parts, the last ones shorter or none.
struct Parts {
    std::size_t synapses, each;

    Parts(std::size_t n, const Processes& processes)
        : synapses(n),
          each((n + static_cast<std::size_t>(processes.count()) - 1) /
               static_cast<std::size_t>(processes.count())) {}
    std::size_t first(std::size_t rank) const { return std::min(rank * each, synapses); }
    std::size_t size(std::size_t rank) const { return first(rank + 1) - first(rank); }
};

std::size_t number(int n) {
    return static_cast<std::size_t>(n);
}

constexpr std::size_t message_piece = 4096;  // words that a thread takes at a time

// Whole words of a part each, shared among threads: visit(first value, values, word).
template <typename Visit>
void each_piece(std::size_t values, int width, const Compute& compute, const Visit& visit) {
    const auto per = number(64 / width);
    compute.threads.share(field_words(values, width), message_piece,
                          [&](std::size_t first, std::size_t last, int) {
                              const std::size_t at = first * per;
                              visit(at, std::min(last * per, values) - at, first);
                          });
}

// visit(process, first synapse, synapses, word) for the parts of all others, in pieces.
template <typename Visit>
void each_other(const Parts& parts, int width, const Compute& compute, const Visit& visit) {
    const auto rank = number(compute.processes->rank());
    for (std::size_t p = 0; p < number(compute.processes->count()); ++p)
        if (p != rank)
            each_piece(parts.size(p), width, compute,
                       [&](std::size_t at, std::size_t n, std::size_t word) {
                           visit(p, parts.first(p) + at, n, word);
                       });
}

template <typename T>
void deal(const std::vector<T>& sums, std::size_t synapses, GradientExchange& x,
          const Compute& compute) {
    const Parts parts(synapses, *compute.processes);
    const std::size_t words = field_words(parts.each, x.width);
    const std::size_t all = words * number(compute.processes->count());
    ensure(x.sent, all);
    ensure(x.received, all);
    each_other(parts, x.width, compute,
               [&](std::size_t p, std::size_t first, std::size_t n, std::size_t word) {
                   pack_fields(std::span(sums).subspan(first, n), x.width,
                               x.sent.data() + p * words + word);
               });
    x.transfer = compute.processes->start_deal(std::span(x.sent).first(all),
                                               std::span(x.received).first(all));
    x.at = GradientExchange::At::dealt;
}

// Bits of a field that holds this process's sums.
int width_of(const LayerWorkspace& lp, std::size_t synapses, bool wide, const Compute& compute) {
    const auto piece_width = [&](std::size_t first, std::size_t last, int) {
        if (!wide)
            return bit_width(compute.kernels.largest(lp.gradient.data() + first, last - first));
        std::uint64_t largest = 0;
        for (std::size_t i = first; i < last; ++i)
            largest = std::max(largest, static_cast<std::uint64_t>(std::abs(lp.wide_gradient[i])));
        return bit_width(largest);
    };
    return 1 + compute.reduce<Reduce::max>(synapses, 16384, piece_width);
}

// Adds up over all processes: residuals and sums of inputs, and how many need which width, of which
// the largest is taken. One call for all.
void add_up_small(LayerWorkspace& lp, int width, bool centred, const Compute& compute) {
    std::vector<std::int64_t>& all = lp.exchange.small;
    all.clear();
    if (centred) {
        all.insert(all.end(), lp.residual.begin(), lp.residual.end());
        all.insert(all.end(), lp.input_sum.begin(), lp.input_sum.end());
    }
    const std::size_t widths = all.size();
    all.resize(widths + 65);
    all[widths + number(width)] = 1;
    compute.processes->sum(all);
    lp.exchange.width = 64;
    while (all[widths + number(lp.exchange.width)] == 0)
        --lp.exchange.width;
    if (!centred) return;
    std::copy_n(all.begin(), lp.residual.size(), lp.residual.begin());
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(lp.residual.size()), lp.input_sum.size(),
                lp.input_sum.begin());
}

// Bits of the sum of so many fields.
int sum_width(int width, int processes) {
    return std::min(64, width + bit_width(static_cast<std::uint64_t>(processes) - 1));
}

// What every other process has for those of this one, added to what this one has.
template <typename T>
void add_others(const Parts& parts, std::span<T> own, const GradientExchange& x,
                const Compute& compute) {
    const auto count = number(compute.processes->count()), rank = number(compute.processes->rank());
    const std::size_t words = field_words(parts.each, x.width);
    each_piece(own.size(), x.width, compute, [&](std::size_t at, std::size_t n, std::size_t word) {
        for (std::size_t p = 0; p < count; ++p)
            if (p != rank)
                add_fields(x.received.data() + p * words + word, x.width, own.subspan(at, n));
    });
}

// Sums of votes, or their signs where coins were thrown for what is none.
void count_votes(std::size_t first, std::size_t own, std::size_t index, LayerWorkspace& lp,
                 const Workspace& work, const Compute& compute) {
    const GradientExchange& x = lp.exchange;
    const int voters = work.voting.voters;
    const std::int32_t below = compute.processes->count() * half_of(x.width);
    if (x.pluses)
        for (std::int32_t& votes : std::span(lp.gradient).subspan(first, own))
            votes = 2 * (votes + below) - voters;
    if (work.voting.one_bit)
        decide_ties(lp.gradient.data() + first, first, own, index, voters, work, compute);
}

// What all processes have for those of this one to gradient.
void add_up_own(const Parts& parts, std::size_t index, LayerWorkspace& lp, const Workspace& work,
                const Compute& compute) {
    GradientExchange& x = lp.exchange;
    const auto rank = number(compute.processes->rank());
    const std::size_t first = parts.first(rank), own = parts.size(rank);
    const std::span<std::int32_t> gradient = std::span(lp.gradient).subspan(first, own);
    compute.processes->wait(x.transfer);
    if (!x.wide && sum_width(x.width, compute.processes->count()) < 32) {
        add_others(parts, gradient, x, compute);
        if (x.votes) count_votes(first, own, index, lp, work, compute);
        return;
    }
    // Beyond int32 only the sign and the order of magnitude matter.
    if (x.wide)
        x.total.assign(lp.wide_gradient.begin() + static_cast<std::ptrdiff_t>(first),
                       lp.wide_gradient.begin() + static_cast<std::ptrdiff_t>(first + own));
    else
        x.total.assign(gradient.begin(), gradient.end());
    add_others(parts, std::span(x.total), x, compute);
    for (std::size_t i = 0; i < own; ++i)
        gradient[i] = static_cast<std::int32_t>(
            saturate(x.total[i], std::numeric_limits<std::int32_t>::max()));
}

void take_signs(std::span<std::int32_t> numbers) {
    for (std::int32_t& n : numbers)
        n = (n > 0) - (n < 0);
}

// What is sent to all of what this process owns, from the whole batch's sums. Returns the width of
// its fields.
int ready_own(const Layer& layer, std::size_t first, std::size_t own, LayerWorkspace& lp,
              const Workspace& work, const Compute& compute) {
    const GradientExchange& x = lp.exchange;
    const std::span<std::int32_t> gradient = std::span(lp.gradient).subspan(first, own);
    if (x.votes && work.voting.one_bit) {
        for (std::int32_t& g : gradient)
            g = g > 0 ? 0 : -1;
        return 1;
    }
    if (!x.votes && !work.signs_suffice)
        return std::min(32, sum_width(x.width, compute.processes->count()));
    if (!x.votes)
        centre_gradient(layer, work.whole_count * layer.positions(), first, own, lp, compute);
    take_signs(gradient);
    return sign_width;
}

void gather_own(const Layer& layer, std::size_t index, Workspace& work, const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    GradientExchange& x = lp.exchange;
    Processes& processes = *compute.processes;
    const Parts parts(layer.forward.size(), processes);
    const auto rank = number(processes.rank()), count = number(processes.count());
    const std::size_t first = parts.first(rank), own = parts.size(rank);
    add_up_own(parts, index, lp, work, compute);
    x.width = ready_own(layer, first, own, lp, work, compute);
    const std::size_t each = field_words(parts.each, x.width);
    ensure(x.sent, each);
    ensure(x.received, each * count);
    each_piece(own, x.width, compute, [&](std::size_t at, std::size_t n, std::size_t word) {
        pack_fields(std::span<const std::int32_t>(lp.gradient).subspan(first + at, n), x.width,
                    x.sent.data() + word);
    });
    x.transfer = processes.start_gather(std::span(x.sent).first(each),
                                        std::span(x.received).first(each * count));
    x.at = GradientExchange::At::gathered;
}

bool is_dealt(const Workspace& work, std::size_t layer) {
    return work.layers[layer].exchange.at == GradientExchange::At::dealt;
}

void take_all(const Layer& layer, LayerWorkspace& lp, Workspace& work, const Compute& compute) {
    GradientExchange& x = lp.exchange;
    const Parts parts(layer.forward.size(), *compute.processes);
    compute.processes->wait(x.transfer);
    const std::size_t words = field_words(parts.each, x.width);
    each_other(parts, x.width, compute,
               [&](std::size_t p, std::size_t first, std::size_t n, std::size_t word) {
                   unpack_fields(x.received.data() + p * words + word, x.width,
                                 std::span(lp.gradient).subspan(first, n));
               });
    if (x.votes && work.voting.one_bit)
        for (std::int32_t& g : std::span(lp.gradient).first(parts.synapses))
            g = 2 * g + 1;
    if (!work.signs_suffice)
        centre_gradient(layer, work.whole_count * layer.positions(), 0, parts.synapses, lp,
                        compute);
    x.at = GradientExchange::At::rest;
}

}  // namespace

void start_exchange(std::size_t index, std::size_t synapses, bool wide, bool centred,
                    Workspace& work, const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    GradientExchange& x = lp.exchange;
    add_up_small(lp, width_of(lp, synapses, wide, compute), centred, compute);
    x.votes = false;
    x.wide = wide;
    if (wide)
        deal(lp.wide_gradient, synapses, x, compute);
    else
        deal(lp.gradient, synapses, x, compute);
}

// k voters on each process: how many of them are above 0, where all are above or below it, or the
// sum of their signs.
void deal_votes(std::size_t index, std::size_t synapses, Workspace& work, const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    GradientExchange& x = lp.exchange;
    const auto processes = compute.processes->count();
    const auto voters = static_cast<std::uint64_t>(work.voting.voters);
    const auto most = (voters + static_cast<std::uint64_t>(processes) - 1) /
                      static_cast<std::uint64_t>(processes);
    x.votes = true;
    x.wide = false;
    x.pluses = work.voting.one_bit && work.voting.voters % processes == 0;
    x.width = bit_width(most) + (x.pluses ? 0 : 1);
    ensure(lp.gradient, synapses);
    if (x.pluses)
        for (std::int32_t& votes : std::span(work.votes.sum).first(synapses))
            votes = (votes + static_cast<std::int32_t>(most)) / 2 - half_of(x.width);
    std::copy_n(work.votes.sum.begin(), synapses, lp.gradient.begin());
    deal(lp.gradient, synapses, x, compute);
}

void move_exchanges(const Network& net, Workspace& work, const Compute& compute) {
    if (!compute.processes) return;
    compute.processes->poll();
    // Not the last one, which has only just been dealt.
    std::size_t last = 0;
    while (last < net.layers.size() && !is_dealt(work, last))
        ++last;
    for (std::size_t i = net.layers.size(); i-- > last + 1;)
        if (is_dealt(work, i)) gather_own(net.layers[i], i, work, compute);
}

void finish_exchanges(const Network& net, Workspace& work, const Compute& compute) {
    if (!compute.processes) return;
    for (std::size_t i = net.layers.size(); i-- > 0;)
        if (is_dealt(work, i)) gather_own(net.layers[i], i, work, compute);
    for (std::size_t i = net.layers.size(); i-- > 0;)
        if (work.layers[i].exchange.at == GradientExchange::At::gathered)
            take_all(net.layers[i], work.layers[i], work, compute);
}

}  // namespace crossbar
