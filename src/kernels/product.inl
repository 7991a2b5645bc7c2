// Products, written once over Lanes: tiles of Lanes::rows x Lanes::vectors vectors of sums stay in
// registers, a panel (panels.inl) stays in a cache while all rows of the left operand pass by.
// int8 x int8, exact; sums are int32 and wrap.
#pragma once

#include "panels.inl"
#include "vectors.inl"

// Panels deeper than this are multiplied in slices, so that one slice fits the cache and the sums
// fit their registers.
constexpr std::ptrdiff_t slice_groups =
    Lanes::slice_bytes / (4 * panel_columns) < Lanes::most_groups
        ? Lanes::slice_bytes / (4 * panel_columns)
        : Lanes::most_groups;

// One panel's part in a call of product.
struct Panel {
    std::int32_t* c;
    std::ptrdiff_t c_stride;
    const std::int8_t* a;
    std::ptrdiff_t a_stride;
    const std::int8_t* groups;
    std::ptrdiff_t count;  // of groups
    // What is added to the sums: c itself, or the same for each row with a stride of 0.
    const std::int32_t* base;
    std::ptrdiff_t base_stride;
    int columns;  // of c: the panel's last vector may be partly padding
    // Rows of a that are small in slice s have bit s set; null where nobody looked.
    const std::uint64_t* small;
    int slice;
};

alignas(64) constexpr std::int32_t zeros[panel_columns] = {};

// Writes one vector of sums, of which the first `left` columns exist.
[[gnu::always_inline]] inline void finish(std::int32_t* c, const std::int32_t* base, Words sums,
                                          int left) {
    if (left >= Lanes::columns)
        store_words(c, add_wrapping(sums, load_words(base)));
    else
        Lanes::store_some(c, add_wrapping(sums, Lanes::load_some(base, left)), left);
}

// Calls visit(row, vector), every loop unrolled.
template <int rows, int vectors, typename Visit>
[[gnu::always_inline]] inline void each_sum(Visit visit) {
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            visit(r, v);
}

// rows x vectors sums in registers, over the whole depth of the panel. Adder: how products are
// added, Lanes or its short cut for small rows, which settles its sums every `period` groups.
template <typename Adder, Unsigned which, int rows, int vectors>
[[gnu::noinline]] void tile(const Panel& p, std::ptrdiff_t row) {
    typename Adder::Sums sums[rows][vectors];
    each_sum<rows, vectors>([&](int r, int v) { sums[r][v] = Adder::none(); });
    const std::ptrdiff_t a_stride = p.a_stride;
    const std::int8_t* a = p.a + row * a_stride;
    constexpr std::ptrdiff_t vector_bytes = 4 * Lanes::columns * planes_of(which);
    const std::int8_t* b = p.groups;
    constexpr std::ptrdiff_t period = Adder::period;
    for (std::ptrdiff_t left = p.count; left > 0; left -= period) {
        std::ptrdiff_t g = left < period ? left : period;
        for (; g > 0; --g, a += 4, b += vectors * vector_bytes) {
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                const Bytes word = Lanes::broadcast(a + r * a_stride);
#pragma GCC unroll 8
                for (int v = 0; v < vectors; ++v)
                    sums[r][v] =
                        Adder::template multiply<which>(sums[r][v], word, b + v * vector_bytes);
            }
        }
        each_sum<rows, vectors>([&](int r, int v) { Adder::settle(sums[r][v]); });
    }
    const std::ptrdiff_t c_stride = p.c_stride, base_stride = p.base_stride;
    std::int32_t* const c = p.c + row * c_stride;
    const std::int32_t* const base = p.base + row * base_stride;
    const int last = p.columns - (vectors - 1) * Lanes::columns;
    each_sum<rows, vectors>([&](int r, int v) {
        finish(c + r * c_stride + v * Lanes::columns, base + r * base_stride + v * Lanes::columns,
               Adder::total(sums[r][v]), v + 1 < vectors ? Lanes::columns : last);
    });
}

// As many sums as Lanes::rows x Lanes::vectors: narrow panels take more rows at a time.
constexpr int rows_at_once(int vectors) {
    const int rows = Lanes::rows * Lanes::vectors / vectors;
    return rows < 8 ? rows : 8;
}

template <typename Adder, Unsigned which, int vectors, int rows = rows_at_once(vectors)>
void tile_of(int height, const Panel& p, std::ptrdiff_t row) {
    if constexpr (rows > 0) {
        if (height == rows)
            tile<Adder, which, rows, vectors>(p, row);
        else
            tile_of<Adder, which, vectors, rows - 1>(height, p, row);
    }
}

// Only signed rows are looked at: errors are small as a rule, activations are not.
constexpr bool looks(Unsigned which) {
    return Lanes::small_bytes > 0 && which != Unsigned::left;
}

