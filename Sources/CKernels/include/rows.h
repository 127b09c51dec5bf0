// Rows in the order of a question: sorting them, and reading their numbers where they lie.
#pragma once
#include <stdint.h>

#include "kernels.h"

// Sorts keys and the numbers of their rows by the lowest bits of the keys, ascending; equal keys keep
// their order. The answer is 0 when they stand where they stood, 1 when in the other two.
int32_t rk_sort_rows(uint64_t *keys, uint32_t *rows, uint64_t *other_keys, uint32_t *other_rows,
    int64_t count, int32_t bits);
// Reads number at[i] of lane which[i], which has counts[which[i]] of them; what lies outside of it is
// missing.
void rk_pick(const rk_lane *lanes, const int64_t *counts, const uint32_t *which,
    const int64_t *at, int64_t count, int64_t *numbers);
