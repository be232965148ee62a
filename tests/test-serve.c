/* SPDX-License-Identifier: MIT
 *
 * The commands of a server: what is sent, what comes back, and what the machine has seen.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve/stage.h"

typedef struct Exchange {
    const char *line;
    const char *answer;
} Exchange;

static void play(Stage *s, const Exchange *exchanges)
{
    int fd = connect_to(s->path);

    for (unsigned i = 0; exchanges[i].line; i++) {
        expect_answer(fd, exchanges[i].line, exchanges[i].answer);
    }
    close(fd);
}

static void serve_and_play(Machine *m, const Exchange *exchanges)
{
    Stage s;

    stage_init(&s, m);
    stage_serve(&s);
    play(&s, exchanges);
    stage_end(&s);
}

/* ---- Memory and ports ------------------------------------------------------------------- */

static void test_values(Machine *m, gconstpointer data)
{
    (void)data;
    serve_and_play(m, (const Exchange[]){
                          { "writeq 0x100 0x1122334455667788", "OK" },
                          { "readb 0x100", "OK 0x0000000000000088" },
                          { "readw 256", "OK 0x0000000000007788" },
                          { "readl 0400", "OK 0x0000000055667788" },
                          { "readq 0x100", "OK 0x1122334455667788" },
                          { "writeb 0x100 0x1ff", "OK" },
                          { "writew 0x102 -1", "OK" },
                          { "writel 0x104 1", "OK" },
                          { "read 0x100 8", "OK 0xff77ffff01000000" },
                          { "readl 0xffe", "OK 0x0000000000000000" },
                          { "readl 0x100 surplus words are ignored", "OK 0x00000000ffff77ff" },
                          { "endianness", "OK little" },
                          { NULL, NULL },
                      });
}

static const MemoryContextOptions big = { .target_big_endian = true };

static void test_big_endian(Machine *m, gconstpointer data)
{
    (void)data;
    serve_and_play(m, (const Exchange[]){
                          { "writel 0x100 0x11223344", "OK" },
                          { "read 0x100 4", "OK 0x11223344" },
                          { "readw 0x102", "OK 0x0000000000003344" },
                          { "outl 0x110 0x11223344", "OK" },
                          { "inb 0x110", "OK 0x0044" },
                          { "inl 0x110", "OK 0x11223344" },
                          { "endianness", "OK big" },
                          { NULL, NULL },
                      });
}

static void test_bytes(Machine *m, gconstpointer data)
{
    (void)data;
    serve_and_play(m, (const Exchange[]){
                          { "write 0 4 0xDEadbe0F", "OK" },
                          { "read 0 5", "OK 0xdeadbe0f00" },
                          { "write 0x10 3 0x1", "OK" },
                          { "read 0x10 3", "OK 0x000000" },
                          { "write 0x10 3 0x123", "OK" },
                          { "read 0x10 3", "OK 0x120000" },
                          { "write 0x10 1 0x22334455", "OK" },
                          { "read 0x10 3", "OK 0x220000" },
                          { "write 0x10 1 0x", "ERR invalid argument size" },
                          { "b64write 0x20 4 AQIDBA==", "OK" },
                          { "b64read 0x20 4", "OK AQIDBA==" },
                          { "b64read 0x20 3", "OK AQID" },
                          { "b64read 0x20 2", "OK AQI=" },
                          { "b64read 0x20 0", "OK " },
                          { "memset 0x30 3 0x1aa", "OK" },
                          { "memset 0x30 0 0x55", "OK" },
                          { "read 0x30 4", "OK 0xaaaaaa00" },
                          { NULL, NULL },
                      });
}

/* Holes read as zeros, ports without a device as ones. */
static void test_holes(Machine *m, gconstpointer data)
{
    (void)data;
    serve_and_play(m, (const Exchange[]){
                          { "readl 0x80000000", "OK 0x0000000000000000" },
                          { "writel 0x80000000 1", "OK" },
                          { "readb -1", "OK 0x0000000000000000" },
                          { "inb 0", "OK 0x00ff" },
                          { "inw 0", "OK 0xffff" },
                          { "inl 0xfff0", "OK 0xffffffff" },
                          { "outb 0 1", "OK" },
                          { NULL, NULL },
                      });
}

