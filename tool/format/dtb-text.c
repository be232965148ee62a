/* SPDX-License-Identifier: MIT
 *
 * Device tree blobs: RAM, reserved RAM, and the registers of each node, at the addresses where the
 * CPU sees them through the `ranges` of all buses above. A bus whose `ranges` has windows is a
 * container for each window. A bus with an empty `ranges`, which changes no address, is none.
 */
#include <libfdt.h>
#include <string.h>

#include "format/dtb.h"
#include "format/format.h"

/* Nodes are deeper in no real tree; and a tree may have no more windows and registers. */
enum { MAX_DEPTH = 60, MAX_PATH = 1000, MAX_STEPS = 1 << 17, MAX_BLOB = 16 << 20 };

/* What is known of the children of a node. */
typedef struct Bus {
    const DtbWindow *window; /* through which the CPU sees them; NULL: it does not */
    DtbCells cells;
    FormatRegion *parent;
    unsigned depth;
    int priority;
    bool disabled;
    bool pci;
    bool reserved; /* they are parts of RAM */
} Bus;

typedef struct Walk {
    const void *fdt;
    unsigned steps;
    bool too_much;
    /* Names of registers and windows: a node is visited for each window of its bus. */
    GHashTable *mapped;
    GHashTable *unmapped;
    GPtrArray *unmapped_names; /* in order */
    GHashTable *told;
    FormatTally pci, dynamic, broken;
} Walk;

/* Counts each name once. */
static void tell(Walk *w, FormatTally *tally, const char *name)
{
    if (g_hash_table_add(w->told, g_strdup(name))) {
        format_tally(tally, name);
    }
}

static void note_unmapped(Walk *w, const char *name)
{
    if (!g_hash_table_contains(w->unmapped, name)) {
        char *copy = g_strdup(name);
        g_hash_table_add(w->unmapped, copy); /* frees it */
        g_ptr_array_add(w->unmapped_names, copy);
    }
}

/* ---- Nodes ------------------------------------------------------------------------------ */

static bool is_disabled(const Walk *w, int node)
{
    const char *status = dtb_string(w->fdt, node, "status");

    return *status && !g_str_equal(status, "okay") && !g_str_equal(status, "ok");
}

/* Old trees have no device_type. */
static bool is_memory(const Walk *w, int node, const char *path)
{
    return g_str_equal(dtb_string(w->fdt, node, "device_type"), "memory") ||
           g_str_equal(path, "/memory") || g_str_has_prefix(path, "/memory@");
}

static bool has(const Walk *w, int node, const char *property)
{
    return fdt_getprop(w->fdt, node, property, NULL);
}

static bool count_step(Walk *w)
{
    w->too_much |= ++w->steps > MAX_STEPS;
    return !w->too_much;
}

/* ---- Lines ------------------------------------------------------------------------------ */

/* Finds the part of a range that a window shows. */
static bool see(const DtbWindow *window, hwaddr start, Int128 size, hwaddr *seen, Int128 *length)
{
    Int128 begin = MAX((Int128)start, (Int128)window->from);
    Int128 end = MIN((Int128)start + size, (Int128)window->from + window->size);

    *seen = (hwaddr)(begin - window->from + window->to);
    *length = end - begin;
    return begin < end;
}

/* PATH, or PATH and the name or number of one of several. */
static char *part_name(const Walk *w, int node, const char *path, guint i, guint count)
{
    const char *name = count > 1 ? fdt_stringlist_get(w->fdt, node, "reg-names", (int)i, NULL)
                                 : NULL;

    return count == 1 ? g_strdup(path)
           : name     ? g_strdup_printf("%s:%s", path, name)
                      : g_strdup_printf("%s[%u]", path, i);
}

static bool add_reg(Walk *w, const Bus *bus, const DtbWindow *reg, const char *kind,
                    const char *name)
{
    hwaddr start;
    Int128 size;

    if (!bus->window || !see(bus->window, reg->from, reg->size, &start, &size)) {
        note_unmapped(w, name);
        return false;
    }
    format_add(bus->parent, start, size, bus->priority, kind, name)->disabled = bus->disabled;
    g_hash_table_add(w->mapped, g_strdup(name));
    return true;
}

