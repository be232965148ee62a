/* SPDX-License-Identifier: MIT
 *
 * A machine that serves on a socket in a directory of its own, and clients of it. An operation that
 * has no answer within 20 s fails the test.
 */
#ifndef TESTS_SERVE_STAGE_H
#define TESTS_SERVE_STAGE_H

#include <physmem/serve.h>

#include "../probe.h"

/* The machine has 64 KiB of RAM at 0, a probe of 64 bytes at 0x20000 and ports 0x100 to 0x13f that
 * are another probe. */
typedef struct Stage {
    Machine *m;
    char *directory;
    char *path;
    MemoryRegion *ram;
    Probe *device;
    Probe *ports;
    PhysmemServeOptions options;
    PhysmemServer *server;
} Stage;

/* Builds the machine. stage_serve() serves it, with s->options. */
void stage_init(Stage *s, Machine *m);
void stage_serve(Stage *s);
/* Ends the server and takes the machine apart. */
void stage_end(Stage *s);

int connect_to(const char *path);  /* fails the test */
int connect_try(const char *path); /* returns -1 */

void send_bytes(int fd, const void *bytes, size_t length);
void send_text(int fd, const char *text);
/* Receives up to the end of a line, which is not in the result. NULL: the server has closed. */
char *receive_line(int fd);
void receive_bytes(int fd, void *bytes, size_t length);
bool is_closed(int fd); /* waits for it */

/* Sends a line and expects the answer: the lines up to it, joined by '|'. */
void expect_answer(int fd, const char *line, const char *answer);
/* Expects one more line. */
void expect_line(int fd, const char *line);

#endif
