/* SPDX-License-Identifier: MIT
 *
 * `physmem`: looks at memory maps that a monitor printed. This file chooses the subcommand;
 * cmd-*.c has one file for each.
 */
#include <stdio.h>
#include <string.h>

#include "input/tool.h"
#include "terminal/output.h"

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
    { "check", "check FILE", "what is probably wrong in the map", tool_check },
    { "explain", "explain [ID]", "what a finding of check means", tool_explain },
    { "ram", "ram FILE", "where the guest sees RAM and ROM, and which block", tool_ram },
    { "bench", "bench FILE", "what the map costs in the library", tool_bench },
    { "watch", "watch SOURCE", "each change of a running machine, as it happens", tool_watch },
    { "json", "json FILE", "all of a map, for programs and for these commands", tool_json },
};

static void print_usage(FILE *out)
{
    fputs("Usage: physmem COMMAND [OPTION...] FILE...\n\nCommands:\n", out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        fprintf(out, "  %-18s %s\n", commands[i].usage, commands[i].purpose);
    }
    fputs("\nExamples:\n"
          "  physmem flat -h session.log\n"
          "  physmem who map.txt 0xfee00000\n"
          "\nFILE has the output of \"info mtree\", with or without -D, -o or -f, alone or in a\n"
          "session, mail, log or JSON; \"-\" is standard input; qmp:SOCKET and hmp:SOCKET are\n"
          "monitors of a running QEMU, sock:SOCKET a program of libphysmem. See physmem(1).\n"
          "physmem COMMAND --help lists the options of a command.\n",
          out);
}

static int fail_command(const char *name)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const char *separator = i + 1 < G_N_ELEMENTS(commands) ? ", " : " or ";
        g_string_append_printf(names, "%s%s", i ? separator : "", commands[i].name);
    }
    fprintf(stderr, "physmem: expected a command, not \"%s\": %s. \"physmem --help\" says more\n",
            name, names->str);
    return 1;
}

static int run(int argc, char **argv)
{
    const char *name = argv[1];

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(name, commands[i].name)) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return fail_command(name);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    output_begin();
    if (argc < 2) {
        print_usage(stderr);
        return 1;
    }
    if (g_str_equal(name, "--help") || g_str_equal(name, "-h") || g_str_equal(name, "help")) {
        print_usage(stdout);
        return output_end(name, 0);
    }
    if (g_str_equal(name, "--version")) {
        puts("physmem " PHYSMEM_VERSION);
        return output_end(name, 0);
    }
    return output_end(name, run(argc, argv));
}
