#include "include/kernels.h"
#include "variants.h"

// The number of a code, for lanes of every width; wraps, because the numbers themselves do not.
#define NUMBER(code)                                                                              \
    (sizeof(CODE) == 8 ? (int64_t)(code)                                                          \
        : has_missing && (code) == 0                                                              \
            ? RK_MISSING : (int64_t)((uint64_t)base + (uint64_t)step * (uint64_t)(code)))
// Whether a code has a number.
#define PRESENT(code)                                                                             \
    (sizeof(CODE) == 8 ? (int64_t)(code) != RK_MISSING : !(has_missing && (code) == 0))

// Runs a statement for each selected row, with `at` its place among the selected and `code` its
// code; once with a list of rows and once without.
#define EACH(statement)                                                                           \
    {                                                                                             \
        const CODE *codes = lane->codes;                                                          \
        if (rows) {                                                                               \
            for (int64_t at = 0; at < count; at++) { CODE code = codes[rows[at]]; statement; }    \
        } else {                                                                                  \
            for (int64_t at = 0; at < count; at++) { CODE code = codes[at]; statement; }          \
        }                                                                                         \
    }

// Declares what NUMBER and PRESENT use; `has_missing` known to be 0 or 1 in each branch.
#define BY_LANE(statement)                                                                        \
    {                                                                                             \
        const int64_t base = lane->base, step = lane->step;                                       \
        (void)base;                                                                               \
        (void)step;                                                                               \
        if (lane->has_missing) {                                                                  \
            const int has_missing = 1;                                                            \
            (void)has_missing;                                                                    \
            RK_BY_WIDTH(lane, statement)                                                          \
        } else {                                                                                  \
            const int has_missing = 0;                                                            \
            (void)has_missing;                                                                    \
            RK_BY_WIDTH(lane, statement)                                                          \
        }                                                                                         \
    }

RK_VARIANTS
void rk_group_affine(const rk_lane *lane, const uint32_t *rows, int64_t count, int64_t low,
    uint32_t factor, int32_t first, uint32_t *groups) {
    if (lane->width == 0) {
        uint32_t group = lane->base == RK_MISSING ? 0 : factor * (uint32_t)(lane->base - low + 1);
        for (int64_t at = 0; at < count; at++) groups[at] = first ? group : groups[at] + group;
        return;
    }
    // All in 32 bits: the place of a code is start + step * code.
    const uint32_t start = (uint32_t)((lane->width == 8 ? 0 : lane->base) - low + 1);
    const uint32_t step32 = (uint32_t)lane->step;
    if (first) {
        BY_LANE(EACH(groups[at] = PRESENT(code) ? factor * (start + step32 * (uint32_t)code) : 0))
    } else {
        BY_LANE(EACH(groups[at] += PRESENT(code) ? factor * (start + step32 * (uint32_t)code) : 0))
    }
}

RK_VARIANTS
void rk_group_table(const rk_lane *lane, const uint32_t *rows, int64_t count, int64_t low,
    const uint32_t *table, uint32_t factor, int32_t first, uint32_t *groups) {
    if (lane->width == 0) {
        uint32_t place = lane->base == RK_MISSING ? 0 : (uint32_t)(lane->base - low + 1);
        uint32_t group = factor * table[place];
        for (int64_t at = 0; at < count; at++) groups[at] = first ? group : groups[at] + group;
        return;
    }
    const uint32_t start = (uint32_t)((lane->width == 8 ? 0 : lane->base) - low + 1);
    const uint32_t step32 = (uint32_t)lane->step;
    if (first) {
        BY_LANE(EACH(
            groups[at] = factor * table[PRESENT(code) ? start + step32 * (uint32_t)code : 0]))
    } else {
        BY_LANE(EACH(
            groups[at] += factor * table[PRESENT(code) ? start + step32 * (uint32_t)code : 0]))
    }
}

