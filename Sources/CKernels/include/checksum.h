// CRC-32C (Castagnoli) with the processor's own instruction where it has one.
#pragma once
#include <stddef.h>
#include <stdint.h>

// The checksum of `count` bytes that follow on bytes whose checksum is `before` (0 for none).
uint32_t rk_crc32c(uint32_t before, const void *bytes, size_t count);
