/* From the signs of gradient sums to pulses. */
#ifndef CB_RULE_H
#define CB_RULE_H

#include "cb_learn.h"

/* What a block goes by in one batch. */
typedef struct {
    int32_t rate, momentum, decay, top, stride;
    int32_t quorum, skip, leak;
    uint32_t rate_shift, decay_shift;
    uint32_t first, end; /* synapses that have the counters */
    uint32_t step;
} cb_rule;

/* Of the batch `step`, before its pulses; the counters are cleared where an epoch begins and they are shared. */
cb_rule cb_rule_of(const cb_net *net, uint32_t block, uint32_t step, void *state);
/* Pulses onto `rows` rows from `first` on by the sums of their gradient, rows x depth, and signs to their feedback synapses. */
void cb_update(const cb_net *net, uint32_t block, const cb_rule *rule, uint32_t first, uint32_t rows, const int32_t *gradient,
               void *state);

#endif
