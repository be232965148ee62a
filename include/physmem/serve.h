/* SPDX-License-Identifier: MIT
 *
 * A machine answers questions on a socket, while it runs: the command physmem asks for its map, and
 * a test reads and writes its memory and ports. docs/serve.md has the lines of the protocol, which
 * are those of qtest and some more.
 *
 * The server is a thread of its own, and a library of its own (libphysmem-serve). Any number of
 * programs may connect, up to PHYSMEM_SERVE_CLIENTS at a time. A client that is slow, or sends
 * nonsense, or vanishes, delays neither the machine nor other clients, and the memory that the
 * server takes for it is limited.
 *
 * Unless its comment says otherwise, every function here is edit side.
 */
#ifndef PHYSMEM_SERVE_H
#define PHYSMEM_SERVE_H

#include <physmem/context.h>
#include <physmem/error.h>
#include <physmem/space.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

#define PHYSMEM_SERVE_CLIENTS 128   /* more clients wait until one leaves */
#define PHYSMEM_SERVE_BYTES 0x10000 /* the most bytes of guest memory in one command */
#define PHYSMEM_SERVE_PINS 256      /* the most pins of an intercept point */

typedef struct PhysmemServer PhysmemServer;

/* Pins of a device that a client may watch: "irq_intercept_in NAME" and "irq_intercept_out NAME".
 * The program tells the server their levels (physmem_serve_set_irq()). */
typedef struct PhysmemServePoint {
    const char *name; /* without blanks */
    bool is_output;   /* the pins are outputs of the device */
    unsigned pins;    /* 1 to PHYSMEM_SERVE_PINS */
} PhysmemServePoint;

/* The options of physmem_serve(). All that is 0 or NULL, except 'path', has a default. The
 * functions of the program are called in the server's thread without the context's lock, or by
 * run(). */
typedef struct PhysmemServeOptions {
    const char *path;       /* of the socket; required */
    MemoryContext *context; /* the machine; NULL: the current one */
    AddressSpace *memory;   /* what commands on memory access; NULL: memory_context_memory() */
    AddressSpace *io;       /* what commands on ports access; NULL: memory_context_io() */

    const PhysmemServePoint *points; /* copied */
    unsigned num_points;             /* how many points there are */

    /* Functions of the program, each with 'opaque'. If one is NULL, its commands are refused.
     *
     * set_irq_in: drives pin number 'pin' of the inputs 'list' of a device ("unnamed-gpio-in" are
     * those without a name). Returns false if there are none. */
    bool (*set_irq_in)(void *opaque, const char *device, const char *list, unsigned pin,
                       int level);
    /* clock_step: moves virtual time on by ns nanoseconds; -1: to the next deadline of a timer.
     * clock_set: moves it to ns, if that is not past. Both return the time after it. */
    int64_t (*clock_step)(void *opaque, int64_t ns);
    int64_t (*clock_set)(void *opaque, int64_t ns);
    /* Calls work(data) in a thread of the program's choice, and returns when that has returned. It
     * may decline: then it returns false without calling, and the client is told. NULL: commands
     * run in the server's thread, and take the context's lock as any access does. */
    bool (*run)(void *opaque, void (*work)(void *data), void *data);
    void *opaque;
} PhysmemServeOptions;

/* Serves a machine, as 'options' say, until the caller ends it with physmem_serve_end(). The
 * options are copied. The socket file has the mode 0600. If a file is there already, it is replaced
 * if it is a socket on which nobody listens. Returns NULL and an error if the path is too long or
 * in use, if an option is out of range, or if the host has no memory, no descriptor or no thread.
 * The context and the spaces must outlive the server. A child process of fork() does not serve: the
 * server stays with the parent (docs/serve.md). */
PHYSMEM_API PhysmemServer *physmem_serve(const PhysmemServeOptions *options, Error **errp);

/* Ends a server: closes the connections, removes the socket file, frees the server. Waits for a
 * command that is being carried out, so call it without the context's lock; with it, or in the
 * server's own thread, the call is refused with a message on standard error. 'server' may be NULL.
 * In a child process it closes the child's copies of the descriptors only. */
PHYSMEM_API void physmem_serve_end(PhysmemServer *server);

/* Tells the level of a pin of points[point] of 'server' to the clients that watch it. Only changes
 * are sent; at first each client believes that all pins are 0. Call it where the device drives the
 * line: any thread, with or without locks, but not once physmem_serve_end() is called. It does not
 * wait for clients, and costs one load while no client watches. */
PHYSMEM_API void physmem_serve_set_irq(PhysmemServer *server, unsigned point, unsigned pin,
                                       int level);

PHYSMEM_END_DECLS

#endif
