/* SPDX-License-Identifier: MIT
 *
 * The whole PC of examples/pc with a disk, and with a firmware that consists of HLT instructions.
 * Tests do what a guest would do, without a running processor.
 */
#ifndef TESTS_KVM_HLT_PC_H
#define TESTS_KVM_HLT_PC_H

#include <glib.h>

#include "../../examples/pc/map.h"
#include "../../examples/pc/pc.h"

#define HLT_RAM_SIZE (4 * MiB)
#define HLT_DISK_SIZE (64 * DISK_SECTOR + 100) /* the last 100 bytes are no whole sector */

/* A directory with the files that a PC needs, and the name of a file for a saved PC, which does
 * not exist yet. */
typedef struct HltFiles {
    char *directory;
    char *bios;
    char *disk;
    char *state;
} HltFiles;

/* Set-up and tear-down functions of a test whose fixture begins with HltFiles. */
void hlt_files_make(HltFiles *files, gconstpointer data);
void hlt_files_remove(HltFiles *files, gconstpointer data);

/* Returns whether there is a /dev/kvm. If not, skips the test with the reason. */
bool hlt_pc_is_possible(void);

PcOptions hlt_pc_options(const HltFiles *files);
Pc *hlt_pc_new(const HltFiles *files);

/* Make stores that a guest could make, little endian: to ports, to configuration space, to the
 * disk's registers. */
void hlt_port_out(Pc *pc, hwaddr port, uint32_t value, unsigned size);
void hlt_config_out(Pc *pc, unsigned devfn, unsigned offset, uint32_t value, unsigned size);
void hlt_disk_out(Pc *pc, unsigned offset, uint32_t value, unsigned size);

/* hlt_place_disk() places the disk's registers and enables DMA. hlt_start_disk() lets its driver
 * begin, with a ring of 16. */
void hlt_place_disk(Pc *pc, hwaddr bar);
void hlt_start_disk(Pc *pc, hwaddr descriptors, hwaddr available, hwaddr used);

#endif
