/* Some test images with the logits that the simulator computes for them. */
#ifndef @NAME@_VECTORS_H
#define @NAME@_VECTORS_H

#include <stdint.h>

#define @NAME@_VECTORS @shown@

static const uint8_t @name@_pixels[] = {
@pixels_listed@};
static const int32_t @name@_logits[] = {
@logits_listed@};

#endif
