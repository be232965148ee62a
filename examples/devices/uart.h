/* SPDX-License-Identifier: MIT
 *
 * A 16550 serial port. Its other end is the program: bytes that the guest sends go to a function,
 * text typed by the program is queued for the guest. A board that has an interrupt for it connects
 * one; a guest that polls needs none.
 */
#ifndef DEVICES_UART_H
#define DEVICES_UART_H

#include <physmem/physmem.h>

#define UART_REGISTERS 8
#define UART_QUEUE 1024

/* Called with the context's lock held, from the guest's store. */
typedef void UartSink(void *opaque, char c);
typedef void UartIrq(void *opaque, bool level);

/* What the guest has set; plain data, for saving. */
typedef struct UartState {
    uint8_t divisor[2];
    uint8_t interrupt_enable;
    uint8_t line_control;
    uint8_t modem_control;
    uint8_t scratch;
    uint8_t fifo_enabled;
    uint8_t sent_pending; /* the guest has not yet been told that the transmitter is empty */
} UartState;

typedef struct Uart {
    MemoryRegion region;
    MemoryContext *context;
    UartSink *sink;
    void *sink_opaque;
    UartIrq *irq;
    void *irq_opaque;
    bool level; /* of the interrupt, as told last */
    UartState state;
    unsigned head; /* typed text not yet read by the guest: [head, tail) */
    unsigned tail;
    char queue[UART_QUEUE];
} Uart;

/* The region has 'size' bytes, at least UART_REGISTERS; behind the registers it reads as zero. */
void uart_init(Uart *uart, const char *name, uint64_t size, UartSink *sink, void *opaque);

/* Connects the interrupt: irq is called with the lock held, whenever the level changes. */
void uart_connect(Uart *uart, UartIrq *irq, void *opaque);

/* Queues text for the guest; what does not fit is lost, as on a real line. Any thread, with or
 * without the context's lock. */
void uart_type(Uart *uart, const char *text);

/* As after power-on; what was typed stays. */
void uart_reset(Uart *uart);

/* Sets what uart->state was when it was saved. */
void uart_load(Uart *uart, const UartState *state);

#endif
