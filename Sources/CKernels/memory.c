#include "include/memory.h"

#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void rk_share_heap(int heaps) {
#if defined(__GLIBC__)
    mallopt(M_ARENA_MAX, heaps);
#else
    (void)heaps;
#endif
}

void rk_trim_heap(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
