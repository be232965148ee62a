/* SPDX-License-Identifier: MIT
 *
 * `physmem`: looks at memory maps that a monitor printed. This file chooses the subcommand;
 * cmd-*.c has one file for each.
 */
#include <stdio.h>
#include <string.h>

#include "tool.h"

static const struct {
    const char *name;
    const char *usage;
    const char *purpose;
    ToolCommand *run;
} commands[] = {
    { "get", "get SOURCE", "saves a map, such as that of a running machine", tool_get },
    { "tree", "tree FILE", "the regions, as a tree", tool_tree },
    { "flat", "flat FILE", "which region answers where", tool_flat },
    { "diff", "diff A B", "what a guest would notice between two maps", tool_diff },
    { "draw", "draw -o OUT FILE", "a picture of the regions, and of what answers", tool_draw },
    { "who", "who FILE WHAT...", "which region answers at an address, and why", tool_who },
    { "ram", "ram FILE", "where the guest sees RAM and ROM, and which block", tool_ram },
    { "watch", "watch SOURCE", "each change of a running machine, as it happens", tool_watch },
};

static void print_usage(FILE *out)
{
    fputs("Usage: physmem COMMAND [OPTION...] FILE...\n\nCommands:\n", out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        fprintf(out, "  %-18s %s\n", commands[i].usage, commands[i].purpose);
    }
    fputs(
        "\nFILE has the output of \"info mtree\", with or without -D, -o or -f, alone or in a\n"
        "session, mail, log or JSON; \"-\" is standard input; qmp:SOCKET and hmp:SOCKET are the\n"
        "monitors of a running QEMU. See physmem(1).\n"
        "physmem COMMAND --help lists the options of a command.\n",
        out);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    if (g_str_equal(name, "--help") || g_str_equal(name, "-h")) {
        print_usage(stdout);
        return 0;
    }
    if (g_str_equal(name, "--version")) {
        puts("physmem " PHYSMEM_VERSION);
        return 0;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(name, commands[i].name)) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    if (argc > 1) {
        fprintf(stderr, "physmem: expected one of these commands, not \"%s\"\n", name);
    } else {
        fprintf(stderr, "physmem: expected one of these commands\n");
    }
    print_usage(stderr);
    return 1;
}
