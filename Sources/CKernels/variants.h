// One variant of a function per processor generation, chosen when the program starts.
#pragma once

#if defined(__x86_64__) && defined(__linux__)
#define RK_VARIANTS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RK_VARIANTS
#endif

// A loop that is written once and becomes part of each variant.
#define RK_LOOP static inline __attribute__((always_inline))

// Runs a statement with CODE naming the type of a lane's codes; `number(code)` gives the number.
#define RK_BY_WIDTH(lane, statement)                                                              \
    switch ((lane)->width) {                                                                      \
    case 1: { typedef uint8_t CODE; statement; break; }                                           \
    case 2: { typedef uint16_t CODE; statement; break; }                                          \
    case 4: { typedef uint32_t CODE; statement; break; }                                          \
    default: { typedef int64_t CODE; statement; break; }                                          \
    }
