/* SPDX-License-Identifier: MIT
 *
 * The demonstration: a PC, somebody at its serial port, and a tally of what was right. Its chapters
 * are in files of their own.
 */
#ifndef PC_DEMO_H
#define PC_DEMO_H

#include "../common/script.h"
#include "console.h"
#include "pc.h"

#define DEMO_BOOT_SECONDS 400 /* a processor may be emulated */
#define DEMO_ANSWER_SECONDS 200
#define DEMO_MAP 4096

typedef struct Demo {
    const char *program; /* its own path */
    PcOptions options;
    Pc *pc;
    Console console;
    unsigned checks;
    unsigned failures;
    bool quiet; /* print no maps and no answers */
    char map[DEMO_MAP]; /* that was printed last */
} Demo;

void demo_heading(const char *text);

/* Prints whether something was right, and counts it. Returns 'right'. */
bool demo_check(Demo *demo, bool right, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a call: its error, which it frees, is why it was wrong. */
bool demo_check_call(Demo *demo, bool right, Error *error, const char *what);

/* Prints more, if that is wanted. */
void demo_note(const Demo *demo, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Types a command and returns the answer; "" and a failure if none comes. */
const char *demo_ask(Demo *demo, const char *command);

/* Plays a script. */
void demo_play(Demo *demo, const Step *steps, size_t count);

/* The flat view of memory; "pc --map" prints all there is. */
void demo_print_map(Demo *demo, const char *when);

/* ---- Chapters, of a guest that waits at its prompt -------------------------------------- */

/* script.c: what the guest finds and reads. */
void demo_script(Demo *demo);

/* move-bar.c: a device somewhere else. */
void demo_move_bar(Demo *demo);

/* live-copy.c: all RAM, while the guest goes on writing. */
void demo_live_copy(Demo *demo);

/* hot-plug.c: RAM comes and goes. */
void demo_hot_plug(Demo *demo);

/* breakpoint.c: a debugger. */
void demo_breakpoint(Demo *demo);

/* restore.c: the same guest goes on in another process. The second function is that process. */
void demo_save_and_restore(Demo *demo);
void demo_after_restore(Demo *demo);

#endif
