/* SPDX-License-Identifier: MIT
 *
 * `physmem who`, and how all commands treat wrong arguments, as their users see it.
 */
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "maps.h"

static char *directory;

/* Overlaps of every kind around RAM that is seen through an alias. */
static const char map[] =
    "address-space: cpu\n"
    "address-space: memory\n"
    "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n"
    "    0000000000000000-000000000000ffff (prio 0, ram): alias low @ram "
    "0000000000004000-0000000000013fff\n"
    "    0000000000001000-0000000000001fff (prio 1, i/o): over\n"
    "    0000000000001000-0000000000001fff (prio 0, i/o): equal\n"
    "    0000000000001000-0000000000001fff (prio 5, i/o): hidden [disabled]\n"
    "    0000000000001800-00000000000018ff (prio 7, i/o): short\n"
    "      0000000000001800-0000000000002fff (prio 0, i/o): long\n"
    "\n"
    "address-space: dma\n"
    "  0000000000000000-000000000000ffff (prio 0, i/o): bus\n"
    "    0000000000000000-00000000000000ff (prio 0, i/o): timer\n"
    "\n"
    "memory-region: ram\n"
    "  0000000000000000-000000000001ffff (prio 0, ram): ram\n"
    "\n"
    "address-space: guess\n"
    "  0000000000000000-ffffffffffffffff (prio 0, i/o): outer\n"
    "    0000000000000000-0000ffffffffffff (prio 0, i/o): bus\n"
    "      0000000000000000-0000000000000fff (prio 0, i/o): timer\n"
    "\n";

typedef struct Call {
    const char *path;
    const char *arguments; /* FILE stands for the map; no blanks inside */
    int status;
    const char *out; /* a pattern; NULL: nothing is printed */
    const char *err;
} Call;

