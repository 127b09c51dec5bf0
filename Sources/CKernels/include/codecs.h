// Loops over numbers on their way into chunks and out of them.
//
// Unless said otherwise, arrays have `count` elements and do not overlap, and INT64_MIN stands for
// a missing number.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Rows that are packed together, with one number of bits for all of their codes.
#define RK_BLOCK_ROWS 1024

// What one pass tells of numbers; `least` is greater than `greatest` when all are missing.
typedef struct {
    int64_t least;
    int64_t greatest;
    size_t missing;
    // How many runs of equal numbers there are.
    size_t runs;
    // How many numbers are less than the one before them, missing ones counting as the least.
    size_t descents;
} rk_survey;

void rk_survey_numbers(const int64_t *numbers, size_t count, rk_survey *result);

// The greatest common divisor of all differences to `least`, beginning with `divisor`.
uint64_t rk_common_step(const int64_t *numbers, size_t count, int64_t least, uint64_t divisor);

// Writes (number - least) / step for each number, and UINT64_MAX for a missing one; false when a
// division leaves a rest. `step` is not 0.
bool rk_quotients(
    const int64_t *numbers, size_t count, int64_t least, uint64_t step, uint64_t *quotients);

// Writes quotient + offset at `width` bytes, and 0 (for 8 bytes, INT64_MIN) for UINT64_MAX.
void rk_narrow(
    const uint64_t *quotients, size_t count, uint64_t offset, unsigned width, void *codes);

// Sets bit `row % 8` of byte `row / 8` where a number is missing; the bitmap is zero before.
void rk_missing_bits(const int64_t *numbers, size_t count, uint8_t *bitmap);

// Room that rk_pack may need for `count` codes.
size_t rk_packed_capacity(size_t count);

// Packs codes and returns the number of bytes: one byte per block with its bits, then the blocks.
//
// A block of b bits is a grid of 32 columns of 32-bit words. Column c holds the codes of rows c,
// 32 + c, 64 + c, … of the block one after another, b bits each, from the lowest bit of its first
// word on; the words of all columns alternate. So one instruction unpacks many neighbouring rows.
size_t rk_pack(const uint32_t *codes, size_t count, uint8_t *packed);

// Unpacks into codes of `width` bytes (1, 2, 4); false when the bytes are not what rk_pack gives
// for so many codes of at most that width.
bool rk_unpack(
    const uint8_t *packed, size_t bytes, size_t count, unsigned width, void *codes);

// Writes how much more than an increment each quotient is above the one before it, 0 for missing
// rows and UINT64_MAX for the first; returns the increment, which no row falls short of except
// where numbers descend. `histogram[b]` counts the differences of b bits, roughly; negative ones have 64.
uint64_t rk_differences(
    const uint64_t *quotients, size_t count, bool has_missing, uint64_t *differences,
    size_t histogram[65]);

// Narrows differences to four bytes; those of more than `bits` bits become 0 and their rows and
// quotients go to the lists. Returns how many.
size_t rk_restart(
    const uint64_t *differences, const uint64_t *quotients, size_t count, unsigned bits,
    uint32_t *narrow, uint32_t *rows, uint64_t *values);

// Sums differences and the increment into codes of `width` bytes, starting anew at each restart.
//
// Codes of fewer than eight bytes are sum + offset; those of eight are the numbers
// least + step × sum. A row of the bitmap (which may be NULL) gets 0, or INT64_MIN.
void rk_sum(
    const uint32_t *differences, size_t count, const uint32_t *rows, const uint64_t *values,
    size_t restarts, uint64_t increment, const uint8_t *bitmap, uint64_t offset, int64_t least,
    uint64_t step, unsigned width, void *codes);

// The greatest of codes of `width` bytes (1, 2, 4).
uint32_t rk_greatest_code(const void *codes, size_t count, unsigned width);

// What each number is more than that of its source, INT64_MIN where it is missing; a missing source
// counts as 0. False when a difference of a number is INT64_MIN, which would come back as missing.
bool rk_subtract(
    const int64_t *numbers, const int64_t *source, size_t count, int64_t *differences);

// The way back; `numbers` may be `source`.
void rk_add_source(const int64_t *source, const int64_t *differences, size_t count, int64_t *numbers);

// The days since 1970 of moments in microseconds, on clocks that are so many seconds ahead.
void rk_local_days(
    const int64_t *moments, const int64_t *seconds, size_t count, int64_t *days);

// floor((source × multiplier + addend) / divisor), INT64_MIN where the source is missing. Products,
// and the addend and the divisor with them, must stay below 2^52.
void rk_share(
    const int64_t *source, size_t count, int64_t multiplier, int64_t addend, int64_t divisor,
    int64_t *numbers);

// Puts what is present of `exceptions` in place of numbers.
void rk_choose(const int64_t *exceptions, size_t count, int64_t *numbers);

// Replaces shares by the numbers that differ from them, and INT64_MIN for those that do not. False
// when a number is missing where its share is not.
bool rk_exceptions(const int64_t *numbers, size_t count, int64_t *shares);

// Whether a step divides the differences of all numbers that are not missing to the least one.
bool rk_divides(const int64_t *numbers, size_t count, int64_t least, uint64_t step);

// Puts the first bytes of all elements together, then the second ones, and so on; and back.
void rk_shuffle(const uint8_t *elements, size_t count, unsigned width, uint8_t *planes);
void rk_unshuffle(const uint8_t *planes, size_t count, unsigned width, uint8_t *elements);

// Brings an order of rows into ascending order of their keys; equal ones keep their places.
// `scratch` has room for `count` elements.
void rk_sort(const int64_t *keys, uint32_t *order, size_t count, uint32_t *scratch);
// The same by unsigned keys.
void rk_sort_unsigned(const uint64_t *keys, uint32_t *order, size_t count, uint32_t *scratch);

void rk_gather(const int64_t *numbers, const uint32_t *order, size_t count, int64_t *gathered);