RK_VARIANTS
void rk_group_novelty(const uint32_t *members, const uint32_t *steps, const uint32_t *first,
    int64_t count, uint32_t factor, int32_t is_first, uint32_t *groups) {
    for (int64_t at = 0; at < count; at++) {
        uint32_t start = first[members[at]], step = steps[at];
        uint32_t place = start == 0 || step < start ? 0 : step == start ? 2 : 1;
        groups[at] = (is_first ? 0 : groups[at]) + factor * place;
    }
}

RK_VARIANTS
void rk_group_runs(const uint32_t *rows, int64_t count, const uint32_t *ends,
    const uint32_t *codes, int64_t runs, uint32_t factor, int32_t first, uint32_t *groups) {
    int64_t at = 0;
    for (int64_t run = 0; run < runs; run++) {
        int64_t last = count;
        if (!rows) {
            last = ends[run];
        } else if (run + 1 < runs) {
            // The first selected row that lies behind the run.
            int64_t low = at, high = count;
            while (low < high) {
                int64_t middle = (low + high) / 2;
                if (rows[middle] < ends[run]) low = middle + 1; else high = middle;
            }
            last = low;
        }
        uint32_t group = factor * codes[run];
        if (first) {
            for (; at < last; at++) groups[at] = group;
        } else {
            for (; at < last; at++) groups[at] += group;
        }
    }
}

// With few groups, additions to one record wait for each other; they are spread over four copies of
// the records, which are added up in the end.
#define COPIES 4
#define FEW 64
// Rows of which the number and the sum of codes of up to 32 bits fit into one 64-bit number.
#define PACKED_BITS 47
#define MOST_PACKED (1 << 15)

void rk_count(const uint32_t *groups, int64_t count, int64_t sign, int64_t *records,
    int64_t stride, int64_t size) {
    if (!groups) {
        records[0] += sign * count;
        return;
    }
    if (size <= FEW) {
        int64_t counts[COPIES][FEW] = {{0}};
        for (int64_t at = 0; at < count; at++) counts[at % COPIES][groups[at]]++;
        for (int64_t group = 0; group < size; group++) {
            for (int copy = 0; copy < COPIES; copy++) {
                records[group * stride] += sign * counts[copy][group];
            }
        }
        return;
    }
    if (stride == 1) {
        for (int64_t at = 0; at < count; at++) records[groups[at]] += sign;
    } else {
        for (int64_t at = 0; at < count; at++) records[groups[at] * (uint64_t)stride] += sign;
    }
}

RK_VARIANTS
void rk_count_present(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups,
    int64_t count, int64_t sign, int64_t *records, int64_t stride, int64_t present) {
    if (lane->width == 0) {
        if (lane->base == RK_MISSING) return;
        for (int64_t at = 0; at < count; at++) {
            records[(groups ? groups[at] : 0) * (uint64_t)stride + (uint64_t)present] += sign;
        }
        return;
    }
    if (!groups) {
        int64_t found = 0;
        BY_LANE(EACH(found += PRESENT(code)))
        records[present] += sign * found;
        return;
    }
    BY_LANE(EACH({
        records[groups[at] * (uint64_t)stride + (uint64_t)present] += PRESENT(code) ? sign : 0;
    }))
}

RK_VARIANTS
void rk_first(const rk_lane *lane, const int64_t *days, const uint32_t *rows, int64_t count,
    int64_t *firsts) {
    if (lane->width == 0) {
        if (lane->base == RK_MISSING) return;
        int64_t *first = firsts + lane->base + 1;
        for (int64_t at = 0; at < count; at++) {
            int64_t day = days[rows ? rows[at] : at];
            if (day != RK_MISSING && day < *first) *first = day;
        }
        return;
    }
    BY_LANE(EACH({
        int64_t day = days[rows ? rows[at] : at];
        int64_t *first = firsts + (PRESENT(code) ? NUMBER(code) + 1 : 0);
        if (day < *first && day != RK_MISSING) *first = day;
    }))
}

