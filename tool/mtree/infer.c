/* SPDX-License-Identifier: MIT
 *
 * Makes first guesses at the facts that the text leaves open, from the text alone: which blocks are
 * one region printed twice, which i/o regions are containers, which sibling is in front;
 * targets.c says which block an alias shows. The rules were found on the maps of 160
 * machines; tests/maps/test-maps.c counts how often they are right.
 */
#include "mtree/infer.h"

#include <string.h>

/* ---- One region, printed twice ---------------------------------------------------------- */

typedef struct TwinSearch {
    GHashTable *inner; /* text hash -> lines with a parent */
    GHashTable *roots; /* text hash -> roots of spaces */
    GHashTable *taken; /* lines that are a block's region already */
} TwinSearch;

static void remember(GHashTable *table, MtreeLine *line)
{
    gpointer key = GUINT_TO_POINTER(mtree_text_hash(line));
    GPtrArray *lines = g_hash_table_lookup(table, key);

    if (!lines) {
        lines = g_ptr_array_new();
        g_hash_table_insert(table, key, lines);
    }
    g_ptr_array_add(lines, line);
}

static MtreeLine *find_twin(TwinSearch *s, GHashTable *table, MtreeLine *root)
{
    GPtrArray *lines = g_hash_table_lookup(table, GUINT_TO_POINTER(mtree_text_hash(root)));

    for (guint i = 0; lines && i < lines->len; i++) {
        MtreeLine *line = lines->pdata[i];
        if (line->block != root->block && !g_hash_table_contains(s->taken, line) &&
            mtree_same_text(root, line)) {
            g_hash_table_add(s->taken, line);
            return line;
        }
    }
    return NULL;
}

static void guess_twin(TwinSearch *s, MtreeBlock *block)
{
    MtreeLine *twin = block->is_space ? NULL : find_twin(s, s->roots, block->root);

    if (!twin) {
        twin = find_twin(s, s->inner, block->root);
    }
    if (twin) {
        mtree_make_twins(block->root, twin);
    }
}

static GHashTable *line_table_new(void)
{
    return g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
}

static void guess_twins(Mtree *t)
{
    TwinSearch s = { line_table_new(), line_table_new(), g_hash_table_new(NULL, NULL) };

    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (line->parent) {
            remember(s.inner, line);
        } else if (line->block->is_space) {
            remember(s.roots, line);
        }
    }
    for (guint i = 0; i < t->blocks->len; i++) {
        guess_twin(&s, t->blocks->pdata[i]);
    }
    g_hash_table_unref(s.inner);
    g_hash_table_unref(s.roots);
    g_hash_table_unref(s.taken);
}

/* ---- Kinds and order -------------------------------------------------------------------- */

/* Names of regions that answer themselves although they contain others, ... */
/* clang-format off */
static const char *const devices_with_children[] = {
    "aspeed.i2c", "aspeed.sdhci", "aspeed.smc.flash", "dino", "gpex_ioport_window",
    "gpex_mmio_window", "io", "iocsr", "pci-isa-mmio", "pci0-io", "rtc", "sabre-config",
    "unin-pci-isa-mmio", "vga.mmio", "via-pm", "xtfpga.io",
};

/* ... and of containers that are often empty; a '*' stands for anything. */
static const char *const empty_containers[] = {
    "bus master container", "device-memory", "e1000e-flash", "gpex_ioport", "gpex_mmio",
    "isa-mem", "memhp container", "pci", "pci bus memory", "pci*-io", "pci*-mem", "pci-memory",
    "pci-pio", "pci-testdev-membar", "pci@*.io", "pci@*.mmio", "pci_bridge_io", "pci_bridge_pci",
    "pci_io", "pci_mem", "platform bus", "smram", "system", "tce-root-*", "xive-vc-*",
};
/* clang-format on */

static bool is_like(const char *name, const char *pattern)
{
    const char *star = strchr(pattern, '*');
    size_t head = star ? (size_t)(star - pattern) : 0;

    if (!star) {
        return g_str_equal(name, pattern);
    }
    return strlen(name) >= strlen(pattern) - 1 && strncmp(name, pattern, head) == 0 &&
           g_str_has_suffix(name, star + 1);
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_like(name, names[i])) {
            return true;
        }
    }
    return false;
}

bool mtree_name_is_device(const char *name)
{
    return is_among(name, devices_with_children, G_N_ELEMENTS(devices_with_children));
}

bool mtree_name_is_container(const char *name)
{
    return is_among(name, empty_containers, G_N_ELEMENTS(empty_containers));
}

/* A monitor that prints containers as such does so for a few regions that answer, too. */
static bool looks_like_container(const Mtree *t, const MtreeLine *line)
{
    if (line->number == 0) {
        return !line->unknown;
    }
    if (t->has_containers) {
        return line->says_container && !mtree_name_is_device(line->name);
    }
    return line->children->len ? !mtree_name_is_device(line->name)
                               : mtree_name_is_container(line->name);
}

static void guess_kind(const Mtree *t, MtreeLine *line)
{
    line->container = line->readonly = line->empty = line->pinned = line->writable = false;
    if (line->is_alias) {
        line->readonly = g_str_equal(line->name, "pam-rom");
        line->empty = line->size == 1;
    } else if (line->kind == MTREE_IO) {
        line->container = looks_like_container(t, line);
    }
}

/* Sorts siblings by priority. If two have the same priority, the one at the higher offset comes
 * first: in most machines it was added later. */
static gint by_guessed_rank(gconstpointer a, gconstpointer b)
{
    const MtreeLine *x = *(MtreeLine *const *)a, *y = *(MtreeLine *const *)b;

    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return x->offset > y->offset ? -1 : x->offset < y->offset;
}

/* g_ptr_array_sort() is stable: equals stay in the order of the listing. */
static void guess_order(MtreeLine *line)
{
    g_ptr_array_set_size(line->order, 0);
    g_ptr_array_extend(line->order, line->children, NULL, NULL);
    g_ptr_array_sort(line->order, by_guessed_rank);
}

void mtree_infer(Mtree *t)
{
    mtree_guess_targets(t);
    guess_twins(t);
    for (guint i = 0; i < t->lines->len; i++) {
        guess_kind(t, t->lines->pdata[i]);
        guess_order(t->lines->pdata[i]);
    }
}
