/* SPDX-License-Identifier: MIT
 *
 * Inside the library: maps of dirty pages in the moments between the steps of a marker, which come
 * to the page's word, then to its group, and then to the entry's turns (ram/dirty.h). What can be
 * seen from outside is in test-dirty.c.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <signal.h>
#include <sys/mman.h>

#include "dirty-support.h"
#include "ram/dirty.h"

enum { PAGES = 2 * DIRTY_GROUP_PAGES };

/* Does what a marker does before it comes to the group. */
static void mark_word_only(MemoryRegion *mr, unsigned client, uint64_t page)
{
    DirtyMap *m = mr->ram_block->dirty[client];

    g_assert_true(ram_dirty_group_is_clean(m, page / DIRTY_GROUP_PAGES));
    __atomic_and_fetch(&m->word[0][page / DIRTY_WORD_PAGES],
                       ~(UINT64_C(1) << page % DIRTY_WORD_PAGES), __ATOMIC_SEQ_CST);
}

/* A translator that has cleared a page hears of the next write to it, so the page must be clean
 * then. */
static void code_is_clean_when_cleared(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", PAGES * PAGE);

    (void)data;
    memory_region_reset_dirty(mr, 0, PAGES * PAGE, DIRTY_MEMORY_CODE);
    mark_word_only(mr, DIRTY_MEMORY_CODE, 5);
    g_assert_true(memory_region_test_and_clear_dirty(mr, 5 * PAGE, PAGE, DIRTY_MEMORY_CODE));
    g_assert_false(memory_region_get_dirty(mr, 5 * PAGE, PAGE, DIRTY_MEMORY_CODE));
    mark_word_only(mr, DIRTY_MEMORY_CODE, 600);
    g_assert_true(memory_region_test_and_clear_dirty(mr, 0, PAGES * PAGE, DIRTY_MEMORY_CODE));
    assert_dirty(mr, DIRTY_MEMORY_CODE, "");
    mark_word_only(mr, DIRTY_MEMORY_CODE, 600);
    assert_harvest(mr, DIRTY_MEMORY_CODE, "600");
    g_assert_true(ram_dirty_group_is_clean(mr->ram_block->dirty[DIRTY_MEMORY_CODE], 1));
    g_assert_false(ram_dirty_all(mr->ram_block, 600 * PAGE, PAGE, DIRTY_MEMORY_CODE));
}

/* Another client finds the page on its next visit. */
static void others_find_it_later(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", PAGES * PAGE);

    (void)data;
    memory_region_reset_dirty(mr, 0, PAGES * PAGE, DIRTY_MEMORY_VGA);
    mark_word_only(mr, DIRTY_MEMORY_VGA, 600);
    memory_region_test_and_clear_dirty(mr, 0, PAGES * PAGE, DIRTY_MEMORY_VGA);
    ram_dirty_mark(mr->ram_block, 600 * PAGE, 1, VGA); /* the marker's second step */
    g_assert_true(memory_region_test_and_clear_dirty(mr, 0, PAGES * PAGE, DIRTY_MEMORY_VGA));
    assert_dirty(mr, DIRTY_MEMORY_VGA, "");
}

/* A marker that finds the page dirty already goes on to the group, for the marker that has not
 * come so far. */
static void second_marker_helps(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", PAGES * PAGE);

    (void)data;
    memory_region_reset_dirty(mr, 0, PAGES * PAGE, DIRTY_MEMORY_VGA);
    mark_word_only(mr, DIRTY_MEMORY_VGA, 7);
    ram_dirty_mark(mr->ram_block, 7 * PAGE, 1, VGA);
    g_assert_false(ram_dirty_group_is_clean(mr->ram_block->dirty[DIRTY_MEMORY_VGA], 0));
    assert_dirty(mr, DIRTY_MEMORY_VGA, "7");
}

/* Does what a marker does that has read the turns of the entry before the last turn, up to the
 * moment when it reads them again. */
