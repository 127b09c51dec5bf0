#include "CCells.h"
#include <string.h>

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

// How many digits a number has.
static inline int digit_count(uint64_t number)
{
    static const uint64_t powers[] = {0, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull,
        10000000ull, 100000000ull, 1000000000ull, 10000000000ull, 100000000000ull,
        1000000000000ull, 10000000000000ull, 100000000000000ull, 1000000000000000ull,
        10000000000000000ull, 100000000000000000ull, 1000000000000000000ull,
        10000000000000000000ull};
    // 1233 / 4096 is a little more than the logarithm of 2.
    int guess = ((64 - __builtin_clzll(number | 1)) * 1233) >> 12;
    return guess + (number >= powers[guess]);
}

// Writes exactly `count` digits, zeros before the number where it has fewer.
static inline void put_digits(uint8_t *out, uint64_t number, int count)
{
    while (count >= 2) {
        count -= 2;
        memcpy(out + count, pairs + number % 100 * 2, 2);
        number /= 100;
    }
    if (count > 0) out[0] = (uint8_t)('0' + number % 10);
}

// Numbers below this have at most eight digits.
#define EIGHT_DIGITS 100000000

// The eight digits of a number, the first in the lowest byte, as numbers from 0 to 9: all are worked
// out at once, without a branch that could be foretold wrongly.
static inline uint64_t eight_digits(uint32_t number)
{
    uint64_t halves = number / 10000 | (uint64_t)(number % 10000) << 32;
    uint64_t hundreds = halves * 10486 >> 20 & (0x7Full << 32 | 0x7F);
    uint64_t pairs = ((halves - 100 * hundreds) << 16) + hundreds;
    uint64_t tens = pairs * 103 >> 10 & 0x000F000F000F000Full;
    return tens + ((pairs - 10 * tens) << 8);
}

// Writes the digits of a number below EIGHT_DIGITS, but at least so many; returns how many.
static inline int put_few_digits(uint8_t *out, uint32_t number, int least, uint64_t *written)
{
    uint64_t digits = eight_digits(number);
    // The digit at which at least so many are left counts as one that is not 0.
    int skipped = __builtin_ctzll(digits | 1ull << (64 - 8 * least)) / 8;
    uint64_t text = (digits | 0x3030303030303030ull) >> (8 * skipped);
    memcpy(out, &text, 8);
    *written = text;
    return 8 - skipped;
}

static inline uint8_t *put_integer(uint8_t *out, int64_t number)
{
    // A field without a number is as long as nothing: half of a column may be missing, and which
    // cannot be foretold.
    int is_missing = number == RC_MISSING;
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    magnitude = is_missing ? 0 : magnitude;
    if (__builtin_expect(magnitude < EIGHT_DIGITS, 1)) {
        int is_negative = number < 0 && !is_missing;
        uint64_t text;
        *out = '-';
        int count = put_few_digits(out + is_negative, (uint32_t)magnitude, 1, &text);
        return out + (is_negative + count) * (1 - is_missing);
    }
    if (number < 0) *out++ = '-';
    int count = digit_count(magnitude);
    put_digits(out, magnitude, count);
    return out + count;
}

static inline uint8_t *put_decimal(uint8_t *out, int64_t number, int scale, uint8_t point)
{
    if (scale == 0) return put_integer(out, number);
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    *out = '-';
    out += number < 0;
    if (__builtin_expect(magnitude < EIGHT_DIGITS && scale < 8, 1)) {
        uint64_t text;
        int whole = put_few_digits(out, (uint32_t)magnitude, scale + 1, &text) - scale;
        text >>= 8 * whole;
        memcpy(out + whole + 1, &text, 8);
        out[whole] = point;
        return out + whole + 1 + scale;
    }
    int count = digit_count(magnitude);
    if (count <= scale) count = scale + 1;
    put_digits(out, magnitude, count);
    for (int at = count; at > count - scale; at--) out[at] = out[at - 1];
    out[count - scale] = point;
    return out + count + 1;
}

// Rows from one look at a word to the next that memory is asked for.
#define AHEAD 12

static inline int64_t floor_divide(int64_t number, int64_t divisor)
{
    int64_t quotient = number / divisor;
    return quotient - (number % divisor < 0);
}

// Days since 1970-01-01 as a date of the Gregorian calendar; eras are its periods of 400 years.
static inline uint8_t *put_day(uint8_t *out, int64_t number)
{
    int64_t day = number + 719468;
    int64_t era = floor_divide(day, 146097);
    uint32_t of_era = (uint32_t)(day - era * 146097);
    uint32_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t march_month = (5 * of_year + 2) / 153;
    uint32_t of_month = of_year - (153 * march_month + 2) / 5 + 1;
    uint32_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    int64_t year = (int64_t)year_of_era + era * 400 + (month <= 2);
    if (year < 0) *out++ = '-';
    uint64_t magnitude = (uint64_t)(year < 0 ? -year : year);
    int count = digit_count(magnitude);
    if (count < 4) count = 4;
    put_digits(out, magnitude, count);
    out += count;
    *out++ = '-';
    put_digits(out, month, 2);
    out += 2;
    *out++ = '-';
    put_digits(out, of_month, 2);
    return out + 2;
}