bool all_small(const Panel& p, std::ptrdiff_t row, int height) {
    std::uint64_t bits = ~std::uint64_t{0};
    for (int r = 0; r < height; ++r)
        bits &= p.small[row + r];
    return p.slice < 64 && (bits >> p.slice & 1) != 0;
}

// All m rows in tiles as equal as can be, for low tiles cost nearly as much as high ones.
template <Unsigned which, int vectors = Lanes::vectors>
void multiply_panel(int width, const Panel& p, int m) {
    if constexpr (vectors > 0) {
        if (width != vectors * Lanes::columns)
            return multiply_panel<which, vectors - 1>(width, p, m);
        constexpr int rows = rows_at_once(vectors);
        const int tiles = (m + rows - 1) / rows;
        std::ptrdiff_t row = 0;
        for (int t = 0; t < tiles; ++t) {
            const int height = m / tiles + (t < m % tiles ? 1 : 0);
            if (looks(which) && all_small(p, row, height))
                tile_of<typename Lanes::Small, which, vectors>(height, p, row);
            else
                tile_of<Lanes, which, vectors>(height, p, row);
            row += height;
        }
    }
}

// Adds what Unsigned::neither owes to every row.
void add_owed(const Panel& p, const std::int32_t* owed, int m) {
    for (std::ptrdiff_t row = 0; row < m; ++row)
        for (int column = 0; column < p.columns; column += Lanes::columns)
            finish(p.c + row * p.c_stride + column, p.c + row * p.c_stride + column,
                   load_words(owed + column), p.columns - column);
}

template <Unsigned which>
void multiply_rows(Panel p, int m, const std::int8_t* packed, int n, int depth, bool accumulate) {
    std::int32_t* const c = p.c;
    const std::int8_t* const a = p.a;
    constexpr std::ptrdiff_t head = head_groups(which);
    const std::ptrdiff_t groups = groups_of(depth);
    for (int column = 0; column < n; column += panel_columns) {
        const int width = panel_width(n - column);
        const std::int8_t* const panel = packed + panel_start(column, depth, which);
        const auto* const owed = reinterpret_cast<const std::int32_t*>(panel);
        p.c = c + column;
        p.columns = n - column < panel_columns ? n - column : panel_columns;
        if (head > 0 && accumulate) add_owed(p, owed, m);
        p.base = accumulate ? p.c : head > 0 ? owed : zeros;
        p.base_stride = accumulate ? p.c_stride : 0;
        p.slice = 0;
        for (std::ptrdiff_t g = 0; g < groups || g == 0; g += p.count, ++p.slice) {
            p.count = groups - g < slice_groups ? groups - g : slice_groups;
            p.a = a + 4 * g;
            p.groups = panel + 4 * width * (head + planes_of(which) * g);
            multiply_panel<which>(width, p, m);
            p.base = p.c;
            p.base_stride = p.c_stride;
            if (groups == 0) break;
        }
    }
}

// Finds the small rows, slice by slice.
void mark_small(std::uint64_t* small, const Panel& p, int m, int depth) {
    for (std::ptrdiff_t row = 0; row < m; ++row) {
        const std::int8_t* const a = p.a + row * p.a_stride;
        small[row] = 0;
        int slice = 0;
        for (std::ptrdiff_t at = 0; at < depth && slice < 64; at += 4 * slice_groups, ++slice) {
            const std::ptrdiff_t left = depth - at;
            const bool is =
                Lanes::is_small(a + at, left < 4 * slice_groups ? left : 4 * slice_groups);
            small[row] |= std::uint64_t{is} << slice;
        }
    }
}

template <Unsigned which>
void multiply(Panel p, int m, const std::int8_t* packed, int n, int depth, bool accumulate) {
    if constexpr (!looks(which)) {
        multiply_rows<which>(p, m, packed, n, depth, accumulate);
    } else {
        constexpr int most = 384;
        std::uint64_t small[most];
        p.small = small;
        const int blocks = (m + most - 1) / most;
        for (int t = 0; t < blocks; ++t) {
            const int rows = m / blocks + (t < m % blocks ? 1 : 0);
            mark_small(small, p, rows, depth);
            multiply_rows<which>(p, rows, packed, n, depth, accumulate);
            p.a += rows * p.a_stride;
            p.c += rows * p.c_stride;
        }
    }
}

void product(std::int32_t* c, std::ptrdiff_t c_stride, const std::int8_t* a,
             std::ptrdiff_t a_stride, int m, const std::int8_t* packed, int n, int depth,
             Unsigned which, bool accumulate) {
    const Panel p{c, c_stride, a, a_stride, packed, 0, zeros, 0, 0, nullptr, 0};
    switch (which) {
        case Unsigned::left:
            return multiply<Unsigned::left>(p, m, packed, n, depth, accumulate);
        case Unsigned::packed:
            return multiply<Unsigned::packed>(p, m, packed, n, depth, accumulate);
        case Unsigned::neither:
            return multiply<Unsigned::neither>(p, m, packed, n, depth, accumulate);
    }
}
