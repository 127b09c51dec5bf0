#include <stdlib.h>
#include "include/memory.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void rk_give_back_large_pieces(int size, int heaps) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, size);
    mallopt(M_TRIM_THRESHOLD, size);
    mallopt(M_ARENA_MAX, heaps);
#else
    (void)size;
    (void)heaps;
#endif
}