/* Adds the registers, or the RAM, of a node. Returns whether there are some. */
static bool add_regs(Walk *w, int node, const char *path, const Bus *bus)
{
    bool broken = false, any = false;
    g_autoptr(GArray) regs = dtb_regs(w->fdt, node, bus->cells, &broken);
    const char *kind = bus->reserved || is_memory(w, node, path) ? "ram" : "i/o";

    if (broken) {
        tell(w, &w->broken, path);
    }
    for (guint i = 0; i < regs->len && count_step(w); i++) {
        g_autofree char *name = part_name(w, node, path, i, regs->len);
        any |= add_reg(w, bus, &g_array_index(regs, DtbWindow, i), kind, name);
    }
    return any;
}

/* ---- Buses ------------------------------------------------------------------------------ */

static void add_node(Walk *w, int node, const char *path, const Bus *bus);

static void add_children(Walk *w, int node, const char *path, const Bus *bus)
{
    int child;

    fdt_for_each_subnode(child, w->fdt, node)
    {
        g_autofree char *child_path =
            g_strdup_printf("%s/%s", path, fdt_get_name(w->fdt, child, NULL));
        w->too_much |= strlen(child_path) > MAX_PATH;
        if (!count_step(w)) {
            return;
        }
        add_node(w, child, child_path, bus);
    }
}

static const char *const spaces_of_pci[] = { "configuration", "ports", "memory", "64-bit memory" };

/* Adds a window of a bus, and what is seen in it. */
static void add_window(Walk *w, int node, const char *path, const Bus *outer, Bus *bus,
                       const DtbWindow *window, const char *name)
{
    hwaddr start;
    Int128 size;

    if (!outer->window || !see(outer->window, window->to, window->size, &start, &size)) {
        note_unmapped(w, name);
        return;
    }
    /* The part of the window that the CPU sees. */
    Int128 cut = MAX((Int128)outer->window->from - window->to, 0);
    const DtbWindow seen = { .from = (hwaddr)(window->from + cut), .to = start, .size = size };
    FormatRegion *region =
        format_add(outer->parent, start, size, bus->priority, "container", name);
    region->disabled = outer->disabled;
    g_hash_table_add(w->mapped, g_strdup(name));
    if (!bus->pci) {
        Bus inner = *bus;
        inner.window = &seen;
        inner.parent = region;
        inner.priority = 0;
        add_children(w, node, path, &inner);
    }
}

static void add_windows(Walk *w, int node, const char *path, const Bus *outer, Bus *bus)
{
    bool broken = false;
    g_autoptr(GArray) windows =
        dtb_ranges(w->fdt, node, bus->cells, outer->cells, bus->pci, &broken);

    if (broken) {
        tell(w, &w->broken, path);
    }
    for (guint i = 0; i < windows->len && count_step(w); i++) {
        const DtbWindow *window = &g_array_index(windows, DtbWindow, i);
        g_autofree char *name = bus->pci
                                    ? g_strdup_printf("%s %s", path, spaces_of_pci[window->space])
                                : windows->len > 1 ? g_strdup_printf("%s[%u]", path, i)
                                                   : g_strdup(path);
        add_window(w, node, path, outer, bus, window, name);
    }
}

/* The registers of a child are in front of those of its parent. The window of a bus is in front of
 * the bus's own registers, else behind everything, because RAM may be within it. */
static void add_bus(Walk *w, int node, const char *path, const Bus *outer, bool has_regs)
{
    int length;
    Bus bus = *outer;
    const void *ranges = fdt_getprop(w->fdt, node, "ranges", &length);
    bool reserved = g_str_equal(path, "/reserved-memory");

    bus.depth++;
    bus.pci = g_str_equal(dtb_string(w->fdt, node, "device_type"), "pci");
    bus.reserved |= reserved;
    if (!dtb_cells(w->fdt, node, &bus.cells)) {
        tell(w, &w->broken, path);
        return;
    }
    if (reserved || (ranges && !length)) {
        bus.priority += has_regs || reserved;
        add_children(w, node, path, &bus);
    } else if (ranges) {
        bus.priority += has_regs ? 1 : -1;
        add_windows(w, node, path, outer, &bus);
    }
    if (bus.pci || (!reserved && !ranges)) {
        bus.window = NULL;
        add_children(w, node, path, &bus);
    }
}

static void add_node(Walk *w, int node, const char *path, const Bus *bus)
{
    Bus own = *bus;

    own.disabled |= is_disabled(w, node);
    if (bus->pci) {
        tell(w, &w->pci, path);
        return;
    }
    bool has_regs = add_regs(w, node, path, &own);
    if (bus->reserved && has(w, node, "size") && !has(w, node, "reg")) {
        tell(w, &w->dynamic, path);
    }
    if ((fdt_first_subnode(w->fdt, node) < 0 && !has(w, node, "ranges")) ||
        g_str_equal(path, "/chosen")) {
        return;
    }
    if (bus->depth >= MAX_DEPTH) {
        w->too_much = true;
        return;
    }
    add_bus(w, node, path, &own, has_regs);
}

