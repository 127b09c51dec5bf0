// How the C library asks the system for memory; a header that Swift's Glibc does not have.
#pragma once

// Pieces of at least so many bytes are taken from the system alone and given back when they are
// freed, and threads share so many heaps. Does nothing with other C libraries.
void rk_give_back_large_pieces(int size, int heaps);
