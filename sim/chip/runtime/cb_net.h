/* Kernels of a trained network for a microcontroller: pixels to logits in integers, as the simulator computes them,
 * bit for bit (docs/export.md has the formulas). C99 with <stdint.h> alone: nothing is allocated, no float, no
 * recursion, no library function. All state is the caller's.
 *
 * A map is int8_t, height x width x channels, channels varying fastest. Several networks share one copy of this. */
#ifndef CB_NET_H
#define CB_NET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a network's functions return. Where it is not CB_OK nothing was written. */
enum {
    CB_OK = 0,
    CB_VERSION = -1, /* the header that the caller was compiled with is of another network */
    CB_NULL = -2,    /* a pointer is null */
    CB_ARENA = -3,   /* the arena has too few bytes */
    CB_ALIGNED = -4, /* the arena does not begin at a multiple of 4, or a state at one of 8 */
    CB_STATE = -5,   /* the state is not of this network; start it */
    CB_LABEL = -6,   /* a label is not below the number of classes */
    CB_COUNT = -7    /* no image, or more than a batch has */
};

/* A window that moves over a map; beyond the map is 0. */
typedef struct {
    uint16_t in_height, in_width, channels;
    uint16_t out_height, out_width;
    uint16_t kernel_height, kernel_width;
    uint16_t stride, pad;
} cb_window;

/* Stored sums s to activations q in least..top, for each output:
 *
 *   factor not null   q = clamp((((s - mean) >> shift) * factor + offset) >> 22)
 *   gain not null     then q = clamp((q * gain + bias) >> 12)
 *   factor null       q = clamp(s / 2^shift, half away from 0)
 *
 * clamp is to -top..top, and at the end to least..top: least is 0 where a relu follows. */
typedef struct {
    const int32_t *mean, *factor, *offset;
    const int16_t *gain;
    const int32_t *bias;
    uint8_t shift;
    int8_t top, least;
} cb_activation;

/* Forward synapses: `outputs` rows of `depth` levels, each row from a new byte on. A level of 1 bit is -1 or 1, of 2
 * and 4 bits a two's complement, the first one in the lowest bits; 8 bits are int8_t, 16 bits int16_t. Sums are stored
 * / 2^sum_shift, rounded half up. */
typedef struct {
    cb_window window;
    const void *levels;
    uint32_t depth;
    uint16_t outputs;
    uint8_t bits, sum_shift;
    cb_activation activation;
} cb_layer;

/* Pixels 0..255 -> 0..top. */
void cb_pixels(const uint8_t *pixels, int8_t *out, uint32_t size, int8_t top);

/* Packed levels of one output -> `depth` bytes; of less than 8 bits alone. */
void cb_unpack(const cb_layer *layer, uint32_t output, int8_t *row);

/* Outputs whose packed levels are unpacked at a time. */
#define CB_ROWS 8U

/* Convolutions and dense layers, whose window is the whole map. `scratch`: 5 * depth bytes, and CB_ROWS * depth more where
 * levels are packed. */
void cb_convolution(const cb_layer *layer, const int8_t *in, int8_t *out, int8_t *scratch);
/* Each output sees one map; depth is that of its window. `row`: depth bytes. */
void cb_depthwise(const cb_layer *layer, const int8_t *in, int8_t *out, int8_t *row);
/* Of 16 bits, either of the two. */
void cb_wide(const cb_layer *layer, const int8_t *in, int8_t *out);
void cb_wide_depthwise(const cb_layer *layer, const int8_t *in, int8_t *out);

/* The last layer: stored sums of its one position. */
void cb_logits(const cb_layer *layer, const int8_t *in, int32_t *logits, int8_t *scratch);
void cb_wide_logits(const cb_layer *layer, const int8_t *in, int32_t *logits);

/* Elements beyond the map do not count. */
void cb_max(const cb_window *window, const int8_t *in, int8_t *out, int8_t top);
void cb_average(const cb_window *window, const int8_t *in, int8_t *out);

/* Element by element; `out` may be an input. */
void cb_relu(const int8_t *in, int8_t *out, uint32_t size);
/* q = clamp((coarse * 2^up + fine) / 2^down, half away from 0), to least..top. */
void cb_add(const int8_t *coarse, const int8_t *fine, int8_t *out, uint32_t size, uint8_t up, uint8_t down, int8_t least,
            int8_t top);

/* Pixels that the stride meets, with zeros for maps that the input does not have. */
void cb_shortcut(const cb_window *window, const int8_t *in, int8_t *out, uint32_t maps);

/* The first of the largest logits. */
uint32_t cb_class(const int32_t *logits, uint32_t classes);

#ifdef __cplusplus
}
#endif
#endif
