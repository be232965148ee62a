/* SPDX-License-Identifier: MIT
 *
 * Commands that access memory and ports. They are transfers, whose results are dropped: what fails
 * reads as the space says, usually as zeros.
 */
#include <physmem/access.h>

#include <string.h>

#include "command.h"
#include "digits.h"

#define PORT_MOST 0xffff

/* ---- Values ----------------------------------------------------------------------------- */

static uint64_t value_of(const uint8_t *bytes, unsigned size, bool big_endian)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value |= (uint64_t)bytes[i] << 8 * (big_endian ? size - 1 - i : i);
    }
    return value;
}

static void put_value(uint8_t *bytes, uint64_t value, unsigned size, bool big_endian)
{
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> 8 * (big_endian ? size - 1 - i : i));
    }
}

static uint64_t load(AddressSpace *as, hwaddr addr, unsigned size, bool big_endian)
{
    uint8_t bytes[8];

    address_space_read(as, addr, MEMTXATTRS_UNSPECIFIED, bytes, size);
    return value_of(bytes, size, big_endian);
}

static void store(AddressSpace *as, hwaddr addr, uint64_t value, unsigned size, bool big_endian)
{
    uint8_t bytes[8];

    put_value(bytes, value, size, big_endian);
    address_space_write(as, addr, MEMTXATTRS_UNSPECIFIED, bytes, size);
}

void access_read_value(const Command *command)
{
    const PhysmemServer *server = command->client->server;
    uint64_t value =
        load(server->options.memory, command->number[0], command->verb->size, server->big_endian);

    text_printf(&command->client->answer, "OK 0x%016" PRIx64 "\n", value);
}

void access_write_value(const Command *command)
{
    const PhysmemServer *server = command->client->server;

    store(server->options.memory, command->number[0], command->number[1], command->verb->size,
          server->big_endian);
    command_ok(command);
}

void access_endianness(const Command *command)
{
    text_printf(&command->client->answer, "OK %s\n",
                command->client->server->big_endian ? "big" : "little");
}

/* ---- Ports, which are little endian in every machine ------------------------------------ */

static bool is_port(const Command *command)
{
    if (command->number[0] > PORT_MOST) {
        command_fail(command, "ports are 0 to 0xffff");
        return false;
    }
    return true;
}

void access_in(const Command *command)
{
    AddressSpace *io = command->client->server->options.io;

    if (is_port(command)) {
        text_printf(&command->client->answer, "OK 0x%04" PRIx64 "\n",
                    load(io, command->number[0], command->verb->size, false));
    }
}

void access_out(const Command *command)
{
    AddressSpace *io = command->client->server->options.io;

    if (is_port(command)) {
        store(io, command->number[0], command->number[1], command->verb->size, false);
        command_ok(command);
    }
}

/* ---- Bytes ------------------------------------------------------------------------------ */

static bool accept_count(const Command *command, uint64_t least)
{
    if (command->number[1] < least || command->number[1] > PHYSMEM_SERVE_BYTES) {
        text_printf(&command->client->answer, "FAIL BYTES is %" PRIu64 " to %u\n", least,
                    PHYSMEM_SERVE_BYTES);
        return false;
    }
    return true;
}

/* Reads the command's bytes and returns a place for their text. */
static char *read_bytes(const Command *command, const char *prefix, size_t length)
{
    PhysmemServer *server = command->client->server;
    Text *answer = &command->client->answer;

    address_space_read(server->options.memory, command->number[0], MEMTXATTRS_UNSPECIFIED,
                       server->bytes, command->number[1]);
    text_add(answer, prefix, strlen(prefix));
    return text_extend(answer, length);
}

static void write_bytes(const Command *command)
{
    PhysmemServer *server = command->client->server;

    address_space_write(server->options.memory, command->number[0], MEMTXATTRS_UNSPECIFIED,
                        server->bytes, command->number[1]);
    command_ok(command);
}

void access_read(const Command *command)
{
    char *text;

    if (!accept_count(command, 1)) {
        return;
    }
    text = read_bytes(command, "OK 0x", 2 * command->number[1]);
    if (text) {
        digits_put_hex(text, command->client->server->bytes, command->number[1]);
    }
    text_add(&command->client->answer, "\n", 1);
}

void access_read_base64(const Command *command)
{
    char *text;

    if (!accept_count(command, 0)) {
        return;
    }
    text = read_bytes(command, "OK ", digits_base64_length(command->number[1]));
    if (text) {
        digits_put_base64(text, command->client->server->bytes, command->number[1]);
    }
    text_add(&command->client->answer, "\n", 1);
}

void access_write(const Command *command)
{
    const char *data = command->words.word[3];

    if (strlen(data) < 3) {
        text_printf(&command->client->answer, "ERR invalid argument size\n");
    } else if (!accept_count(command, 1)) {
        return;
    } else if (strncmp(data, "0x", 2) != 0 ||
               !digits_get_hex(data + 2, command->client->server->bytes, command->number[1])) {
        command_fail(command, "the data is not 0x and hexadecimal digits");
    } else {
        write_bytes(command);
    }
}

void access_write_base64(const Command *command)
{
    if (!accept_count(command, 0)) {
        return;
    }
    if (digits_get_base64(command->words.word[3], command->client->server->bytes,
                          command->number[1])) {
        write_bytes(command);
    } else {
        command_fail(command, "the data is not padded base64 of so many bytes");
    }
}

void access_memset(const Command *command)
{
    if (accept_count(command, 0)) {
        memset(command->client->server->bytes, (uint8_t)command->number[2], command->number[1]);
        write_bytes(command);
    }
}
