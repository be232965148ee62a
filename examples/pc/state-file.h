/* SPDX-License-Identifier: MIT
 *
 * The file that a saved PC lies in: named sections after a head. Knows nothing of what is in them.
 *
 *     head       magic, version
 *     section    length of the name, length of the data, name, data      (any number)
 *     end        a section with an empty name and no data
 *
 * Numbers are little endian. Pages of zeros become holes of the file. Whatever is wrong with a file
 * is found when it is opened, or when a section is asked for.
 */
#ifndef PC_STATE_FILE_H
#define PC_STATE_FILE_H

#include <stdio.h>

#include <physmem/physmem.h>

/* ---- Writing ---------------------------------------------------------------------------- */

typedef struct StateWriter {
    FILE *file;
    int error; /* the first that a write met; 0: none */
} StateWriter;

bool state_writer_open(StateWriter *writer, const char *path, Error **errp);
void state_writer_add(StateWriter *writer, const char *name, const void *data, size_t size);

/* False and an error if anything could not be written; the file is of no use then. */
bool state_writer_close(StateWriter *writer, Error **errp);

/* ---- Reading ---------------------------------------------------------------------------- */

typedef struct StateReader {
    const uint8_t *bytes;
    size_t size;
    uint64_t taken; /* a bit for each section that was asked for, in the order of the file */
} StateReader;

/* Fails if there is no such file, or it is none of these, of another version, or cut short. */
bool state_reader_open(StateReader *reader, const char *path, Error **errp);
void state_reader_close(StateReader *reader);

/* The data of a section, valid until the reader is closed; NULL and an error if there is none or it
 * has another size. */
const void *state_reader_get(StateReader *reader, const char *name, size_t size, Error **errp);

/* The same, copied. */
bool state_reader_copy(StateReader *reader, const char *name, void *data, size_t size,
                       Error **errp);

/* False and an error if the file has a section that nobody has asked for. */
bool state_reader_all_taken(const StateReader *reader, Error **errp);

#endif
