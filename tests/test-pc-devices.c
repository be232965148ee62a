/* SPDX-License-Identifier: MIT
 *
 * Smaller devices of examples/pc: power management and its timer, which can be moved; resets; the
 * routing of interrupts; the clock chip and the keyboard controller.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../examples/pc/cmos.h"
#include "../examples/pc/keyboard.h"
#include "pc-board.h"
#include "probe.h"

/* ---- Power management ------------------------------------------------------------------- */

enum { BASE = 0x40, ENABLE = 0x80, CONTROL = 4, TIMER = 8 };

static void show_registers(Board *b, uint16_t base)
{
    config_out(b, DEVFN_POWER, BASE, base | 1, 4);
    config_out(b, DEVFN_POWER, ENABLE, 1, 1);
}

static void pause_ms(unsigned ms)
{
    g_usleep(ms * 1000);
}

/* At least so many ticks have passed. */
static void timer_counts(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);
    uint32_t before;
    uint32_t after;

    (void)data;
    show_registers(b, 0x600);
    before = port_in(b, 0x600 + TIMER, 4);
    pause_ms(3);
    after = port_in(b, 0x600 + TIMER, 4);
    g_assert_cmpuint((after - before) & 0xffffff, >=, 3 * 3579);
    g_assert_cmphex(after >> 24, ==, 0);
    port_out(b, 0x600 + TIMER, 0, 4); /* cannot be set */
    g_assert_cmpuint((port_in(b, 0x600 + TIMER, 4) - after) & 0xffffff, <, 0x800000);
}

/* The registers move with the base and the enable bit; nothing else changes. */
static void timer_moves(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);
    uint32_t before;

    (void)data;
    show_registers(b, 0x600);
    port_out(b, 0x602, 0x1234, 2);
    before = port_in(b, 0x608, 4);
    config_out(b, DEVFN_POWER, BASE, 0xb001, 4);
    g_assert_cmphex(port_in(b, 0x602, 2), ==, 0xffff);
    g_assert_cmphex(port_in(b, 0xb002, 2), ==, 0x1234);
    g_assert_cmphex(port_in(b, 0xb000, 4), ==, 0x12340000);
    g_assert_cmphex(port_in(b, 0xb003, 1), ==, 0x12);
    g_assert_cmpuint((port_in(b, 0xb008, 4) - before) & 0xffffff, <, 0x800000);
    g_assert_cmphex(port_in(b, 0xb040, 4), ==, 0xffffffff);
    config_out(b, DEVFN_POWER, ENABLE, 0, 1);
    g_assert_cmphex(port_in(b, 0xb002, 2), ==, 0xffff);
    config_out(b, DEVFN_POWER, BASE, 0x0000, 2);
    config_out(b, DEVFN_POWER, ENABLE, 1, 1);
    g_assert_cmphex(port_in(b, 2, 2), ==, 0xffff);
    g_assert_cmphex(config_in(b, DEVFN_POWER, BASE, 4), ==, 1);
    config_out(b, DEVFN_POWER, BASE, 0xffff, 2);
    g_assert_cmphex(config_in(b, DEVFN_POWER, BASE, 4), ==, 0xffc1);
    g_assert_cmphex(port_in(b, 0xffc2, 2), ==, 0x1234);
    board_reset(b);
    g_assert_cmphex(port_in(b, 0xffc2, 2), ==, 0xffff);
}

static void timer_is_saved(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);
    PowerState state;

    (void)data;
    power_load(&b->power, &(PowerState){ .timer = 0x123456, .enable = 0x21 });
    show_registers(b, 0x600);
    g_assert_cmpuint(port_in(b, 0x608, 4), >=, 0x123455);
    g_assert_cmphex(port_in(b, 0x602, 2), ==, 0x21);
    power_save(&b->power, &state);
    g_assert_cmpuint(state.timer, >=, 0x123455);
    /* The timer counts from when the state was loaded, so it is far below 10 minutes. */
    g_assert_cmpuint(state.timer, <, 3579545ull * 600);
    g_assert_cmphex(state.enable, ==, 0x21);
}

