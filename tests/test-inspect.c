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

/* ---- JSON ------------------------------------------------------------------------------- */

/* What is printed first for every context. */
#define OWN_JSON                                                                                  \
    "{\n  \"format\": \"physmem-map\",\n  \"version\": \"1.0\",\n  \"page_bits\": 12,\n"          \
    "  \"quirks\": [],\n  \"spaces\": [\n"                                                        \
    "    { \"name\": \"memory\", \"root\": 0 },\n"                                                \
    "    { \"name\": \"I/O\", \"root\": 1 }"

static char *json_text(Machine *m)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    memory_context_describe_json(m->ctx, out);
    fclose(out);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

/* Asserts that the lines come in the text in this order, which is that of an array. */
static void assert_lines(const char *text, const char *const *lines)
{
    for (; *lines; lines++) {
        const char *found = strstr(text, *lines);
        if (!found) {
            g_error("expected %s in %s", *lines, text);
        }
        text = found + strlen(*lines);
    }
}

static void json_of_regions(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *box = box_new(m, "box", 0x1000);
    MemoryRegion *flash = romd_new(m, "flash", 0x1000);
    MemoryRegion *low = io_new(m, "low", 0x10), *empty = io_new(m, "empty", 0);

    (void)data;
    memory_region_rom_device_set_romd(flash, false);
    memory_region_set_readonly(box, true);
    memory_region_set_nonvolatile(low, true);
    memory_region_set_enabled(empty, false);
    memory_region_add_subregion(root, 0x2000, flash);
    memory_region_add_subregion_overlap(root, 0x1000, low, -3);
    memory_region_add_subregion(root, 0x2000, box);
    memory_region_add_subregion(root, 0x2000, empty);
    space_new(m, root, "cpu");
    space_new(m, window_new(m, "window", root, 0x10, 0x20), "dma");
    g_autofree char *text = json_text(m);
    assert_lines(
        text,
        (const char *[]){
            OWN_JSON ",\n    { \"name\": \"cpu\", \"root\": 2 },\n"
                     "    { \"name\": \"dma\", \"root\": 7 }\n  ],\n  \"regions\": [\n"
                     "    { \"id\": 0, \"name\": \"system\", \"kind\": \"container\", "
                     "\"size\": \"0x10000000000000000\", \"address\": \"0x0\", ",
            "    { \"id\": 1, \"name\": \"io\", ",
            "    { \"id\": 2, \"name\": \"root\", \"kind\": \"container\", "
            "\"size\": \"0x10000000000000000\", \"address\": \"0x0\", \"priority\": 0, "
            "\"enabled\": true, \"readonly\": false, \"nonvolatile\": false, "
            "\"owner\": \"parent:{obj path=",
            "\", \"children\": [4, 5, 6, 3] },\n",
            "    { \"id\": 3, \"name\": \"low\", \"kind\": \"io\", \"size\": \"0x10\", "
            "\"address\": \"0x1000\", \"priority\": -3, \"enabled\": true, \"readonly\": false, "
            "\"nonvolatile\": true, ",
            "\"container\": 2 },\n",
            "    { \"id\": 4, \"name\": \"empty\", \"kind\": \"io\", \"size\": \"0x0\", "
            "\"address\": \"0x2000\", \"priority\": 0, \"enabled\": false, ",
            "    { \"id\": 5, \"name\": \"box\", \"kind\": \"container\", \"size\": \"0x1000\", "
            "\"address\": \"0x2000\", \"priority\": 0, \"enabled\": true, \"readonly\": true, ",
            "    { \"id\": 6, \"name\": \"flash\", \"kind\": \"rom-device\", \"romd\": false, "
            "\"size\": \"0x1000\", ",
            "    { \"id\": 7, \"name\": \"window\", \"kind\": \"alias\", \"size\": \"0x20\", ",
            "\"alias\": { \"target\": 2, \"offset\": \"0x10\" } }\n  ],\n  \"views\": [\n",
            NULL,
        });
}

