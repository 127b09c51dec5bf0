// Cells as text: lines of separated fields from columns of numbers.
#pragma once
#include <stdint.h>

// What stands for no value; its field is empty.
#define RC_MISSING INT64_MIN
// Bytes beyond the end of words that are read, and beyond the end of a line that are written.
#define RC_SLACK 16
// Words shorter than this stand in slots.
#define RC_WIDEST_SLOT 64

// What a lane's numbers are written as.
enum rc_form {
    // Digits: -1234.
    RC_INTEGER,
    // Digits with a point before the last `scale` of them: -12.34.
    RC_DECIMAL,
    // Word number n of `bytes`, of which word n ends at ends[n].
    RC_WORD,
    // Word number n of `bytes`, in a slot of `scale` bytes that begins with the word's length: words that
    // are named in no order are found with one look at memory, which can be taken ahead of time.
    RC_SLOT,
    // A day since 1970-01-01: 2026-06-30.
    RC_DAY,
    // A second since 1970-01-01 00:00 on a wall clock: 2026-06-30 22:30:05.
    RC_CLOCK,
    // A microsecond since 1970-01-01T00:00:00Z: 2026-06-30T22:30:05.250Z.
    RC_INSTANT
};

// The fields of one column.
typedef struct {
    const int64_t *numbers;
    const uint8_t *bytes;
    const int64_t *ends;
    // The bytes of the longest word.
    int64_t longest;
    int32_t form;
    int32_t scale;
} rc_lane;

// Bytes that a line takes at most, slack included.
int64_t rc_line_bytes(const rc_lane *lanes, int32_t lane_count);
// Writes the lines of rows `from` up to `to` with CRLF, as many as surely fit; returns the row after
// the last one and sets `used` to the bytes written. The last RC_SLACK bytes of the room are kept free.
int64_t rc_lines(const rc_lane *lanes, int32_t lane_count, uint8_t separator, uint8_t point,
    int64_t from, int64_t to, uint8_t *out, int64_t room, int64_t *used);
