/* SPDX-License-Identifier: MIT
 *
 * What a thread remembers of a view, it uses for later versions as long as commits leave it alone
 * (access/lookaside.h, view/age.h). Here random commits change some of many windows on RAM, and all
 * of them are looked at after each: by loads and stores, and in older views that the test has kept.
 */
#include <string.h>

#include "support.h"

enum {
    PAGE = 0x1000,
    WINDOWS = 48,
    PROBES = 8 * WINDOWS,
    KEPT = 3,
    STEPS = 3000,
    PIECE = 1 << 21, /* of view/age.h */
};

static const hwaddr space_bytes = UINT64_C(1) << 28, ram_bytes = 1 << 25;

/* A window shows the RAM from 'offset' on. Those of a higher index lie over the others. */
typedef struct Window {
    hwaddr addr, offset, size;
    bool enabled, readonly;
} Window;

typedef struct Picture {
    Window window[WINDOWS];
    FlatView *view; /* referenced; NULL: none */
} Picture;

typedef struct World {
    GRand *dice;
    MemoryRegion *root, *ram, *alias[WINDOWS];
    AddressSpace *as;
    Picture now, kept[KEPT];
    uint32_t stored;
} World;

static hwaddr roll(World *w, hwaddr below)
{
    return ((hwaddr)g_rand_int(w->dice) << 32 | g_rand_int(w->dice)) % below;
}

/* ---- What an address shows ---------------------------------------------------------------- */

static const Window *shown(const Picture *p, hwaddr addr)
{
    for (unsigned i = WINDOWS; i-- > 0;) {
        const Window *window = &p->window[i];
        if (window->enabled && addr - window->addr < window->size) {
            return window;
        }
    }
    return NULL;
}

static hwaddr offset_of(const Window *window, hwaddr addr)
{
    return window->offset + (addr - window->addr);
}

static uint32_t word_at(const uint8_t *host)
{
    uint32_t word;
    memcpy(&word, host, sizeof(word));
    return GUINT32_FROM_LE(word);
}

/* The first four bytes of each page of the RAM are its number, unless a store has changed them. */
static void check_now(World *w, hwaddr addr)
{
    const Window *window = shown(&w->now, addr);
    MemTxResult result;
    uint32_t value = address_space_ldl_le(w->as, addr, MEMTXATTRS_UNSPECIFIED, &result);
    g_assert_cmpuint(result == MEMTX_OK, ==, window != NULL);
    if (!window) {
        return;
    }
    const uint8_t *host = (uint8_t *)memory_region_get_ram_ptr(w->ram) + offset_of(window, addr);
    g_assert_cmphex(value, ==, word_at(host));
    address_space_stl_le(w->as, addr, ++w->stored, MEMTXATTRS_UNSPECIFIED, &result);
    g_assert_cmpuint(result == MEMTX_OK, ==, !window->readonly);
    g_assert_cmphex(word_at(host), ==, window->readonly ? value : w->stored);
}

static void check_kept(World *w, const Picture *p, hwaddr addr)
{
    const Window *window = shown(p, addr);
    hwaddr offset, len = 4;
    MemoryRegion *mr =
        flatview_translate(p->view, addr, &offset, &len, false, MEMTXATTRS_UNSPECIFIED);
    g_assert_true((mr == w->ram) == (window != NULL));
    if (window) {
        g_assert_cmphex(offset, ==, offset_of(window, addr));
    }
}

static void check(World *w, hwaddr addr)
{
    check_now(w, addr);
    const Picture *p = &w->kept[roll(w, KEPT)];
    if (p->view) {
        check_kept(w, p, addr);
        check_now(w, addr);
    }
}

/* Looks at both ends of all windows, beside them, and somewhere in them. */
static void check_all(World *w)
{
    for (unsigned i = 0; i < WINDOWS; i++) {
        const Window *window = &w->now.window[i];
        hwaddr last = window->addr + window->size - PAGE;
        check(w, window->addr);
        check(w, last);
        check(w, last + PAGE);
        check(w, window->addr ? window->addr - PAGE : 0);
        check(w, window->addr + roll(w, window->size / PAGE) * PAGE);
    }
}

