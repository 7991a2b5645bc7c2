/* Feedback synapses: magnitudes and masks come from their random addresses whenever they are needed, signs from the
 * forward levels. Nothing is stored but one bit where the forward level is 0 (cb_learn.h). */
#ifndef CB_FEEDBACK_H
#define CB_FEEDBACK_H

#include "cb_learn.h"
#include "cb_random.h"

typedef struct {
    cb_stream magnitudes, masks;
} cb_feedback;

/* The batch whose update drew magnitudes last; 0 where they are those of the beginning. */
uint32_t cb_redrawn_at(const cb_net *net, const cb_block *block, const void *state);
cb_feedback cb_feedback_of(const cb_net *net, uint32_t block, uint32_t drawn);

/* -1 or 1; 1 without masks. */
int32_t cb_feedback_mask(const cb_net *net, cb_feedback *feedback, uint32_t synapse);
/* Whether the feedback synapse of a level, which is stored as `code`, is negative. */
int32_t cb_is_negative(const cb_net *net, const cb_block *block, cb_feedback *feedback, int32_t code, uint32_t synapse);
/* Its level, and one row of what errors pass through. */
int32_t cb_feedback_level(const cb_net *net, const cb_block *block, cb_feedback *feedback, int32_t code, uint32_t synapse);
void cb_feedback_row(const cb_net *net, const cb_block *block, cb_feedback *feedback, const void *state, uint32_t output,
                     int8_t *row);

#endif
