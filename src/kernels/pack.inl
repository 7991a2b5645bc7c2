// Rearranging bytes: packing for product.inl and transposition. Blocks that do not fit are moved
// back to overlap their neighbour, which writes the same bytes twice and saves a slow tail.
#pragma once

#include "panels.inl"
#include "vectors.inl"

// Where the bytes of one panel come from and go to.
struct Packing {
    std::int8_t* to;
    const std::int8_t* from;
    std::ptrdiff_t row_stride, depth_stride;
    int columns;  // with data
    int width;    // with padding
    int depth;
};

// One byte after the other, for strides that no task uses.
[[gnu::noinline]] void pack_bytes(const Packing& p) {
    __builtin_memset(p.to, 0, static_cast<std::size_t>(groups_of(p.depth) * 4 * p.width));
    for (std::ptrdiff_t d = 0; d < p.depth; ++d)
        for (int column = 0; column < p.columns; ++column)
            p.to[(d / 4 * p.width + column) * 4 + d % 4] =
                p.from[column * p.row_stride + d * p.depth_stride];
}

// Zeroes beyond the last column.
void pad_columns(const Packing& p) {
    const std::size_t bytes = static_cast<std::size_t>(p.width - p.columns) * 4;
    if (bytes == 0) return;
    for (std::ptrdiff_t g = 0; g < groups_of(p.depth); ++g)
        __builtin_memset(p.to + (g * p.width + p.columns) * 4, 0, bytes);
}

// 4 columns x 4 groups, depth contiguous: a transposition of 4-byte words.
[[gnu::always_inline]] inline void pack_block(std::int8_t* to, std::ptrdiff_t line,
                                              const std::int8_t* from, std::ptrdiff_t row_stride) {
    const Words4 a = load_bytes<Words4>(from);
    const Words4 b = load_bytes<Words4>(from + row_stride);
    const Words4 c = load_bytes<Words4>(from + 2 * row_stride);
    const Words4 d = load_bytes<Words4>(from + 3 * row_stride);
    const Words4 ac_low = zip_low(a, c), ac_high = zip_high(a, c);
    const Words4 bd_low = zip_low(b, d), bd_high = zip_high(b, d);
    store_bytes(to, zip_low(ac_low, bd_low));
    store_bytes(to + line, zip_high(ac_low, bd_low));
    store_bytes(to + 2 * line, zip_low(ac_high, bd_high));
    store_bytes(to + 3 * line, zip_high(ac_high, bd_high));
}

// Depth contiguous.
[[gnu::noinline]] void pack_rows(const Packing& p) {
    const std::ptrdiff_t whole = p.depth / 4, line = std::ptrdiff_t{p.width} * 4;
    const bool blocks = p.columns >= 4 && whole >= 4;
    for (std::ptrdiff_t block = 0; blocks && block < whole; block += 4) {
        const std::ptrdiff_t g = block < whole - 4 ? block : whole - 4;
        for (int at = 0; at < p.columns; at += 4) {
            const int column = at < p.columns - 4 ? at : p.columns - 4;
            pack_block(p.to + g * line + column * 4, line, p.from + column * p.row_stride + 4 * g,
                       p.row_stride);
        }
    }
    for (std::ptrdiff_t g = 0; !blocks && g < whole; ++g)
        for (int column = 0; column < p.columns; ++column)
            __builtin_memcpy(p.to + g * line + column * 4, p.from + column * p.row_stride + 4 * g,
                             4);
    const int rest = p.depth % 4;
    for (int column = 0; rest > 0 && column < p.columns; ++column) {
        const std::int8_t* const from = p.from + column * p.row_stride + 4 * whole;
        const std::int8_t last[4] = {from[0], rest > 1 ? from[1] : std::int8_t{0},
                                     rest > 2 ? from[2] : std::int8_t{0}, 0};
        __builtin_memcpy(p.to + whole * line + column * 4, last, 4);
    }
    pad_columns(p);
}

// Columns contiguous: 4 depths interleaved, 16 columns at a time, or 8 if there are fewer than 16.
template <int step>
[[gnu::noinline]] void pack_columns(const Packing& p) {
    for (std::ptrdiff_t g = 0; g < groups_of(p.depth); ++g)
        for (int at = 0; at < p.columns; at += step) {
            const int column = at < p.columns - step ? at : p.columns - step;
            const std::int8_t* const from = p.from + 4 * g * p.depth_stride + column;
            std::int8_t* const to = p.to + (g * p.width + column) * 4;
            Bytes16 row[4] = {};
            for (int i = 0; i < 4; ++i) {
                if (4 * g + i >= p.depth) continue;
                if constexpr (step == 16) row[i] = load_bytes<Bytes16>(from + i * p.depth_stride);
                if constexpr (step == 8) row[i] = load_half(from + i * p.depth_stride);
            }
            const Bytes16 ac = zip_low(row[0], row[2]), bd = zip_low(row[1], row[3]);
            store_bytes(to, zip_low(ac, bd));
            store_bytes(to + 16, zip_high(ac, bd));
            if constexpr (step == 8) continue;
            const Bytes16 ac_high = zip_high(row[0], row[2]), bd_high = zip_high(row[1], row[3]);
            store_bytes(to + 32, zip_low(ac_high, bd_high));
            store_bytes(to + 48, zip_high(ac_high, bd_high));
        }
    pad_columns(p);
}