static void switching_off(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    show_registers(b, 0x600);
    port_out(b, 0x600 + CONTROL, 0x2400, 2); /* another kind of sleep */
    port_out(b, 0x600 + CONTROL, 0x0001, 2);
    assert_trace(m, "");
    g_assert_cmphex(port_in(b, 0x600 + CONTROL, 2), ==, 0x0001);
    port_out(b, 0x600 + CONTROL, 0x2001, 2);
    assert_trace(m, "off");
    g_assert_cmphex(port_in(b, 0x600 + CONTROL, 2), ==, 0x0001);
    port_out(b, 0x600 + CONTROL + 1, 0x20, 1);
    assert_trace(m, "off");
    port_out(b, 0x600 + CONTROL, 0x00002000, 4);
    assert_trace(m, "off");
}

static void resetting(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    g_assert_cmphex(port_in(b, PORT_SYSTEM_CONTROL, 1), ==, 2);
    port_out(b, PORT_SYSTEM_CONTROL, 0, 1);
    g_assert_cmphex(port_in(b, PORT_SYSTEM_CONTROL, 1), ==, 2);
    port_out(b, PORT_SYSTEM_CONTROL, 1, 1);
    assert_trace(m, "reset");
    /* The bit was not clear before, so this is not an edge. */
    port_out(b, PORT_SYSTEM_CONTROL, 1, 1);
    assert_trace(m, "");
    port_out(b, PORT_RESET_CONTROL, 4, 1);
    assert_trace(m, "reset");
    port_out(b, PORT_RESET_CONTROL, 6, 1);
    assert_trace(m, "");
}

/* ---- Interrupts ------------------------------------------------------------------------- */

static void set_pin(Board *b, PciFunction *function, bool level)
{
    memory_context_lock(b->m->ctx);
    pci_set_intx(function, level);
    memory_context_unlock(b->m->ctx);
}

/* Slot 3, pin A leads to line C, which the third register routes. */
static void pin_to_input(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    set_pin(b, &b->slot3, true);
    assert_trace(m, "");
    g_assert_cmpint(pci_intx_route(&b->slot3), ==, -1);
    config_out(b, DEVFN_ISA_BRIDGE, 0x60, 0x050a0b09, 4);
    assert_trace(m, "irq10=1");
    g_assert_cmpint(pci_intx_route(&b->slot3), ==, 10);
    g_assert_cmpint(pci_intx_route(&b->slot4), ==, 5);
    config_out(b, DEVFN_ISA_BRIDGE, 0x62, 0x0c, 1);
    assert_trace(m, "irq10=0 irq12=1");
    config_out(b, DEVFN_ISA_BRIDGE, 0x62, 0x8c, 1);
    assert_trace(m, "irq12=0");
    config_out(b, DEVFN_ISA_BRIDGE, 0x62, 0x7c, 1); /* the other bits do not exist */
    assert_trace(m, "irq12=1");
    g_assert_cmphex(config_in(b, DEVFN_ISA_BRIDGE, 0x62, 1), ==, 0x0c);
    set_pin(b, &b->slot3, false);
    assert_trace(m, "irq12=0");
}

/* Both pins are up at once, each on an input of its own. */
static void own_inputs(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    config_out(b, DEVFN_ISA_BRIDGE, 0x60, 0x050a0b09, 4);
    set_pin(b, &b->slot3, true);
    set_pin(b, &b->slot4, true);
    assert_trace(m, "irq10=1 irq5=1");
    set_pin(b, &b->slot4, false);
    assert_trace(m, "irq5=0");
}

/* Two pins share an input, which goes down with the last of them. */
static void shared_input(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    config_out(b, DEVFN_ISA_BRIDGE, 0x60, 0x0b0b0b0b, 4);
    set_pin(b, &b->slot3, true);
    set_pin(b, &b->slot4, true);
    set_pin(b, &b->slot3, false);
    assert_trace(m, "irq11=1");
    config_out(b, DEVFN(4, 0), 4, 0x400, 2); /* the guest disables the pin */
    assert_trace(m, "irq11=0");
    config_out(b, DEVFN(4, 0), 4, 0, 2);
    assert_trace(m, "irq11=1");
    board_reset(b);
    assert_trace(m, "irq11=0");
}

static unsigned rerouted_count;

static void count_rerouted(PciFunction *function)
{
    (void)function;
    rerouted_count++;
}

