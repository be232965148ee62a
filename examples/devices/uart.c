/* SPDX-License-Identifier: MIT
 *
 * The eight byte registers of the 16550. Sending never waits, so the transmitter is always empty.
 * Typed text stays until the guest reads it, even if the guest clears the FIFO.
 */
#include "uart.h"

#include <linux/serial_reg.h>

#define LINE_STATUS_SENT (UART_LSR_TEMT | UART_LSR_THRE)
#define INTERRUPT_ID_FIFO 0xc0
#define MODEM_STATUS_CONNECTED (UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS)

/* ---- Interrupts ------------------------------------------------------------------------- */

static bool received(const Uart *uart)
{
    return uart->head != uart->tail;
}

/* The most urgent cause of interrupt that the guest has enabled. */
static uint8_t interrupt_id(const Uart *uart)
{
    const UartState *s = &uart->state;

    if (received(uart) && (s->interrupt_enable & UART_IER_RDI)) {
        return UART_IIR_RDI;
    }
    if (s->sent_pending && (s->interrupt_enable & UART_IER_THRI)) {
        return UART_IIR_THRI;
    }
    return UART_IIR_NO_INT;
}

/* In a PC, the modem line OUT2 connects the chip with the interrupt controller. */
static void update_irq(Uart *uart)
{
    bool level = interrupt_id(uart) != UART_IIR_NO_INT &&
                 (uart->state.modem_control & UART_MCR_OUT2);

    if (uart->irq && level != uart->level) {
        uart->irq(uart->irq_opaque, level);
    }
    uart->level = level;
}

/* ---- Reading ---------------------------------------------------------------------------- */

static bool divisor_shown(const Uart *uart)
{
    return uart->state.line_control & UART_LCR_DLAB;
}

static uint8_t receive(Uart *uart)
{
    return received(uart) ? (uint8_t)uart->queue[uart->head++ % UART_QUEUE] : 0;
}

/* A read that reports the empty transmitter ends that cause. */
static uint8_t read_interrupt_id(Uart *uart)
{
    uint8_t id = interrupt_id(uart);

    if (id == UART_IIR_THRI) {
        uart->state.sent_pending = false;
    }
    return id | (uart->state.fifo_enabled ? INTERRUPT_ID_FIFO : 0);
}

static uint8_t line_status(const Uart *uart)
{
    return LINE_STATUS_SENT | (received(uart) ? UART_LSR_DR : 0);
}

/* In loop mode the chip reads its own outputs. Drivers use this to detect a port. */
static uint8_t modem_status(const Uart *uart)
{
    uint8_t out = uart->state.modem_control;

    if (!(out & UART_MCR_LOOP)) {
        return MODEM_STATUS_CONNECTED;
    }
    return (uint8_t)((out & UART_MCR_RTS ? UART_MSR_CTS : 0) |
                     (out & UART_MCR_DTR ? UART_MSR_DSR : 0) |
                     (out & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
                     (out & UART_MCR_OUT2 ? UART_MSR_DCD : 0));
}

static uint8_t read_register(Uart *uart, hwaddr addr)
{
    switch (addr) {
    case UART_RX:
        return divisor_shown(uart) ? uart->state.divisor[0] : receive(uart);
    case UART_IER:
        return divisor_shown(uart) ? uart->state.divisor[1] : uart->state.interrupt_enable;
    case UART_IIR:
        return read_interrupt_id(uart);
    case UART_LCR:
        return uart->state.line_control;
    case UART_MCR:
        return uart->state.modem_control;
    case UART_LSR:
        return line_status(uart);
    case UART_MSR:
        return modem_status(uart);
    case UART_SCR:
        return uart->state.scratch;
    default:
        return 0;
    }
}

static uint64_t uart_read(void *opaque, hwaddr addr, unsigned size)
{
    Uart *uart = opaque;
    uint8_t byte = read_register(uart, addr);

    (void)size;
    update_irq(uart);
    return byte;
}

/* ---- Writing ---------------------------------------------------------------------------- */

static void queue(Uart *uart, char c)
{
    if (uart->tail - uart->head < UART_QUEUE) {
        uart->queue[uart->tail++ % UART_QUEUE] = c;
    }
}

static void send(Uart *uart, uint8_t byte)
{
    uart->state.sent_pending = true;
    if (uart->state.modem_control & UART_MCR_LOOP) {
        queue(uart, (char)byte);
    } else {
        uart->sink(uart->sink_opaque, (char)byte);
    }
}

/* A guest that enables the transmitter's interrupt gets it at once, because the transmitter is
 * empty. */
static void write_interrupt_enable(Uart *uart, uint8_t byte)
{
    uint8_t before = uart->state.interrupt_enable;

    uart->state.interrupt_enable = byte & 0x0f;
    if (byte & ~before & UART_IER_THRI) {
        uart->state.sent_pending = true;
    }
}

static void write_shared(Uart *uart, hwaddr addr, uint8_t byte)
{
    if (divisor_shown(uart)) {
        uart->state.divisor[addr] = byte;
    } else if (addr == UART_TX) {
        send(uart, byte);
    } else {
        write_interrupt_enable(uart, byte);
    }
}

static void uart_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Uart *uart = opaque;
    uint8_t byte = (uint8_t)data;

    (void)size;
    switch (addr) {
    case UART_TX:
    case UART_IER:
        write_shared(uart, addr, byte);
        break;
    case UART_FCR:
        uart->state.fifo_enabled = byte & UART_FCR_ENABLE_FIFO;
        break;
    case UART_LCR:
        uart->state.line_control = byte;
        break;
    case UART_MCR:
        uart->state.modem_control = byte & 0x1f;
        break;
    case UART_SCR:
        uart->state.scratch = byte;
        break;
    default:
        break;
    }
    update_irq(uart);
}

/* The library splits wider accesses into bytes. */
static const MemoryRegionOps uart_ops = {
    .read = uart_read,
    .write = uart_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

/* ---- The program's side ----------------------------------------------------------------- */

void uart_init(Uart *uart, const char *name, uint64_t size, UartSink *sink, void *opaque)
{
    *uart = (Uart){ .context = memory_context_current(), .sink = sink, .sink_opaque = opaque };
    memory_region_init_io(&uart->region, NULL, &uart_ops, uart, name, size);
}

void uart_connect(Uart *uart, UartIrq *irq, void *opaque)
{
    uart->irq = irq;
    uart->irq_opaque = opaque;
}

void uart_type(Uart *uart, const char *text)
{
    memory_context_lock(uart->context);
    for (; *text != '\0'; text++) {
        queue(uart, *text);
    }
    update_irq(uart);
    memory_context_unlock(uart->context);
}

void uart_load(Uart *uart, const UartState *state)
{
    memory_context_lock(uart->context);
    uart->state = *state;
    update_irq(uart);
    memory_context_unlock(uart->context);
}

void uart_reset(Uart *uart)
{
    uart_load(uart, &(UartState){ .sent_pending = false });
}