static void json_of_views(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *ram = ram_new(m, "ram", 0x1000);
    MemoryRegion *rom = window_new(m, "rom", ram, 0x800, 0x100);

    (void)data;
    memory_region_add_subregion_overlap(root, 0, ram, 5);
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion(root, 0x2000, rom);
    space_new(m, root, "cpu");
    space_new(m, root, "dma");
    g_autofree char *text = json_text(m);
    assert_lines(
        text,
        (const char *[]){
            "  \"views\": [\n"
            "    { \"spaces\": [0], \"root_name\": \"(none)\", \"ranges\": [] },\n"
            "    { \"spaces\": [1], \"root\": 1, \"root_name\": \"io\", \"ranges\": [\n"
            "      { \"start\": \"0x0\", \"last\": \"0xffff\", \"region\": 1, \"offset\": "
            "\"0x0\", "
            "\"name\": \"io\", \"kind\": \"io\", \"priority\": 0, \"readonly\": false, "
            "\"nonvolatile\": false, \"owner\": \"parent:{obj path=",
            "\" }\n    ] },\n",
            "    { \"spaces\": [2, 3], \"root\": 2, \"root_name\": \"root\", \"ranges\": [\n"
            "      { \"start\": \"0x0\", \"last\": \"0xfff\", \"region\": 3, \"offset\": \"0x0\", "
            "\"name\": \"ram\", \"kind\": \"ram\", \"priority\": 5, \"readonly\": false, ",
            "},\n      { \"start\": \"0x2000\", \"last\": \"0x20ff\", \"region\": 3, "
            "\"offset\": \"0x800\", \"name\": \"ram\", \"kind\": \"ram\", \"priority\": 5, "
            "\"readonly\": true, \"nonvolatile\": false, ",
            " }\n    ] }\n  ]\n}\n",
            NULL,
        });
}

/* An open transaction has edited the tree, and its views are those of before. */
static void json_in_transaction(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *old = io_new(m, "old", 0x1000);

    (void)data;
    memory_region_add_subregion(root, 0, old);
    memory_region_add_subregion(root, 0x2000, io_new(m, "other", 8));
    space_new(m, root, "cpu");
    memory_region_transaction_begin();
    memory_region_del_subregion(root, old);
    g_autofree char *text = json_text(m);
    memory_region_transaction_commit();
    g_assert_null(strstr(text, "\"name\": \"old\", \"kind\": \"io\", \"size\""));
    g_assert_nonnull(strstr(text, "{ \"start\": \"0x0\", \"last\": \"0xfff\", "
                                  "\"offset\": \"0x0\", \"name\": \"old\", "));
}

/* A region that only an alias shows is in a container that nothing shows. */
static void json_without_container(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *far = box_new(m, "far", 0x1000);
    MemoryRegion *dev = io_new(m, "dev", 8);

    (void)data;
    memory_region_add_subregion(far, 0x80, dev);
    memory_region_add_subregion(root, 0, window_new(m, "window", dev, 0, 8));
    space_new(m, root, "cpu");
    g_autofree char *text = json_text(m);
    g_assert_null(strstr(text, "\"far\""));
    assert_lines(text, (const char *[]){ "\"name\": \"dev\", \"kind\": \"io\", \"size\": \"0x8\", "
                                         "\"address\": \"0x80\", ",
                                         "}\" }\n  ],", NULL });
}

static void json_of_ram(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x2000);
    RAMBlock *rb = ram->ram_block;

    (void)data;
    qemu_ram_set_idstr(rb, "pc.ram", NULL);
    space_new(m, ram, "cpu");
    g_autofree char *text = json_text(m);
    g_autofree char *want = g_strdup_printf(
        "\"ram\": { \"shared\": false, \"block\": \"pc.ram\", \"address\": \"0x%lx\", "
        "\"used\": \"0x2000\", \"maximum\": \"0x2000\", \"page_size\": \"0x%lx\", "
        "\"host\": \"0x%lx\" } }",
        (unsigned long)qemu_ram_get_offset(rb), (unsigned long)qemu_ram_pagesize(rb),
        (unsigned long)memory_region_get_ram_ptr(ram));
    g_assert_nonnull(strstr(text, want));
}

/* A name of any bytes becomes a string of JSON in UTF-8. */
static void json_names(Machine *m, gconstpointer data)
{
    static const char *const names[][2] = {
        { "a\"b\\c\td\x7f/", "a\\\"b\\\\c\\u0009d\x7f/" },
        { "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7" },
        { "\xe4.\x80", "\xef\xbf\xbd.\xef\xbf\xbd" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "end\xe2\x82", "end\xef\xbf\xbd\xef\xbf\xbd" },
    };
    MemoryRegion *root = box_new(m, "root", 0x10000);

    (void)data;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        memory_region_add_subregion(root, i * 0x10, io_new(m, names[i][0], 8));
    }
    space_new(m, root, "cpu");
    g_autofree char *text = json_text(m);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *want = g_strdup_printf("\"name\": \"%s\", ", names[i][1]);
        g_assert_nonnull(strstr(text, want));
    }
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
    TEST("/inspect/21/json/regions", json_of_regions);
    TEST("/inspect/21/json/views", json_of_views);
    TEST("/inspect/21/json/transaction", json_in_transaction);
    TEST("/inspect/21/json/without-container", json_without_container);
    TEST("/inspect/21/json/ram", json_of_ram);
    TEST("/inspect/21/json/names", json_names);
    return g_test_run();
}
