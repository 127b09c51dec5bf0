#include "include/codecs.h"

#include <string.h>

#include "variants.h"

#define MISSING_QUOTIENT UINT64_MAX

// MARK: Analysis

RK_VARIANTS void rk_survey_numbers(const int64_t *numbers, size_t count, rk_survey *result) {
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    size_t missing = 0, changes = 0, descents = 0;
    for (size_t row = 0; row < count; row++) {
        int64_t number = numbers[row];
        int64_t present = number == INT64_MIN ? INT64_MAX : number;
        least = present < least ? present : least;
        greatest = number > greatest ? number : greatest;
        missing += number == INT64_MIN;
    }
    for (size_t row = 1; row < count; row++) {
        changes += numbers[row] != numbers[row - 1];
        descents += numbers[row] < numbers[row - 1];
    }
    result->least = least;
    result->greatest = greatest;
    result->missing = missing;
    result->runs = count > 0 ? changes + 1 : 0;
    result->descents = descents;
}

uint64_t rk_common_step(const int64_t *numbers, size_t count, int64_t least, uint64_t divisor) {
    for (size_t row = 0; row < count && divisor != 1; row++) {
        if (numbers[row] == INT64_MIN) continue;
        uint64_t rest = (uint64_t)numbers[row] - (uint64_t)least;
        // Euclid's algorithm; most differences are multiples already and end it at once.
        if (divisor != 0) rest %= divisor;
        while (rest != 0) {
            uint64_t next = divisor % rest;
            divisor = rest;
            rest = next;
        }
    }
    return divisor;
}

// A division without a rest is a multiplication by the inverse of the odd part, modulo 2^64, and a
// rotation by the even part; any other division gives a result above (2^64 - 1) / step that way
// (Warren, "Hacker's Delight", 2nd edition, section 10-17).
RK_VARIANTS bool rk_quotients(
    const int64_t *numbers, size_t count, int64_t least, uint64_t step, uint64_t *quotients) {
    uint64_t greatest = 0;
    if (step == 1) {
        for (size_t row = 0; row < count; row++) {
            uint64_t quotient = (uint64_t)numbers[row] - (uint64_t)least;
            quotients[row] = numbers[row] == INT64_MIN ? MISSING_QUOTIENT : quotient;
        }
        return true;
    }
    unsigned even = (unsigned)__builtin_ctzll(step);
    uint64_t odd = step >> even, inverse = odd;
    // Newton's iteration doubles the number of right bits, of which there are three at first.
    for (int turn = 0; turn < 5; turn++) inverse *= 2 - odd * inverse;
    unsigned back = (64 - even) & 63;
    for (size_t row = 0; row < count; row++) {
        uint64_t product = ((uint64_t)numbers[row] - (uint64_t)least) * inverse;
        uint64_t quotient = even == 0 ? product : product >> even | product << back;
        bool is_missing = numbers[row] == INT64_MIN;
        uint64_t present = is_missing ? 0 : quotient;
        greatest = present > greatest ? present : greatest;
        quotients[row] = is_missing ? MISSING_QUOTIENT : quotient;
    }
    return greatest <= UINT64_MAX / step;
}

RK_VARIANTS bool rk_divides(
    const int64_t *numbers, size_t count, int64_t least, uint64_t step) {
    unsigned even = (unsigned)__builtin_ctzll(step);
    uint64_t odd = step >> even, inverse = odd, greatest = 0;
    for (int turn = 0; turn < 5; turn++) inverse *= 2 - odd * inverse;
    unsigned back = (64 - even) & 63;
    for (size_t row = 0; row < count; row++) {
        uint64_t product = ((uint64_t)numbers[row] - (uint64_t)least) * inverse;
        uint64_t quotient = even == 0 ? product : product >> even | product << back;
        uint64_t present = numbers[row] == INT64_MIN ? 0 : quotient;
        greatest = present > greatest ? present : greatest;
    }
    return greatest <= UINT64_MAX / step;
}

RK_VARIANTS void rk_narrow(
    const uint64_t *quotients, size_t count, uint64_t offset, unsigned width, void *codes) {
#define NARROW(type)                                                                              \
    for (size_t row = 0; row < count; row++) {                                                    \
        ((type *)codes)[row] = quotients[row] == MISSING_QUOTIENT                                 \
            ? 0 : (type)(quotients[row] + offset);                                                \
    }
    switch (width) {
    case 1: NARROW(uint8_t) break;
    case 2: NARROW(uint16_t) break;
    default: NARROW(uint32_t) break;
    }
#undef NARROW
}

