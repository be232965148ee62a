/* SPDX-License-Identifier: MIT
 *
 * Inside the library: maps of dirty pages in the moment between a marker's two steps, the page's
 * word and then its group (ram/dirty.h). What can be seen from outside is in test-dirty.c.
 */
#include "dirty-support.h"
#include "ram/dirty.h"

enum { PAGES = 2 * DIRTY_GROUP_PAGES };

/* Does what a marker does before it comes to the group. */
static void mark_word_only(MemoryRegion *mr, unsigned client, uint64_t page)
{
    DirtyMap *m = mr->ram_block->dirty[client];

    g_assert_true(ram_dirty_group_is_clean(m, page / DIRTY_GROUP_PAGES));
    __atomic_and_fetch(&m->word[page / DIRTY_WORD_PAGES],
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/dirty-map/17.2/code", code_is_clean_when_cleared);
    TEST("/dirty-map/17.2/others", others_find_it_later);
    TEST("/dirty-map/17.2/second-marker", second_marker_helps);
    return g_test_run();
}
