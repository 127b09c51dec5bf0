// How the C library asks the system for memory; a header that Swift's Glibc does not have.
#pragma once

// Threads share so many heaps. Does nothing with other C libraries.
void rk_share_heap(int heaps);
// Gives pages that hold nothing back to the system, also those between others. Does nothing with other C
// libraries.
void rk_trim_heap(void);
