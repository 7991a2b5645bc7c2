// What reading and writing cost: the [cost] table of a target file, in its units. Keys, ranges and
// sources: docs/devices.md.
#pragma once

#include <array>

namespace crossbar {

struct CostFigures {
    double on_ohm = 0;                     // resistance of a device at its highest level
    double on_off = 0;                     // highest conductance over the lowest
    std::array<double, 2> set{}, reset{};  // volts, seconds of a pulse
    double read_volt = 0.5, read_ns = 10;  // of one reading of a row
    int node = 32;                         // nm: of ADCs and of areas
    int adc_bits = 6;                      // where [tiles] have none
    int columns_per_adc = 8;
    bool crossbar_cells = false;  // of 4 F^2; else cells of 16 F^2 with a transistor each
    bool by_column = false;       // pulses go to one column after the other; else to the whole tile
    double dac_pj = 0;            // of feeding one row with one bit of an input
    double mac_pj = 0.3;          // of a digital 8-bit multiply-accumulate
    double sram_pj_per_bit = 0.16;  // of a bit read from, or written to, SRAM
    double clock_ns = 1;            // of a digital design, which reads one row of weights a cycle
};

}  // namespace crossbar