void rk_missing_bits(const int64_t *numbers, size_t count, uint8_t *bitmap) {
    for (size_t row = 0; row < count; row++) {
        bitmap[row / 8] |= (uint8_t)((numbers[row] == INT64_MIN) << (row % 8));
    }
}

// MARK: Packing

#define LANES 32

static size_t block_words(size_t rows, unsigned bits) {
    size_t deep = (rows + LANES - 1) / LANES;
    return (deep * bits + 31) / 32;
}

size_t rk_packed_capacity(size_t count) {
    size_t blocks = (count + RK_BLOCK_ROWS - 1) / RK_BLOCK_ROWS;
    return blocks + blocks * RK_BLOCK_ROWS * 4;
}

RK_VARIANTS size_t rk_pack(const uint32_t *codes, size_t count, uint8_t *packed) {
    size_t blocks = (count + RK_BLOCK_ROWS - 1) / RK_BLOCK_ROWS;
    uint8_t *target = packed + blocks;
    for (size_t block = 0; block < blocks; block++) {
        size_t first = block * RK_BLOCK_ROWS;
        size_t rows = count - first < RK_BLOCK_ROWS ? count - first : RK_BLOCK_ROWS;
        uint32_t present = 0;
        for (size_t row = 0; row < rows; row++) present |= codes[first + row];
        unsigned bits = present == 0 ? 0 : 32 - (unsigned)__builtin_clz(present);
        packed[block] = (uint8_t)bits;
        uint32_t words[LANES * LANES];
        size_t deep = block_words(rows, bits);
        memset(words, 0, deep * LANES * 4);
        for (size_t line = 0; bits != 0 && line * LANES < rows; line++) {
            size_t start = line * LANES;
            uint32_t source[LANES] = {0};
            size_t wide = rows - start < LANES ? rows - start : LANES;
            memcpy(source, codes + first + start, wide * 4);
            size_t bit = line * bits;
            uint32_t *word = words + bit / 32 * LANES;
            unsigned shift = bit % 32;
            for (size_t lane = 0; lane < LANES; lane++) word[lane] |= source[lane] << shift;
            if (shift + bits > 32) {
                word += LANES;
                for (size_t lane = 0; lane < LANES; lane++) {
                    word[lane] |= source[lane] >> (32 - shift);
                }
            }
        }
        memcpy(target, words, deep * LANES * 4);
        target += deep * LANES * 4;
    }
    return (size_t)(target - packed);
}

#define UNPACK_LINES(type)                                                                        \
    for (size_t line = 0; line * LANES < rows; line++) {                                          \
        size_t bit = line * bits;                                                                 \
        uint32_t low[LANES], high[LANES];                                                         \
        const uint8_t *word = source + bit / 32 * LANES * 4;                                      \
        unsigned shift = bit % 32;                                                                \
        type target[LANES];                                                                       \
        memcpy(low, word, sizeof low);                                                            \
        if (shift + bits > 32) {                                                                  \
            memcpy(high, word + sizeof low, sizeof high);                                         \
            for (size_t lane = 0; lane < LANES; lane++) {                                         \
                target[lane] = (type)((low[lane] >> shift | high[lane] << (32 - shift)) & mask);  \
            }                                                                                     \
        } else {                                                                                  \
            for (size_t lane = 0; lane < LANES; lane++) {                                         \
                target[lane] = (type)(low[lane] >> shift & mask);                                 \
            }                                                                                     \
        }                                                                                         \
        type *place = (type *)codes + first + line * LANES;                                       \
        if (rows - line * LANES >= LANES) {                                                       \
            memcpy(place, target, sizeof target);                                                 \
        } else {                                                                                  \
            memcpy(place, target, (rows - line * LANES) * sizeof(type));                          \
        }                                                                                         \
    }

