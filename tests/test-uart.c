/* SPDX-License-Identifier: MIT
 *
 * The example machines' serial port (examples/devices): what a guest receives and sends, and when
 * it gets interrupts.
 */
#include "../examples/devices/uart.h"

#include <linux/serial_reg.h>

#include "probe.h"

typedef struct Stage {
    AddressSpace *as;
    Uart uart;
    GString *said;
    GString *levels; /* levels of the interrupt, in order */
} Stage;

static void hear(void *opaque, char c)
{
    g_string_append_c(((Stage *)opaque)->said, c);
}

static void irq(void *opaque, bool level)
{
    g_string_append(((Stage *)opaque)->levels, level ? "1" : "0");
}

static void stage_setup(Stage *s, Machine *m)
{
    MemoryRegion *root = box_new(m, "root", 0x100);

    s->said = g_string_new(NULL);
    s->levels = g_string_new(NULL);
    s->as = space_new(m, root, "as");
    uart_init(&s->uart, "uart", UART_REGISTERS, hear, s);
    uart_connect(&s->uart, irq, s);
    memory_region_add_subregion(root, 0, &s->uart.region);
}

static void stage_end(Stage *s)
{
    memory_region_del_subregion(s->uart.region.container, &s->uart.region);
    object_unparent(OBJECT(&s->uart.region));
    memory_drain();
    g_string_free(s->said, TRUE);
    g_string_free(s->levels, TRUE);
}

static uint8_t in(Stage *s, hwaddr reg)
{
    return address_space_ldub(s->as, reg, ANY, NULL);
}

static void out(Stage *s, hwaddr reg, uint8_t byte)
{
    address_space_stb(s->as, reg, byte, ANY, NULL);
}

static void assert_levels(Stage *s, const char *want)
{
    g_assert_cmpstr(s->levels->str, ==, want);
    g_string_truncate(s->levels, 0);
}

static void without_interrupts(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    g_assert_cmphex(in(s, UART_LSR), ==, 0x60);
    g_assert_cmphex(in(s, UART_MSR), ==, 0xb0);
    g_assert_cmphex(in(s, UART_RX), ==, 0);
    out(s, UART_TX, 'h');
    out(s, UART_TX, 'i');
    g_assert_cmpstr(s->said->str, ==, "hi");
    uart_type(&s->uart, "ab");
    g_assert_cmphex(in(s, UART_LSR), ==, 0x61);
    g_assert_cmpint(in(s, UART_RX), ==, 'a');
    g_assert_cmpint(in(s, UART_RX), ==, 'b');
    g_assert_cmphex(in(s, UART_LSR), ==, 0x60);
    assert_levels(s, "");
    stage_end(s);
}

static void registers(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    out(s, UART_LCR, 0x83);
    out(s, UART_DLL, 0x12);
    out(s, UART_DLM, 0x34);
    g_assert_cmphex(in(s, UART_DLL), ==, 0x12);
    g_assert_cmphex(in(s, UART_DLM), ==, 0x34);
    out(s, UART_LCR, 0x03);
    g_assert_cmphex(in(s, UART_LCR), ==, 0x03);
    g_assert_cmphex(in(s, UART_IER), ==, 0);
    g_assert_cmpstr(s->said->str, ==, "");
    out(s, UART_SCR, 0x5a);
    g_assert_cmphex(in(s, UART_SCR), ==, 0x5a);
    g_assert_cmphex(in(s, UART_IIR), ==, 0x01);
    out(s, UART_FCR, UART_FCR_ENABLE_FIFO);
    g_assert_cmphex(in(s, UART_IIR), ==, 0xc1);
    stage_end(s);
}

static void received_interrupt(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    uart_type(&s->uart, "a");
    out(s, UART_IER, UART_IER_RDI);
    assert_levels(s, ""); /* a PC has a gate in between */
    out(s, UART_MCR, UART_MCR_OUT2);
    assert_levels(s, "1");
    g_assert_cmphex(in(s, UART_IIR), ==, UART_IIR_RDI);
    uart_type(&s->uart, "b");
    in(s, UART_RX);
    assert_levels(s, "");
    in(s, UART_RX);
    assert_levels(s, "0");
    g_assert_cmphex(in(s, UART_IIR), ==, UART_IIR_NO_INT);
    uart_type(&s->uart, "c");
    assert_levels(s, "1");
    out(s, UART_IER, 0);
    assert_levels(s, "0");
    stage_end(s);
}

