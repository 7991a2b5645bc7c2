/* Goes on training with the batches of a file, @name@_batches.bin, and compares what was learnt with the simulator's: the
 * signature, and the logits of test images. */
#include <stdio.h>

#include "@name@_learn.h"

static uint64_t state[(@NAME@_STATE_BYTES + 7) / 8];
static int32_t arena[(@NAME@_LEARN_BYTES + 3) / 4];
static uint16_t labels[@NAME@_BATCH];

static int took(FILE *file, void *to, size_t bytes) { return fread(to, 1, bytes, file) == bytes; }

static int cut_short(const char *path) {
    printf("%s: cannot be read, or ends early\n", path);
    return 2;
}

/* Where it ends all is well. Returns how many answers were wrong, or -1. */
static long train(FILE *file, uint32_t batches) {
    long wrong = 0;
    for (uint32_t i = 0; i < batches; ++i) {
        uint8_t *const pixels = @name@_batch_pixels(arena);
        uint32_t images = 0, missed = 0;
        if (!took(file, &images, sizeof images) || images > @NAME@_BATCH) return -1;
        if (!took(file, labels, images * sizeof labels[0]) || !took(file, pixels, images * @NAME@_LEARN_PIXELS)) return -1;
        if (@name@_train_batch(pixels, labels, images, state, arena, sizeof arena, &missed) != CB_OK) return -1;
        wrong += (long)missed;
    }
    return wrong;
}

/* Logits of a file of tests, labels, pixels and logits one behind the other. Returns 0 where all are the simulator's. */
static int test(FILE *file, const char *path) {
    static uint8_t pixels[@NAME@_LEARN_PIXELS];
    const long start = ftell(file) + 4;
    uint32_t count = 0, wrong = 0, equal = 0;
    if (!took(file, &count, sizeof count)) return cut_short(path);
    for (uint32_t i = 0; i < count; ++i) {
        int32_t logits[@NAME@_LEARN_CLASSES], wanted[@NAME@_LEARN_CLASSES];
        uint32_t same = 1;
        const long behind = start + 2 * (long)count, image = behind + (long)i * @NAME@_LEARN_PIXELS;
        const long answers = behind + (long)count * @NAME@_LEARN_PIXELS + (long)i * (long)sizeof wanted;
        fseek(file, start + 2 * (long)i, SEEK_SET);
        if (!took(file, labels, sizeof labels[0])) return cut_short(path);
        fseek(file, image, SEEK_SET);
        if (!took(file, pixels, sizeof pixels)) return cut_short(path);
        fseek(file, answers, SEEK_SET);
        if (!took(file, wanted, sizeof wanted)) return cut_short(path);
        if (@name@_learnt_infer(pixels, logits, state, arena, sizeof arena) != CB_OK) return 2;
        for (int c = 0; c < @NAME@_LEARN_CLASSES; ++c) same &= logits[c] == wanted[c];
        equal += same;
        wrong += cb_class(logits, @NAME@_LEARN_CLASSES) != labels[0];
    }
    printf("@name@: %lu of %lu test images have the simulator's logits, %lu wrong answers\n", (unsigned long)equal,
           (unsigned long)count, (unsigned long)wrong);
    return equal == count ? 0 : 1;
}

int main(int argc, char **argv) {
    const char *const path = argc > 1 ? argv[1] : "@name@_batches.bin";
    FILE *const file = fopen(path, "rb");
    uint32_t batches = 0;
    uint64_t wanted = 0, signature = 0;
    long wrong = 0;
    if (file == NULL || !took(file, &batches, sizeof batches)) return cut_short(path);
    if (@name@_start(state, sizeof state) != CB_OK) return 2;
    wrong = train(file, batches);
    if (wrong < 0 || !took(file, &wanted, sizeof wanted)) return cut_short(path);
    signature = @name@_signature(state);
    printf("@name@: %lu batches, %ld wrong answers, signature %08lx%08lx, the simulator's %08lx%08lx\n", (unsigned long)batches,
           wrong, (unsigned long)(signature >> 32), (unsigned long)(signature & 0xffffffffu), (unsigned long)(wanted >> 32),
           (unsigned long)(wanted & 0xffffffffu));
    return test(file, path) | (signature == wanted ? 0 : 1);
}
