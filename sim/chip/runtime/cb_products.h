/* Products of two windows with the levels of two outputs: what nearly all the time goes into. Three ways of one result:
 * Helium, the DSP extension of Armv7E-M and Armv8-M, and plain C.
 *
 * `windows` is of 5 * depth bytes. Window 0 or 1 is put where cb_gathered says, and then prepared. cb_products gives
 * sums[0] and [1] of the first window with the levels at `levels` and `row` bytes behind, [2] and [3] of the second. */
#ifndef CB_PRODUCTS_H
#define CB_PRODUCTS_H

#include "cb_window.h"

int8_t *cb_gathered(int8_t *windows, uint32_t which, uint32_t depth);
void cb_prepare(int8_t *windows, uint32_t which, uint32_t depth);
void cb_products(const int8_t *windows, const int8_t *levels, uint32_t row, uint32_t depth, int32_t *sums);
/* Where the second window is the first one. */
void cb_products_of_one(const int8_t *windows, const int8_t *levels, uint32_t row, uint32_t depth, int32_t *sums);

/* Windows of positions `at` and `at` + 1 of a map, where only one is left `at` twice: gathered and prepared. */
void cb_windows_at(const cb_window *window, uint32_t depth, const int8_t *in, uint32_t at, uint32_t count, int8_t *windows);

#endif