static void pins_turn(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    config_out(b, DEVFN_ISA_BRIDGE, 0x60, 0x0d0c0b0a, 4);
    for (unsigned pin = 1; pin <= 4; pin++) {
        pci_function_set_pin(&b->slot3, pin);
        pci_function_set_pin(&b->slot4, pin);
        g_assert_cmpint(pci_intx_route(&b->slot3), ==, 10 + (pin - 1 + 2) % 4);
        g_assert_cmpint(pci_intx_route(&b->slot4), ==, 10 + (pin - 1 + 3) % 4);
    }
    rerouted_count = 0;
    b->slot4.rerouted = count_rerouted;
    config_out(b, DEVFN_ISA_BRIDGE, 0x63, 0x80, 1);
    g_assert_cmpuint(rerouted_count, ==, 1);
}

/* ---- The host's time -------------------------------------------------------------------- *
 *
 * These stand before libc's for the whole program, so that a test can say what time it is. */

static struct timespec now = { .tv_nsec = -1 }; /* if negative, the host's time counts */

static void set_time(time_t seconds, long nanoseconds)
{
    now = (struct timespec){ .tv_sec = seconds, .tv_nsec = nanoseconds };
}

int clock_gettime(clockid_t clock, struct timespec *result)
{
    if (clock == CLOCK_REALTIME && now.tv_nsec >= 0) {
        *result = now;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, result);
}

time_t time(time_t *result)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    if (result) {
        *result = at.tv_sec;
    }
    return at.tv_sec;
}

/* ---- The clock chip --------------------------------------------------------------------- */

typedef struct Clock {
    Board *b;
    Cmos cmos;
} Clock;

static Clock *clock_new(Machine *m, uint64_t low, uint64_t high)
{
    Clock *c = g_new0(Clock, 1);

    c->b = board_new(m);
    cmos_init(&c->cmos, low, high, 1);
    memory_region_add_subregion(get_system_io(), PORT_CMOS, &c->cmos.mr);
    return c;
}

static void clock_free(Clock *c)
{
    memory_region_del_subregion(get_system_io(), &c->cmos.mr);
    object_unparent(OBJECT(&c->cmos.mr));
    board_free(c->b);
    g_free(c);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Clock, clock_free)

static uint8_t clock_in(Clock *c, uint8_t index)
{
    port_out(c->b, PORT_CMOS, index, 1);
    return (uint8_t)port_in(c->b, PORT_CMOS + 1, 1);
}

static void clock_out(Clock *c, uint8_t index, uint8_t value)
{
    port_out(c->b, PORT_CMOS, index, 1);
    port_out(c->b, PORT_CMOS + 1, value, 1);
}

static unsigned clock_word(Clock *c, uint8_t index)
{
    return clock_in(c, index) | (unsigned)clock_in(c, index + 1) << 8;
}

static void memory_sizes(Machine *m, gconstpointer data)
{
    (void)data;
    {
        g_autoptr(Clock) c = clock_new(m, 32 * MiB, 0);

        g_assert_cmpuint(clock_word(c, 0x15), ==, 640);
        g_assert_cmpuint(clock_word(c, 0x17), ==, 31 * 1024);
        g_assert_cmpuint(clock_word(c, 0x30), ==, 31 * 1024);
        g_assert_cmpuint(clock_word(c, 0x34), ==, 16 * 16);
        g_assert_cmpuint(clock_word(c, 0x5b), ==, 0);
    }
    {
        g_autoptr(Clock) c = clock_new(m, 3 * GiB, 1025 * GiB);

        g_assert_cmpuint(clock_word(c, 0x17), ==, 0xffff);
        g_assert_cmpuint(clock_word(c, 0x34), ==, 0xbf00);
        g_assert_cmpuint(clock_word(c, 0x5b) | (unsigned)clock_in(c, 0x5d) << 16, ==, 0xffffff);
    }
    {
        g_autoptr(Clock) c = clock_new(m, 8 * MiB, 6 * GiB);

        g_assert_cmpuint(clock_word(c, 0x34), ==, 0);
        g_assert_cmpuint(clock_word(c, 0x5b) | (unsigned)clock_in(c, 0x5d) << 16, ==, 0x18000);
        g_assert_cmpuint(clock_in(c, 0x5f), ==, 0);
    }
}

static int from_bcd(uint8_t value)
{
    return (value >> 4) * 10 + (value & 15);
}

