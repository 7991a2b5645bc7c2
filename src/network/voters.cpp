// Voters one after the other, their synapses shared among threads.
#include "network/voters.hpp"

#include <algorithm>
#include <array>

#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "network/layer.hpp"

namespace crossbar {
namespace {

constexpr std::size_t chunk = 8192;

// Signs of synapses first .. first + n - 1 as voter `v` sends them, added to the votes.
void cast(int v, const std::int32_t* gradient, std::size_t index, std::size_t first, std::size_t n,
          Workspace& work, const Compute& compute) {
    const Voting& voting = work.voting;
    std::array<std::int32_t, chunk> signs;
    const bool faulty = v < voting.faulty;
    const bool random = !faulty && v < voting.faulty + voting.random;
    const bool silent = !faulty && !random && v < voting.faulty + voting.random + voting.silent;
    for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t g = random || silent ? 0 : gradient[first + i];
        signs[i] = faulty ? (g < 0) - (g > 0) : (g > 0) - (g < 0);
    }
    // A silent voter has nothing to throw a coin for, but one bit cannot say so.
    if (random || voting.one_bit) decide_ties(signs.data(), first, n, index, v, work, compute);
    for (std::size_t i = 0; i < n; ++i)
        work.votes.sum[first + i] += signs[i];
}

}  // namespace

void decide_ties(std::int32_t* sum, std::size_t first, std::size_t n, std::size_t layer, int voter,
                 const Workspace& work, const Compute& compute) {
    const Stream s =
        stream(work.seed, Purpose::vote, lanes::layer(layer), random_steps::vote(work.step, voter));
    std::array<std::uint16_t, chunk> halves;
    for (std::size_t start = 0; start < n; start += chunk) {
        const std::size_t count = std::min(chunk, n - start);
        compute.kernels.random_halves(halves.data(), first + start, count, s.seed, s.step, s.tag);
        for (std::size_t i = 0; i < count; ++i)
            if (std::int32_t& votes = sum[start + i]; votes == 0)
                votes = halves[i] < 32768 ? 1 : -1;
    }
}

void vote(const Layer& layer, std::size_t index, const Tensor& in, Workspace& work,
          const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    const std::size_t synapses = layer.forward.size();
    Votes& votes = work.votes;
    ensure(votes.sum, synapses);
    std::fill_n(votes.sum.begin(), synapses, 0);
    const auto voters = static_cast<std::size_t>(work.voting.voters);
    const Stretch here = compute.own_part(voters);
    for (std::size_t v = here.first; v < here.last; ++v) {
        const Stretch images = part_of(work.whole_count, v, voters);
        if (sum_gradient(layer, in,
                         {images.first - work.first_image, images.last - work.first_image}, lp,
                         work, compute))
            saturate_gradient(layer, lp);
        // By the voter's own means: without an error it has nothing to say.
        if (images.last > images.first)
            centre_gradient(layer, (images.last - images.first) * layer.positions(), 0, synapses,
                            lp, compute);
        compute.threads.share(synapses, chunk, [&](std::size_t first, std::size_t last, int) {
            cast(static_cast<int>(v), lp.gradient.data(), index, first, last - first, work,
                 compute);
        });
    }
    if (compute.processes) return deal_votes(index, synapses, work, compute);
    ensure(lp.gradient, synapses);
    std::copy_n(votes.sum.begin(), synapses, lp.gradient.begin());
    if (work.voting.one_bit)
        decide_ties(lp.gradient.data(), 0, synapses, index, work.voting.voters, work, compute);
}

}  // namespace crossbar
