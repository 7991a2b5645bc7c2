/* A plugin for QEMU (its TCG plugin interface, version 1) that counts the instructions of a program, and, with at=ADDRESS as often
 * as is wanted, tells the count whenever a function there is called. What it takes of the interface is declared here, for Debian
 * does not install the header. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_info;

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*call)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int operation, void *counter, uint64_t more);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, void (*call)(unsigned cpu, void *data), int flags, void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*call)(plugin_id, void *), void *data);

static uint64_t count, marks[64];
static int mark_count;

static void called(unsigned cpu, void *mark) {
    (void)cpu;
    fprintf(stderr, "at %llx %llu\n", (unsigned long long)*(uint64_t *)mark, (unsigned long long)count);
}

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
    (void)id;
    for (int i = 0; i < mark_count; ++i)
        if (qemu_plugin_tb_vaddr(block) == marks[i]) qemu_plugin_register_vcpu_tb_exec_cb(block, called, 0, &marks[i]);
    qemu_plugin_register_vcpu_tb_exec_inline(block, 0 /* add */, &count, qemu_plugin_tb_n_insns(block));
}

static void ended(plugin_id id, void *data) {
    (void)id, (void)data;
    fprintf(stderr, "instructions: %llu\n", (unsigned long long)count);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc && mark_count < 64; ++i)
        if (strncmp(argv[i], "at=", 3) == 0) marks[mark_count++] = strtoull(argv[i] + 3, NULL, 16);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
