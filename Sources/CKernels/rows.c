#include "include/rows.h"

#include <string.h>

#define MOST_BUCKETS 2048

int32_t rk_sort_rows(uint64_t *keys, uint32_t *rows, uint64_t *other_keys, uint32_t *other_rows,
    int64_t count, int32_t bits) {
    // The buckets of few keys would take longer to clear than the keys to sort.
    int32_t digit = count < 1 << 15 ? 8 : 11;
    int64_t buckets = (int64_t)1 << digit;
    uint64_t mask = (uint64_t)buckets - 1;
    int32_t side = 0;
    for (int32_t shift = 0; shift < bits; shift += digit) {
        int64_t places[MOST_BUCKETS];
        memset(places, 0, (size_t)buckets * sizeof places[0]);
        for (int64_t at = 0; at < count; at++) places[keys[at] >> shift & mask]++;
        // A digit that all keys share says nothing about their order.
        if (count > 0 && places[keys[0] >> shift & mask] == count) continue;
        int64_t next = 0;
        for (int64_t bucket = 0; bucket < buckets; bucket++) {
            int64_t size = places[bucket];
            places[bucket] = next;
            next += size;
        }
        for (int64_t at = 0; at < count; at++) {
            int64_t place = places[keys[at] >> shift & mask]++;
            other_keys[place] = keys[at];
            other_rows[place] = rows[at];
        }
        uint64_t *turned_keys = keys;
        keys = other_keys;
        other_keys = turned_keys;
        uint32_t *turned_rows = rows;
        rows = other_rows;
        other_rows = turned_rows;
        side ^= 1;
    }
    return side;
}

static inline int64_t number_at(const rk_lane *lane, int64_t at) {
    uint32_t code;
    switch (lane->width) {
    case 0: return lane->base;
    case 1: code = ((const uint8_t *)lane->codes)[at]; break;
    case 2: code = ((const uint16_t *)lane->codes)[at]; break;
    case 4: code = ((const uint32_t *)lane->codes)[at]; break;
    default: return ((const int64_t *)lane->codes)[at];
    }
    int64_t number = (int64_t)((uint64_t)lane->base + (uint64_t)lane->step * code);
    return lane->has_missing && code == 0 ? RK_MISSING : number;
}

void rk_pick(const rk_lane *lanes, const int64_t *counts, const uint32_t *which,
    const int64_t *at, int64_t count, int64_t *numbers) {
    for (int64_t row = 0; row < count; row++) {
        uint32_t lane = which[row];
        // A missing place is a great number without its sign.
        numbers[row] = (uint64_t)at[row] < (uint64_t)counts[lane]
            ? number_at(lanes + lane, at[row]) : RK_MISSING;
    }
}