/* The device sees transfers, not loads of the CPU: the access at 2 is cut. */
static void test_device(Machine *m, gconstpointer data)
{
    (void)data;
    serve_and_play(m, (const Exchange[]){
                          { "writel 0x20004 0x11223344", "OK" },
                          { "readb 0x20005", "OK 0x0000000000000033" },
                          { "readl 0x20002", "OK 0x0000000033441312" },
                          { "outw 0x102 0xabcd", "OK" },
                          { "inl 0x100", "OK 0xabcd1110" },
                          { NULL, NULL },
                      });
    g_assert_cmpstr(m->trace->str, ==, "d:w4/4=11223344 d:r5/1 d:r2/2 d:r4/2 p:w2/2=abcd p:r0/4");
}

static void expect_context(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)addr, (void)size, (void)is_write;
    g_assert_true(memory_context_current() == p->m->ctx);
    g_assert_true(memory_context_is_locked(p->m->ctx));
}

/* Devices are called as any other thread calls them. */
static void test_context(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_init(&s, m);
    s.device->hook = expect_context;
    stage_serve(&s);
    play(&s, (const Exchange[]){ { "readb 0x20000", "OK 0x0000000000000010" }, { NULL, NULL } });
    stage_end(&s);
}

/* ---- Refusals --------------------------------------------------------------------------- */

static void test_refused(Machine *m, gconstpointer data)
{
    (void)data;
    serve_and_play(
        m, (const Exchange[]){
               { "", "FAIL an empty line is not a command" },
               { " readb 0", "FAIL Unknown command ''" },
               { "READB 0", "FAIL Unknown command 'READB'" },
               { "endianness\r", "FAIL Unknown command 'endianness\r'" },
               { "readb\t0", "FAIL Unknown command 'readb\t0'" },
               { "rtas x", "FAIL Unknown command 'rtas'" },
               { "readb", "FAIL expected: readb ADDRESS" },
               { "readb  0", "FAIL expected: readb ADDRESS" },
               { "readb 0x", "FAIL expected: readb ADDRESS" },
               { "readb 12z", "FAIL expected: readb ADDRESS" },
               { "readb 0\r", "FAIL expected: readb ADDRESS" },
               { "readb 0x10000000000000000", "FAIL expected: readb ADDRESS" },
               { "writeb 0", "FAIL expected: writeb ADDRESS VALUE" },
               { "read 0 0", "FAIL BYTES is 1 to 65536" },
               { "read 0 65537", "FAIL BYTES is 1 to 65536" },
               { "read 0 0xffffffffffffffff", "FAIL BYTES is 1 to 65536" },
               { "memset 0 65537 1", "FAIL BYTES is 0 to 65536" },
               { "write 0 2 0x1g", "FAIL the data is not 0x and hexadecimal digits" },
               { "write 0 2 1122", "FAIL the data is not 0x and hexadecimal digits" },
               { "b64write 0 4 AQIDBA=", "FAIL the data is not padded base64 of so many bytes" },
               { "b64write 0 3 AQIDBA==", "FAIL the data is not padded base64 of so many bytes" },
               { "b64write 0 4 AQID", "FAIL the data is not padded base64 of so many bytes" },
               { "b64write 0 3 AQ*D", "FAIL the data is not padded base64 of so many bytes" },
               { "b64write 0 2 A===", "FAIL the data is not padded base64 of so many bytes" },
               { "inb 0x10000", "FAIL ports are 0 to 0xffff" },
               { "outb 0x10000 1", "FAIL ports are 0 to 0xffff" },
               { "module_load hw- virtio", "FAIL there are no modules to load" },
               { "clock_step", "FAIL Unknown command 'clock_step'" },
               { "clock_set 1", "FAIL Unknown command 'clock_set'" },
               { "irq_intercept_in uart", "FAIL Unknown device" },
               { "set_irq_in uart unnamed-gpio-in 0 1", "FAIL Unknown device" },
               { "read 0 4", "OK 0x00000000" },
               { NULL, NULL },
           });
}

static void test_zero_byte(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    stage_init(&s, m);
    stage_serve(&s);
    fd = connect_to(s.path);
    send_bytes(fd, "readb 0\0001\n", 10);
    expect_line(fd, "FAIL a line must not have a byte 0");
    close(fd);
    stage_end(&s);
}

/* ---- Interrupts ------------------------------------------------------------------------- */

static const PhysmemServePoint points[] = {
    { .name = "pic", .pins = 8 },
    { .name = "pic", .pins = 1, .is_output = true },
    { .name = "timer", .pins = 2, .is_output = true },
};

/* A write to the device sets pin 4 of "pic" to the value. */
static void drive(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Stage *s = p->opaque;

    (void)addr, (void)size;
    if (is_write) {
        physmem_serve_set_irq(s->server, 0, 4, (int)p->hook_value);
        physmem_serve_set_irq(s->server, 2, 1, (int)p->hook_value);
    }
}

