/* SPDX-License-Identifier: MIT
 *
 * Devices without a processor, for tests and for comparing them with the same devices in QEMU. Each
 * client is the processor: it sends reads and writes (docs/serve.md).
 *
 *     serve-devices SOCKET
 *
 * Memory has a bank of CFI flash at 0 and RAM at 0x40000000. The ports have a 16550 at 0x3f8, whose
 * interrupt is pin 4 of the intercept point "ioapic"; clients may drive all 24 pins themselves. It
 * runs until its standard input ends.
 *
 *     printf 'readl 0\noutb 0x3ff 0x5a\ninb 0x3ff\n' | nc -NU SOCKET
 *     scripts/qtest-compare SOCKET OTHER-SOCKET tests/data/qtest/uart.txt
 */
#include <physmem/serve.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../devices/end-region.h"
#include "../devices/uart.h"
#include "../riscv-virt/flash.h"

#define FLASH_SIZE 0x4000000
#define RAM_AT 0x40000000
#define RAM_SIZE 0x100000
#define UART_PORT 0x3f8
#define UART_PIN 4
#define PINS 24

typedef struct Devices {
    Flash flash;
    MemoryRegion ram;
    Uart uart;
    PhysmemServer *server;
} Devices;

/* ---- Wires ------------------------------------------------------------------------------ */

/* The line may change before there is a server. */
static void uart_irq(void *opaque, bool level)
{
    Devices *devices = opaque;

    if (devices->server) {
        physmem_serve_set_irq(devices->server, 0, UART_PIN, level);
    }
}

/* The inputs of the interrupt controller, which there is none: a change is only reported. */
static bool set_irq_in(void *opaque, const char *device, const char *list, unsigned pin, int level)
{
    Devices *devices = opaque;
    bool known = strcmp(device, "ioapic") == 0 && strcmp(list, "unnamed-gpio-in") == 0;

    memory_context_lock(memory_context_current());
    if (known && devices->server) {
        physmem_serve_set_irq(devices->server, 0, pin, level);
    }
    memory_context_unlock(memory_context_current());
    return known;
}

static void drop_char(void *opaque, char c)
{
    (void)opaque, (void)c;
}

/* ---- The machine ------------------------------------------------------------------------ */

static bool make(Devices *devices, Error **errp)
{
    if (!flash_init(&devices->flash, "flash", FLASH_SIZE, errp)) {
        return false;
    }
    if (!memory_region_init_ram(&devices->ram, NULL, "ram", RAM_SIZE, errp)) {
        end_region(&devices->flash.region);
        return false;
    }
    uart_init(&devices->uart, "uart", UART_REGISTERS, drop_char, NULL);
    uart_connect(&devices->uart, uart_irq, devices);
    memory_region_add_subregion(get_system_memory(), 0, &devices->flash.region);
    memory_region_add_subregion(get_system_memory(), RAM_AT, &devices->ram);
    memory_region_add_subregion(get_system_io(), UART_PORT, &devices->uart.region);
    return true;
}

static void end(Devices *devices)
{
    end_region(&devices->uart.region);
    end_region(&devices->ram);
    end_region(&devices->flash.region);
}

/* ---- Serving ---------------------------------------------------------------------------- */

static bool serve(Devices *devices, const char *path, Error **errp)
{
    const PhysmemServePoint ioapic = { .name = "ioapic", .pins = PINS };
    const PhysmemServeOptions options = {
        .path = path,
        .points = &ioapic,
        .num_points = 1,
        .set_irq_in = set_irq_in,
        .opaque = devices,
    };
    PhysmemServer *server = physmem_serve(&options, errp);

    if (!server) {
        return false;
    }
    memory_context_lock(memory_context_current());
    devices->server = server; /* the lock is that of uart_irq() */
    memory_context_unlock(memory_context_current());
    while (getchar() != EOF) {
    }
    physmem_serve_end(server);
    return true;
}

static int fail(Error *error)
{
    fprintf(stderr, "serve-devices: %s\n", error_get_pretty(error));
    error_free(error);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static Devices devices;
    Error *error = NULL;
    bool good;

    if (argc != 2) {
        fprintf(stderr, "Usage: serve-devices SOCKET\n");
        return 2;
    }
    if (!make(&devices, &error)) {
        return fail(error);
    }
    good = serve(&devices, argv[1], &error);
    end(&devices);
    return good ? EXIT_SUCCESS : fail(error);
}
