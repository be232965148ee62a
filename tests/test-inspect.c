/* SPDX-License-Identifier: MIT
 *
 * The printed forms (specification 21): trees, views, owners, and the nodes of the tree that
 * look-ups search. Maps of real machines are in maps/.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is printed first for every context. */
#define OWN_TREES                                                                                 \
    "address-space: memory\n"                                                                     \
    "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n\n"                               \
    "address-space: I/O\n"                                                                        \
    "  0000000000000000-000000000000ffff (prio 0, i/o): io\n\n"

static char *tree_text(Machine *m, bool owner, bool disabled)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    memory_context_print_tree(m->ctx, out, owner, disabled);
    fclose(out);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

static char *views_text(Machine *m, bool nodes, bool owner)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    memory_context_print_views(m->ctx, out, nodes, owner);
    fclose(out);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

static void assert_tree(Machine *m, bool disabled, const char *want)
{
    g_autofree char *text = tree_text(m, false, disabled);

    g_assert_cmpstr(text, ==, want);
}

static void kinds_and_order(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *ram = ram_new(m, "ram", 0x10000);
    MemoryRegion *rom = ram_new(m, "rom", 0x1000), *romd = romd_new(m, "flash", 0x1000);

    (void)data;
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion_overlap(root, 0x1000, io_new(m, "low", 0x10), -3);
    memory_region_add_subregion_overlap(root, 0x1000, rom, 2);
    memory_region_add_subregion(root, 0x8000, io_new(m, "older", 0x10));
    memory_region_add_subregion(root, 0x8000, romd);
    memory_region_add_subregion(root, 0, window_new(m, "window", ram, 0x800, 0x800));
    memory_region_add_subregion(root, 0x9000, io_new(m, "empty", 0));
    memory_region_set_nonvolatile(ram, true);
    space_new(m, root, "cpu");
    space_new(m, root, "dma");
    assert_tree(m, false,
                OWN_TREES "address-space: cpu\n"
                          "address-space: dma\n"
                          "  0000000000000000-ffffffffffffffff (prio 0, i/o): root\n"
                          "    0000000000000000-00000000000007ff (prio 0, ram): alias window @ram "
                          "0000000000000800-0000000000000fff\n"
                          "    0000000000001000-0000000000001fff (prio 2, rom): rom\n"
                          "    0000000000001000-000000000000100f (prio -3, i/o): low\n"
                          "    0000000000008000-0000000000008fff (prio 0, romd): flash\n"
                          "    0000000000008000-000000000000800f (prio 0, i/o): older\n"
                          "    0000000000009000-0000000000009000 (prio 0, i/o): empty\n\n"
                          "memory-region: ram\n"
                          "  0000000000000000-000000000000ffff (prio 0, nv-ram): ram\n\n");
    memory_region_rom_device_set_romd(romd, false);
    g_autofree char *text = tree_text(m, false, false);
    g_assert_nonnull(strstr(text, "(prio 0, i/o): flash\n"));
}

/* The kinds of device memory as a tree and as a view print them. */
static void memory_of_devices(Machine *m, gconstpointer data)
{
    static uint8_t registers[0x1000];
    MemoryRegion *root = box_new(m, "root", 0x2000), *bar = g_new0(MemoryRegion, 1);
    MemoryRegion *box = box_new(m, "box", 0x1000);

    (void)data;
    memory_region_init_ram_device_ptr(bar, NULL, "bar", sizeof(registers), registers);
    g_ptr_array_add(m->regions, bar);
    memory_region_add_subregion(box, 0, window_new(m, "inside", bar, 0, 0x1000));
    memory_region_set_readonly(box, true);
    memory_region_set_nonvolatile(bar, true);
    memory_region_add_subregion(root, 0, bar);
    memory_region_add_subregion(root, 0x1000, box);
    space_new(m, root, "as");
    g_autofree char *tree = tree_text(m, false, false);
    g_assert_nonnull(strstr(tree, "0000000000000000-0000000000000fff (prio 0, nv-ramd): bar\n"));
    g_autofree char *views = views_text(m, false, false);
    g_assert_nonnull(strstr(views, "0000000000000000-0000000000000fff (prio 0, nv-ramd): bar\n"));
    g_assert_nonnull(strstr(views, "0000000000001000-0000000000001fff (prio 0, nv-rom): bar\n"));
}

