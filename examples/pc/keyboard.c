/* SPDX-License-Identifier: MIT
 *
 * The keyboard controller, an 8042. One port takes commands for the controller, the other one has
 * the bytes to and from the keyboard.
 */
#include "keyboard.h"

#include <string.h>

#define STATUS_OUTPUT_FULL 0x01
#define STATUS_SELF_TEST_PASSED 0x04
#define STATUS_UNLOCKED 0x10

#define COMMAND_READ_CONTROL 0x20
#define COMMAND_WRITE_CONTROL 0x60
#define COMMAND_TEST_MOUSE_LINE 0xa9
#define COMMAND_SELF_TEST 0xaa
#define COMMAND_TEST_KEYBOARD_LINE 0xab
#define COMMAND_DISABLE_KEYBOARD 0xad
#define COMMAND_ENABLE_KEYBOARD 0xae
#define COMMAND_READ_OUTPUT_PORT 0xd0
#define COMMAND_WRITE_OUTPUT_PORT 0xd1
#define COMMAND_WRITE_TO_MOUSE 0xd4
#define COMMAND_PULSE 0xf0 /* to 0xff: pulses the outputs whose low bits are 0 */

#define CONTROL_KEYBOARD_DISABLED 0x10
#define OUTPUT_NOT_RESET 0x01
#define OUTPUT_A20 0x02

#define SELF_TEST_GOOD 0x55
#define LINE_GOOD 0x00
#define LINE_MISSING 0xff

#define KEYBOARD_IDENTIFY 0xf2
#define KEYBOARD_RESET 0xff
#define KEYBOARD_ACKNOWLEDGE 0xfa
#define KEYBOARD_PASSED 0xaa

/* ---- What the guest reads --------------------------------------------------------------- */

/* If the guest does not read, later bytes are lost, as on a real line. */
static void answer(Keyboard *keyboard, uint8_t byte)
{
    if (keyboard->count < KEYBOARD_ANSWERS) {
        keyboard->answers[keyboard->count++] = byte;
    }
}

static uint64_t data_read(void *opaque, hwaddr addr, unsigned size)
{
    Keyboard *keyboard = opaque;
    uint8_t byte = keyboard->answers[0];

    (void)addr;
    (void)size;
    if (keyboard->count > 0) {
        memmove(keyboard->answers, keyboard->answers + 1, --keyboard->count);
    }
    return byte;
}

static uint64_t status_read(void *opaque, hwaddr addr, unsigned size)
{
    const Keyboard *keyboard = opaque;

    (void)addr;
    (void)size;
    return STATUS_SELF_TEST_PASSED | STATUS_UNLOCKED |
           (keyboard->count > 0 ? STATUS_OUTPUT_FULL : 0);
}

/* ---- What it writes --------------------------------------------------------------------- */

static void write_output_port(Keyboard *keyboard, uint8_t byte)
{
    keyboard->output_port = byte | OUTPUT_NOT_RESET | OUTPUT_A20;
    if (!(byte & OUTPUT_NOT_RESET)) {
        keyboard->reset(keyboard->reset_opaque);
    }
}

static void write_keyboard(Keyboard *keyboard, uint8_t byte)
{
    answer(keyboard, KEYBOARD_ACKNOWLEDGE);
    if (byte == KEYBOARD_RESET) {
        answer(keyboard, KEYBOARD_PASSED);
    } else if (byte == KEYBOARD_IDENTIFY) {
        answer(keyboard, 0xab);
        answer(keyboard, 0x83);
    }
}

static void data_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Keyboard *keyboard = opaque;
    uint8_t expecting = keyboard->expecting;

    (void)addr;
    (void)size;
    keyboard->expecting = 0;
    switch (expecting) {
    case COMMAND_WRITE_CONTROL:
        keyboard->control = (uint8_t)data;
        break;
    case COMMAND_WRITE_OUTPUT_PORT:
        write_output_port(keyboard, (uint8_t)data);
        break;
    case COMMAND_WRITE_TO_MOUSE:
        break;
    default:
        write_keyboard(keyboard, (uint8_t)data);
        break;
    }
}

static void command_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Keyboard *keyboard = opaque;
    uint8_t command = (uint8_t)data;

    (void)addr;
    (void)size;
    keyboard->expecting = 0;
    switch (command) {
    case COMMAND_READ_CONTROL:
        answer(keyboard, keyboard->control);
        break;
    case COMMAND_WRITE_CONTROL:
    case COMMAND_WRITE_OUTPUT_PORT:
    case COMMAND_WRITE_TO_MOUSE:
        keyboard->expecting = command;
        break;
    case COMMAND_SELF_TEST:
        answer(keyboard, SELF_TEST_GOOD);
        break;
    case COMMAND_TEST_KEYBOARD_LINE:
        answer(keyboard, LINE_GOOD);
        break;
    case COMMAND_TEST_MOUSE_LINE:
        answer(keyboard, LINE_MISSING);
        break;
    case COMMAND_DISABLE_KEYBOARD:
        keyboard->control |= CONTROL_KEYBOARD_DISABLED;
        break;
    case COMMAND_ENABLE_KEYBOARD:
        keyboard->control &= ~CONTROL_KEYBOARD_DISABLED;
        break;
    case COMMAND_READ_OUTPUT_PORT:
        answer(keyboard, keyboard->output_port);
        break;
    default:
        if (command >= COMMAND_PULSE && !(command & OUTPUT_NOT_RESET)) {
            keyboard->reset(keyboard->reset_opaque);
        }
        break;
    }
}

#define BYTE_WIDE                                                                                 \
    .endianness = DEVICE_LITTLE_ENDIAN, .valid = { .min_access_size = 1, .max_access_size = 1 },  \
    .impl = { .min_access_size = 1, .max_access_size = 1 }

static const MemoryRegionOps data_ops = { .read = data_read, .write = data_write, BYTE_WIDE };
static const MemoryRegionOps command_ops = { .read = status_read,
                                             .write = command_write,
                                             BYTE_WIDE };

void keyboard_reset(Keyboard *keyboard)
{
    keyboard->control = 0;
    keyboard->output_port = OUTPUT_NOT_RESET | OUTPUT_A20;
    keyboard->expecting = 0;
    keyboard->count = 0;
}

void keyboard_init(Keyboard *keyboard, KeyboardResetFunc *reset, void *opaque)
{
    *keyboard = (Keyboard){ .reset = reset, .reset_opaque = opaque };
    memory_region_init_io(&keyboard->data, NULL, &data_ops, keyboard, "keyboard-data", 1);
    memory_region_init_io(&keyboard->command, NULL, &command_ops, keyboard, "keyboard-command", 1);
    keyboard_reset(keyboard);
}