RK_VARIANTS
void rk_first_runs(const rk_lane *lane, const uint32_t *ends, const int64_t *days, int64_t runs,
    const uint32_t *rows, int64_t count, int64_t *firsts) {
    int64_t at = 0;
    for (int64_t run = 0; run < runs && at < count; run++) {
        const int64_t end = ends[run], day = days[run] == RK_MISSING ? INT64_MAX : days[run];
        if (lane->width == 0) {
            int64_t start = at;
            while (at < count && (rows ? rows[at] : at) < end) at++;
            if (at == start || lane->base == RK_MISSING) continue;
            int64_t *first = firsts + lane->base + 1;
            *first = day < *first ? day : *first;
            continue;
        }
        // Stored whether it is less or not: which is the case cannot be foreseen.
        BY_LANE({
            const CODE *codes = lane->codes;
            if (rows) {
                for (; at < count && rows[at] < end; at++) {
                    CODE code = codes[rows[at]];
                    int64_t *first = firsts + (PRESENT(code) ? NUMBER(code) + 1 : 0);
                    *first = day < *first ? day : *first;
                }
            } else {
                for (int64_t last = end < count ? end : count; at < last; at++) {
                    CODE code = codes[at];
                    int64_t *first = firsts + (PRESENT(code) ? NUMBER(code) + 1 : 0);
                    *first = day < *first ? day : *first;
                }
            }
        })
    }
}

RK_VARIANTS
void rk_sum_slots(const int64_t *records, int64_t count, int64_t stride, int64_t *sums) {
    for (int64_t slot = 0; slot < stride; slot++) sums[slot] = 0;
    if (stride == 2) {
        int64_t first = 0, second = 0;
        for (int64_t at = 0; at < count; at++) {
            first += records[2 * at];
            second += records[2 * at + 1];
        }
        sums[0] = first;
        sums[1] = second;
        return;
    }
    for (int64_t at = 0; at < count; at++) {
        for (int64_t slot = 0; slot < stride; slot++) sums[slot] += records[at * stride + slot];
    }
}

RK_VARIANTS
void rk_merge_slots(const int64_t *slots, int64_t count, int64_t *sums) {
    for (int64_t at = 0; at < count; at++) sums[at] += slots[at];
}

