/* SPDX-License-Identifier: MIT
 *
 * Two windows change places while another thread reads them. Both moves are in one transaction, so
 * each read sees the windows before the change or after it, and never one on top of the other.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <physmem/physmem.h>

enum { SIZE = 0x1000, LOW = 0x10000000, HIGH = LOW + SIZE, MOVES = 10000 };

static MemoryRegion red, blue;
static AddressSpace *memory;
static atomic_bool done;
static unsigned torn;

static void swap(bool swapped)
{
    memory_region_transaction_begin();
    memory_region_set_address(&red, swapped ? HIGH : LOW);
    memory_region_set_address(&blue, swapped ? LOW : HIGH);
    memory_region_transaction_commit();
}

/* One call sees one map: the last byte of one window, and the first one of the other. */
static void *reader(void *opaque)
{
    (void)opaque;
    while (!done) {
        char seen[2];
        address_space_read(memory, HIGH - 1, MEMTXATTRS_UNSPECIFIED, seen, 2);
        torn += !((seen[0] == 'r' && seen[1] == 'b') || (seen[0] == 'b' && seen[1] == 'r'));
    }
    return NULL;
}

static void add_window(MemoryRegion *mr, const char *name, char byte, hwaddr addr)
{
    memory_region_init_ram(mr, NULL, name, SIZE, &error_fatal);
    memory_region_add_subregion(get_system_memory(), addr, mr);
    address_space_set(memory, addr, (uint8_t)byte, SIZE, MEMTXATTRS_UNSPECIFIED);
}

int main(void)
{
    pthread_t thread;

    memory = memory_context_memory(memory_context_current());
    add_window(&red, "red", 'r', LOW);
    add_window(&blue, "blue", 'b', HIGH);
    pthread_create(&thread, NULL, reader, NULL);
    for (unsigned i = 0; i < MOVES; i++) {
        swap(i % 2 == 0);
    }
    done = true;
    pthread_join(thread, NULL);
    printf("%d moves, %u torn reads\n", MOVES, torn);
    return torn > 0;
}
