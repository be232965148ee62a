/* SPDX-License-Identifier: MIT
 *
 * The 16550's eight byte registers. Sending never waits, so the transmitter is always empty.
 */
#include "uart.h"

enum {
    REG_DATA = 0,
    REG_INTERRUPT_ENABLE = 1,
    REG_INTERRUPT_ID = 2, /* written: FIFO control */
    REG_LINE_CONTROL = 3,
    REG_MODEM_CONTROL = 4,
    REG_LINE_STATUS = 5,
    REG_MODEM_STATUS = 6,
    REG_SCRATCH = 7,
};

#define LINE_CONTROL_DIVISOR 0x80
#define LINE_STATUS_RECEIVED 0x01
#define LINE_STATUS_SENT 0x60
#define INTERRUPT_ID_NONE 0x01
#define INTERRUPT_ID_FIFO 0xc0
#define MODEM_STATUS_CONNECTED 0xb0

static bool divisor_shown(const Uart *uart)
{
    return uart->line_control & LINE_CONTROL_DIVISOR;
}

static uint8_t receive(Uart *uart)
{
    if (uart->head == uart->tail) {
        return 0;
    }
    return (uint8_t)uart->queue[uart->head++ % UART_QUEUE];
}

static uint8_t line_status(const Uart *uart)
{
    return LINE_STATUS_SENT | (uart->head != uart->tail ? LINE_STATUS_RECEIVED : 0);
}

static uint64_t uart_read(void *opaque, hwaddr addr, unsigned size)
{
    Uart *uart = opaque;

    (void)size;
    switch (addr) {
    case REG_DATA:
        return divisor_shown(uart) ? uart->divisor[0] : receive(uart);
    case REG_INTERRUPT_ENABLE:
        return divisor_shown(uart) ? uart->divisor[1] : uart->interrupt_enable;
    case REG_INTERRUPT_ID:
        return INTERRUPT_ID_NONE | (uart->fifo_enabled ? INTERRUPT_ID_FIFO : 0);
    case REG_LINE_CONTROL:
        return uart->line_control;
    case REG_MODEM_CONTROL:
        return uart->modem_control;
    case REG_LINE_STATUS:
        return line_status(uart);
    case REG_MODEM_STATUS:
        return MODEM_STATUS_CONNECTED;
    case REG_SCRATCH:
        return uart->scratch;
    default:
        return 0;
    }
}

static void write_data(Uart *uart, uint8_t byte)
{
    if (divisor_shown(uart)) {
        uart->divisor[0] = byte;
    } else {
        uart->sink(uart->sink_opaque, (char)byte);
    }
}

static void write_interrupt_enable(Uart *uart, uint8_t byte)
{
    if (divisor_shown(uart)) {
        uart->divisor[1] = byte;
    } else {
        uart->interrupt_enable = byte & 0x0f;
    }
}

static void uart_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Uart *uart = opaque;
    uint8_t byte = (uint8_t)data;

    (void)size;
    switch (addr) {
    case REG_DATA:
        write_data(uart, byte);
        break;
    case REG_INTERRUPT_ENABLE:
        write_interrupt_enable(uart, byte);
        break;
    case REG_INTERRUPT_ID:
        uart->fifo_enabled = byte & 1;
        break;
    case REG_LINE_CONTROL:
        uart->line_control = byte;
        break;
    case REG_MODEM_CONTROL:
        uart->modem_control = byte;
        break;
    case REG_SCRATCH:
        uart->scratch = byte;
        break;
    default:
        break;
    }
}

/* Wider accesses are cut into bytes for us by the library. */
static const MemoryRegionOps uart_ops = {
    .read = uart_read,
    .write = uart_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

void uart_init(Uart *uart, UartSink *sink, void *opaque)
{
    *uart = (Uart){ .sink = sink, .sink_opaque = opaque };
    counted_init_io(&uart->region, &uart_ops, uart, "uart", UART_SIZE);
}

void uart_type(Uart *uart, const char *text)
{
    for (; *text != '\0' && uart->tail - uart->head < UART_QUEUE; text++) {
        uart->queue[uart->tail++ % UART_QUEUE] = *text;
    }
}
