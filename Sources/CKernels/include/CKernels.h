#pragma once
#include "checksum.h"
#include "kernels.h"