/* The chip's time is between two readings of the host's time. */
static void time_of_day(Machine *m, gconstpointer data)
{
    g_autoptr(Clock) c = clock_new(m, MiB, 0);
    time_t before;
    struct tm tm = { 0 };

    (void)data;
    do { /* try until the second does not change in between */
        before = time(NULL);
        tm.tm_sec = from_bcd(clock_in(c, 0));
        tm.tm_min = from_bcd(clock_in(c, 2));
        tm.tm_hour = from_bcd(clock_in(c, 4));
        tm.tm_mday = from_bcd(clock_in(c, 7));
        tm.tm_mon = from_bcd(clock_in(c, 8)) - 1;
        tm.tm_year = from_bcd(clock_in(c, 0x32)) * 100 + from_bcd(clock_in(c, 9)) - 1900;
    } while (time(NULL) != before);
    g_assert_cmpint(timegm(&tm), ==, before);
    g_assert_cmpint(clock_in(c, 6), ==, (before / 86400 + 4) % 7 + 1);
    clock_out(c, 9, 0x01); /* cannot be set */
    g_assert_cmpint(from_bcd(clock_in(c, 9)), ==, tm.tm_year % 100);
}

/* Midnight and noon are 12 in the 12-hour format. */
static void time_formats(Machine *m, gconstpointer data)
{
    g_autoptr(Clock) c = clock_new(m, MiB, 0);

    (void)data;
    for (int hour = 0; hour < 24; hour++) {
        int half = hour % 12 == 0 ? 12 : hour % 12;
        int afternoon = hour >= 12 ? 0x80 : 0;

        set_time(1000000000 / 86400 * 86400 + hour * 3600, 0);
        clock_out(c, 0x0b, 0x06);
        g_assert_cmphex(clock_in(c, 4), ==, hour);
        clock_out(c, 0x0b, 0x02);
        g_assert_cmpint(from_bcd(clock_in(c, 4)), ==, hour);
        clock_out(c, 0x0b, 0x04);
        g_assert_cmphex(clock_in(c, 4), ==, half | afternoon);
        clock_out(c, 0x0b, 0x00);
        g_assert_cmpint(from_bcd(clock_in(c, 4) & 0x7f), ==, half);
        g_assert_cmphex(clock_in(c, 4) & 0x80, ==, afternoon);
    }
    set_time(0, -1);
}

/* The chip reports that it is about to change the time. */
static void updates(Machine *m, gconstpointer data)
{
    g_autoptr(Clock) c = clock_new(m, MiB, 0);

    (void)data;
    set_time(1000000000, 0);
    g_assert_cmphex(clock_in(c, 0x0a), ==, 0x26);
    set_time(1000000000, 999900000);
    g_assert_cmphex(clock_in(c, 0x0a), ==, 0xa6);
    clock_out(c, 0x0a, 0xff);
    set_time(1000000000, 0);
    g_assert_cmphex(clock_in(c, 0x0a), ==, 0x7f);
    set_time(0, -1);
}

static void memory_of_the_chip(Machine *m, gconstpointer data)
{
    g_autoptr(Clock) c = clock_new(m, MiB, 0);

    (void)data;
    clock_out(c, 0x0f, 0x5a);
    g_assert_cmphex(clock_in(c, 0x8f), ==, 0x5a); /* bit 7 does not belong to the index */
    g_assert_cmphex(port_in(c->b, PORT_CMOS, 1), ==, 0xff);
    g_assert_cmphex(clock_in(c, 0x0d), ==, 0x80);
    clock_out(c, 0x0d, 0);
    g_assert_cmphex(clock_in(c, 0x0d), ==, 0x80);
    clock_out(c, 0x0c, 0xff);
    g_assert_cmphex(clock_in(c, 0x0c), ==, 0);
    clock_out(c, 0x0a, 0xff);
    g_assert_cmphex(clock_in(c, 0x0a) & 0x7f, ==, 0x7f);
    clock_out(c, 0x7f, 0x11);
    g_assert_cmphex(clock_in(c, 0x7f), ==, 0x11);
}

/* ---- The keyboard controller ------------------------------------------------------------ */

typedef struct Keys {
    Board *b;
    Keyboard keyboard;
} Keys;

static void note_reset(void *opaque)
{
    Keys *k = opaque;

    g_string_append(k->b->m->trace, "reset");
}

static Keys *keys_new(Machine *m)
{
    Keys *k = g_new0(Keys, 1);

    k->b = board_new(m);
    keyboard_init(&k->keyboard, note_reset, k);
    memory_region_add_subregion(get_system_io(), PORT_KEYBOARD_DATA, &k->keyboard.data);
    memory_region_add_subregion(get_system_io(), PORT_KEYBOARD_COMMAND, &k->keyboard.command);
    return k;
}

