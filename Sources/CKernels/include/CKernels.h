#pragma once
#include "checksum.h"
