/* Compares logits with the simulator's: those of @name@_vectors.h, or of a file, such as @name@_vectors.bin. */
#include <stdio.h>

#include "@name@.h"
#include "@name@_vectors.h"

static int32_t arena[(@NAME@_ARENA_BYTES + 3) / 4];
static uint8_t pixels[@NAME@_PIXELS];
static int32_t wanted[@NAME@_CLASSES];

static int same(const uint8_t *image, const int32_t *expected) {
    int32_t logits[@NAME@_CLASSES];
    if (@name@_infer(image, logits, arena, sizeof arena) != CB_OK) return 0;
    for (int i = 0; i < @NAME@_CLASSES; ++i)
        if (logits[i] != expected[i]) return 0;
    return 1;
}

static int told(unsigned long equal, unsigned long images) {
    printf("@name@: %lu of %lu images have the simulator's logits\n", equal, images);
    return equal == images && images > 0 ? 0 : 1;
}

static int of_file(const char *path) {
    FILE *file = fopen(path, "rb");
    uint32_t count = 0;
    unsigned long equal = 0;
    if (file == NULL || fread(&count, sizeof count, 1, file) != 1) {
        printf("%s: cannot be read\n", path);
        return 2;
    }
    for (uint32_t i = 0; i < count; ++i) {
        if (fread(pixels, sizeof pixels, 1, file) != 1 || fread(wanted, sizeof wanted, 1, file) != 1) {
            printf("%s: ends after %lu of %lu images\n", path, (unsigned long)i, (unsigned long)count);
            return 2;
        }
        equal += (unsigned long)same(pixels, wanted);
    }
    fclose(file);
    return told(equal, count);
}

int main(int argc, char **argv) {
    unsigned long equal = 0;
    if (argc > 1) return of_file(argv[1]);
    for (unsigned long i = 0; i < @NAME@_VECTORS; ++i)
        equal += (unsigned long)same(@name@_pixels + i * @NAME@_PIXELS, @name@_logits + i * @NAME@_CLASSES);
    return told(equal, @NAME@_VECTORS);
}