static const Call calls[] = {
    { "alias", "who FILE 0x3010", 0,
      "memory:\n"
      "  0000000000003010: ram @0000000000007010 (prio 0, ram), line 16\n"
      "  by this way, innermost first:\n"
      "    line 16    0000000000000000-000000000001ffff (prio 0, ram): ram\n"
      "    line 4     0000000000000000-000000000000ffff (prio 0, ram): low, an alias of ram from "
      "0000000000004000 on\n"
      "    line 3     0000000000000000-ffffffffffffffff (prio 0, container): system\n",
      "*assumed*" },
    { "all", "who FILE 0x3010 --all", 0,
      "memory, cpu:\n"
      "  0000000000003010: ram @0000000000007010 (prio 0, ram), line 16\n"
      "  by this way, innermost first:\n"
      "    line 16    0000000000000000-000000000001ffff (prio 0, ram): ram\n"
      "    line 4     0000000000000000-000000000000ffff (prio 0, ram): low, an alias of ram from "
      "0000000000004000 on\n"
      "    line 3     0000000000000000-ffffffffffffffff (prio 0, container): system\n"
      "dma:\n"
      "  0000000000003010: nothing answers\n"
      "guess:\n"
      "  0000000000003010: nothing answers\n"
      "  a guess: line 20 (bus) is a pure container; if not, it answers here\n",
      "*assumed*" },
    { "losers", "who FILE 1004 --space memory", 0,
      "memory:\n"
      "  0000000000001004: over @0000000000000004 (prio 1, i/o), line 5\n"
      "  by this way, innermost first:\n"
      "    line 5     0000000000001000-0000000000001fff (prio 1, i/o): over\n"
      "    line 3     0000000000000000-ffffffffffffffff (prio 0, container): system\n"
      "  also there:\n"
      "    line 7     hidden @0000000000000004 (prio 5, i/o): hidden (line 7) is disabled\n"
      "    line 6     equal @0000000000000004 (prio 0, i/o): lower priority in system: equal "
      "(line 6) has 0, over (line 5) has 1\n"
      "    line 16    ram @0000000000005004 (prio 0, ram): lower priority in system: low (line 4)"
      " has 0, over (line 5) has 1\n",
      "*assumed*" },
    { "clipped", "who FILE 2004 -s memory", 0,
      "*ram @0000000000006004*long @0000000000000804 (prio 0, i/o): clipped: short (line 8) does "
      "not reach there\n",
      "*assumed*" },
    { "nothing", "who FILE 10000 -s cpu", 0, "cpu:\n  0000000000010000: nothing answers\n",
      "*assumed*" },
    { "bad-address", "who FILE 12xy", 1, NULL,
      "*expected an address, 1 to 16 hexadecimal digits with or without 0x, or a decimal number "
      "with K, M, G or T; a range of two, START-END or START+SIZE; or the name of a region; not "
      "\"12xy\"\n" },
    { "no-such-name", "who FILE hidde", 1, NULL,
      "*the name of a region; not \"hidde\"; names like it: hidden\n" },
    { "longer-name", "who FILE my-timer", 1, NULL, "*not \"my-timer\"; names like it: timer\n" },
    { "several", "who VIEWS 0x1000 0x3000", 0,
      "memory:\n  0000000000001000: uart *\n\nmemory:\n  0000000000003000: nothing answers\n",
      "" },
    { "one-of-several-bad", "who VIEWS 0x1000 xyz", 1, NULL, "*not \"xyz\"\n" },
    { "range", "who FILE 0xf00-0x2fff", 0,
      "memory:\n"
      "  0000000000000f00-0000000000000fff: ram @0000000000004f00 (prio 0, ram), line 16\n"
      "  0000000000001000-00000000000017ff: over @0000000000000000 (prio 1, i/o), line 5\n"
      "  0000000000001800-00000000000018ff: long @0000000000000000 (prio 0, i/o), line 9\n"
      "  0000000000001900-0000000000001fff: over @0000000000000900 (prio 1, i/o), line 5\n"
      "  0000000000002000-0000000000002fff: ram @0000000000006000 (prio 0, ram), line 16\n",
      "*assumed*" },
    { "range-of-size", "who FILE 0xff00+0x200 --all", 0,
      "memory, cpu:\n"
      "  000000000000ff00-000000000000ffff: ram @0000000000013f00 (prio 0, ram), line 16\n"
      "  0000000000010000-00000000000100ff: nothing answers\n"
      "dma:\n"
      "  000000000000ff00-00000000000100ff: nothing answers\n"
      "guess:\n"
      "  000000000000ff00-00000000000100ff: nothing answers\n"
      "    a guess: line 20 (bus) is a pure container; if not, it answers here\n",
      "*assumed*" },
    { "range-of-guesses", "who FILE 0xffffffffff00-0x1000000000fff -s guess", 0,
      "guess:\n"
      "  0000ffffffffff00-0000ffffffffffff: nothing answers\n"
      "    a guess: line 20 (bus) is a pure container; if not, it answers here\n"
      "  0001000000000000-0001000000000fff: nothing answers\n",
      "*assumed*" },
    { "range-to-the-end", "who VIEWS 0x87ffffff-0xffffffffffffffff", 0,
      "memory:\n  0000000087ffffff-0000000087ffffff: board.ram @0000000007ffffff (prio 0, ram), "
      "line 5\n  0000000088000000-ffffffffffffffff: nothing answers\n",
      "" },
    { "range-backwards", "who FILE 0x2000-0x1000", 1, NULL,
      "*expected a range that ends at or after its start, not \"0x2000-0x1000\"\n" },
    { "range-of-nothing", "who FILE 0x2000+0", 1, NULL,
      "*expected a range of at least one byte*" },
    { "range-too-long", "who FILE 0xffffffffffffffff+2", 1, NULL,
      "*expected a range of at least one byte that ends within 64 bits*" },
    { "range-decimal", "who VIEWS 4096-5000", 0, "*nothing answers\n",
      "physmem: 4096 is read as 0x4096; decimal 4096 is 0x1000\n"
      "physmem: 5000 is read as 0x5000; decimal 5000 is 0x1388\n" },
    { "name", "who FILE over", 0,
      "over (i/o, line 5)\nmemory:\n"
      "  0000000000001000-00000000000017ff: seen, from @0000000000000000 on\n"
      "  0000000000001800-00000000000018ff: hidden by long (line 9), lower priority in system: "
      "over "
      "(line 5) has 1, short (line 8) has 7\n"
      "  0000000000001900-0000000000001fff: seen, from @0000000000000900 on\n",
      "*assumed*" },
    { "name-by-two-windows", "who WINDOWS ram", 0,
      "ram (ram, line 8)\nmemory:\n"
      "  0000000000000000-00000000000007ff: seen, from @0000000000000000 on\n"
      "  0000000000000800-00000000000008ff: seen, from @0000000000000000 on\n"
      "    a guess: line 4 (inner) is in front of line 3 (low), which has the same priority; if "
      "not, ram answers here\n"
      "  0000000000000900-0000000000002fff: seen, from @0000000000000900 on\n",
      "*assumed*" },
    { "name-of-container", "who FILE short", 0,
      "short (container, line 8)\nmemory:\n"
      "  0000000000001800-00000000000018ff: shows long @0000000000000000 (prio 0, i/o), line 9\n",
      "*assumed*" },
    { "name-of-alias", "who FILE low -s cpu", 0,
      "low (alias of ram, line 4)\ncpu:\n"
      "  0000000000000000-0000000000000fff: shows ram @*hidden by over (line 5), lower*",
      "*assumed*" },
    { "name-disabled", "who FILE hidden", 0,
      "hidden (i/o, line 7)\n  nowhere: hidden (line 7) is disabled\n", "*assumed*" },
    { "name-twice", "who FILE timer bus", 0,
      "timer (i/o, line 13)\ndma:\n  *timer (i/o, line 21)\nguess:\n  *\n\n"
      "bus (container, line 12)\n*",
      "*assumed*" },
    { "name-not-in-space", "who FILE timer -s cpu", 0,
      "timer (i/o, line 13)\n  nowhere: no alias shows this part of bus (line 12)\n*",
      "*assumed*" },
    { "name-of-views", "who VIEWS uart", 0,
      "memory:\n  0000000000001000-0000000000001fff: uart @0000000000000000 (prio 0, i/o), line "
      "4\n"
      "  where it is hidden is not known: there are views only, from \"info mtree -f\"\n",
      "" },
    { "space-and-all", "who FILE 0 -a -s dma", 1, NULL, "*expected --space or --all, not both\n" },
    { "equals", "who EQUALS 0x1800", 0,
      "memory:\n  0000000000001800: second @0000000000000000 (prio 0, i/o), line 4\n*"
      "(line 3) was added before second (line 4) (a guess)\n"
      "  a guess: line 4 (second) is in front of line 3 (first), which has the same priority; if "
      "not, first answers here\n",
      "*assumed*" },
    { "root-line", "flat ROOT", 0,
      "FlatView #0\n AS \"(part)\"\n Root memory region: system\n"
      "  0000000000000000-000000000009ffff (prio 0, ram): pc.ram\n"
      "  00000000000a0000-00000000000bffff (prio 1, i/o): vga-lowmem\n\n",
      "physmem: *: made 1 header that is missing (line 1)\n" },
    { "bare-view", "who BARE board.ram", 0,
      "(part):\n  0000000080000000-0000000087ffffff: board.ram @0000000000100000 (prio 0, ram), "
      "line 2\n*",
      "physmem: *made 1 header that is missing (line 1)\n" },
    { "port", "who PORTS 0x3f8", 0, "memory:\n  00000000000003f8: ram @*",
      "*physmem: this is the answer for memory; at I/O port 0x3f8, serial answers: see -s I/O\n" },
    { "decimal-note", "who VIEWS 4096", 0, "*0000000000004096: nothing answers\n",
      "physmem: 4096 is read as 0x4096; decimal 4096 is 0x1000\n" },
    { "no-decimal-note", "who VIEWS 0000000000001000", 0, "*: uart @*", "" },
    { "decimal", "who VIEWS 10000000000000004096", 0, "*8ac7230489e81000: nothing answers\n",
      "physmem: 10000000000000004096 is read as decimal, 0x8ac7230489e81000\n" },
    { "unit", "who VIEWS 2G", 0, "*0000000080000000: board.ram @0000000000000000 *", "" },
    { "unit-iec", "who VIEWS 4KiB", 0, "*0000000000001000: uart @0000000000000000 *", "" },
    { "unit-too-large", "who VIEWS 17179869184G", 1, NULL, "*expected an address*" },
    { "container-guess", "who FILE 2f00000000 -s guess", 0,
      "guess:\n  0000002f00000000: nothing answers\n"
      "  a guess: line 20 (bus) is a pure container; if not, it answers here\n",
      "*assumed*" },
    { "target-guess", "who BRIDGES e0100000", 0,
      "memory:\n  00000000e0100000: nothing answers\n"
      "  a guess: line 5 (pci_bridge_mem) shows the pci_bridge_pci of line 8, one of several of "
      "that name\n",
      "*assumed*" },
    { "unknown-target", "who MISSING 80000000", 0,
      "*board.ram @0000000000000000 (prio 0, ram), not in the text\n*"
      "    no line    0000000000000000-0000000007ffffff (prio 0, ram): board.ram\n*"
      "  a guess: the text does not have board.ram, so what is here is not known\n",
      "*assumed*" },
    { "bad-space", "who FILE 0 -s disk", 1, NULL,
      "*expected the name of an address space of *, not \"disk\"; there are: *cpu*dma*" },
    { "no-address", "who FILE", 1, NULL,
      "*expected FILE WHAT... after \"physmem who\"; \"physmem who --help\" lists the options*" },
    { "no-file", "tree /nowhere/map", 1, NULL, "*/nowhere/map: No such file or directory*" },
    { "address-first", "who 0x1000 FILE", 1, NULL,
      "physmem: 0x1000: No such file or directory; the file comes before addresses\n" },
    { "bench-of-views", "bench VIEWS", 1, NULL, "*All commands but*\"bench\"*take it alone*" },
    { "both", "flat FILE --hints a --flat b", 1, NULL, "*expected --hints or --flat, not both*" },
    { "unknown-option", "flat FILE --colour", 1, NULL, "*Unknown option --colour*" },
    { "hints-missing", "flat FILE --hints /nowhere/hints", 1, NULL,
      "*/nowhere/hints: No such file or directory*" },
    { "views-alone", "who VIEWS 0x1004", 0,
      "memory:\n"
      "  0000000000001004: uart @0000000000000004 (prio 0, i/o), line 4\n"
      "  the way is not known: there are views only, from \"info mtree -f\"\n",
      "" },
    { "views-alone-nothing", "who VIEWS 0x3000 -s memory", 0,
      "memory:\n  0000000000003000: nothing answers\n", "" },
    { "views-alone-flat", "flat VIEWS", 0,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000001000-0000000000001fff (prio 0, i/o): uart\n"
      "  0000000080000000-0000000087ffffff (prio 0, ram): board.ram\n\n",
      "" },
    { "views-alone-space", "who VIEWS 0 -s disk", 1, NULL, "*not \"disk\"; there are: memory*" },
    { "views-alone-tree", "tree VIEWS", 1, NULL,
      "*this is the output of \"info mtree -f\"*give it with --flat*" },
    { "views-alone-nodes", "flat VIEWS -d", 1, NULL, "*this is the output of \"info mtree -f\"*" },
    { "views-alone-hints", "flat VIEWS --hints a", 1, NULL, "*because of --hints*" },
    { "nodes", "flat FILE --nodes", 0,
      "*FlatView #0\n*ram @0000000000004000*Nodes (fan-out *leaf*", "*assumed*" },
    { "flat-space", "flat FILE -s dma", 0,
      "FlatView #1\n AS \"dma\", root: bus\n Root memory region: timer\n"
      "  0000000000000000-00000000000000ff (prio 0, i/o): timer\n\n",
      "*assumed*" },
    { "flat-bad-space", "flat FILE -s disk", 1, NULL,
      "*expected the name of an address space of *, not \"disk\"; there are: *cpu*dma*" },
    { "flat-holes", "flat VIEWS -h --holes", 0,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000000000-0000000000000fff       4K (hole)\n"
      "  0000000000001000-0000000000001fff       4K (prio 0, i/o): uart\n"
      "  0000000000002000-000000007fffffff   ~2048M (hole)\n"
      "  0000000080000000-0000000087ffffff     128M (prio 0, ram): board.ram\n"
      "  0000000088000000-ffffffffffffffff  ~16384P (hole)\n\n",
      "" },
    { "flat-whole", "flat EMPTY -h --holes -s nic", 0,
      "*  No rendered FlatView\n  0000000000000000-ffffffffffffffff      16E (hole)\n\n", "" },
    { "flat-owner", "flat OWNERS -oh", 0,
      "*-00000000000000ff     256B (prio 0, ram): board.ram owner:{obj path=/objects/board.ram}\n"
      "*: regs owner:{dev id=d0}\n"
      "*-000000000000ffff   65024B (prio 0, ram): board.ram @0000000000000200 owner:{obj "
      "path=/objects/board.ram}\n\n",
      "*assumed*" },
    { "flat-owner-of-views", "flat OWNED -o", 0,
      "*board.ram @0000000000000200 owner:{obj path=*}\n\n", "" },
    { "flat-owner-of-none", "flat VIEWS -o", 0, "*: uart\n*: board.ram\n\n", "" },
    { "flat-nodes-alone", "flat FILE -d --holes", 1, NULL, "*expected --nodes without*" },
    { "ram", "ram FILE", 0,
      "0000000000000000-0000000000000fff       0x1000 ram  ram @0000000000004000\n"
      "0000000000002000-000000000000ffff       0xe000 ram  ram @0000000000006000\n",
      "*assumed*" },
    { "ram-none", "ram FILE -s dma", 0, "", "*assumed*" },
    { "ram-human", "ram VIEWS -h", 0,
      "0000000080000000-0000000087ffffff     128M ram  board.ram @0000000000000000\n", "" },
    { "ram-json", "ram FILE --json", 0,
      "{\n  \"space\": \"memory\",\n  \"ranges\": [\n"
      "    { \"start\": \"0x0\", \"last\": \"0xfff\", \"size\": \"0x1000\", \"kind\": \"ram\", "
      "\"nonvolatile\": false, \"block\": \"ram\", \"offset\": \"0x4000\", \"line\": 16 },\n"
      "    { \"start\": \"0x2000\", \"last\": \"0xffff\", \"size\": \"0xe000\", \"kind\": "
      "\"ram\", "
      "\"nonvolatile\": false, \"block\": \"ram\", \"offset\": \"0x6000\", \"line\": 16 }\n"
      "  ]\n}\n",
      "*assumed*" },
    { "ram-json-none", "ram FILE --json -s dma", 0,
      "{\n  \"space\": \"dma\",\n  \"ranges\": []\n}\n", "*assumed*" },
    { "ram-json-owner", "ram OWNERS --json", 0,
      "*\"owner\": \"owner:{obj path=/objects/board.ram}\", \"line\": 5 }*", "*assumed*" },
    { "ram-json-alone", "ram VIEWS --json", 0, "*\"offset\": \"0x0\" }\n*", "" },
    { "ram-names", "ram ROMS --json", 0,
      "*\"kind\": \"rom\", \"nonvolatile\": true, \"block\": \"a \\\"b\\\\c\"*"
      "\"block\": \"caf\xef\xbf\xbd\"*",
      "*assumed*" },
    { "ram-rom-of-views", "ram ROMS", 0,
      "0000000000000000-0000000000000fff       0x1000 nv-rom a \"b\\c @0000000000000000\n*",
      "physmem: assumed: what views alone print as rom is memory, not a device that is seen "
      "read-only (1 range)\n" },
    { "ram-read-only-device", "ram READONLY", 0, "",
      "*assumed: an alias of that name is read-only*" },
    { "ram-twice", "ram ROMS -s nic", 0,
      "0000000000000000-0000000000000fff       0x1000 ram  low @0000000000000000\n",
      "physmem: 1 more view is of a space named \"nic\"; this is the first\n" },
    { "ram-only-space", "ram REGION", 0, "", "*assumed*" },
    { "ram-bad-space", "ram FILE -s disk", 1, NULL,
      "*expected the name of an address space of *, not \"disk\"; there are: *cpu*dma*" },
    { "ram-both", "ram FILE --json -h", 1, NULL, "*expected --json or --human, not both\n" },
    /* No view shows the uart: RAM is in front. The view would show "open bus" if that answered. */
    { "hidden-device", "who HIDDEN uart", 0,
      "uart (i/o, line 3)\nmemory:\n  *hidden by board.ram (line 4)*", "*" },
    { "hidden-container", "who HIDDEN 0x3000", 0, "memory:\n  *nothing answers*", "*" },
    { "own-spaces", "tree FILE", 0, "address-space: memory\naddress-space: cpu\n*", "*assumed*" },
};