RK_VARIANTS
void rk_merge_ticked(const uint16_t *counts, int64_t count, uint16_t *sums) {
    for (int64_t start = 0; start < count; start += 2048) {
        int64_t end = start + 2048 < count ? start + 2048 : count;
        uint16_t any = 0;
        for (int64_t at = start; at < end; at++) any |= counts[at];
        if (!any) continue;
        for (int64_t at = start; at < end; at++) {
            uint32_t sum = (uint32_t)sums[at] + counts[at];
            sums[at] = sum > 65535 ? 65535 : (uint16_t)sum;
        }
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// Numbers of low...high; what is stored in place of numbers read before never reaches those ahead.
__attribute__((target("avx512f"))) static int64_t between_wide(
    const int64_t *from, int64_t count, int64_t low, int64_t high, int64_t *to) {
    const __m512i least = _mm512_set1_epi64(low), greatest = _mm512_set1_epi64(high);
    int64_t found = 0, at = 0;
    for (; at + 8 <= count; at += 8) {
        __m512i numbers = _mm512_loadu_si512(from + at);
        __mmask8 wanted = _mm512_cmpge_epi64_mask(numbers, least)
            & _mm512_cmple_epi64_mask(numbers, greatest);
        _mm512_storeu_si512(to + found, _mm512_maskz_compress_epi64(wanted, numbers));
        found += __builtin_popcount(wanted);
    }
    for (; at < count; at++) {
        int64_t number = from[at];
        to[found] = number;
        found += (number >= low) & (number <= high);
    }
    return found;
}
#endif

int64_t rk_between(const int64_t *from, int64_t count, int64_t low, int64_t high, int64_t *to) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return between_wide(from, count, low, high, to);
#endif
    int64_t found = 0;
    for (int64_t at = 0; at < count; at++) {
        int64_t number = from[at];
        to[found] = number;
        found += (number >= low) & (number <= high);
    }
    return found;
}

int64_t rk_compress(const int64_t *from, int64_t count, int64_t *to) {
    return rk_between(from, count, RK_MISSING + 1, INT64_MAX, to);
}

RK_VARIANTS
uint64_t rk_magnitude(const int64_t *numbers, int64_t count) {
    int64_t least = 0, greatest = 0;
    for (int64_t at = 0; at < count; at++) {
        int64_t number = numbers[at] == RK_MISSING ? 0 : numbers[at];
        least = number < least ? number : least;
        greatest = number > greatest ? number : greatest;
    }
    uint64_t below = 0 - (uint64_t)least;
    return below > (uint64_t)greatest ? below : (uint64_t)greatest;
}

RK_VARIANTS
void rk_spread(const int64_t *numbers, int64_t count, int64_t least, uint32_t shift,
    uint64_t *counts) {
    for (int64_t at = 0; at < count; at++) {
        counts[((uint64_t)numbers[at] - (uint64_t)least) >> shift]++;
    }
}

RK_VARIANTS
void rk_add(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    int64_t sign, int64_t *records, int64_t stride, int64_t present, int64_t sum) {
    if (lane->width == 0) {
        if (lane->base == RK_MISSING) return;
        for (int64_t at = 0; at < count; at++) {
            int64_t *record = records + (groups ? groups[at] : 0) * (uint64_t)stride;
            if (present >= 0) record[present] += sign;
            record[sum] += sign * lane->base;
        }
        return;
    }
    if (!groups) {
        int64_t found = 0, total = 0;
        BY_LANE(EACH({
            int is_present = PRESENT(code);
            found += is_present;
            total += is_present ? NUMBER(code) : 0;
        }))
        if (present >= 0) records[present] += sign * found;
        records[sum] += sign * total;
        return;
    }
    if (present >= 0) {
        BY_LANE(EACH({
            int64_t *record = records + groups[at] * (uint64_t)stride;
            int64_t is_present = PRESENT(code);
            record[present] += is_present ? sign : 0;
            record[sum] += is_present ? sign * NUMBER(code) : 0;
        }))
    } else {
        BY_LANE(EACH({
            records[groups[at] * (uint64_t)stride + (uint64_t)sum] += sign * NUMBER(code);
        }))
    }
}

RK_VARIANTS
void rk_count_add(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    int64_t sign, int64_t *records, int64_t stride, int64_t size, int64_t sum) {
    const int64_t base = sign * lane->base, step = sign * lane->step;
    const int has_missing = 0;
    if (size <= FEW && lane->width < 8 && count <= MOST_PACKED) {
        // Rows in the upper bits and the sum of their codes in the lower ones: one addition for both.
        uint64_t packed[COPIES][FEW] = {{0}};
        RK_BY_WIDTH(lane, EACH({
            packed[at % COPIES][groups[at]] += (1ull << PACKED_BITS) + (uint64_t)code;
        }))
        for (int64_t group = 0; group < size; group++) {
            for (int copy = 0; copy < COPIES; copy++) {
                int64_t found = (int64_t)(packed[copy][group] >> PACKED_BITS);
                int64_t codes_sum = (int64_t)(packed[copy][group] & ((1ull << PACKED_BITS) - 1));
                records[group * stride] += sign * found;
                records[group * stride + sum] += base * found + step * codes_sum;
            }
        }
        return;
    }
    if (lane->width == 8) {
        typedef int64_t CODE;
        EACH({
            int64_t *record = records + groups[at] * (uint64_t)stride;
            record[0] += sign;
            record[sum] += sign * code;
        })
        return;
    }
    (void)has_missing;
    if (stride == 2) {
        RK_BY_WIDTH(lane, EACH({
            int64_t *record = records + groups[at] * (uint64_t)2;
            record[0] += sign;
            record[1] += (int64_t)((uint64_t)base + (uint64_t)step * (uint64_t)code);
        }))
    } else {
        RK_BY_WIDTH(lane, EACH({
            int64_t *record = records + groups[at] * (uint64_t)stride;
            record[0] += sign;
            record[sum] += (int64_t)((uint64_t)base + (uint64_t)step * (uint64_t)code);
        }))
    }
}

RK_VARIANTS
void rk_extreme(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    int32_t direction, int64_t *extremes) {
    if (lane->width == 0) {
        if (lane->base == RK_MISSING) return;
        for (int64_t at = 0; at < count; at++) {
            int64_t *extreme = extremes + (groups ? groups[at] : 0);
            if (direction < 0 ? lane->base < *extreme : lane->base > *extreme) *extreme = lane->base;
        }
        return;
    }
    if (direction < 0) {
        BY_LANE(EACH({
            int64_t *extreme = extremes + (groups ? groups[at] : 0);
            int64_t number = NUMBER(code);
            if (number != RK_MISSING && number < *extreme) *extreme = number;
        }))
    } else {
        // Missing is the least number of all.
        BY_LANE(EACH({
            int64_t *extreme = extremes + (groups ? groups[at] : 0);
            int64_t number = NUMBER(code);
            if (number > *extreme) *extreme = number;
        }))
    }
}

RK_VARIANTS
void rk_mark(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    uint64_t row_bits, uint64_t *bits) {
    if (lane->width == 0) {
        if (lane->base == RK_MISSING) return;
        for (int64_t at = 0; at < count; at++) {
            uint64_t bit = (groups ? groups[at] : 0) * row_bits + (uint64_t)lane->base;
            bits[bit >> 6] |= 1ull << (bit & 63);
        }
        return;
    }
    BY_LANE(EACH({
        if (PRESENT(code)) {
            uint64_t bit = (groups ? groups[at] : 0) * row_bits + (uint64_t)NUMBER(code);
            bits[bit >> 6] |= 1ull << (bit & 63);
        }
    }))
}

RK_VARIANTS
void rk_tick(const rk_lane *lane, const uint32_t *rows, const uint32_t *groups, int64_t count,
    uint64_t row_counts, uint16_t *counts) {
    if (lane->width == 0) {
        if (lane->base == RK_MISSING) return;
        for (int64_t at = 0; at < count; at++) {
            uint16_t *place = counts + (groups ? groups[at] : 0) * row_counts + lane->base;
            *place += *place != UINT16_MAX;
        }
        return;
    }
    BY_LANE(EACH({
        if (PRESENT(code)) {
            uint16_t *place =
                counts + (groups ? groups[at] : 0) * row_counts + (uint64_t)NUMBER(code);
            *place += *place != UINT16_MAX;
        }
    }))
}

RK_VARIANTS
void rk_expand(const rk_lane *lane, const uint32_t *rows, int64_t count, int64_t *numbers) {
    if (lane->width == 0) {
        for (int64_t at = 0; at < count; at++) numbers[at] = lane->base;
        return;
    }
    BY_LANE(EACH(numbers[at] = NUMBER(code)))
}

RK_VARIANTS
void rk_look_up(const rk_lane *lane, int64_t table_count, int64_t count, int64_t *numbers) {
    if (lane->width == 0 || table_count == 0) {
        for (int64_t at = 0; at < count; at++) {
            numbers[at] = (uint64_t)numbers[at] < (uint64_t)table_count ? lane->base : RK_MISSING;
        }
        return;
    }
    BY_LANE({
        const CODE *codes = lane->codes;
        for (int64_t at = 0; at < count; at++) {
            // A missing index is a great number without its sign. What stands at 0 is read in its
            // place: half of all rows may have no index, and which cannot be foreseen.
            uint64_t index = (uint64_t)numbers[at];
            int is_known = index < (uint64_t)table_count;
            CODE code = codes[is_known ? index : 0];
            numbers[at] = is_known ? NUMBER(code) : RK_MISSING;
        }
    })
}

RK_VARIANTS
void rk_elapse(const int64_t *from, int64_t *to, int64_t count) {
    for (int64_t at = 0; at < count; at++) {
        // Missing is the least number; a difference has left 64 bits when the signs of both differ
        // and its own is not that of the first.
        int64_t start = from[at], end = to[at];
        int64_t elapsed = (int64_t)((uint64_t)end - (uint64_t)start);
        int64_t overflow = (end ^ start) & (end ^ elapsed);
        int is_known = (start != RK_MISSING) & (end != RK_MISSING) & (overflow >= 0);
        to[at] = is_known ? elapsed : RK_MISSING;
    }
}

RK_VARIANTS
void rk_run_count(const uint8_t *mask, const uint32_t *ends, const uint32_t *groups, int64_t runs,
    int64_t *records, int64_t stride) {
    int64_t row = 0;
    for (int64_t run = 0; run < runs; run++) {
        int64_t end = ends[run], found = 0;
        for (; row < end; row++) found += mask[row];
        records[groups[run] * (uint64_t)stride] += found;
    }
}

RK_VARIANTS
void rk_run_add(const rk_lane *lane, const uint8_t *mask, const uint32_t *ends,
    const uint32_t *groups, int64_t runs, int64_t *records, int64_t stride, int64_t present,
    int64_t sum) {
    int64_t row = 0;
    for (int64_t run = 0; run < runs; run++) {
        int64_t end = ends[run], found = 0;
        int64_t *record = records + groups[run] * (uint64_t)stride;
        if (lane->width == 8) {
            const int64_t *numbers = lane->codes;
            int64_t total = 0;
            for (; row < end; row++) {
                int is_wanted = mask[row] & (numbers[row] != RK_MISSING);
                found += is_wanted;
                total += is_wanted ? numbers[row] : 0;
            }
            record[sum] += total;
        } else if (lane->width == 0) {
            for (; row < end; row++) found += mask[row];
            if (lane->base == RK_MISSING) found = 0;
            record[sum] += found * lane->base;
        } else {
            uint64_t total = 0;
            const int has_missing = lane->has_missing;
            RK_BY_WIDTH(lane, {
                const CODE *codes = lane->codes;
                int64_t start = row;
                if (has_missing) {
                    for (int64_t at = start; at < end; at++) {
                        found += mask[at] & (codes[at] != 0);
                    }
                } else {
                    for (int64_t at = start; at < end; at++) found += mask[at];
                }
                // A missing code is 0 and adds nothing.
                for (int64_t at = start; at < end; at++) {
                    total += (uint64_t)(codes[at] & (CODE)-(int64_t)mask[at]);
                }
            })
            row = end;
            record[sum] += found * lane->base + (int64_t)((uint64_t)lane->step * total);
        }
        if (present >= 0) record[present] += found;
    }
}

RK_VARIANTS
void rk_count_bits(const uint64_t *bits, int64_t words, int64_t groups, int64_t *found) {
    for (int64_t group = 0; group < groups; group++) {
        int64_t sum = 0;
        for (int64_t word = 0; word < words; word++) sum += __builtin_popcountll(bits[word]);
        found[group] = sum;
        bits += words;
    }
}

RK_VARIANTS
void rk_count_ticked(const uint16_t *counts, int64_t row, int64_t groups, int64_t *found) {
    for (int64_t group = 0; group < groups; group++) {
        int64_t sum = 0;
        // In pieces, so that the sums of a piece fit into 16 bits and vectors stay wide.
        for (int64_t start = 0; start < row; start += 32768) {
            int64_t end = start + 32768 < row ? start + 32768 : row;
            uint16_t some = 0;
            for (int64_t place = start; place < end; place++) some += counts[place] != 0;
            sum += some;
        }
        found[group] = sum;
        counts += row;
    }
}
