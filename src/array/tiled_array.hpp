// An array behind its tiles: products whose sums are read tile by tile. A tile of `rows` inputs
// gives one partial sum a column; it takes noise, passes its column's ADC, and is added to those of
// the other tiles as an integer.
//
// What tiles add to a layer: the range of its ADCs, which training changes (SeenRange), and which
// ADCs it has, drawn once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "array/tiles.hpp"
#include "base/random_address.hpp"
#include "kernels/kernels.hpp"

namespace crossbar {

// What a calibrated or following range goes by: the largest |sum| before conversion.
struct SeenRange {
    std::int32_t largest = 0;
    std::int32_t batches = 0;  // that it was taken from; 0: none yet
};

// One array behind its tiles; without them (null) it is read exactly.
struct TiledArray {
    std::shared_ptr<const Tiles> tiles;
    std::vector<std::uint16_t> adcs;  // slices x row tiles x columns: bytes of gain, then offset
    SeenRange seen;
    Stream readings;  // of its noise, at step 0

    // Whether products have to go tile by tile.
    explicit operator bool() const { return tiles != nullptr && !tiles->exact(); }
    bool adapts() const { return *this && tiles->adapts(); }
};

// Draws the ADCs of the array of a lane (lanes::array) with `columns` outputs and `depth` inputs.
TiledArray make_tiled(std::shared_ptr<const Tiles> tiles, int columns, int depth,
                      std::uint64_t seed, std::uint32_t lane);

// After a batch whose largest |sum| was this.
void update_adc_range(const Tiles& tiles, std::int32_t largest, SeenRange& seen);

// The ADCs' parameters for a batch.
struct TileWorkspace {
    std::vector<std::int32_t> scale, offset;  // slices x row tiles x columns
    Converters adcs{};
    std::int32_t range = -1;   // that they are made for
    std::int32_t largest = 0;  // |sum| of this batch
};

// Makes them for what was seen, unless they are so already.
void prepare(const TiledArray& array, const SeenRange& seen, int columns, TileWorkspace& work);

// One thread's own.
struct TileScratch {
    std::vector<std::int32_t> sums, band, gain;
    std::vector<std::int8_t> inputs, bits;
    std::vector<std::uint16_t> halves;
    std::uint32_t largest = 0;  // |sum| before conversion since it was cleared, where ranges adapt
};

// An array is packed piece by piece: tiles, or their bands where wires are lossy; slice by slice.
// `digits` is room for those of a slice.
std::size_t tiled_bytes(const Tiles& tiles, int columns, int depth, Unsigned which,
                        const Kernels& kernels);
void pack_tiled(const Tiles& tiles, std::int8_t* packed, const std::int8_t* source, int columns,
                int depth, std::ptrdiff_t row_stride, std::ptrdiff_t depth_stride, Unsigned which,
                std::vector<std::int8_t>& digits, const Kernels& kernels);

// The left operand of a product and its size: m x depth times the packed array's depth x columns.
struct TiledOperand {
    const std::int8_t* a;
    int m, columns, depth;
    const std::int8_t* packed;
    Unsigned which;
    std::uint64_t first;  // row of the whole batch that is a's first, in random addresses
};

// c[m][columns], as Kernels::product, but through tiles. `step` is that of the noise.
void tiled_product(std::int32_t* c, const TiledOperand& operand, const TiledArray& array,
                   const TileWorkspace& work, std::uint64_t step, TileScratch& scratch,
                   const Kernels& kernels);

// The largest |sum| alone, where the range is not known yet.
void measure_sums(const TiledOperand& operand, const TiledArray& array, std::uint64_t step,
                  TileScratch& scratch, const Kernels& kernels);

}  // namespace crossbar
