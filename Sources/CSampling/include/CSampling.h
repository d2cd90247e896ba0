/// The loops that sampling spends its time in beside the generator, compiled for several widths of vector registers; which
/// run is decided when the process starts. They give the same bytes at every width.
#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Normal numbers of consecutive items: Philox4x32-10 at the counters (block, item, 0), four numbers a block by Box and
/// Muller's transform of two pairs of words, each rounded from double precision.
///
/// An item's blocks are 0 and up to as many as `dimension` takes; of the last one what is too much is left out.
///
/// @param key the function's two words.
/// @param numbers `[count, dimension]`.
void csampling_normals(
    uint32_t key_low, uint32_t key_high, uint64_t first_item, size_t count, size_t dimension, float *numbers);

/// round((x + 1) · 127.5) within 0...255 of images in planes, `[count, channels, places]`, as `[count, places, channels]`;
/// what isn't a number is 0.
void csampling_pixels(const float *values, size_t count, size_t channels, size_t places, uint8_t *pixels);

#pragma clang assume_nonnull end
