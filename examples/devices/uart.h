/* SPDX-License-Identifier: MIT
 *
 * A 16550 serial port. The program is at its other end: bytes that the guest sends go to a
 * function, and text that the program types is queued for the guest. A board can connect an
 * interrupt. A guest that polls needs none.
 */
#ifndef DEVICES_UART_H
#define DEVICES_UART_H

#include <physmem/physmem.h>

#define UART_REGISTERS 8
#define UART_QUEUE 1024

/* Takes a byte that the guest sends. Called with the context's lock held, in the guest's store. */
typedef void UartSink(void *opaque, char c);

/* Takes the level of the interrupt when it changes. Called with the context's lock held. */
typedef void UartIrq(void *opaque, bool level);

/* The state that the guest can change, as plain data. A snapshot saves it. */
typedef struct UartState {
    uint8_t divisor[2];
    uint8_t interrupt_enable;
    uint8_t line_control;
    uint8_t modem_control;
    uint8_t scratch;
    uint8_t fifo_enabled;
    uint8_t sent_pending; /* the guest has not read yet that the transmitter is empty */
} UartState;

typedef struct Uart {
    MemoryRegion region;
    MemoryContext *context;
    UartSink *sink;
    void *sink_opaque;
    UartIrq *irq;
    void *irq_opaque;
    bool level; /* of the interrupt, as 'irq' was last told */
    UartState state;
    unsigned head; /* [head, tail): typed text that the guest has not read yet */
    unsigned tail;
    char queue[UART_QUEUE];
} Uart;

/* Makes a serial port. Its region has 'size' bytes, at least UART_REGISTERS. The bytes after the
 * registers read as zero. */
void uart_init(Uart *uart, const char *name, uint64_t size, UartSink *sink, void *opaque);

/* Connects the interrupt. */
void uart_connect(Uart *uart, UartIrq *irq, void *opaque);

/* Queues text for the guest. Text that does not fit is lost, as on a real line. Any thread, with
 * or without the context's lock. */
void uart_type(Uart *uart, const char *text);

/* Resets the port as at power-on. Typed text stays. */
void uart_reset(Uart *uart);

/* Restores a saved uart->state. */
void uart_load(Uart *uart, const UartState *state);

#endif
