// Loops over the codes of columns: selecting rows, grouping them, and adding them up.
//
// A batch is a few thousand consecutive rows of one company. `mask` holds one byte per row, 1 for a
// row that is still in question. `rows` lists such rows in ascending order; where it is NULL, lanes
// hold one value per selected row, one after another. `groups` holds the group of each selected row;
// where it is NULL, all belong to group 0. Each group has a record of `stride` 64-bit numbers.
#pragma once
#include <stdint.h>

// What stands for a missing number.
#define RK_MISSING INT64_MIN

// The numbers of a column for the rows of a batch.
//
// Of width 1, 2 or 4: the number is base + step * code, and code 0 is missing when has_missing is
// not 0. Of width 8: the numbers themselves. Of width 0: base for every row.
typedef struct {
    const void *codes;
    int64_t base;
    int64_t step;
    int32_t width;
    int32_t has_missing;
} rk_lane;

// Clears the mask of rows whose number is missing or outside of low...high.
void rk_select_range(const rk_lane *lane, int64_t count, int64_t low, int64_t high, uint8_t *mask);
// Clears the mask of rows whose code (not number; widths 1, 2 and 4) is none of 1 to 8 codes; with
// `negated`, of those whose code is one of them.
void rk_select_codes(const rk_lane *lane, int64_t count, const uint32_t *codes, int32_t code_count,
    int32_t negated, uint8_t *mask);
// Clears the mask of rows for which table[number + 1] is 0; missing is at table[0], and numbers
// outside of the table count as it says for `outside`.
void rk_select_table(const rk_lane *lane, int64_t count, const uint8_t *table, int64_t table_count,
    uint8_t outside, uint8_t *mask);
// Lists the rows whose mask is set; returns how many.
int64_t rk_list(const uint8_t *mask, int64_t count, uint32_t *rows);

// Adds to each selected row's group: factor * (number - low + 1), or 0 for a missing number.
// Numbers must lie in low...(low + 2^31). With `first`, groups are set instead of added to.
void rk_group_affine(const rk_lane *lane, const uint32_t *rows, int64_t count, int64_t low,
    uint32_t factor, int32_t first, uint32_t *groups);
// Adds to each selected row's group: factor * table[number - low + 1], missing being at table[0].
void rk_group_table(const rk_lane *lane, const uint32_t *rows, int64_t count, int64_t low,
    const uint32_t *table, uint32_t factor, int32_t first, uint32_t *groups);

// Adds code to each selected row's group, run by run: run r covers the rows before ends[r].
void rk_group_runs(const uint32_t *rows, int64_t count, const uint32_t *ends,
    const uint32_t *codes, int64_t runs, uint32_t factor, int32_t first, uint32_t *groups);

// Adds sign to slot 0 of each selected row's record. There are `size` groups in all.
void rk_count(const uint32_t *groups, int64_t count, int64_t sign, int64_t *records, int64_t stride,
    int64_t size);
// Adds sign to slot `present` of the record of each selected row that has a number.
void rk_count_present(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups,
    int64_t count, int64_t sign, int64_t *records, int64_t stride, int64_t present);
// For each selected row with a number: adds sign to slot `present` (skipped when negative) and
// sign * number to slot `sum`.
void rk_add(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    int64_t sign, int64_t *records, int64_t stride, int64_t present, int64_t sum);
// Both at once, for a lane without missing numbers: slot 0 and slot `sum`.
void rk_count_add(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    int64_t sign, int64_t *records, int64_t stride, int64_t size, int64_t sum);
// Keeps the least day of each member, with members numbered from 1 as rk_group_affine does; days
// stand one after another for all rows of the batch.
void rk_first(const rk_lane *members, const int64_t *days, const uint32_t *rows, int64_t count,
    int64_t *firsts);
// Likewise run by run: the rows before ends[r] have days[r].
void rk_first_runs(const rk_lane *members, const uint32_t *ends, const int64_t *days, int64_t runs,
    const uint32_t *rows, int64_t count, int64_t *firsts);
// Adds up each slot of some records.
void rk_sum_slots(const int64_t *records, int64_t count, int64_t stride, int64_t *sums);
// Adds some slots to as many others.
void rk_merge_slots(const int64_t *slots, int64_t count, int64_t *sums);
// Adds counts to as many others, up to 65,535; where there are none over a page, that of the others
// is not touched.
void rk_merge_ticked(const uint16_t *counts, int64_t count, uint16_t *sums);
// Writes the numbers that are not missing one after another and returns how many there are; `to` may
// be `from`, and up to eight numbers beyond the last one are written.
int64_t rk_compress(const int64_t *from, int64_t count, int64_t *to);
// How far from 0 the numbers are at most, missing ones left out.
uint64_t rk_magnitude(const int64_t *numbers, int64_t count);
// Keeps the least (direction -1) or greatest (1) number of each group in `extremes`.
void rk_extreme(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    int32_t direction, int64_t *extremes);
// Sets the bit group * row_bits + number of each selected row with a number.
void rk_mark(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    uint64_t row_bits, uint64_t *bits);
// Counts each selected row with a number at counts[group * row_counts + number], up to 65,535.
void rk_tick(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    uint64_t row_counts, uint16_t *counts);
// Writes the numbers of the selected rows one after another.
void rk_expand(const rk_lane *lane, const uint32_t *rows, int64_t count, int64_t *numbers);
// Replaces indices by table[index]; missing and outside indices become missing.
void rk_look_up(const rk_lane *table, int64_t table_count, int64_t count, int64_t *numbers);
// Writes to - from, missing when either is or when 64 bits do not hold it; in place of `to`.
void rk_elapse(const int64_t *from, int64_t *to, int64_t count);

// Counts numbers by their distance from `least`, which none is below, in steps of 2^shift.
void rk_spread(const int64_t *numbers, int64_t count, int64_t least, uint32_t shift,
    uint64_t *counts);
// Writes the numbers of low...high one after another and returns how many there are; up to eight
// numbers beyond the last one are written.
int64_t rk_between(const int64_t *numbers, int64_t count, int64_t low, int64_t high, int64_t *to);

// Adds up runs of consecutive rows, run r ending before row ends[r] and belonging to group
// groups[r]: the number of masked rows in slot 0 of its record.
void rk_run_count(const uint8_t *mask, const uint32_t *ends, const uint32_t *groups, int64_t runs,
    int64_t *records, int64_t stride);
// Likewise sums numbers in slot `sum`, and where `present` is not negative, counts those that have
// one in slot `present`.
void rk_run_add(const rk_lane *lane, const uint8_t *mask, const uint32_t *ends,
    const uint32_t *groups, int64_t runs, int64_t *records, int64_t stride, int64_t present,
    int64_t sum);
// Adds to each selected row's group: factor * 2 when its step is the first of its member, factor * 1
// when it is a later one, and 0 when it has no member or lies before the first. Members and steps are
// counted from 1, 0 being missing; first[member] is the member's first step, 0 for none.
void rk_group_novelty(const uint32_t *members, const uint32_t *steps, const uint32_t *first,
    int64_t count, uint32_t factor, int32_t is_first, uint32_t *groups);
// Counts the set bits of each of some groups of `words` words.
void rk_count_bits(const uint64_t *bits, int64_t words, int64_t groups, int64_t *found);
// Counts the counts that are not 0 of each of some groups of `row` counts.
void rk_count_ticked(const uint16_t *counts, int64_t row, int64_t groups, int64_t *found);
