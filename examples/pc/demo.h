/* SPDX-License-Identifier: MIT
 *
 * The demonstration: a PC, a person at its serial port, and the count of right answers. Each
 * chapter has a file of its own.
 */
#ifndef PC_DEMO_H
#define PC_DEMO_H

#include "../common/script.h"
#include "console.h"
#include "pc.h"

#define DEMO_BOOT_SECONDS 400 /* long, because the host's processor may itself be emulated */
#define DEMO_ANSWER_SECONDS 200
#define DEMO_MAP 4096

typedef struct Demo {
    const char *program; /* the path of this program */
    PcOptions options;
    Pc *pc;
    Console console;
    unsigned checks;
    unsigned failures;
    bool quiet;         /* print no maps and no answers */
    char map[DEMO_MAP]; /* the map that was printed last */
} Demo;

void demo_heading(const char *text);

/* Prints whether something was right, and counts it. Returns 'right'. */
bool demo_check(Demo *demo, bool right, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a call that can fail. Prints its error, if there is one, and frees it. */
bool demo_check_call(Demo *demo, bool right, Error *error, const char *what);

/* Prints unless the demo is quiet. */
void demo_note(const Demo *demo, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Types a command and returns the answer. If none comes, counts a failure and returns "". */
const char *demo_ask(Demo *demo, const char *command);

/* Plays a script. */
void demo_play(Demo *demo, const Step *steps, size_t count);

/* Prints the flat view of memory, unless the demo is quiet. ("pc --map" also prints trees and
 * ports.) */
void demo_print_map(Demo *demo, const char *when);

/* ---- Chapters; the guest waits at its prompt when they begin ---------------------------- */

/* script.c: what the guest finds and reads. */
void demo_script(Demo *demo);

/* move-bar.c: the guest moves a device to another address. */
void demo_move_bar(Demo *demo);

/* live-copy.c: all RAM is copied while the guest goes on writing. */
void demo_live_copy(Demo *demo);

/* hot-plug.c: RAM is plugged in and removed. */
void demo_hot_plug(Demo *demo);

/* breakpoint.c: a debugger stops the guest. */
void demo_breakpoint(Demo *demo);

/* restore.c: the same guest goes on in another process. The second function is that process. */
void demo_save_and_restore(Demo *demo);
void demo_after_restore(Demo *demo);

#endif