static inline uint8_t *put_clock(uint8_t *out, int64_t seconds, uint8_t between)
{
    int64_t day = floor_divide(seconds, 86400);
    uint32_t rest = (uint32_t)(seconds - day * 86400);
    out = put_day(out, day);
    *out++ = between;
    put_digits(out, rest / 3600, 2);
    out[2] = ':';
    put_digits(out + 3, rest / 60 % 60, 2);
    out[5] = ':';
    put_digits(out + 6, rest % 60, 2);
    return out + 8;
}

static inline uint8_t *put_instant(uint8_t *out, int64_t microseconds)
{
    int64_t seconds = floor_divide(microseconds, 1000000);
    uint32_t fraction = (uint32_t)(microseconds - seconds * 1000000);
    out = put_clock(out, seconds, 'T');
    if (fraction != 0) {
        int isMilli = fraction % 1000 == 0;
        *out++ = '.';
        put_digits(out, isMilli ? fraction / 1000 : fraction, isMilli ? 3 : 6);
        out += isMilli ? 3 : 6;
    }
    *out++ = 'Z';
    return out;
}

static inline uint8_t *put_word(uint8_t *out, const rc_lane *lane, int64_t place)
{
    int64_t start = place == 0 ? 0 : lane->ends[place - 1];
    int64_t count = lane->ends[place] - start;
    const uint8_t *from = lane->bytes + start;
    // Most words are short; copying a fixed number of bytes costs less than asking how many.
    memcpy(out, from, RC_SLACK);
    if (count > RC_SLACK) memcpy(out + RC_SLACK, from + RC_SLACK, (size_t)(count - RC_SLACK));
    return out + count;
}

static inline uint8_t *put_slot(uint8_t *out, const rc_lane *lane, int64_t place)
{
    const uint8_t *slot = lane->bytes + (uint64_t)place * (uint64_t)lane->scale;
    memcpy(out, slot + 1, RC_SLACK);
    if (slot[0] > RC_SLACK) {
        memcpy(out + RC_SLACK, slot + 1 + RC_SLACK, RC_WIDEST_SLOT - RC_SLACK);
    }
    return out + slot[0];
}

int64_t rc_line_bytes(const rc_lane *lanes, int32_t lane_count)
{
    // An empty line has two quotes. A slot is written with what stands behind its word.
    int64_t bytes = 4 + RC_SLACK + RC_WIDEST_SLOT;
    for (int32_t at = 0; at < lane_count; at++) {
        // A sign, nineteen digits and a point, or a moment in a year of six digits, are less than 40.
        int isWord = lanes[at].form == RC_WORD || lanes[at].form == RC_SLOT;
        bytes += 1 + (isWord ? lanes[at].longest : 40);
    }
    return bytes;
}

int64_t rc_lines(const rc_lane *lanes, int32_t lane_count, uint8_t separator, uint8_t point,
    int64_t from, int64_t to, uint8_t *out, int64_t room, int64_t *used)
{
    int64_t line_bytes = rc_line_bytes(lanes, lane_count);
    uint8_t *at = out;
    int64_t row = from;
    for (; row < to && room - (at - out) >= line_bytes; row++) {
        uint8_t *start = at;
        for (int32_t column = 0; column < lane_count; column++) {
            const rc_lane *lane = lanes + column;
            if (column > 0) *at++ = separator;
            int64_t number = lane->numbers[row];
            if (lane->form == RC_INTEGER) {
                at = put_integer(at, number);
                continue;
            }
            if (number == RC_MISSING) continue;
            switch (lane->form) {
            case RC_DECIMAL: at = put_decimal(at, number, lane->scale, point); break;
            case RC_WORD: at = put_word(at, lane, number); break;
            case RC_SLOT:
                if (row + AHEAD < to) {
                    __builtin_prefetch(
                        lane->bytes + (uint64_t)lane->numbers[row + AHEAD] * (uint64_t)lane->scale);
                }
                at = put_slot(at, lane, number);
                break;
            case RC_DAY: at = put_day(at, number); break;
            case RC_CLOCK: at = put_clock(at, number, ' '); break;
            default: at = put_instant(at, number); break;
            }
        }
        // A line of one empty field would be an empty line, which readers skip.
        if (at == start) {
            *at++ = '"';
            *at++ = '"';
        }
        *at++ = '\r';
        *at++ = '\n';
    }
    *used = at - out;
    return row;
}