/* Children of a disabled region keep their places. The target of a disabled alias is listed. */
static void disabled_regions(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *box = box_new(m, "box", 0x100);
    MemoryRegion *window = window_new(m, "window", io_new(m, "io", 0x10), 0, 0x10);

    (void)data;
    memory_region_add_subregion(box, 0x10, window);
    memory_region_add_subregion(box, 0x20, io_new(m, "dev", 8));
    memory_region_add_subregion(root, 0x100, box);
    memory_region_set_enabled(box, false);
    memory_region_set_enabled(window, false);
    space_new(m, root, "as");
    assert_tree(m, false,
                OWN_TREES "address-space: as\n"
                          "  0000000000000000-0000000000000fff (prio 0, i/o): root\n"
                          "      0000000000000120-0000000000000127 (prio 0, i/o): dev\n\n"
                          "memory-region: io\n"
                          "  0000000000000000-000000000000000f (prio 0, i/o): io\n\n");
    assert_tree(m, true,
                OWN_TREES
                "address-space: as\n"
                "  0000000000000000-0000000000000fff (prio 0, i/o): root\n"
                "    0000000000000100-00000000000001ff (prio 0, i/o): box [disabled]\n"
                "      0000000000000110-000000000000011f (prio 0, i/o): alias window @io "
                "0000000000000000-000000000000000f [disabled]\n"
                "      0000000000000120-0000000000000127 (prio 0, i/o): dev\n\n"
                "memory-region: io\n"
                "  0000000000000000-000000000000000f (prio 0, i/o): io\n\n");
}

/* Addresses whose sum exceeds 2^64. An alias of an alias is printed with the kind of the last
 * target. */
static void overflow(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *ram = ram_new(m, "ram", 0x1000);
    MemoryRegion *inner = window_new(m, "inner", ram, 0, 0x1000);
    MemoryRegion *box = box_new(m, "box", 0x1000);

    (void)data;
    memory_region_add_subregion(box, UINT64_MAX - 0x7ff, io_new(m, "behind", 0x10));
    memory_region_add_subregion(root, 0x1000, box);
    memory_region_add_subregion(root, UINT64_MAX - 0xff, window_new(m, "outer", inner, 0, 0x200));
    space_new(m, root, "as");
    assert_tree(
        m, false,
        OWN_TREES
        "address-space: as\n"
        "  0000000000000000-ffffffffffffffff (prio 0, i/o): root\n"
        "    0000000000001000-0000000000001fff (prio 0, i/o): box\n"
        "[DETECTED OVERFLOW!]       0000000000000800-000000000000080f (prio 0, i/o): behind\n"
        "[DETECTED OVERFLOW!]     ffffffffffffff00-00000000000000ff (prio 0, ram): alias outer "
        "@inner 0000000000000000-00000000000001ff\n\n"
        "memory-region: inner\n"
        "  0000000000000000-0000000000000fff (prio 0, ram): alias inner @ram "
        "0000000000000000-0000000000000fff\n\n"
        "memory-region: ram\n"
        "  0000000000000000-0000000000000fff (prio 0, ram): ram\n\n");
}

static void owners(Machine *m, gconstpointer data)
{
    static MemoryRegion with_id, with_path, nobody;
    MemoryRegion *root = box_new(m, "root", 0x1000);
    DeviceState *named = device_new("uart0"), *plain = device_new(NULL);

    (void)data;
    object_property_add_child(object_get_root(), "plain", OBJECT(plain));
    memory_region_init(&with_id, OBJECT(named), "with-id", 0x10);
    memory_region_init(&with_path, OBJECT(plain), "with-path", 0x10);
    memory_region_init(&nobody, NULL, NULL, 0x10);
    memory_region_add_subregion(root, 0x10, &with_id);
    memory_region_add_subregion(root, 0x20, &with_path);
    memory_region_add_subregion(root, 0x30, &nobody);
    AddressSpace *as = space_new(m, root, "as");
    g_autofree char *text = tree_text(m, true, false);
    g_assert_nonnull(strstr(text, "with-id owner:{dev id=uart0}\n"));
    g_assert_nonnull(strstr(text, "with-path owner:{dev path=/plain}\n"));
    g_assert_nonnull(strstr(text, "): root parent:{obj path="));
    g_assert_nonnull(strstr(text, "000003f (prio 0, i/o): (noname) orphan\n"));
    space_drop(m, as);
    memory_region_del_subregion(root, &with_id);
    memory_region_del_subregion(root, &with_path);
    memory_region_del_subregion(root, &nobody);
    object_unref(OBJECT(&nobody));
    object_unparent(OBJECT(plain));
    object_unref(OBJECT(plain));
    object_unref(OBJECT(named));
    memory_drain();
}

