// Products tile by tile: partial sums, noise, converters and wires, in the order of
// docs/arithmetic.md.
#include "array/tiled_array.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/fixed.hpp"
#include "base/tensor.hpp"

namespace crossbar {
namespace {

// A row tile, or a band of one, in the order in which they are packed.
struct Piece {
    int first, depth;
    bool opens, closes;  // its tile
    int tile;
    std::size_t band;
};

// Calls visit(piece) for all of an array.
template <typename Visit>
void each_piece(const Tiles& t, int depth, Visit visit) {
    const int rows = t.lossy ? (t.rows + wire_bands - 1) / wire_bands : t.rows;
    for (int tile = 0; tile * t.rows < depth; ++tile) {
        const int end = std::min((tile + 1) * t.rows, depth);
        for (int first = tile * t.rows; first < end; first += rows) {
            const int size = std::min(rows, end - first);
            visit(Piece{first, size, first == tile * t.rows, first + size == end, tile,
                        static_cast<std::size_t>((first - tile * t.rows) / rows)});
        }
    }
}

// What columns and bands leave of a sum, for all columns of an array.
void column_gains(const Tiles& t, std::size_t band, int columns, std::vector<std::int32_t>& gain) {
    ensure(gain, static_cast<std::size_t>(columns));
    for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c)
        gain[c] = t.band_gain[band] * t.column_gain[c % t.column_gain.size()] >> 10;
}

// Digits `slice` of |level|, each with its level's sign.
void slice_digits(const Tiles& t, int slice, const std::int8_t* levels, std::size_t n,
                  std::int8_t* digits) {
    const int shift = slice * t.slice_bits, mask = (1 << t.slice_bits) - 1;
    for (std::size_t i = 0; i < n; ++i) {
        const int digit = (levels[i] < 0 ? -levels[i] : levels[i]) >> shift & mask;
        digits[i] = static_cast<std::int8_t>(levels[i] < 0 ? -digit : digit);
    }
}

std::size_t slice_bytes(const Tiles& t, int columns, int depth, Unsigned which, const Kernels& k) {
    std::size_t bytes = 0;
    each_piece(t, depth,
               [&](const Piece& piece) { bytes += k.packed_bytes(columns, piece.depth, which); });
    return bytes;
}

// One bit plane of the inputs through all tiles of a slice. Plane, tile and slice are part of the
// noise's address.
class Reading {
  public:
    Reading(std::int32_t* c, const TiledOperand& o, const TiledArray& array,
            const TileWorkspace* work, std::uint64_t step, TileScratch& scratch,
            const Kernels& kernels)
        : c_(c),
          o_(o),
          t_(*array.tiles),
          pass_(work),
          draws_(array.readings),
          s_(scratch),
          k_(kernels),
          step_(step),
          n_(static_cast<std::size_t>(o.m) * static_cast<std::size_t>(o.columns)) {
        ensure(s_.sums, n_);
        if (t_.lossy) ensure(s_.band, n_);
        if (t_.noise > 0) ensure(s_.halves, n_);
    }

    // Of what follows; its codes count 2^(slice * slice_bits).
    void take(int slice) { slice_ = slice; }
    // Codes of bit `bit` count 2^bit.
    void plane(const std::int8_t* a, int bit, bool accumulate) {
        std::size_t at = slice_ == 0 ? 0
                                     : static_cast<std::size_t>(slice_) *
                                           slice_bytes(t_, o_.columns, o_.depth, o_.which, k_);
        each_piece(t_, o_.depth, [&](const Piece& piece) {
            multiply(a + piece.first, piece, o_.packed + at);
            at += k_.packed_bytes(o_.columns, piece.depth, o_.which);
            if (!piece.closes) return;
            if (t_.noise > 0) add_noise(bit, piece.tile);
            if (t_.adapts()) s_.largest = std::max(s_.largest, k_.largest(s_.sums.data(), n_));
            if (c_ != nullptr) read(bit, piece.tile, accumulate || piece.tile > 0);
        });
    }

