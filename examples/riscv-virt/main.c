/* SPDX-License-Identifier: MIT
 *
 * A RISC-V board on libphysmem. Boots an unmodified U-Boot, types a script at its prompt, and
 * checks the answers. The exit status is 0 only if all answers were right and the guest switched
 * the power off at the end.
 *
 *     riscv-virt [--quiet] [--map FILE] [U-BOOT.BIN]
 *
 * With --map it writes its memory map to FILE in the end, for `physmem draw` and others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "console.h"
#include "script.h"

#define U_BOOT "/usr/lib/u-boot/qemu-riscv64/u-boot.bin"

typedef struct Demo {
    Console console;
    Board *board;
    size_t steps; /* the number of commands so far; the next answer is that to the last one */
    size_t checks;
    size_t failures;
    bool quiet;
    const char *map; /* a file to write; NULL: none */
} Demo;

static void heading(const char *text)
{
    printf("\n== %s\n\n", text);
}

static void judge(Demo *demo, const char *answer)
{
    const Step *step = &script[demo->steps - 1];

    demo->checks++;
    demo->failures += !script_judge(step, answer, stdout);
    if (!demo->quiet) {
        script_print_answer("=> ", answer, stdout);
    }
}

/* Called when the guest waits at its prompt, so that the answer to the last command is
 * complete. */
static const char *next_command(void *opaque, const char *answer)
{
    Demo *demo = opaque;

    if (demo->steps == 0) {
        script_print_answer("", answer, stdout);
        heading("Commands typed at its prompt, and what it answers");
    } else if (demo->steps <= script_length) {
        judge(demo, answer);
    } else {
        board_stop(demo->board); /* it should have switched the power off */
    }
    return demo->steps < script_length      ? script[demo->steps++].command
           : demo->steps++ == script_length ? "poweroff"
                                            : "";
}

static void print_map(const char *when, const Board *board, bool tree)
{
    printf("\n== The memory map %s\n\n", when);
    if (tree) {
        memory_context_print_tree(board->context, stdout, false, false);
    }
    memory_context_print_views(board->context, stdout, false, false);
}

static bool write_map(const char *path, const Board *board)
{
    FILE *file = fopen(path, "w");

    if (!file) {
        fprintf(stderr, "riscv-virt: %s: %s\n", path, strerror(errno));
        return false;
    }
    memory_context_print_tree(board->context, file, true, true);
    memory_context_print_views(board->context, file, false, true);
    bool written = !ferror(file);
    return fclose(file) == 0 && written;
}

static bool play(Demo *demo, Board *board)
{
    Error *error = NULL;
    bool ended_well;

    demo->board = board;
    demo->console.uart = &board->uart;
    print_map("before the first instruction: the regions, and what they show", board, true);
    heading("U-Boot starts");
    ended_well = board_run(board, &error);
    if (!ended_well) {
        printf("FAIL  %s\n", error_get_pretty(error));
        error_free(error);
    }
    print_map("after the last one: the guest has placed the BARs", board, false);
    heading("How often the guest called each device");
    board_print_counts(board, stdout);
    printf("\n%zu of %zu commands answered right%s\n", demo->checks - demo->failures,
           script_length, ended_well ? ", and the guest switched the power off." : ".");
    return ended_well && demo->failures == 0 && demo->checks == script_length;
}

static int usage(const char *wrong)
{
    fprintf(stderr,
            "riscv-virt: unknown option \"%s\"\n"
            "Usage: riscv-virt [--quiet] [--map FILE] [U-BOOT.BIN]\n",
            wrong);
    return 2;
}

int main(int argc, char **argv)
{
    static Demo demo;
    const char *path = U_BOOT;
    Error *error = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quiet") == 0) {
            demo.quiet = true;
        } else if (strcmp(argv[i], "--map") == 0 && i + 1 < argc) {
            demo.map = argv[++i];
        } else if (argv[i][0] == '-') {
            return usage(argv[i]);
        } else {
            path = argv[i];
        }
    }
    demo.console.next = next_command;
    demo.console.opaque = &demo;
    Board *board = board_new(path, console_hear, &demo.console, &error);
    if (!board) {
        fprintf(stderr, "riscv-virt: %s\n", error_get_pretty(error));
        return EXIT_FAILURE;
    }
    bool passed = play(&demo, board);
    if (demo.steps == 0) {
        fprintf(stderr,
                "riscv-virt: %s did not reach a prompt: expected U-Boot for qemu-riscv64\n", path);
    }
    passed = (!demo.map || write_map(demo.map, board)) && passed;
    board_free(board);
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