static void keys_free(Keys *k)
{
    memory_region_del_subregion(get_system_io(), &k->keyboard.data);
    memory_region_del_subregion(get_system_io(), &k->keyboard.command);
    object_unparent(OBJECT(&k->keyboard.data));
    object_unparent(OBJECT(&k->keyboard.command));
    board_free(k->b);
    g_free(k);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keys, keys_free)

static void command(Keys *k, uint8_t byte)
{
    port_out(k->b, PORT_KEYBOARD_COMMAND, byte, 1);
}

static void data_out(Keys *k, uint8_t byte)
{
    port_out(k->b, PORT_KEYBOARD_DATA, byte, 1);
}

/* Everything that can be read now, in hexadecimal digits. */
static char *answers(Keys *k)
{
    GString *text = g_string_new(NULL);

    while (port_in(k->b, PORT_KEYBOARD_COMMAND, 1) & 1) {
        g_string_append_printf(text, "%02x", port_in(k->b, PORT_KEYBOARD_DATA, 1));
    }
    return g_string_free(text, FALSE);
}

#define assert_answers(k, want)                                                                   \
    do {                                                                                          \
        g_autofree char *answers_now = answers(k);                                                \
        g_assert_cmpstr(answers_now, ==, want);                                                   \
    } while (0)

static void controller(Machine *m, gconstpointer data)
{
    g_autoptr(Keys) k = keys_new(m);

    (void)data;
    assert_answers(k, "");
    command(k, 0xaa);
    assert_answers(k, "55");
    command(k, 0xab);
    assert_answers(k, "00");
    command(k, 0xa9);
    assert_answers(k, "ff");
    command(k, 0x60);
    data_out(k, 0x41);
    command(k, 0xad);
    command(k, 0x20);
    assert_answers(k, "51");
    command(k, 0xae);
    command(k, 0x20);
    assert_answers(k, "41");
    command(k, 0xd4);
    data_out(k, 0xff); /* there is no mouse */
    assert_answers(k, "");
    keyboard_reset(&k->keyboard);
    command(k, 0x20);
    assert_answers(k, "00");
}

static void keyboard(Machine *m, gconstpointer data)
{
    g_autoptr(Keys) k = keys_new(m);

    (void)data;
    data_out(k, 0xff);
    assert_answers(k, "faaa");
    data_out(k, 0xf2);
    assert_answers(k, "faab83");
    data_out(k, 0xf4);
    assert_answers(k, "fa");
    for (unsigned i = 0; i < 100; i++) {
        data_out(k, 0xff);
    }
    assert_answers(k, "faaafaaafaaafaaa");
}

static void keyboard_resets(Machine *m, gconstpointer data)
{
    g_autoptr(Keys) k = keys_new(m);

    (void)data;
    command(k, 0xfe);
    assert_trace(m, "reset");
    command(k, 0xff); /* pulses no line */
    command(k, 0xd1);
    data_out(k, 0xdf);
    assert_trace(m, "");
    command(k, 0xd0);
    assert_answers(k, "df");
    command(k, 0xd1);
    data_out(k, 0x02);
    assert_trace(m, "reset");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/pc-devices/power/timer-counts", timer_counts);
    TEST("/pc-devices/power/timer-moves", timer_moves);
    TEST("/pc-devices/power/timer-is-saved", timer_is_saved);
    TEST("/pc-devices/power/switching-off", switching_off);
    TEST("/pc-devices/power/resetting", resetting);
    TEST("/pc-devices/interrupts/pin-to-input", pin_to_input);
    TEST("/pc-devices/interrupts/own-inputs", own_inputs);
    TEST("/pc-devices/interrupts/shared-input", shared_input);
    TEST("/pc-devices/interrupts/pins-turn", pins_turn);
    TEST("/pc-devices/cmos/memory-sizes", memory_sizes);
    TEST("/pc-devices/cmos/time-of-day", time_of_day);
    TEST("/pc-devices/cmos/time-formats", time_formats);
    TEST("/pc-devices/cmos/updates", updates);
    TEST("/pc-devices/cmos/memory", memory_of_the_chip);
    TEST("/pc-devices/keyboard/controller", controller);
    TEST("/pc-devices/keyboard/keyboard", keyboard);
    TEST("/pc-devices/keyboard/resets", keyboard_resets);
    return g_test_run();
}
