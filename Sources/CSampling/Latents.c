#include "CSampling.h"
#include "Vectorised.h"

#include <math.h>
#include <string.h>

/// Blocks whose numbers are made at once.
enum { lanes = 16, pairs = 2 * lanes };

/// 2π as a double, of which an angle is a multiple; the rounding of that product is part of what the numbers are.
static const double turn = 6.283185307179586;

/// Pairs of words, and the pairs of numbers made of them.
struct chunk {
    uint32_t radius_words[pairs], angle_words[pairs];
    float first[pairs], second[pairs];
    /// Whether rounding to single precision might have gone otherwise with the C library's functions.
    uint8_t is_doubtful[pairs];
};

/// Philox4x32-10 (Salmon et al. 2011) at as many counters as there are lanes; the words become two pairs a lane.
static inline __attribute__((always_inline)) void philox(
    uint32_t key_low, uint32_t key_high, const uint32_t *restrict blocks, const uint64_t *restrict items,
    struct chunk *restrict chunk) {
    uint32_t x[lanes], y[lanes], z[lanes], w[lanes];
    for (int lane = 0; lane < lanes; lane++) {
        x[lane] = blocks[lane];
        y[lane] = (uint32_t)items[lane];
        z[lane] = (uint32_t)(items[lane] >> 32);
        w[lane] = 0;
    }
    for (int round = 0; round < 10; round++) {
        for (int lane = 0; lane < lanes; lane++) {
            const uint64_t first = (uint64_t)0xD2511F53 * x[lane], second = (uint64_t)0xCD9E8D57 * z[lane];
            x[lane] = (uint32_t)(second >> 32) ^ y[lane] ^ key_low;
            y[lane] = (uint32_t)second;
            z[lane] = (uint32_t)(first >> 32) ^ w[lane] ^ key_high;
            w[lane] = (uint32_t)first;
        }
        key_low += 0x9E3779B9;
        key_high += 0xBB67AE85;
    }
    for (int lane = 0; lane < lanes; lane++) {
        chunk->radius_words[2 * lane] = x[lane];
        chunk->angle_words[2 * lane] = y[lane];
        chunk->radius_words[2 * lane + 1] = z[lane];
        chunk->angle_words[2 * lane + 1] = w[lane];
    }
}

static inline __attribute__((always_inline)) double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline __attribute__((always_inline)) uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/// The logarithm of a number in (0, 1], within 2^-51 of it: fdlibm's polynomial in f / (2 + f), f from √½ - 1 to √2 - 1.
static inline __attribute__((always_inline)) double logarithm(double x) {
    // Adding the distance from √½ to 1 carries into the exponent where the mantissa is beyond √2.
    const uint64_t shifted = bits_of(x) + (0x3FF0000000000000 - 0x3FE6A09E00000000);
    const int32_t exponent = (int32_t)(shifted >> 52) - 1023;
    const double f = from_bits((shifted & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E00000000) - 1;
    const double power = (double)exponent;
    const double s = f / (2 + f), z = s * s;
    const double rest =
        z * (6.666666666666735130e-01 +
             z * (3.999999999940941908e-01 +
                  z * (2.857142874366239149e-01 +
                       z * (2.222219843214978396e-01 +
                            z * (1.818357216161805012e-01 + z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01))))));
    const double half = 0.5 * f * f;
    return power * 6.93147180369123816490e-01 - ((half - (s * (half + rest) + power * 1.90821492927058770002e-10)) - f);
}

