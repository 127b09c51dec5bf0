#pragma once
#include "checksum.h"
#include "codecs.h"
#include "kernels.h"
#include "memory.h"
#include "rows.h"
