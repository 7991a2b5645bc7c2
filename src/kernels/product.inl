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

// Goes along a row of the left operand, group by group.
struct RunWalk {
    std::ptrdiff_t left;   // groups of the run that are still to come
    std::ptrdiff_t at;     // the next of them: bytes from the row's first
    std::ptrdiff_t outer;  // where the inner runs begin
    int inner;             // the run's number among those

    RunWalk() = default;
    RunWalk(const LeftRows& a, std::ptrdiff_t group) {
        const std::ptrdiff_t groups = groups_of(a.run), run = groups > 0 ? group / groups : 0;
        inner = static_cast<int>(run % a.runs.inner);
        outer = run / a.runs.inner * a.runs.outer;
        const std::ptrdiff_t passed = group - run * groups;
        left = groups - passed;
        at = outer + inner * a.runs.stride + 4 * passed;
    }
    void pass(const LeftRows& a, std::ptrdiff_t groups) {
        left -= groups;
        at += 4 * groups;
        if (left > 0) return;
        left = groups_of(a.run);
        if (++inner == a.runs.inner) {
            inner = 0;
            outer += a.runs.outer;
        }
        at = outer + inner * a.runs.stride;
    }
};

// One panel's part in a call of product.
struct Panel {
    std::int32_t* c;
    std::ptrdiff_t c_stride;
    LeftRows a;
    int row;  // the first
    const std::int8_t* groups;
    std::ptrdiff_t count;  // of groups
    RunWalk start;         // where a slice begins in each row
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

constexpr std::ptrdiff_t least(std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c) {
    const std::ptrdiff_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// Rows of the left operand, `stride` apart. A pointer to every eighth and four multiples of the
// stride reach all of them by what an address may be made of, which leaves registers free.
template <int rows>
struct RowPointers {
    static constexpr int count = (rows + 7) / 8;
    const std::int8_t* every_eighth[count];
    std::ptrdiff_t once, thrice, five_times, seven_times;

    [[gnu::always_inline]] RowPointers(const std::int8_t* first, std::ptrdiff_t apart)
        : once(apart), thrice(3 * apart), five_times(5 * apart), seven_times(7 * apart) {
#pragma GCC unroll 8
        for (int i = 0; i < count; ++i)
            every_eighth[i] = first + 8 * i * apart;
    }
    [[gnu::always_inline]] const std::int8_t* row(int r) const {
        const std::int8_t* const from = every_eighth[r / 8];
        switch (r % 8) {
            case 0:
                return from;
            case 1:
            case 2:
            case 4:
                return from + r % 8 * once;
            case 5:
                return from + five_times;
            case 7:
                return from + seven_times;
            default:
                return from + r % 8 / 3 * thrice;
        }
    }
    // To the next group. The empty statement keeps the compiler from a pointer for every row.
    [[gnu::always_inline]] void advance() {
#pragma GCC unroll 8
        for (auto& pointer : every_eighth) {
            pointer += 4;
            asm("" : "+r"(pointer));
        }
    }
};

// rows x vectors sums in registers, over the whole depth of the panel. Adder: how products are
// added, Lanes or its short cut for small rows, which settles its sums every `period` groups.
template <typename Adder, Unsigned which, int rows, int vectors>
[[gnu::noinline]] void tile(const Panel& p, const std::int8_t* first, std::ptrdiff_t row) {
    typename Adder::Sums sums[rows][vectors];
    each_sum<rows, vectors>([&](int r, int v) { sums[r][v] = Adder::none(); });
    const std::ptrdiff_t a_stride = p.a.rows.stride;
    constexpr std::ptrdiff_t vector_bytes = 4 * Lanes::columns * planes_of(which);
    const std::int8_t* b = p.groups;
    constexpr std::ptrdiff_t period = Adder::period;
    RunWalk walk = p.start;
    for (std::ptrdiff_t left = p.count; left > 0;) {
        std::ptrdiff_t g = least(left, walk.left, period);
        RowPointers<rows> a(first + walk.at, a_stride);
        left -= g;
        walk.pass(p.a, g);
        for (; g > 0; --g, a.advance(), b += vectors * vector_bytes) {
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                const Bytes word = Lanes::broadcast(a.row(r));
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
    const int most = vectors == 1 ? 16 : 8;
    return rows < most ? rows : most;
}

template <typename Adder, Unsigned which, int vectors, int rows = rows_at_once(vectors)>
void tile_of(int height, const Panel& p, const std::int8_t* first, std::ptrdiff_t row) {
    if constexpr (rows > 0) {
        if (height == rows)
            tile<Adder, which, rows, vectors>(p, first, row);
        else
            tile_of<Adder, which, vectors, rows - 1>(height, p, first, row);
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

// `m` rows of a line, the first of which is `row`, in tiles as equal as can be, for low tiles cost
// nearly as much as high ones.
template <Unsigned which, int vectors>
void multiply_line(const Panel& p, const std::int8_t* first, std::ptrdiff_t row, int m) {
    constexpr int rows = rows_at_once(vectors);
    const int tiles = (m + rows - 1) / rows;
    for (int t = 0; t < tiles; ++t) {
        const int height = m / tiles + (t < m % tiles ? 1 : 0);
        if (looks(which) && all_small(p, row, height))
            tile_of<typename Lanes::Small, which, vectors>(height, p, first, row);
        else
            tile_of<Lanes, which, vectors>(height, p, first, row);
        row += height;
        first += height * p.a.rows.stride;
    }
}

// Calls visit(first row, its address, rows) for what each line has of m rows from p.row on.
template <typename Visit>
[[gnu::always_inline]] inline void each_line(const Panel& p, int m, Visit visit) {
    const Steps& rows = p.a.rows;
    int column = p.row % rows.inner;
    const std::int8_t* line = p.a.first + p.row / rows.inner * rows.outer;
    for (int row = 0; row < m; line += rows.outer) {
        const int count = m - row < rows.inner - column ? m - row : rows.inner - column;
        visit(row, line + column * rows.stride, count);
        row += count;
        column = 0;
    }
}

template <Unsigned which, int vectors = Lanes::vectors>
void multiply_panel(int width, const Panel& p, int m) {
    if constexpr (vectors > 0) {
        if (width != vectors * Lanes::columns)
            return multiply_panel<which, vectors - 1>(width, p, m);
        each_line(p, m, [&](int row, const std::int8_t* first, int count) {
            multiply_line<which, vectors>(p, first, row, count);
        });
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
            p.start = RunWalk(p.a, g);
            p.groups = panel + 4 * width * (head + planes_of(which) * g);
            multiply_panel<which>(width, p, m);
            p.base = p.c;
            p.base_stride = p.c_stride;
            if (groups == 0) break;
        }
    }
}

// Whether `count` groups of a row are small in every run.
bool is_small(const Panel& p, const std::int8_t* row, RunWalk walk, std::ptrdiff_t count) {
    bool small = true;
    while (count > 0 && small) {
        const std::ptrdiff_t g = walk.left < count ? walk.left : count;
        small = Lanes::is_small(row + walk.at, 4 * g);
        walk.pass(p.a, g);
        count -= g;
    }
    return small;
}

// Finds the small rows, slice by slice.
void mark_small(std::uint64_t* small, const Panel& p, int m, int depth) {
    const std::ptrdiff_t groups = groups_of(depth);
    for (int row = 0; row < m; ++row)
        small[row] = 0;
    int slice = 0;
    for (std::ptrdiff_t g = 0; g < groups && slice < 64; g += slice_groups, ++slice) {
        const std::ptrdiff_t count = groups - g < slice_groups ? groups - g : slice_groups;
        const RunWalk walk(p.a, g);
        each_line(p, m, [&](int row, const std::int8_t* first, int rows) {
            for (int r = 0; r < rows; ++r)
                small[row + r] |=
                    std::uint64_t{is_small(p, first + r * p.a.rows.stride, walk, count)} << slice;
        });
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
            p.row += rows;
            p.c += rows * p.c_stride;
        }
    }
}

void product_of_runs(std::int32_t* c, std::ptrdiff_t c_stride, const LeftRows& a, int m,
                     const std::int8_t* packed, int n, Unsigned which, bool accumulate) {
    const Panel p{c, c_stride, a, 0, packed, 0, {}, zeros, 0, 0, nullptr, 0};
    const int depth = a.run_count * a.run;
    switch (which) {
        case Unsigned::left:
            return multiply<Unsigned::left>(p, m, packed, n, depth, accumulate);
        case Unsigned::packed:
            return multiply<Unsigned::packed>(p, m, packed, n, depth, accumulate);
        case Unsigned::neither:
            return multiply<Unsigned::neither>(p, m, packed, n, depth, accumulate);
    }
}

void product(std::int32_t* c, std::ptrdiff_t c_stride, const std::int8_t* a,
             std::ptrdiff_t a_stride, int m, const std::int8_t* packed, int n, int depth,
             Unsigned which, bool accumulate) {
    product_of_runs(c, c_stride, LeftRows::dense(a, m, a_stride, depth), m, packed, n, which,
                    accumulate);
}
