// The array that synapses sit in: tiles of so many rows (inputs) and columns (outputs), the
// converters that feed their rows (DAC) and read their columns (ADC), the noise of a reading and
// the resistance of the wires. Real numbers from a target file, made into integers once; what they
// do to a product is in tiled_array.hpp, every formula in docs/devices.md.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace crossbar {

// Where the largest sum that an ADC can tell comes from: the file; the first batches, kept from
// then on; the batch before.
enum class AdcRange { fixed, calibrated, following };

struct TileSpec {
    int rows = 128, columns = 128;
    int dac_bits = 0;     // sign included; 0: inputs are exact
    bool serial = false;  // one bit of the inputs after the other, each read by the ADC
    int adc_bits = 0;     // sign included; 0: sums are exact
    AdcRange range = AdcRange::calibrated;
    double adc_limit = 12;     // fixed: in full inputs times full weights
    double headroom = 1;       // otherwise: range over the largest sum seen
    int calibration = 10;      // batches that a calibrated range is taken from
    double gain_spread = 0;    // between ADCs, standard deviation, relative
    double offset_spread = 0;  // the same, as a share of the range
    double read_noise = 0;     // of a reading, standard deviation in full inputs times full weights
    std::array<double, 2> wire_loss{};  // share of the signal lost at the far end of rows, columns
    int slice_bits = 0;                 // of the magnitude in a device; 0: all of it
};

// Slices that hold the magnitude of levels up to `top`.
int slices_for(const TileSpec& model, int top);

// Rows of a tile whose distance along the column wires counts as one.
inline constexpr int wire_bands = 8;

struct Tiles {
    int rows, columns;
    int dac_drop;  // lowest bits of an input that do not pass the DAC
    int dac_top;   // inputs lie in -dac_top..dac_top
    bool serial;
    int adc_top;  // codes lie in -adc_top..adc_top; 0: exact
    int adc_bits;
    AdcRange range;
    std::int32_t limit;  // of a fixed range, in units of the sums
    int headroom;        // * 256
    int calibration;
    std::array<std::int32_t, 256> gain;    // of an ADC by its random byte, * 2^14, 0..2
    std::array<std::int32_t, 256> offset;  // the same, a share of the range * 2^16, -1..1
    int noise;  // of a reading: standard deviation in units of the sums, * 16 / sqrt(85)
    bool lossy;
    std::array<std::int32_t, wire_bands> band_gain;  // what is left along a column wire, * 2^10
    std::vector<std::int32_t> column_gain;           // along a row wire, by column, * 2^10
    int slices, slice_bits;  // digits that are arrays of their own, lowest first, and their bits

    bool passes_dac() const { return dac_drop > 0; }
    bool adapts() const { return adc_top > 0 && range != AdcRange::fixed; }
    // Without any of it, a product through tiles is the plain product.
    bool exact() const { return adc_top == 0 && !passes_dac() && noise == 0 && !lossy; }
};

// Inputs lie in -input_top..input_top, levels in -weight_top..weight_top.
Tiles make_tiles(const TileSpec& model, int input_top, int weight_top);

// Of all that training sees.
std::uint64_t fingerprint_of(const Tiles& tiles);

}  // namespace crossbar