static bool set_pin(void *opaque, const char *device, const char *list, unsigned pin, int level)
{
    Stage *s = opaque;

    if (strcmp(device, "pic") != 0 || strcmp(list, "unnamed-gpio-in") != 0) {
        return false;
    }
    physmem_serve_set_irq(s->server, 0, pin, level);
    return true;
}

static void stage_with_points(Stage *s, Machine *m)
{
    stage_init(s, m);
    s->options.points = points;
    s->options.num_points = G_N_ELEMENTS(points);
    s->options.set_irq_in = set_pin;
    s->options.opaque = s;
    s->device->hook = drive;
    s->device->opaque = s;
    stage_serve(s);
}

/* The change comes before the answer of the command that has caused it. */
static void test_irq(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_with_points(&s, m);
    s.device->hook_value = 1;
    play(&s, (const Exchange[]){
                 { "writeb 0x20000 1", "OK" },
                 { "irq_intercept_in nobody", "FAIL Unknown device" },
                 { "irq_intercept_in pic", "OK" },
                 { "writeb 0x20000 1", "IRQ raise 4|OK" },
                 { "writeb 0x20000 1", "OK" },
                 { "set_irq_in pic unnamed-gpio-in 4 0", "IRQ lower 4|OK" },
                 { "set_irq_in pic unnamed-gpio-in 4 1", "IRQ raise 4|OK" },
                 { "set_irq_in pic unnamed-gpio-in 4 -7", "IRQ raise 4|OK" },
                 { "set_irq_in pic named 4 0", "FAIL Unknown device" },
                 { "set_irq_in pic unnamed-gpio-in 256 0", "FAIL Unknown pin" },
                 { "set_irq_in pic unnamed-gpio-in 8 1", "OK" },
                 { "irq_intercept_in pic", "OK" },
                 { "irq_intercept_out pic", "OK" },
                 { "irq_intercept_in timer", "FAIL IRQ intercept already enabled" },
                 { NULL, NULL },
             });
    stage_end(&s);
}

static void test_irq_directions(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_with_points(&s, m);
    s.device->hook_value = 1;
    play(&s, (const Exchange[]){
                 { "irq_intercept_out timer", "OK" },
                 { "writeb 0x20000 1", "IRQ raise 1|OK" },
                 { NULL, NULL },
             });
    /* The next client begins with all pins at 0. */
    play(&s, (const Exchange[]){
                 { "irq_intercept_out timer", "OK" },
                 { "writeb 0x20000 1", "IRQ raise 1|OK" },
                 { NULL, NULL },
             });
    play(&s, (const Exchange[]){
                 { "irq_intercept_in timer", "OK" },
                 { "writeb 0x20000 1", "OK" },
                 { NULL, NULL },
             });
    stage_end(&s);
}

/* Another thread drives the line while the client asks for nothing. */
static void test_irq_unasked(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    stage_with_points(&s, m);
    fd = connect_to(s.path);
    expect_answer(fd, "irq_intercept_in pic", "OK");
    physmem_serve_set_irq(s.server, 0, 7, 1);
    expect_line(fd, "IRQ raise 7");
    physmem_serve_set_irq(s.server, 0, 8, 1);
    physmem_serve_set_irq(s.server, 3, 0, 1);
    physmem_serve_set_irq(s.server, 0, 7, 0);
    expect_line(fd, "IRQ lower 7");
    close(fd);
    stage_end(&s);
}

/* ---- Clock ------------------------------------------------------------------------------ */

static int64_t now;

static int64_t step(void *opaque, int64_t ns)
{
    (void)opaque;
    now += ns < 0 ? 1000 : ns;
    return now;
}

static int64_t set(void *opaque, int64_t ns)
{
    (void)opaque;
    now = MAX(now, ns);
    return now;
}

static void test_clock(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    now = 0;
    stage_init(&s, m);
    s.options.clock_step = step;
    s.options.clock_set = set;
    stage_serve(&s);
    play(&s, (const Exchange[]){
                 { "clock_step", "OK 1000" },
                 { "clock_step 50", "OK 1050" },
                 { "clock_step -1", "FAIL expected: clock_step [NANOSECONDS]" },
                 { "clock_step x", "FAIL expected: clock_step [NANOSECONDS]" },
                 { "clock_set 2000", "OK 2000" },
                 { "clock_set 1", "OK 2000" },
                 { "clock_set -1", "FAIL expected: clock_set NANOSECONDS" },
                 { NULL, NULL },
             });
    stage_end(&s);
}

