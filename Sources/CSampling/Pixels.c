#include "CSampling.h"
#include "Vectorised.h"

/// A comparison with what isn't a number is false.
static inline __attribute__((always_inline)) uint8_t pixel(float value) {
    const float scaled = (value + 1) * 127.5f + 0.5f;
    const float bounded = scaled < 255 ? scaled : 255;
    return (uint8_t)(int32_t)(scaled >= 1 ? bounded : 0);
}

VECTORISED static void convert(const float *restrict values, size_t count, uint8_t *restrict pixels) {
    for (size_t index = 0; index < count; index++) pixels[index] = pixel(values[index]);
}

VECTORISED static void convert_plane(
    const float *restrict values, size_t places, size_t channels, uint8_t *restrict pixels) {
    for (size_t place = 0; place < places; place++) pixels[place * channels] = pixel(values[place]);
}

void csampling_pixels(const float *values, size_t count, size_t channels, size_t places, uint8_t *pixels) {
    if (channels == 1) {
        convert(values, count * places, pixels);
        return;
    }
    for (size_t item = 0; item < count; item++) {
        for (size_t channel = 0; channel < channels; channel++) {
            convert_plane(
                values + (item * channels + channel) * places, places, channels, pixels + item * places * channels + channel);
        }
    }
}
