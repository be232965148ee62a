/* SPDX-License-Identifier: MIT
 *
 * A device that writes down what it is asked, for the tests of access: its registers are bytes,
 * its limits are the test's.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include "support.h"

enum { PROBE_BYTES = 0x40 };

/* Registers begin as 0x10, 0x11, 0x12 ...; what lies behind the last one reads as 0xee. Each call
 * is put on the machine's trace: "NAME:r8/4" or "NAME:w8/2=1a19", the number being the register
 * value in the device's own order. */
typedef struct Probe {
    MemoryRegion mr; /* first: the machine frees it */
    MemoryRegionOps ops;
    Machine *m;
    const char *name;
    uint8_t byte[PROBE_BYTES];
    MemTxResult result; /* of the forms with attributes */
    MemTxAttrs attrs;   /* what they were given last */
    bool accepts;       /* what valid.accepts says once probe_ask() is on */
    /* Called first in each callback; may be NULL. */
    void (*hook)(struct Probe *p, hwaddr addr, unsigned size, bool is_write);
    void *opaque;
    uint64_t hook_value;
} Probe;

/* 'limits' gives byte order, valid and impl; the callbacks are those without attributes. */
Probe *probe_new(Machine *m, const char *name, uint64_t size, MemoryRegionOps limits);
/* The same, owned. */
Probe *probe_new_owned(Machine *m, Object *owner, const char *name, uint64_t size,
                       MemoryRegionOps limits);
/* Little endian, 1 to 8 bytes, aligned. */
Probe *probe_new_plain(Machine *m, const char *name, uint64_t size);

/* Switches to the callbacks with attributes, which return p->result. */
void probe_use_attrs(Probe *p);
/* Switches valid.accepts on: "NAME:ar8/4" on the trace. */
void probe_ask(Probe *p);

/* A container of 64 KiB and a space on it. */
AddressSpace *probe_space(Machine *m, MemoryRegion **root);

/* The RAM behind a region. */
uint8_t *host_of(MemoryRegion *mr);
/* Fills a buffer with 0xa0, 0xa1, ... */
void count_up(void *buf, unsigned len);
/* 4 KiB of RAM in 'root', the first 64 bytes counted up. */
MemoryRegion *ram_at(Machine *m, MemoryRegion *root, hwaddr addr, const char *name);

/* Memory as text in hexadecimal. */
char *hex_text(const void *buf, size_t len);
#define assert_hex(buf, len, want)                                                                \
    do {                                                                                          \
        g_autofree char *hex_now = hex_text(buf, len);                                            \
        g_assert_cmpstr(hex_now, ==, want);                                                       \
    } while (0)

#define ANY MEMTXATTRS_UNSPECIFIED

#endif