/* ---- The thread of the program's choice ------------------------------------------------- */

static bool open_for_work = true;
static unsigned runs;

static bool run_here(void *opaque, void (*work)(void *data), void *data)
{
    (void)opaque;
    if (open_for_work) {
        runs++;
        work(data);
    }
    return open_for_work;
}

static void test_run(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_init(&s, m);
    s.options.run = run_here;
    runs = 0;
    stage_serve(&s);
    play(&s, (const Exchange[]){
                 { "writeb 0 1", "OK" },
                 { "endianness", "OK little" },
                 { "readb 0", "OK 0x0000000000000001" },
                 { NULL, NULL },
             });
    g_assert_cmpuint(runs, ==, 2);
    open_for_work = false;
    play(&s, (const Exchange[]){
                 { "readb 0", "FAIL the machine takes no commands now" },
                 { "physmem_version", "OK 1" },
                 { NULL, NULL },
             });
    stage_end(&s);
}

/* ---- The map ---------------------------------------------------------------------------- */

/* Returns the text that follows the answer. */
static char *receive_map(int fd, uint64_t *generation)
{
    g_autofree char *line = receive_line(fd);
    uint64_t length;
    char *map;

    g_assert_cmpint(sscanf(line, "OK %" PRIu64 " %" PRIu64, &length, generation), ==, 2);
    map = g_malloc0(length + 1);
    receive_bytes(fd, map, length);
    return map;
}

static void test_map(Machine *m, gconstpointer data)
{
    g_autofree char *map = NULL;
    uint64_t generation;
    Stage s;
    int fd;

    (void)data;
    stage_init(&s, m);
    stage_serve(&s);
    fd = connect_to(s.path);
    send_text(fd, "physmem_map\nphysmem_version\n");
    map = receive_map(fd, &generation);
    g_assert_nonnull(strstr(map, "\"format\": \"physmem-map\""));
    g_assert_nonnull(strstr(map, "\"ram\""));
    expect_line(fd, "OK 1");
    close(fd);
    stage_end(&s);
}

static void wait_for(int fd, uint64_t generation)
{
    g_autofree char *line = g_strdup_printf("physmem_wait %" PRIu64 "\n", generation);

    send_text(fd, line);
}

static uint64_t receive_generation(int fd)
{
    g_autofree char *line = receive_line(fd);
    uint64_t generation;

    g_assert_cmpint(sscanf(line, "OK %" PRIu64, &generation), ==, 1);
    return generation;
}

static void test_wait(Machine *m, gconstpointer data)
{
    uint64_t first, next;
    Stage s;
    int fd;

    (void)data;
    stage_init(&s, m);
    stage_serve(&s);
    fd = connect_to(s.path);
    send_text(fd, "physmem_generation\n");
    first = receive_generation(fd);
    wait_for(fd, first + 1);
    g_assert_cmpuint(receive_generation(fd), ==, first);
    wait_for(fd, first);
    g_usleep(50000); /* so that it waits, most likely */
    memory_region_set_enabled(s.ram, false);
    next = receive_generation(fd);
    g_assert_cmpuint(next, !=, first);
    expect_answer(fd, "readb 0", "OK 0x0000000000000000");
    expect_answer(fd, "physmem_wait 2 x", "FAIL expected: physmem_wait GENERATION [MILLISECONDS]");
    expect_answer(fd, "physmem_wait 2 0", "OK 2");
    expect_answer(fd, "physmem_wait 2 30", "OK 2");
    expect_answer(fd, "physmem_wait 1 0xffffffffffffffff", "OK 2");
    close(fd);
    stage_end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/serve/values", test_values);
    TEST_WITH("/serve/big-endian", test_big_endian, &big);
    TEST("/serve/bytes", test_bytes);
    TEST("/serve/holes", test_holes);
    TEST("/serve/device", test_device);
    TEST("/serve/context", test_context);
    TEST("/serve/refused", test_refused);
    TEST("/serve/zero-byte", test_zero_byte);
    TEST("/serve/irq", test_irq);
    TEST("/serve/irq-directions", test_irq_directions);
    TEST("/serve/irq-unasked", test_irq_unasked);
    TEST("/serve/clock", test_clock);
    TEST("/serve/run", test_run);
    TEST("/serve/map", test_map);
    TEST("/serve/wait", test_wait);
    return g_test_run();
}