RK_VARIANTS bool rk_unpack(
    const uint8_t *packed, size_t bytes, size_t count, unsigned width, void *codes) {
    size_t blocks = (count + RK_BLOCK_ROWS - 1) / RK_BLOCK_ROWS;
    if (bytes < blocks) return false;
    size_t needed = blocks;
    for (size_t block = 0; block < blocks; block++) {
        size_t rows = count - block * RK_BLOCK_ROWS;
        if (rows > RK_BLOCK_ROWS) rows = RK_BLOCK_ROWS;
        if (packed[block] > width * 8) return false;
        needed += block_words(rows, packed[block]) * LANES * 4;
    }
    if (needed != bytes) return false;
    const uint8_t *source = packed + blocks;
    for (size_t block = 0; block < blocks; block++) {
        size_t first = block * RK_BLOCK_ROWS;
        size_t rows = count - first < RK_BLOCK_ROWS ? count - first : RK_BLOCK_ROWS;
        unsigned bits = packed[block];
        if (bits == 0) {
            memset((uint8_t *)codes + first * width, 0, rows * width);
            continue;
        }
        uint32_t mask = bits == 32 ? UINT32_MAX : ((uint32_t)1 << bits) - 1;
        switch (width) {
        case 1: UNPACK_LINES(uint8_t) break;
        case 2: UNPACK_LINES(uint16_t) break;
        default: UNPACK_LINES(uint32_t) break;
        }
        source += block_words(rows, bits) * LANES * 4;
    }
    return true;
}

// MARK: Differences

// Of every so many rows of a long column one is counted.
#define COUNTED_ROWS 4

RK_VARIANTS uint64_t rk_differences(
    const uint64_t *quotients, size_t count, bool has_missing, uint64_t *differences,
    size_t histogram[65]) {
    uint64_t before = 0, least = UINT64_MAX;
    if (!has_missing && count > 0) {
        // The first quotient is a restart, whatever it is.
        differences[0] = UINT64_MAX;
        for (size_t row = 1; row < count; row++) {
            uint64_t difference = quotients[row] - quotients[row - 1];
            differences[row] = difference;
            least = difference < least ? difference : least;
        }
        if (least > UINT64_MAX / 4) least = 0;
        for (size_t row = 1; row < count; row++) {
            differences[row] -= differences[row] == UINT64_MAX ? 0 : least;
        }
    } else {
        bool is_first = true;
        for (size_t row = 0; row < count; row++) {
            uint64_t quotient = quotients[row];
            bool is_missing = quotient == MISSING_QUOTIENT;
            uint64_t difference = is_first ? UINT64_MAX : quotient - before;
            differences[row] = is_missing ? 0 : difference;
            before = is_missing ? before : quotient;
            is_first = is_first && is_missing;
        }
        // Missing rows add nothing, so with them there is nothing that every row adds.
        least = 0;
    }
    memset(histogram, 0, 65 * sizeof histogram[0]);
    size_t stride = count < 4096 ? 1 : COUNTED_ROWS;
    for (size_t row = 0; row < count; row += stride) {
        uint64_t difference = differences[row];
        histogram[difference == 0 ? 0 : 64 - __builtin_clzll(difference)] += stride;
    }
    return least;
}

RK_VARIANTS size_t rk_restart(
    const uint64_t *differences, const uint64_t *quotients, size_t count, unsigned bits,
    uint32_t *narrow, uint32_t *rows, uint64_t *values) {
    size_t restarts = 0;
    for (size_t start = 0; start < count; start += 256) {
        size_t end = count - start < 256 ? count : start + 256;
        uint64_t present = 0;
        for (size_t row = start; row < end; row++) {
            present |= differences[row];
            narrow[row] = (uint32_t)differences[row];
        }
        if (present >> bits == 0) continue;
        for (size_t row = start; row < end; row++) {
            if (differences[row] >> bits == 0) continue;
            narrow[row] = 0;
            rows[restarts] = (uint32_t)row;
            values[restarts] = quotients[row];
            restarts++;
        }
    }
    return restarts;
}

