/* SPDX-License-Identifier: MIT
 *
 * A 16550 serial port without interrupts: what a boot loader that polls needs. Its other end is
 * the program: bytes that the guest sends go to a function, text typed by the program is queued
 * for the guest.
 */
#ifndef RISCV_VIRT_UART_H
#define RISCV_VIRT_UART_H

#include "counted.h"

#define UART_SIZE 0x100
#define UART_QUEUE 1024

typedef void UartSink(void *opaque, char c);

typedef struct Uart {
    CountedRegion region;
    UartSink *sink;
    void *sink_opaque;
    uint8_t divisor[2];
    uint8_t interrupt_enable;
    uint8_t line_control;
    uint8_t modem_control;
    uint8_t scratch;
    bool fifo_enabled;
    unsigned head; /* typed text not yet read by the guest: [head, tail) */
    unsigned tail;
    char queue[UART_QUEUE];
} Uart;

void uart_init(Uart *uart, UartSink *sink, void *opaque);

/* Queues text for the guest; what does not fit is lost, as on a real line. */
void uart_type(Uart *uart, const char *text);

#endif