static void views(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *ram = ram_new(m, "ram", 0x1000);
    MemoryRegion *rom = window_new(m, "rom", ram, 0x800, 0x100);
    MemoryRegion *whole = window_new(m, "whole", root, 0, 0x10000);

    (void)data;
    memory_region_add_subregion(root, 0, ram);
    memory_region_add_subregion_overlap(root, 0x400, io_new(m, "io", 0x100), 1);
    memory_region_set_readonly(rom, true);
    memory_region_set_nonvolatile(rom, true);
    memory_region_add_subregion(root, 0x2000, rom);
    space_new(m, root, "cpu");
    space_new(m, whole, "dma");
    g_autofree char *text = views_text(m, false, false);
    g_assert_cmpstr(
        text, ==,
        "FlatView #0\n"
        " AS \"memory\", root: system\n"
        " Root memory region: (none)\n"
        "  No rendered FlatView\n\n"
        "FlatView #1\n"
        " AS \"I/O\", root: io\n"
        " Root memory region: io\n"
        "  0000000000000000-000000000000ffff (prio 0, i/o): io\n\n"
        "FlatView #2\n"
        " AS \"cpu\", root: root\n"
        " AS \"dma\", root: whole, alias root\n"
        " Root memory region: root\n"
        "  0000000000000000-00000000000003ff (prio 0, ram): ram\n"
        "  0000000000000400-00000000000004ff (prio 1, i/o): io\n"
        "  0000000000000500-0000000000000fff (prio 0, ram): ram @0000000000000500\n"
        "  0000000000002000-00000000000020ff (prio 0, nv-rom): ram @0000000000000800\n\n");
}

static unsigned count_of(const char *text, const char *word)
{
    unsigned n = 0;

    while ((text = strstr(text, word))) {
        n++;
        text += strlen(word);
    }
    return n;
}

/* Forty ranges need several leaves below a node. Each range is in one leaf. */
static void nodes(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);

    (void)data;
    for (unsigned i = 0; i < 40; i++) {
        memory_region_add_subregion(root, 0x100 * i, io_new(m, "dev", 0x10));
    }
    space_new(m, root, "as");
    g_autofree char *text = views_text(m, true, true);
    char *tree = strstr(text, "  Nodes (fan-out 16, 2 levels, 40 ranges)\n");
    g_assert_nonnull(tree);
    g_assert_cmpuint(count_of(tree, "leaf of "), >=, 3);
    g_assert_cmpuint(count_of(tree, "node of "), ==, 1);
    g_assert_cmpuint(count_of(tree, " dev\n"), ==, 40);
    g_assert_nonnull(strstr(tree, "..000000000000270f dev\n"));
    g_assert_nonnull(strstr(text, "dev parent:{obj path="));
}

/* mtree_info() prints the same to standard output. */
static void to_stdout(Machine *m, gconstpointer data)
{
    FILE *file = tmpfile();
    g_autofree char *want = tree_text(m, false, true);
    g_autofree char *got = g_malloc0(strlen(want) + 2);

    (void)data;
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    g_assert_cmpint(dup2(fileno(file), STDOUT_FILENO), >=, 0);
    mtree_info(false, false, false, true);
    fflush(stdout);
    g_assert_cmpint(dup2(saved, STDOUT_FILENO), >=, 0);
    close(saved);
    rewind(file);
    g_assert_cmpuint(fread(got, 1, strlen(want) + 1, file), ==, strlen(want));
    g_assert_cmpstr(got, ==, want);
    fclose(file);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/inspect/21/kinds-and-order", kinds_and_order);
    TEST("/inspect/21/memory-of-devices", memory_of_devices);
    TEST("/inspect/21/disabled", disabled_regions);
    TEST("/inspect/21/overflow", overflow);
    TEST("/inspect/21/owners", owners);
    TEST("/inspect/21/views", views);
    TEST("/inspect/21/nodes", nodes);
    TEST("/inspect/21/stdout", to_stdout);
    return g_test_run();
}
