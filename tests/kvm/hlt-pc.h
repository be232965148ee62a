/* SPDX-License-Identifier: MIT
 *
 * The whole PC of examples/pc with a disk and a firmware of HLT instructions only, for tests that
 * do themselves what a guest would do, and no processor in between.
 */
#ifndef TESTS_KVM_HLT_PC_H
#define TESTS_KVM_HLT_PC_H

#include <glib.h>

#include "../../examples/pc/map.h"
#include "../../examples/pc/pc.h"

#define HLT_RAM_SIZE (4 * MiB)
#define HLT_DISK_SIZE (64 * DISK_SECTOR + 100) /* the last bytes are no sector */

/* A directory with the files that PCs are made of, and one for a saved PC that is not there
 * yet. */
typedef struct HltFiles {
    char *directory;
    char *bios;
    char *disk;
    char *state;
} HltFiles;

/* As set-up and tear-down of a test whose fixture begins with them. */
void hlt_files_make(HltFiles *files, gconstpointer data);
void hlt_files_remove(HltFiles *files, gconstpointer data);

/* Skips the test, with the reason, if there is no /dev/kvm. */
bool hlt_pc_is_possible(void);

PcOptions hlt_pc_options(const HltFiles *files);
Pc *hlt_pc_new(const HltFiles *files);

/* Stores that the guest could have made, little endian: to ports, configuration space, and
 * registers of the disk. */
void hlt_port_out(Pc *pc, hwaddr port, uint32_t value, unsigned size);
void hlt_config_out(Pc *pc, unsigned devfn, unsigned offset, uint32_t value, unsigned size);
void hlt_disk_out(Pc *pc, unsigned offset, uint32_t value, unsigned size);

/* Places the disk's registers, and lets it do DMA; brings its driver up with a ring of 16. */
void hlt_place_disk(Pc *pc, hwaddr bar);
void hlt_start_disk(Pc *pc, hwaddr descriptors, hwaddr available, hwaddr used);

#endif
