#include "include/kernels.h"
#include "variants.h"

#include <string.h>

RK_VARIANTS
void rk_select_range(const rk_lane *lane, int64_t count, int64_t low, int64_t high, uint8_t *mask) {
    if (lane->width == 0) {
        int64_t number = lane->base;
        if (number == RK_MISSING || number < low || number > high) memset(mask, 0, (size_t)count);
        return;
    }
    if (lane->width == 8) {
        const int64_t *numbers = lane->codes;
        if (low == RK_MISSING) low++;
        for (int64_t row = 0; row < count; row++) {
            mask[row] &= (numbers[row] >= low) & (numbers[row] <= high);
        }
        return;
    }
    // The range in codes: base + step * code in low...high.
    int64_t first_code = lane->has_missing ? 1 : 0;
    __int128 step = lane->step;
    __int128 from = (__int128)low - lane->base, to = (__int128)high - lane->base;
    from = from <= 0 ? 0 : (from + step - 1) / step;
    if (from < first_code) from = first_code;
    if (to < 0 || from > UINT32_MAX || to / step < from) {
        memset(mask, 0, (size_t)count);
        return;
    }
    to /= step;
    uint32_t start = (uint32_t)from, span = (uint32_t)((to > UINT32_MAX ? UINT32_MAX : to) - from);
    switch (lane->width) {
    case 1: {
        const uint8_t *codes = lane->codes;
        if (start > UINT8_MAX) { memset(mask, 0, (size_t)count); return; }
        uint8_t small = (uint8_t)start, width = span > UINT8_MAX ? UINT8_MAX : (uint8_t)span;
        // Codes below the start wrap to great ones; those must not pass a range that reaches the top.
        uint8_t limit = (uint8_t)(UINT8_MAX - small);
        if (width > limit) width = limit;
        for (int64_t row = 0; row < count; row++) {
            mask[row] &= (uint8_t)(codes[row] - small) <= width;
        }
        break;
    }
    case 2: {
        const uint16_t *codes = lane->codes;
        if (start > UINT16_MAX) { memset(mask, 0, (size_t)count); return; }
        uint16_t small = (uint16_t)start, width = span > UINT16_MAX ? UINT16_MAX : (uint16_t)span;
        uint16_t limit = (uint16_t)(UINT16_MAX - small);
        if (width > limit) width = limit;
        for (int64_t row = 0; row < count; row++) {
            mask[row] &= (uint16_t)(codes[row] - small) <= width;
        }
        break;
    }
    default: {
        const uint32_t *codes = lane->codes;
        for (int64_t row = 0; row < count; row++) mask[row] &= codes[row] - start <= span;
    }
    }
}

#define SELECT_CODES(CODE)                                                                        \
    {                                                                                             \
        const CODE *codes = lane->codes;                                                          \
        CODE wanted[8];                                                                           \
        for (int which = 0; which < 8; which++) {                                                 \
            wanted[which] = (CODE)list[which < code_count ? which : 0];                           \
        }                                                                                         \
        uint8_t flip = negated ? 1 : 0;                                                           \
        if (code_count == 1) {                                                                    \
            CODE a = wanted[0];                                                                   \
            for (int64_t row = 0; row < count; row++) mask[row] &= (codes[row] == a) ^ flip;      \
        } else if (code_count <= 3) {                                                             \
            CODE a = wanted[0], b = wanted[1], c = wanted[2];                                     \
            for (int64_t row = 0; row < count; row++) {                                           \
                CODE code = codes[row];                                                           \
                mask[row] &= ((code == a) | (code == b) | (code == c)) ^ flip;                    \
            }                                                                                     \
        } else {                                                                                  \
            CODE a = wanted[0], b = wanted[1], c = wanted[2], d = wanted[3], e = wanted[4],       \
                 f = wanted[5], g = wanted[6], h = wanted[7];                                     \
            for (int64_t row = 0; row < count; row++) {                                           \
                CODE code = codes[row];                                                           \
                mask[row] &= ((code == a) | (code == b) | (code == c) | (code == d)               \
                    | (code == e) | (code == f) | (code == g) | (code == h)) ^ flip;              \
            }                                                                                     \
        }                                                                                         \
    }

RK_VARIANTS
void rk_select_codes(const rk_lane *lane, int64_t count, const uint32_t *list, int32_t code_count,
    int32_t negated, uint8_t *mask) {
    switch (lane->width) {
    case 1: SELECT_CODES(uint8_t) break;
    case 2: SELECT_CODES(uint16_t) break;
    default: SELECT_CODES(uint32_t) break;
    }
}

#define NUMBER(code)                                                                              \
    (sizeof(CODE) == 8 ? (int64_t)(code)                                                          \
        : lane->has_missing && (code) == 0                                                        \
            ? RK_MISSING : (int64_t)((uint64_t)lane->base + (uint64_t)lane->step * (uint64_t)(code)))

// The place of a number in a table that has missing at 0; a negative one lies outside.
#define PLACE(number)                                                                             \
    ((number) >= 0 ? (uint64_t)(number) + 1 : (number) == RK_MISSING ? 0 : UINT64_MAX)

RK_VARIANTS
void rk_select_table(const rk_lane *lane, int64_t count, const uint8_t *table, int64_t table_count,
    uint8_t outside, uint8_t *mask) {
    if (lane->width == 0) {
        int64_t number = lane->base;
        uint64_t place = PLACE(number);
        uint8_t keep = place < (uint64_t)table_count ? table[place] : outside;
        if (!keep) memset(mask, 0, (size_t)count);
        return;
    }
    RK_BY_WIDTH(lane, {
        const CODE *codes = lane->codes;
        for (int64_t row = 0; row < count; row++) {
            int64_t number = NUMBER(codes[row]);
            uint64_t place = PLACE(number);
            mask[row] &= place < (uint64_t)table_count ? table[place] : outside;
        }
    })
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f,avx512bw,avx512vl"))) static int64_t list_wide(
    const uint8_t *mask, int64_t count, uint32_t *rows) {
    int64_t found = 0, row = 0;
    __m512i numbers = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i sixteen = _mm512_set1_epi32(16);
    for (; row + 16 <= count; row += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(mask + row));
        __mmask16 set = _mm_test_epi8_mask(bytes, bytes);
        // Compressing in the register and storing whole is faster than a compressing store.
        _mm512_storeu_si512(rows + found, _mm512_maskz_compress_epi32(set, numbers));
        found += __builtin_popcount(set);
        numbers = _mm512_add_epi32(numbers, sixteen);
    }
    for (; row < count; row++) {
        rows[found] = (uint32_t)row;
        found += mask[row];
    }
    return found;
}
#endif

// Writes up to 16 entries beyond the last one listed: `rows` has room for them.
int64_t rk_list(const uint8_t *mask, int64_t count, uint32_t *rows) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
        return list_wide(mask, count, rows);
    }
#endif
    int64_t found = 0;
    for (int64_t row = 0; row < count; row++) {
        rows[found] = (uint32_t)row;
        found += mask[row];
    }
    return found;
}
