/* SPDX-License-Identifier: MIT
 *
 * The keyboard controller, with a keyboard on which nobody types. It answers firmware's questions,
 * so that firmware does not wait in vain. It raises no interrupts, and there is no mouse.
 */
#ifndef PC_KEYBOARD_H
#define PC_KEYBOARD_H

#include <physmem/physmem.h>

#define KEYBOARD_ANSWERS 8

typedef void KeyboardResetFunc(void *opaque);

typedef struct Keyboard {
    MemoryRegion data;
    MemoryRegion command;
    KeyboardResetFunc *reset; /* called when the guest resets the processor by the controller */
    void *reset_opaque;
    uint8_t control; /* the command byte, 0x20 and 0x60 */
    uint8_t output_port;
    uint8_t expecting; /* the command whose parameter comes next on the data port; 0: none */
    unsigned count;    /* the number of bytes that the guest can read */
    uint8_t answers[KEYBOARD_ANSWERS];
} Keyboard;

void keyboard_init(Keyboard *keyboard, KeyboardResetFunc *reset, void *opaque);
void keyboard_reset(Keyboard *keyboard);

#endif