/* ---- The whole tree --------------------------------------------------------------------- */

static void add_reservations(Walk *w, FormatRegion *root)
{
    for (int i = 0; i < fdt_num_mem_rsv(w->fdt) && count_step(w); i++) {
        g_autofree char *name = g_strdup_printf("/memreserve/[%d]", i);
        uint64_t start, size;
        if (fdt_get_mem_rsv(w->fdt, i, &start, &size) == 0 && size && start + size >= start &&
            size + 1 > 1) {
            format_add(root, start, size, 1, "ram", name);
        }
    }
}

static void add_tree(Walk *w, FormatRegion *root)
{
    const DtbWindow all = { 0, 0, int128_2_64(), 0 };
    Bus bus = { .window = &all, .parent = root };

    if (dtb_cells(w->fdt, 0, &bus.cells)) {
        add_children(w, 0, "", &bus);
    } else {
        tell(w, &w->broken, "/");
    }
    add_reservations(w, root);
}

static char *note_of(Walk *w)
{
    GString *note =
        g_string_new("took memory of a device tree as ram, and everything else as i/o");
    FormatTally unmapped = { 0 };

    for (guint i = 0; i < w->unmapped_names->len; i++) {
        const char *name = w->unmapped_names->pdata[i];
        if (!g_hash_table_contains(w->mapped, name)) {
            format_tally(&unmapped, name);
        }
    }
    format_add_tally(note, &unmapped, "range% that the CPU does not see");
    format_add_tally(note, &w->pci, "PCI device%, whose addresses are found at boot");
    format_add_tally(note, &w->dynamic, "reservation%, whose addresses are found at boot");
    format_add_tally(note, &w->broken, "part% of reg or ranges that cannot be right");
    return g_string_free(note, FALSE);
}

/* Returns the text and the note; NULL if the tree is too large. */
static char *walk_tree(const void *fdt, char **note)
{
    Walk w = { .fdt = fdt,
               .mapped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
               .unmapped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
               .unmapped_names = g_ptr_array_new(),
               .told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
    FormatRegion *root = format_add(NULL, 0, int128_2_64(), 0, "container", "system");
    GString *out = g_string_new(NULL);

    add_tree(&w, root);
    *note = note_of(&w);
    format_print(out, "memory", root);
    format_free(root);
    g_hash_table_unref(w.mapped);
    g_hash_table_unref(w.unmapped);
    g_ptr_array_unref(w.unmapped_names);
    g_hash_table_unref(w.told);
    return g_string_free(out, w.too_much);
}

static bool is_dtb(const char *bytes, gsize length)
{
    return length >= 4 && memcmp(bytes, "\xd0\x0d\xfe\xed", 4) == 0;
}

/* Returns what is wrong with a blob; NULL if nothing is. libfdt 1.6.1 can crash on damaged blobs
 * of versions below 16, which are older than 2005. */
static const char *find_damage(const void *fdt, gsize length)
{
    enum { FIRST_VERSION = 16 };
    int result;

    if (length < sizeof(struct fdt_header)) {
        return "it is cut";
    }
    if (length > MAX_BLOB) {
        return "it is larger than 16 MiB";
    }
    if (fdt_version(fdt) < FIRST_VERSION) {
        return "its version is below 16";
    }
    result = fdt_check_full(fdt, length);
    return result < 0 ? fdt_strerror(result) : NULL;
}

static char *dtb_text(const char *file, const char *bytes, gsize length, char **note,
                      GError **error)
{
    g_autofree void *fdt = g_memdup2(bytes, length); /* libfdt wants it aligned */

    const char *damage = find_damage(fdt, length);

    if (damage) {
        g_set_error(error, MTREE_ERROR, 0,
                    "%s: expected a whole device tree blob, but it cannot be read: %s", file,
                    damage);
        return NULL;
    }
    char *text = walk_tree(fdt, note);
    if (!text) {
        g_set_error(error, MTREE_ERROR, 0,
                    "%s: expected a device tree with at most %d levels, paths of %d bytes, and %d "
                    "nodes, windows and registers",
                    file, MAX_DEPTH, MAX_PATH, MAX_STEPS);
    }
    return text;
}

const Format format_dtb = { is_dtb, dtb_text };
