/* SPDX-License-Identifier: MIT
 *
 * The file of a saved PC: a head, and sections with names. Does not know what is in the sections.
 *
 *     head       magic, version
 *     section    length of the name, length of the data, name, data      (any number)
 *     end        a section with an empty name and no data
 *
 * Numbers are little endian. Pages of zeros become holes of the file. Errors in a file are found
 * when it is opened, or when a section is asked for.
 */
#ifndef PC_STATE_FILE_H
#define PC_STATE_FILE_H

#include <stdio.h>

#include <physmem/physmem.h>

/* ---- Writing ---------------------------------------------------------------------------- */

typedef struct StateWriter {
    FILE *file;
    int error; /* the errno of the first write that failed; 0: none */
} StateWriter;

bool state_writer_open(StateWriter *writer, const char *path, Error **errp);

/* Adds a section. state_writer_close() tells of errors. */
void state_writer_add(StateWriter *writer, const char *name, const void *data, size_t size);

/* Completes the file. Returns false and an error if something could not be written; then the file
 * is useless. */
bool state_writer_close(StateWriter *writer, Error **errp);

/* ---- Reading ---------------------------------------------------------------------------- */

typedef struct StateReader {
    const uint8_t *bytes;
    size_t size;
    uint64_t taken; /* a bit for each section, in the order of the file: it was asked for */
} StateReader;

/* Opens a file. Returns false and an error if it cannot be read, is not a saved PC, has another
 * version, or is cut short. */
bool state_reader_open(StateReader *reader, const char *path, Error **errp);
void state_reader_close(StateReader *reader);

/* Returns the data of a section, which is valid until the reader is closed. Returns NULL and an
 * error if there is no such section or it has another size. */
const void *state_reader_get(StateReader *reader, const char *name, size_t size, Error **errp);

/* The same, but copies the data. */
bool state_reader_copy(StateReader *reader, const char *name, void *data, size_t size,
                       Error **errp);

/* Returns false and an error if the file has a section that was not asked for. */
bool state_reader_all_taken(const StateReader *reader, Error **errp);

#endif