static void mark_old_side(MemoryRegion *mr, unsigned client, uint64_t page)
{
    DirtyMap *m = mr->ram_block->dirty[client];
    DirtyEntry *e = &m->entry[page / DIRTY_ENTRY_PAGES];
    unsigned old = (e->turns - 1) % 2;

    __atomic_and_fetch(&m->word[old][page / DIRTY_WORD_PAGES],
                       ~(UINT64_C(1) << page % DIRTY_WORD_PAGES), __ATOMIC_SEQ_CST);
    __atomic_and_fetch(&e->group[old], ~(UINT64_C(1) << page / DIRTY_GROUP_PAGES),
                       __ATOMIC_SEQ_CST);
}

/* A mark that comes late to the old side has no effect there until the next turn. The marker goes
 * on to the new side. */
static void late_mark_is_found_again(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", PAGES * PAGE);

    (void)data;
    assert_harvest(mr, DIRTY_MEMORY_VGA, "0-1023");
    mark_old_side(mr, DIRTY_MEMORY_VGA, 600);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "");
    ram_dirty_mark(mr->ram_block, 600 * PAGE, 1, VGA); /* on the new side */
    ram_dirty_mark(mr->ram_block, 7 * PAGE, 1, VGA);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "7 600");
    assert_harvest(mr, DIRTY_MEMORY_VGA, "7 600");
    assert_harvest(mr, DIRTY_MEMORY_VGA, "600");
    assert_harvest(mr, DIRTY_MEMORY_VGA, "");
    assert_dirty(mr, DIRTY_MEMORY_VGA, "");
}

/* The words of the side in use, in memory that cannot be written: the marker stops at its write. */
static struct {
    uint64_t *words;
    DirtyEntry *entry;
} stopped;

static void turn_meanwhile(int signal)
{
    (void)signal;
    mprotect(stopped.words, PAGE, PROT_READ | PROT_WRITE);
    __atomic_add_fetch(&stopped.entry->turns, 1, __ATOMIC_SEQ_CST);
}

static void mark_page(MemoryRegion *mr)
{
    ram_dirty_mark(mr->ram_block, 600 * PAGE, 1, VGA);
}

static void mark_bitmap(MemoryRegion *mr)
{
    unsigned long bitmap[PAGES / LONG_BITS] = { 0 };

    put_bit(bitmap, 600);
    cpu_physical_memory_set_dirty_bitmap(bitmap, memory_region_get_ram_addr(mr), PAGES, VGA);
}

/* If the entry is turned over in the middle of a mark, the new side is marked, too. */
static void turned_while_marking(Machine *m, gconstpointer data)
{
    void (*const mark)(MemoryRegion * mr) = data == NULL ? mark_page : mark_bitmap;
    const struct sigaction action = { .sa_handler = turn_meanwhile };
    struct sigaction before;
    MemoryRegion *mr = ram_new(m, "ram", PAGES * PAGE);

    assert_harvest(mr, DIRTY_MEMORY_VGA, "0-1023");
    DirtyMap *map = mr->ram_block->dirty[DIRTY_MEMORY_VGA];
    uint64_t *words = map->word[1];
    stopped.entry = &map->entry[0];
    stopped.words = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true(stopped.words != MAP_FAILED);
    memcpy(stopped.words, words, PAGES / 8);
    mprotect(stopped.words, PAGE, PROT_READ);
    map->word[1] = stopped.words;
    sigaction(SIGSEGV, &action, &before);
    mark(mr);
    sigaction(SIGSEGV, &before, NULL);
    g_assert_cmpuint(stopped.entry->turns, ==, 2);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "600");
    map->word[1] = words;
    munmap(stopped.words, PAGE);
}

static MemoryRegion *marked_late;

static void mark_late_meanwhile(int signal)
{
    (void)signal;
    mprotect(stopped.words, PAGE, PROT_READ | PROT_WRITE);
    mark_old_side(marked_late, DIRTY_MEMORY_VGA, 1200);
}

/* Moves the entries of a map with two entries so that the first one cannot be written, and the
 * second one can. */