RK_VARIANTS void rk_sum(
    const uint32_t *differences, size_t count, const uint32_t *rows, const uint64_t *values,
    size_t restarts, uint64_t increment, const uint8_t *bitmap, uint64_t offset, int64_t least,
    uint64_t step, unsigned width, void *codes) {
    uint64_t sum = 0;
    size_t start = 0;
    for (size_t restart = 0; restart <= restarts; restart++) {
        size_t end = restart < restarts ? rows[restart] : count;
#define SUM(type, code)                                                                           \
        for (size_t row = start; row < end; row++) {                                              \
            sum += differences[row] + increment;                                                  \
            ((type *)codes)[row] = (type)(code);                                                  \
        }
        switch (width) {
        case 1: SUM(uint8_t, sum + offset) break;
        case 2: SUM(uint16_t, sum + offset) break;
        case 4: SUM(uint32_t, sum + offset) break;
        default: SUM(uint64_t, (uint64_t)least + step * sum) break;
        }
#undef SUM
        if (restart < restarts) {
            // The difference of a restart is 0, so its row adds the increment alone.
            sum = values[restart] - increment;
            start = end;
        }
    }
    if (bitmap == NULL) return;
    for (size_t row = 0; row < count; row++) {
        if ((bitmap[row / 8] >> (row % 8) & 1) == 0) continue;
        switch (width) {
        case 1: ((uint8_t *)codes)[row] = 0; break;
        case 2: ((uint16_t *)codes)[row] = 0; break;
        case 4: ((uint32_t *)codes)[row] = 0; break;
        default: ((int64_t *)codes)[row] = INT64_MIN; break;
        }
    }
}

RK_VARIANTS uint32_t rk_greatest_code(const void *codes, size_t count, unsigned width) {
#define GREATEST(type)                                                                            \
    {                                                                                             \
        type greatest = 0;                                                                        \
        for (size_t row = 0; row < count; row++) {                                                \
            type code = ((const type *)codes)[row];                                               \
            greatest = code > greatest ? code : greatest;                                         \
        }                                                                                         \
        return greatest;                                                                          \
    }
    switch (width) {
    case 1: GREATEST(uint8_t)
    case 2: GREATEST(uint16_t)
    default: GREATEST(uint32_t)
    }
#undef GREATEST
}

// MARK: Relations

RK_VARIANTS bool rk_subtract(
    const int64_t *numbers, const int64_t *source, size_t count, int64_t *differences) {
    size_t lost = 0;
    for (size_t row = 0; row < count; row++) {
        uint64_t known = source[row] == INT64_MIN ? 0 : (uint64_t)source[row];
        int64_t difference = (int64_t)((uint64_t)numbers[row] - known);
        lost += numbers[row] != INT64_MIN && difference == INT64_MIN;
        differences[row] = numbers[row] == INT64_MIN ? INT64_MIN : difference;
    }
    return lost == 0;
}

RK_VARIANTS void rk_add_source(
    const int64_t *source, const int64_t *differences, size_t count, int64_t *numbers) {
    for (size_t row = 0; row < count; row++) {
        uint64_t known = source[row] == INT64_MIN ? 0 : (uint64_t)source[row];
        int64_t number = (int64_t)(known + (uint64_t)differences[row]);
        numbers[row] = differences[row] == INT64_MIN ? INT64_MIN : number;
    }
}

void rk_local_days(
    const int64_t *moments, const int64_t *seconds, size_t count, int64_t *days) {
    const int64_t second = 1000000, day = 86400 * second;
    for (size_t row = 0; row < count; row++) {
        // The day of the moment itself first: near the ends of the range a sum would overflow.
        int64_t whole = moments[row] / day, rest = moments[row] % day + seconds[row] * second;
        int64_t more = rest / day;
        days[row] = moments[row] == INT64_MIN
            ? INT64_MIN : whole + more - (rest % day < 0);
    }
}

// Up to 2^53 floating-point numbers are exact; a quotient by the divisor's inverse is at most one
// off, which its rest tells.
RK_VARIANTS void rk_share(
    const int64_t *source, size_t count, int64_t multiplier, int64_t addend, int64_t divisor,
    int64_t *numbers) {
    double factor = (double)multiplier, more = (double)addend, parts = (double)divisor;
    double inverse = 1 / parts;
    for (size_t row = 0; row < count; row++) {
        int64_t known = source[row] == INT64_MIN ? 0 : source[row];
        double product = (double)known * factor + more;
        double quotient = __builtin_floor(product * inverse);
        double rest = product - quotient * parts;
        quotient += rest >= parts ? 1.0 : 0.0;
        quotient -= rest < 0 ? 1.0 : 0.0;
        numbers[row] = source[row] == INT64_MIN ? INT64_MIN : (int64_t)quotient;
    }
}

RK_VARIANTS void rk_choose(const int64_t *exceptions, size_t count, int64_t *numbers) {
    for (size_t row = 0; row < count; row++) {
        numbers[row] = exceptions[row] == INT64_MIN ? numbers[row] : exceptions[row];
    }
}

