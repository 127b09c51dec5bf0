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