static void sent_interrupt(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    out(s, UART_MCR, UART_MCR_OUT2);
    out(s, UART_IER, UART_IER_THRI);
    assert_levels(s, "1"); /* the transmitter is empty, so it interrupts at once */
    g_assert_cmphex(in(s, UART_IIR), ==, UART_IIR_THRI);
    assert_levels(s, "0");
    g_assert_cmphex(in(s, UART_IIR), ==, UART_IIR_NO_INT);
    out(s, UART_IER, UART_IER_THRI);
    assert_levels(s, "");
    out(s, UART_TX, 'x');
    assert_levels(s, "1");
    out(s, UART_IER, UART_IER_THRI | UART_IER_RDI);
    uart_type(&s->uart, "a");
    /* More urgent, and reading it clears nothing. */
    g_assert_cmphex(in(s, UART_IIR), ==, UART_IIR_RDI);
    in(s, UART_RX);
    assert_levels(s, "");
    g_assert_cmphex(in(s, UART_IIR), ==, UART_IIR_THRI);
    assert_levels(s, "0");
    stage_end(s);
}

static void loop(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    out(s, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_RTS);
    g_assert_cmphex(in(s, UART_MSR) & 0xf0, ==, UART_MSR_DCD | UART_MSR_CTS);
    out(s, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1 | UART_MCR_DTR);
    g_assert_cmphex(in(s, UART_MSR) & 0xf0, ==, UART_MSR_RI | UART_MSR_DSR);
    out(s, UART_TX, 'q');
    g_assert_cmpstr(s->said->str, ==, "");
    g_assert_cmpint(in(s, UART_RX), ==, 'q');
    stage_end(s);
}

static void too_much(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    g_autofree char *text = g_strnfill(UART_QUEUE + 10, 'z');
    unsigned count = 0;

    (void)data;
    stage_setup(s, m);
    uart_type(&s->uart, text);
    while (in(s, UART_LSR) & UART_LSR_DR) {
        g_assert_cmpint(in(s, UART_RX), ==, 'z');
        count++;
    }
    g_assert_cmpuint(count, ==, UART_QUEUE);
    stage_end(s);
}

static void saved_and_loaded(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    UartState state;

    (void)data;
    stage_setup(s, m);
    out(s, UART_MCR, UART_MCR_OUT2);
    out(s, UART_LCR, 3);
    out(s, UART_IER, UART_IER_THRI);
    state = s->uart.state;
    uart_reset(&s->uart);
    assert_levels(s, "10");
    g_assert_cmphex(in(s, UART_LCR), ==, 0);
    uart_load(&s->uart, &state);
    assert_levels(s, "1");
    g_assert_cmphex(in(s, UART_LCR), ==, 3);
    g_assert_cmphex(in(s, UART_IIR), ==, UART_IIR_THRI);
    stage_end(s);
}

/* Two threads type while the guest reads: no character is lost or comes twice. */
static gpointer typist(gpointer data)
{
    Stage *s = data;

    for (unsigned i = 0; i < 400; i++) {
        uart_type(&s->uart, "k");
        g_usleep(1);
    }
    return NULL;
}

static void typed_meanwhile(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    GThread *threads[2];
    unsigned count = 0;

    (void)data;
    stage_setup(s, m);
    out(s, UART_MCR, UART_MCR_OUT2);
    out(s, UART_IER, UART_IER_RDI);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("typist", typist, s);
    }
    for (unsigned tries = 0; count < 800; tries++) {
        g_assert_cmpuint(tries, <, 60000);
        while (in(s, UART_LSR) & UART_LSR_DR) {
            g_assert_cmpint(in(s, UART_RX), ==, 'k');
            count++;
        }
        g_usleep(1000);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmphex(in(s, UART_LSR), ==, 0x60);
    g_assert_true(g_str_has_suffix(s->levels->str, "0"));
    stage_end(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/uart/without-interrupts", without_interrupts);
    TEST("/uart/registers", registers);
    TEST("/uart/interrupts/received", received_interrupt);
    TEST("/uart/interrupts/sent", sent_interrupt);
    TEST("/uart/loop", loop);
    TEST("/uart/too-much", too_much);
    TEST("/uart/saved-and-loaded", saved_and_loaded);
    TEST("/uart/typed-meanwhile", typed_meanwhile);
    return g_test_run();
}
