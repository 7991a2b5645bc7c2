// Vectors in the compiler's own notation, which is the same on every machine: whole ones of the
// set's width and short ones of bytes.
#pragma once

using Bytes = typename Lanes::Bytes;
using Shorts = typename Lanes::Shorts;
using Words = typename Lanes::Words;
using Longs = typename Lanes::Longs;

using Chars = std::int8_t __attribute__((vector_size(sizeof(Bytes))));

using Bytes4 = std::int8_t __attribute__((vector_size(4)));
using Bytes8 = std::int8_t __attribute__((vector_size(8)));
using Bytes16 = std::int8_t __attribute__((vector_size(16)));
using Bytes32 = std::int8_t __attribute__((vector_size(32)));
using Words4 = std::int32_t __attribute__((vector_size(16)));

template <typename Vector>
[[gnu::always_inline]] inline Vector load_bytes(const std::int8_t* from) {
    Vector v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

template <typename Vector>
[[gnu::always_inline]] inline void store_bytes(std::int8_t* to, Vector v) {
    __builtin_memcpy(to, &v, sizeof v);
}

// The first 8 bytes; the others are zero.
[[gnu::always_inline]] inline Bytes16 load_half(const std::int8_t* from) {
    std::int64_t low;
    __builtin_memcpy(&low, from, 8);
    using Longs2 = std::int64_t __attribute__((vector_size(16)));
    return reinterpret_cast<Bytes16>(Longs2{low, 0});
}

[[gnu::always_inline]] inline Bytes16 zip_low(Bytes16 a, Bytes16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

[[gnu::always_inline]] inline Bytes16 zip_high(Bytes16 a, Bytes16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                   31);
}

[[gnu::always_inline]] inline Words4 zip_low(Words4 a, Words4 b) {
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
}

[[gnu::always_inline]] inline Words4 zip_high(Words4 a, Words4 b) {
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
}

[[gnu::always_inline]] inline Words load_words(const std::int32_t* from) {
    Words v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

[[gnu::always_inline]] inline void store_words(std::int32_t* to, Words v) {
    __builtin_memcpy(to, &v, sizeof v);
}

using UnsignedShorts = std::uint16_t __attribute__((vector_size(sizeof(Shorts))));
using UnsignedWords = std::uint32_t __attribute__((vector_size(sizeof(Words))));

// As many halves as a vector has words.
[[gnu::always_inline]] inline UnsignedWords load_halves(const std::uint16_t* from) {
    using Halves = std::uint16_t __attribute__((vector_size(sizeof(Words) / 2)));
    Halves v;
    __builtin_memcpy(&v, from, sizeof v);
    return __builtin_convertvector(v, UnsignedWords);
}

[[gnu::always_inline]] inline Words add_wrapping(Words a, Words b) {
    return Words(UnsignedWords(a) + UnsignedWords(b));
}

// |v| without sign: 2^31 for the least number.
[[gnu::always_inline]] inline Words magnitude(Words v) {
    return v < 0 ? Words(-UnsignedWords(v)) : v;
}

template <typename Vector>
[[gnu::always_inline]] inline Vector clamp(Vector v, Vector low, Vector high) {
    v = v < low ? low : v;
    return v > high ? high : v;
}

// Calls visit(first element) for vectors of `size` elements that cover all n >= size. The last may
// overlap the one before, so visits must not depend on each other.
template <typename Visit>
[[gnu::always_inline]] inline void each_vector(int n, int size, Visit visit) {
    for (int i = 0; i < n - size; i += size)
        visit(i);
    visit(n - size);
}
