/* SPDX-License-Identifier: MIT
 *
 * Snapshots: which pages of a range were dirty when they were taken. A snapshot is one allocation,
 * which its owner gives to free(). It holds only words that have dirty pages, packed one behind the
 * other, and an index of them:
 *
 *    index   | part | part | ...              a part is 64 words of the map; numbers ascend
 *    words   | word | word | word | ...       a set bit means dirty
 *
 * Parts without dirty pages are left out. A part that is dirty everywhere has no words.
 *
 * dirty-take.c makes snapshots, dirty-snapshot.c answers questions. Nothing changes a snapshot
 * later, so any thread may ask.
 */
#ifndef RAM_DIRTY_SNAPSHOT_H
#define RAM_DIRTY_SNAPSHOT_H

#include "ram/dirty.h"

enum { SNAPSHOT_PART_WORDS = 64, SNAPSHOT_PART_PAGES = SNAPSHOT_PART_WORDS * DIRTY_WORD_PAGES };

#define SNAPSHOT_ALL UINT64_MAX

typedef struct SnapshotPart {
    uint64_t number;
    uint64_t before; /* how many words come before, or SNAPSHOT_ALL: all its pages are dirty */
    uint64_t mask;   /* a set bit: the word has dirty pages */
} SnapshotPart;

struct DirtyBitmapSnapshot {
    MemoryContext *context;
    ram_addr_t base; /* RAM address of the block */
    unsigned page_bits;
    DirtySpan pages; /* of the block: the range of the snapshot */
    uint64_t *word;  /* behind the index */
    size_t parts;
    SnapshotPart index[];
};

#endif