/* ---- Changes ------------------------------------------------------------------------------ */

static hwaddr some_size(World *w)
{
    static const hwaddr most[] = { PAGE, 16 * PAGE, PIECE, 4 * PIECE };
    return (1 + roll(w, most[roll(w, 4)] / PAGE)) * PAGE;
}

/* Half of the windows begin or end near the bound of a piece. */
static hwaddr some_address(World *w, hwaddr size)
{
    hwaddr addr = roll(w, space_bytes / PAGE) * PAGE;
    if (roll(w, 2)) {
        addr = (addr & ~(hwaddr)(PIECE - 1)) + (roll(w, 5) - 2) * PAGE - (roll(w, 2) ? size : 0);
    }
    return addr < space_bytes ? addr : 0;
}

static void change(World *w, unsigned i)
{
    Window *window = &w->now.window[i];
    MemoryRegion *alias = w->alias[i];
    switch (roll(w, 6)) {
    case 0:
        window->addr = some_address(w, window->size);
        memory_region_set_address(alias, window->addr);
        break;
    case 1:
        window->offset = roll(w, ram_bytes / 2 / PAGE) * PAGE;
        memory_region_set_alias_offset(alias, window->offset);
        break;
    case 2:
        window->size = some_size(w);
        memory_region_set_size(alias, window->size);
        break;
    case 3:
        window->readonly = !window->readonly;
        memory_region_set_readonly(alias, window->readonly);
        break;
    default:
        window->enabled = !window->enabled;
        memory_region_set_enabled(alias, window->enabled);
        break;
    }
}

static void commit(World *w)
{
    static const unsigned counts[] = { 1, 1, 1, 2, 5, 20 };
    memory_region_transaction_begin();
    for (unsigned n = counts[roll(w, 6)]; n > 0; n--) {
        change(w, (unsigned)roll(w, WINDOWS));
    }
    memory_region_transaction_commit();
}

static void forget(Picture *p)
{
    if (p->view) {
        flatview_unref(p->view);
        p->view = NULL;
    }
}

static void keep(World *w)
{
    Picture *p = &w->kept[roll(w, KEPT)];
    forget(p);
    *p = w->now;
    p->view = address_space_get_flatview(w->as);
}

/* ---- The world ---------------------------------------------------------------------------- */

static void begin(World *w, Machine *m)
{
    w->root = box_new(m, "root", UINT64_MAX);
    w->as = space_new(m, w->root, "space");
    w->ram = ram_new(m, "ram", ram_bytes);
    for (hwaddr at = 0; at < ram_bytes; at += PAGE) {
        uint32_t number = GUINT32_TO_LE((uint32_t)(at / PAGE));
        memcpy((uint8_t *)memory_region_get_ram_ptr(w->ram) + at, &number, sizeof(number));
    }
    memory_region_transaction_begin();
    for (unsigned i = 0; i < WINDOWS; i++) {
        hwaddr size = some_size(w), offset = roll(w, ram_bytes / 2 / PAGE) * PAGE;
        w->now.window[i] = (Window){ some_address(w, size), offset, size, true, false };
        w->alias[i] = window_new(m, "window", w->ram, offset, size);
        memory_region_add_subregion_overlap(w->root, w->now.window[i].addr, w->alias[i], (int)i);
    }
    memory_region_transaction_commit();
}

static void commits(Machine *m, gconstpointer data)
{
    static World w;

    (void)data;
    w.dice = g_rand_new_with_seed((guint32)g_test_rand_int());
    begin(&w, m);
    for (unsigned i = 0; i < STEPS; i++) {
        if (!roll(&w, 4)) {
            keep(&w);
        }
        commit(&w);
        check_all(&w);
    }
    for (unsigned i = 0; i < KEPT; i++) {
        forget(&w.kept[i]);
    }
    g_rand_free(w.dice);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/stale-random/commits", commits);
    return g_test_run();
}
