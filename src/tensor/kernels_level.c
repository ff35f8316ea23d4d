/* kernels_level.c - one level's table of inner loops; meson.build compiles this file
 * once per level, with the level's compiler flags and its names as macros. */
#include "tensor/kernels.h"

extern const weft_kernels KERNELS_TABLE;

#include "tensor/kernels_impl.h"
