// The layout of a packed operand, the secret of a set: panels of up to Lanes::vectors vectors of
// columns, panel[group][column][4], a group being 4 consecutive depths. What lies beyond the last
// column or depth is zero, so whatever follows a row of the left operand does not matter. Where
// Lanes::corrections is set, for sets that have no signed product, a panel for Unsigned::neither
// begins with one int32 a column: what multiply<Unsigned::neither> owes. Where Lanes::planes is 2,
// each vector of such a panel has become two: |packed|, and all bits set where packed is negative.
#pragma once

constexpr int panel_columns = Lanes::vectors * Lanes::columns;

constexpr std::ptrdiff_t groups_of(int depth) {
    return (std::ptrdiff_t{depth} + 3) / 4;
}

// Columns of a panel that starts `left` columns before the end, padded to whole vectors.
constexpr int panel_width(int left) {
    return left >= panel_columns ? panel_columns
                                 : (left + Lanes::columns - 1) / Lanes::columns * Lanes::columns;
}

constexpr int planes_of(Unsigned which) {
    return which == Unsigned::neither ? Lanes::planes : 1;
}

constexpr std::ptrdiff_t head_groups(Unsigned which) {
    return Lanes::corrections && which == Unsigned::neither ? 1 : 0;
}

constexpr std::ptrdiff_t panel_start(int column, int depth, Unsigned which) {
    return std::ptrdiff_t{column} * 4 * (groups_of(depth) * planes_of(which) + head_groups(which));
}

std::size_t packed_bytes(int rows, int depth, Unsigned which) {
    const int columns = (rows + Lanes::columns - 1) / Lanes::columns * Lanes::columns;
    return static_cast<std::size_t>(panel_start(columns, depth, which));
}