  private:
    void multiply(const std::int8_t* a, const Piece& piece, const std::int8_t* packed) {
        std::int32_t* const to = t_.lossy ? s_.band.data() : s_.sums.data();
        k_.product(to, o_.columns, a, o_.depth, o_.m, packed, o_.columns, piece.depth, o_.which,
                   false);
        if (!t_.lossy) return;
        column_gains(t_, piece.band, o_.columns, s_.gain);
        k_.add_weighed(s_.sums.data(), to, static_cast<std::size_t>(o_.m), o_.columns,
                       s_.gain.data(), !piece.opens);
    }

    void add_noise(int bit, int tile) {
        k_.random_halves(s_.halves.data(), o_.first * static_cast<std::uint64_t>(o_.columns), n_,
                         draws_.seed, random_steps::reading(step_, bit, tile),
                         lanes::slice(draws_.tag, slice_));
        k_.add_noise(s_.sums.data(), s_.halves.data(), n_, t_.noise);
    }

    void read(int bit, int tile, bool accumulate) {
        const int shift = bit + slice_ * t_.slice_bits;
        if (t_.adc_top == 0) {
            for (std::size_t i = 0; i < n_; ++i)
                c_[i] = (accumulate ? c_[i] : 0) + s_.sums[i] * (1 << shift);
            return;
        }
        Converters adcs = pass_->adcs;
        const std::ptrdiff_t tiles = (o_.depth + t_.rows - 1) / t_.rows;
        const std::ptrdiff_t first = (slice_ * tiles + tile) * o_.columns;
        adcs.scale = pass_->scale.data() + first;
        adcs.offset = pass_->offset.data() + first;
        adcs.step <<= shift;
        k_.convert(c_, s_.sums.data(), static_cast<std::size_t>(o_.m), o_.columns, adcs,
                   accumulate);
    }

    std::int32_t* c_;
    const TiledOperand& o_;
    const Tiles& t_;
    const TileWorkspace* pass_;
    Stream draws_;
    int slice_ = 0;
    TileScratch& s_;
    const Kernels& k_;
    std::uint64_t step_;
    std::size_t n_;
};

void read_all(std::int32_t* c, const TiledOperand& o, const TiledArray& array,
              const TileWorkspace* work, std::uint64_t step, TileScratch& s, const Kernels& k) {
    const Tiles& t = *array.tiles;
    Reading reading(c, o, array, work, step, s, k);
    const std::int8_t* a = o.a;
    const std::size_t n = static_cast<std::size_t>(o.m) * static_cast<std::size_t>(o.depth);
    if (t.passes_dac()) {
        ensure(s.inputs, n);
        k.round_inputs(s.inputs.data(), a, n, t.dac_drop, t.dac_top);
        a = s.inputs.data();
    }
    if (t.serial) ensure(s.bits, n);
    for (int slice = 0; slice < t.slices; ++slice) {
        reading.take(slice);
        if (!t.serial) reading.plane(a, 0, slice > 0);
        const int bits = t.serial ? bit_width(static_cast<std::uint64_t>(t.dac_top)) : 0;
        for (int bit = t.dac_drop; bit < bits; ++bit) {
            k.bit_plane(s.bits.data(), a, n, bit);
            reading.plane(s.bits.data(), bit, slice > 0 || bit > t.dac_drop);
        }
    }
}

}  // namespace

TiledArray make_tiled(std::shared_ptr<const Tiles> tiles, int columns, int depth,
                      std::uint64_t seed, std::uint32_t lane) {
    TiledArray array{std::move(tiles), {}, {}, stream(seed, Purpose::reading, lane, 0)};
    if (!array || array.tiles->adc_top == 0) return array;
    const int count = (depth + array.tiles->rows - 1) / array.tiles->rows * array.tiles->slices;
    array.adcs.resize(static_cast<std::size_t>(count) * static_cast<std::size_t>(columns));
    const Stream s = stream(seed, Purpose::converter, lane, 0);
    for (std::size_t i = 0; i < array.adcs.size(); ++i)
        array.adcs[i] = static_cast<std::uint16_t>(random_half(s, i));
    return array;
}

