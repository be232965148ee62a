/* SPDX-License-Identifier: MIT
 *
 * A device that records the calls of its callbacks, for the tests of accesses. Its registers are
 * bytes; the test sets its limits.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include "support.h"

enum { PROBE_BYTES = 0x40 };

/* Registers begin as 0x10, 0x11, 0x12 and so on; bytes after the last one read as 0xee. Each call
 * is written to the machine's trace: "NAME:r8/4" or "NAME:w8/2=1a19", where the number is the
 * register's value in the device's own byte order. */
typedef struct Probe {
    MemoryRegion mr; /* first: the machine frees it */
    MemoryRegionOps ops;
    Machine *m;
    const char *name;
    uint8_t byte[PROBE_BYTES];
    MemTxResult result; /* what the callbacks with attributes return */
    MemTxAttrs attrs;   /* the attributes of their last call */
    bool accepts;       /* what valid.accepts returns once probe_ask() was called */
    /* Called first in each callback; may be NULL. */
    void (*hook)(struct Probe *p, hwaddr addr, unsigned size, bool is_write);
    void *opaque;
    uint64_t hook_value;
} Probe;

/* Makes a probe. 'limits' has the byte order, valid and impl; its callbacks have no attributes. */
Probe *probe_new(Machine *m, const char *name, uint64_t size, MemoryRegionOps limits);
/* The same with an owner. */
Probe *probe_new_owned(Machine *m, Object *owner, const char *name, uint64_t size,
                       MemoryRegionOps limits);
/* The same with a little endian device that takes 1 to 8 bytes, aligned. */
Probe *probe_new_plain(Machine *m, const char *name, uint64_t size);

/* Switches to the callbacks with attributes, which return p->result. */
void probe_use_attrs(Probe *p);
/* Enables valid.accepts, which writes "NAME:ar8/4" to the trace. */
void probe_ask(Probe *p);

/* Makes a container of 64 KiB and a space with it as root. */
AddressSpace *probe_space(Machine *m, MemoryRegion **root);

/* Returns the RAM of a region. */
uint8_t *host_of(MemoryRegion *mr);
/* Fills a buffer with 0xa0, 0xa1, ... */
void count_up(void *buf, unsigned len);
/* Puts 4 KiB of RAM into 'root'. Its first 64 bytes are filled by count_up(). */
MemoryRegion *ram_at(Machine *m, MemoryRegion *root, hwaddr addr, const char *name);

/* Returns bytes as hexadecimal digits. */
char *hex_text(const void *buf, size_t len);
#define assert_hex(buf, len, want)                                                                \
    do {                                                                                          \
        g_autofree char *hex_now = hex_text(buf, len);                                            \
        g_assert_cmpstr(hex_now, ==, want);                                                       \
    } while (0)

#define ANY MEMTXATTRS_UNSPECIFIED

#endif
