/* SPDX-License-Identifier: MIT
 *
 * Contenders: libphysmem, its peers, and the floors that no library can beat. Each contender shows
 * a guest (guest.h) and does the same operations on it. comparison.c says which operations are
 * compared on which guests, and contest.c measures them side by side.
 */
#ifndef BENCH_CONTEST_H
#define BENCH_CONTEST_H

#include "guest.h"
#include "timer.h"

typedef enum Operation {
    LOAD,           /* 4 bytes */
    LOAD_DEPENDENT, /* each address depends on the value before */
    STORE,          /* 4 bytes */
    LOAD_INLINED,   /* the same without a call, where a contender has such a form */
    STORE_INLINED,
    MAP,    /* 4 KiB get a host pointer and lose it again. vm-memory only borrows one */
    BORROW, /* a host pointer to 4 KiB, which a read section keeps valid */
    READ_4, /* into a buffer */
    READ_4096,
    CHANGE, /* of the map: a range comes or goes, and readers see it */
    OPERATIONS
} Operation;

/* The columns of the comparison. */
typedef enum Column {
    PLAIN,     /* a floor: host pointers that are known beforehand, bare calls and system calls */
    SECTION,   /* a floor: the same in a read section of liburcu */
    VM_MEMORY, /* the Rust crate vm-memory */
    GUARDED,   /* the same behind its GuestMemoryAtomic, for programs that plug memory */
    UNICORN,   /* libunicorn by its public calls */
    PHYSMEM,
    COLUMNS
} Column;

typedef struct Contender {
    void *(*make)(const Guest *guest); /* NULL: it cannot show this guest */
    void (*end)(void *state);
    BenchBatch *batch[OPERATIONS]; /* on what make() returned; NULL: it has no such operation */
    void (*change)(void *state);   /* changes the guest's map once, on another thread */
} Contender;

extern const Contender contender_plain, contender_section;
extern const Contender contender_vm_memory, contender_guarded;
extern const Contender contender_unicorn;
extern const Contender contender_physmem;

/* All contenders with one guest. Making it is slow for some of them. */
typedef struct Contest Contest;
Contest *contest_open(GuestShape shape, unsigned long ranges);
void contest_close(Contest *contest);

typedef enum How {
    ALONE,    /* the median */
    CHANGING, /* the same, while another thread changes the map without a pause */
    TAIL,     /* the 99.99th percentile of single operations beside such a thread, with a look at
               * the clock */
} How;

/* Stores the nanoseconds of one operation for each contender; negative if it does not take part. */
void contest_run(const Contest *contest, Operation operation, How how, double ns[COLUMNS]);

/* Returns how long a contender takes to show a small guest and to load a word of it; negative if it
 * cannot. Called in a process that has not used the contender yet. */
double contest_first(Column column);

/* Returns whether vm-memory was built in. */
bool contest_has_vm_memory(void);

#endif