void update_adc_range(const Tiles& t, std::int32_t largest, SeenRange& seen) {
    if (t.range == AdcRange::following) {
        seen = {largest, 1};
    } else if (t.range == AdcRange::calibrated && seen.batches < t.calibration) {
        seen = {std::max(seen.largest, largest), seen.batches + 1};
    }
}

void prepare(const TiledArray& array, const SeenRange& seen, int columns, TileWorkspace& work) {
    const Tiles& t = *array.tiles;
    if (t.adc_top == 0) return;
    const std::int64_t wanted =
        t.range == AdcRange::fixed ? t.limit : std::int64_t{seen.largest} * t.headroom >> 8;
    // A step is whole, so the range is at least `top`, and a multiple of it.
    const auto step = static_cast<std::int32_t>(
        std::clamp<std::int64_t>((wanted + t.adc_top - 1) / t.adc_top, 1, (1 << 24) / t.adc_top));
    const std::int32_t range = step * t.adc_top;
    if (range == work.range) return;
    work.range = range;
    // 28 bits for codes and their fractions leave a factor of 4 for gain and offset.
    const int pre_shift = std::max(0, bit_width(static_cast<std::uint64_t>(range)) - 15);
    const int shift = 28 - t.adc_bits;
    work.adcs = {nullptr, nullptr, 2 * range, step, pre_shift, shift, t.adc_top};
    const std::int64_t unit = (std::int64_t{1} << (shift + pre_shift)) / step;
    ensure(work.scale, array.adcs.size());
    ensure(work.offset, array.adcs.size());
    ENSURE_EQUAL(array.adcs.size() % static_cast<std::size_t>(columns), std::size_t{0});
    for (std::size_t i = 0; i < array.adcs.size(); ++i) {
        const std::int64_t scale = unit * t.gain[array.adcs[i] & 255] >> 14;
        const std::int64_t offset = std::int64_t{t.offset[array.adcs[i] >> 8]} * t.adc_top;
        // Half a code, and the half of a unit that pre_shift cuts off on average.
        work.scale[i] = static_cast<std::int32_t>(scale);
        work.offset[i] = static_cast<std::int32_t>(round_shift(offset, 16 - shift) +
                                                   (std::int64_t{1} << (shift - 1)) +
                                                   (pre_shift > 0 ? scale / 2 : 0));
    }
}

std::size_t tiled_bytes(const Tiles& t, int columns, int depth, Unsigned which, const Kernels& k) {
    return slice_bytes(t, columns, depth, which, k) * static_cast<std::size_t>(t.slices);
}

void pack_tiled(const Tiles& t, std::int8_t* packed, const std::int8_t* source, int columns,
                int depth, std::ptrdiff_t row_stride, std::ptrdiff_t depth_stride, Unsigned which,
                std::vector<std::int8_t>& digits, const Kernels& k) {
    const std::size_t n = static_cast<std::size_t>(columns) * static_cast<std::size_t>(depth);
    if (t.slices > 1) ensure(digits, n);
    for (int slice = 0; slice < t.slices; ++slice) {
        const std::int8_t* from = source;
        if (t.slices > 1) {
            slice_digits(t, slice, source, n, digits.data());
            from = digits.data();
        }
        each_piece(t, depth, [&](const Piece& piece) {
            k.pack(packed, from + piece.first * depth_stride, columns, piece.depth, row_stride,
                   depth_stride, which);
            packed += k.packed_bytes(columns, piece.depth, which);
        });
    }
}

void tiled_product(std::int32_t* c, const TiledOperand& o, const TiledArray& array,
                   const TileWorkspace& work, std::uint64_t step, TileScratch& s,
                   const Kernels& k) {
    read_all(c, o, array, &work, step, s, k);
}

void measure_sums(const TiledOperand& o, const TiledArray& array, std::uint64_t step,
                  TileScratch& s, const Kernels& k) {
    read_all(nullptr, o, array, nullptr, step, s, k);
}

}  // namespace crossbar