static void stop_at_first_entry(DirtyMap *map)
{
    uint8_t *host =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    g_assert_true(host != MAP_FAILED);
    stopped.words = (uint64_t *)host;
    stopped.entry = (DirtyEntry *)(host + PAGE) - 1;
    memcpy(stopped.entry, map->entry, 2 * sizeof(DirtyEntry));
    map->entry = stopped.entry;
    mprotect(host, PAGE, PROT_READ);
}

/* A mark comes late while a snapshot takes the late marks of the same entry. The page may stay
 * dirty on the old side, but its group must not hide it when that side comes into use again. */
static void late_mark_is_not_hidden(Machine *m, gconstpointer data)
{
    const struct sigaction action = { .sa_handler = mark_late_meanwhile };
    struct sigaction before;
    MemoryRegion *mr = ram_new(m, "ram", 2 * DIRTY_ENTRY_PAGES * PAGE);

    (void)data;
    assert_harvest(mr, DIRTY_MEMORY_VGA, "0-65535");
    mark_old_side(mr, DIRTY_MEMORY_VGA, 600);
    ram_dirty_mark(mr->ram_block, DIRTY_ENTRY_PAGES * PAGE, 1, VGA);
    DirtyMap *map = mr->ram_block->dirty[DIRTY_MEMORY_VGA];
    DirtyEntry *entries = map->entry;
    stop_at_first_entry(map);
    marked_late = mr;
    sigaction(SIGSEGV, &action, &before);
    free(memory_region_snapshot_and_clear_dirty(mr, 0, memory_region_size(mr), DIRTY_MEMORY_VGA));
    sigaction(SIGSEGV, &before, NULL);
    ram_dirty_mark(mr->ram_block, 7 * PAGE, 1, VGA);
    assert_harvest(mr, DIRTY_MEMORY_VGA, "7"); /* the old side comes into use */
    g_assert_true(!ram_dirty_all(mr->ram_block, 1200 * PAGE, PAGE, DIRTY_MEMORY_VGA) ||
                  !ram_dirty_group_is_clean(map, 1200 / DIRTY_GROUP_PAGES));
    memcpy(entries, map->entry, 2 * sizeof(DirtyEntry));
    map->entry = entries;
    munmap(stopped.words, 2 * PAGE);
}

/* A part of an entry is cleared in place. So is all of it for CODE, because a page that becomes
 * dirty late would not be reported. */
static void some_are_never_turned(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", PAGES * PAGE);

    (void)data;
    assert_harvest(mr, DIRTY_MEMORY_CODE, "0-1023");
    g_assert_cmpuint(mr->ram_block->dirty[DIRTY_MEMORY_CODE]->entry[0].turns, ==, 0);
    free(memory_region_snapshot_and_clear_dirty(mr, PAGE, PAGE, DIRTY_MEMORY_VGA));
    g_assert_cmpuint(mr->ram_block->dirty[DIRTY_MEMORY_VGA]->entry[0].turns, ==, 0);
    assert_harvest(mr, DIRTY_MEMORY_VGA, "64-1023");
    g_assert_cmpuint(mr->ram_block->dirty[DIRTY_MEMORY_VGA]->entry[0].turns, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/dirty-map/17.2/code", code_is_clean_when_cleared);
    TEST("/dirty-map/17.2/others", others_find_it_later);
    TEST("/dirty-map/17.2/second-marker", second_marker_helps);
    TEST("/dirty-map/17.2/late-mark", late_mark_is_found_again);
    TEST("/dirty-map/17.2/turned-while-marking/page", turned_while_marking);
    g_test_add("/dirty-map/17.2/turned-while-marking/bitmap", Machine, "bitmap",
               machine_setup_plain, turned_while_marking, machine_teardown);
    TEST("/dirty-map/17.2/late-mark-hidden", late_mark_is_not_hidden);
    TEST("/dirty-map/17.2/never-turned", some_are_never_turned);
    return g_test_run();
}