RK_VARIANTS bool rk_exceptions(const int64_t *numbers, size_t count, int64_t *shares) {
    size_t lost = 0;
    for (size_t row = 0; row < count; row++) {
        lost += numbers[row] == INT64_MIN && shares[row] != INT64_MIN;
        shares[row] = numbers[row] == shares[row] ? INT64_MIN : numbers[row];
    }
    return lost == 0;
}

// MARK: Planes

RK_VARIANTS void rk_shuffle(
    const uint8_t *elements, size_t count, unsigned width, uint8_t *planes) {
    switch (width) {
#define SHUFFLE(fixed)                                                                            \
    for (size_t place = 0; place < fixed; place++) {                                              \
        for (size_t row = 0; row < count; row++) {                                                \
            planes[place * count + row] = elements[row * fixed + place];                          \
        }                                                                                         \
    }
    case 2: SHUFFLE(2) break;
    case 4: SHUFFLE(4) break;
    case 8: SHUFFLE(8) break;
    default: SHUFFLE(width) break;
#undef SHUFFLE
    }
}

RK_VARIANTS void rk_unshuffle(
    const uint8_t *planes, size_t count, unsigned width, uint8_t *elements) {
    switch (width) {
    case 2:
        for (size_t row = 0; row < count; row++) {
            uint16_t element = (uint16_t)(planes[row] | planes[count + row] << 8);
            memcpy(elements + row * 2, &element, 2);
        }
        break;
    case 4:
        for (size_t row = 0; row < count; row++) {
            uint32_t element = (uint32_t)planes[row] | (uint32_t)planes[count + row] << 8
                | (uint32_t)planes[2 * count + row] << 16
                | (uint32_t)planes[3 * count + row] << 24;
            memcpy(elements + row * 4, &element, 4);
        }
        break;
    case 8:
        for (size_t row = 0; row < count; row++) {
            uint64_t element = 0;
            for (unsigned place = 0; place < 8; place++) {
                element |= (uint64_t)planes[place * count + row] << (8 * place);
            }
            memcpy(elements + row * 8, &element, 8);
        }
        break;
    default:
        for (unsigned place = 0; place < width; place++) {
            for (size_t row = 0; row < count; row++) {
                elements[row * width + place] = planes[place * count + row];
            }
        }
    }
}

// MARK: Order

// Counting sort from the lowest byte to the highest; a byte that all keys share is skipped.
void rk_sort_unsigned(const uint64_t *keys, uint32_t *order, size_t count, uint32_t *scratch) {
    if (count == 0) return;
    static const size_t digits = 8;
    size_t totals[8][256];
    memset(totals, 0, sizeof totals);
    for (size_t place = 0; place < count; place++) {
        uint64_t key = keys[order[place]];
        for (size_t digit = 0; digit < digits; digit++) totals[digit][key >> digit * 8 & 0xFF]++;
    }
    uint32_t *from = order, *to = scratch;
    for (size_t digit = 0; digit < digits; digit++) {
        size_t *starts = totals[digit];
        if (starts[keys[from[0]] >> digit * 8 & 0xFF] == count) continue;
        size_t sum = 0;
        for (size_t value = 0; value < 256; value++) {
            size_t own = starts[value];
            starts[value] = sum;
            sum += own;
        }
        for (size_t place = 0; place < count; place++) {
            uint32_t row = from[place];
            to[starts[keys[row] >> digit * 8 & 0xFF]++] = row;
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order) memcpy(order, from, count * sizeof *order);
}

void rk_sort(const int64_t *keys, uint32_t *order, size_t count, uint32_t *scratch) {
    if (count == 0) return;
    // Flipping the sign bit makes signed order unsigned; only the highest digit is affected, so
    // rows are sorted as unsigned and the negative half is then brought to the front.
    rk_sort_unsigned((const uint64_t *)keys, order, count, scratch);
    size_t positive = 0;
    while (positive < count && keys[order[positive]] >= 0) positive++;
    if (positive == 0 || positive == count) return;
    memcpy(scratch, order + positive, (count - positive) * sizeof *order);
    memcpy(scratch + (count - positive), order, positive * sizeof *order);
    memcpy(order, scratch, count * sizeof *order);
}

void rk_gather(const int64_t *numbers, const uint32_t *order, size_t count, int64_t *gathered) {
    for (size_t place = 0; place < count; place++) gathered[place] = numbers[order[place]];
}