/* Words that stand for other maps. */
static const struct {
    const char *word, *file;
} other_maps[] = {
    { "VIEWS", "flat-as-file.txt" },
    { "BRIDGES", "bridges.txt" },
    { "MISSING", "target-missing.txt" },
    { "EMPTY", "bus-master.txt" },
    { "REGION", "region-only.txt" },
    { "ROMS", "ram.views.txt" },
    { "READONLY", "ram-read-only.txt" },
    { "OWNERS", "flat-owner.txt" },
    { "OWNED", "flat-owner.views.txt" },
    { "EQUALS", "equals.txt" },
    { "PORTS", "ports.txt" },
    { "BARE", "bare-view.txt" },
    { "WINDOWS", "two-windows.txt" },
    { "ROOT", "root-line.txt" },
    { "HIDDEN", "hidden-device.txt" },
};

/* Runs the command, in the child process. */
static int run(const Call *call)
{
    g_auto(GStrv) words = g_strsplit(call->arguments, " ", -1);
    g_autofree char *file = g_build_filename(g_getenv("WHO_DIRECTORY"), "map", NULL);
    int argc = (int)g_strv_length(words);
    g_autofree char **argv = g_memdup2(words, ((gsize)argc + 1) * sizeof(*words));
    ToolCommand *const command = g_str_equal(words[0], "who")     ? tool_who
                                 : g_str_equal(words[0], "tree")  ? tool_tree
                                 : g_str_equal(words[0], "ram")   ? tool_ram
                                 : g_str_equal(words[0], "bench") ? tool_bench
                                                                  : tool_flat;

    if (g_str_equal(argv[1], "FILE")) {
        argv[1] = file;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(other_maps); i++) {
        if (g_str_equal(argv[1], other_maps[i].word)) {
            g_free(file);
            file =
                g_test_build_filename(G_TEST_DIST, "data", "map-cases", other_maps[i].file, NULL);
            argv[1] = file;
        }
    }
    return command(argc, argv); /* the command removes words from argv */
}

static void check_call(gconstpointer data)
{
    const Call *call = data;

    if (g_test_subprocess()) {
        exit(run(call));
    }
    g_test_trap_subprocess(NULL, 0, 0);
    if (call->status) {
        g_test_trap_assert_failed();
    } else {
        g_test_trap_assert_passed();
    }
    g_test_trap_assert_stdout(call->out ? call->out : "");
    g_test_trap_assert_stderr(call->err);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!g_test_subprocess()) {
        directory = g_dir_make_tmp("physmem-who-XXXXXX", NULL);
        g_autofree char *file = g_build_filename(directory, "map", NULL);
        g_assert_true(g_file_set_contents(file, map, -1, NULL));
        g_setenv("WHO_DIRECTORY", directory, TRUE);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_autofree char *path = g_strdup_printf("/who/%s", calls[i].path);
        g_test_add_data_func(path, &calls[i], check_call);
    }
    int status = g_test_run();
    if (directory) {
        g_autofree char *file = g_build_filename(directory, "map", NULL);
        g_unlink(file);
        g_rmdir(directory);
        g_free(directory);
    }
    return status;
}