// A whole panel of contiguous columns, for sets that zip one at once; the rest of the depth, less
// than a group, the usual way.
template <typename Set = Lanes>
void pack_panels(Packing p) {
    if constexpr (requires { Set::zip_panel(p.to, p.from, p.depth_stride); }) {
        const std::ptrdiff_t whole = p.depth / 4;
        for (std::ptrdiff_t g = 0; g < whole; ++g)
            Set::zip_panel(p.to + g * 4 * panel_columns, p.from + 4 * g * p.depth_stride,
                           p.depth_stride);
        p.to += whole * 4 * panel_columns;
        p.from += 4 * whole * p.depth_stride;
        p.depth %= 4;
    }
    if (p.depth > 0) pack_columns<16>(p);
}

// Brings a panel, packed at the end of its place, into the form for Unsigned::neither: vectors that
// are split in two, and in front what makes up for changed operands. A vector is read before
// anything is written over it.
template <int vectors = Lanes::vectors>
void finish_signed(std::int8_t* panel, std::ptrdiff_t count, int width) {
    if constexpr (vectors > 0) {
        if (width != vectors * Lanes::columns)
            return finish_signed<vectors - 1>(panel, count, width);
        constexpr std::ptrdiff_t bytes = 4 * Lanes::columns;
        std::int8_t* to = panel + head_groups(Unsigned::neither) * vectors * bytes;
        const std::int8_t* from = to + (Lanes::planes - 1) * count * vectors * bytes;
        Words owed[vectors] = {};
        for (; count > 0; --count)
#pragma GCC unroll 8
            for (auto& sum : owed) {
                const Bytes packed = Lanes::load(from);
                if constexpr (Lanes::corrections) sum = Lanes::correct(sum, packed);
                Lanes::store_signed(to, packed);
                from += bytes;
                to += Lanes::planes * bytes;
            }
        if constexpr (Lanes::corrections) __builtin_memcpy(panel, owed, sizeof owed);
    }
}

void pack(std::int8_t* packed, const std::int8_t* source, int rows, int depth,
          std::ptrdiff_t row_stride, std::ptrdiff_t depth_stride, Unsigned which) {
    const std::ptrdiff_t groups = groups_of(depth);
    for (int column = 0; column < rows; column += panel_columns) {
        const int left = rows - column, width = panel_width(left);
        std::int8_t* const panel = packed + panel_start(column, depth, which);
        const Packing p{panel + (head_groups(which) + (planes_of(which) - 1) * groups) * 4 * width,
                        source + column * row_stride,
                        row_stride,
                        depth_stride,
                        left < panel_columns ? left : panel_columns,
                        width,
                        depth};
        if (depth_stride == 1)
            pack_rows(p);
        else if (row_stride == 1 && p.columns == panel_columns && p.columns >= 16)
            pack_panels(p);
        else if (row_stride == 1 && p.columns >= 16)
            pack_columns<16>(p);
        else if (row_stride == 1 && p.columns >= 8)
            pack_columns<8>(p);
        else
            pack_bytes(p);
        if (which == Unsigned::neither && (Lanes::corrections || Lanes::planes == 2))
            finish_signed(panel, groups, width);
    }
}

// Zips the lower and upper halves of v: four passes of this transpose 16 rows of 8.
[[gnu::always_inline]] inline void zip_halves(Bytes16 (&v)[8]) {
    Bytes16 out[8];
    for (int i = 0; i < 4; ++i) {
        out[2 * i] = zip_low(v[i], v[i + 4]);
        out[2 * i + 1] = zip_high(v[i], v[i + 4]);
    }
    for (int i = 0; i < 8; ++i)
        v[i] = out[i];
}

// 16 rows of 8 bytes become 8 rows of 16.
[[gnu::always_inline]] inline void transpose_block(std::int8_t* out, std::ptrdiff_t out_stride,
                                                   const std::int8_t* in, int columns) {
    Bytes16 v[8];
    for (int i = 0; i < 8; ++i)
        v[i] = zip_low(load_half(in + i * std::ptrdiff_t{columns}),
                       load_half(in + (i + 8) * std::ptrdiff_t{columns}));
    for (int work = 0; work < 3; ++work)
        zip_halves(v);
    for (int i = 0; i < 8; ++i)
        store_bytes(out + i * out_stride, v[i]);
}

void transpose(std::int8_t* out, std::ptrdiff_t out_stride, const std::int8_t* in, int rows,
               int columns) {
    if (rows < 16 || columns < 8) {
        for (int c = 0; c < columns; ++c)
            for (int r = 0; r < rows; ++r)
                out[c * out_stride + r] = in[std::ptrdiff_t{r} * columns + c];
        return;
    }
    for (int at = 0; at < rows; at += 16) {
        const int row = at < rows - 16 ? at : rows - 16;
        for (int start = 0; start < columns; start += 8) {
            const int column = start < columns - 8 ? start : columns - 8;
            transpose_block(out + column * out_stride + row, out_stride,
                            in + std::ptrdiff_t{row} * columns + column, columns);
        }
    }
}