/// Box and Muller's transform in polynomials whose error is below 2^-50 of the radius.
static inline __attribute__((always_inline)) void transform(struct chunk *restrict chunk) {
    for (int pair = 0; pair < pairs; pair++) {
        // The word is taken as (0, 1], so that its logarithm is finite.
        const double radius = __builtin_sqrt(-2 * logarithm(((double)chunk->radius_words[pair] + 1) * 0x1p-32));
        const double angle = turn * (double)chunk->angle_words[pair] * 0x1p-32;
        // The nearest multiple of π/2, of at most 4; π/2 in two parts, of which the first has 33 bits.
        const int32_t quarter = (int32_t)(angle * 0.63661977236758134 + 0.5);
        const double multiple = (double)quarter;
        const double r = (angle - multiple * 1.57079632673412561417e+00) - multiple * 6.07710050650619224932e-11;
        const double z = r * r;
        // fdlibm's polynomials on -π/4...π/4.
        const double sine =
            r + r * z *
                    (-1.66666666666666324348e-01 +
                     z * (8.33333333332248946124e-03 +
                          z * (-1.98412698298579493134e-04 +
                               z * (2.75573137070700676789e-06 +
                                    z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))));
        const double cosine =
            1 - (0.5 * z -
                 z * z *
                     (4.16666666666666019037e-02 +
                      z * (-1.38888888888741095749e-03 +
                           z * (2.48015872894767294178e-05 +
                                z * (-2.75573143513906633035e-07 +
                                     z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))))));
        const int is_odd = quarter & 1;
        const double along = is_odd ? sine : cosine, across = is_odd ? cosine : sine;
        const double first = radius * ((quarter + 1) & 2 ? -along : along);
        const double second = radius * (quarter & 2 ? -across : across);
        // Sixteen times the error that there can be: where both ends round to the same number, so does what lies between.
        const double error = radius * 0x1p-46;
        chunk->first[pair] = (float)first;
        chunk->second[pair] = (float)second;
        // A radius of zero leaves the sign of a result to that of a cosine which may be nearly zero itself.
        chunk->is_doubtful[pair] = (float)(first - error) != (float)(first + error) ||
                                   (float)(second - error) != (float)(second + error) || radius == 0;
    }
}

VECTORISED static void make(
    uint32_t key_low, uint32_t key_high, const uint32_t *blocks, const uint64_t *items, struct chunk *chunk) {
    philox(key_low, key_high, blocks, items, chunk);
    transform(chunk);
}

/// The same by the C library's functions, which is what the numbers are defined by.
static void settle(struct chunk *chunk) {
    for (int pair = 0; pair < pairs; pair++) {
        if (!chunk->is_doubtful[pair]) continue;
        const double radius = sqrt(-2 * log(((double)chunk->radius_words[pair] + 1) * 0x1p-32));
        const double angle = turn * (double)chunk->angle_words[pair] * 0x1p-32;
        chunk->first[pair] = (float)(radius * cos(angle));
        chunk->second[pair] = (float)(radius * sin(angle));
    }
}

void csampling_normals(
    uint32_t key_low, uint32_t key_high, uint64_t first_item, size_t count, size_t dimension, float *numbers) {
    const size_t blocks_in_item = (dimension + 3) / 4, total = count * blocks_in_item;
    uint32_t blocks[lanes];
    uint64_t items[lanes];
    struct chunk chunk;
    size_t item = 0, block = 0;
    for (size_t start = 0; start < total; start += lanes) {
        const size_t wanted = total - start < lanes ? total - start : lanes;
        size_t next_item = item, next_block = block;
        for (size_t lane = 0; lane < lanes; lane++) {
            blocks[lane] = (uint32_t)next_block;
            items[lane] = first_item + next_item;
            if (++next_block == blocks_in_item) {
                next_block = 0;
                next_item++;
            }
        }
        make(key_low, key_high, blocks, items, &chunk);
        settle(&chunk);
        for (size_t lane = 0; lane < wanted; lane++) {
            const float block_numbers[4] = {
                chunk.first[2 * lane], chunk.second[2 * lane], chunk.first[2 * lane + 1], chunk.second[2 * lane + 1]};
            const size_t place = (size_t)blocks[lane] * 4, left = dimension - place;
            float *target = numbers + (items[lane] - first_item) * dimension + place;
            if (left >= 4) {
                memcpy(target, block_numbers, sizeof block_numbers);
            } else {
                memcpy(target, block_numbers, left * sizeof *target);
            }
        }
        item = next_item;
        block = next_block;
    }
}
