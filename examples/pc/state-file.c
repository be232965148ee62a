/* SPDX-License-Identifier: MIT
 *
 * Writing and reading state files.
 */
#include "state-file.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "physmem pc state"
#define VERSION 1
#define PAGE 4096
#define SECTIONS_MOST 64 /* including the end; StateReader.taken has so many bits */

typedef struct Head {
    char magic[16];
    uint64_t version;
} Head;

typedef struct SectionHead {
    uint64_t name_size;
    uint64_t data_size;
} SectionHead;

/* ---- Writing ---------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *data, size_t size)
{
    return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

/* Writes nothing more after an error. */
static void put(StateWriter *writer, const void *data, size_t size)
{
    if (writer->error == 0 && fwrite(data, 1, size, writer->file) != size) {
        writer->error = errno;
    }
}

/* A hole is never the last part of the file, because the end section follows. */
static void put_hole(StateWriter *writer, size_t size)
{
    if (writer->error == 0 && fseeko(writer->file, (off_t)size, SEEK_CUR) != 0) {
        writer->error = errno;
    }
}

static void put_sparsely(StateWriter *writer, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size; at += PAGE) {
        size_t length = size - at < PAGE ? size - at : PAGE;

        if (length == PAGE && is_zero(data + at, length)) {
            put_hole(writer, length);
        } else {
            put(writer, data + at, length);
        }
    }
}

bool state_writer_open(StateWriter *writer, const char *path, Error **errp)
{
    Head head = { .magic = MAGIC, .version = htole64(VERSION) };

    *writer = (StateWriter){ .file = fopen(path, "wb") };
    if (!writer->file) {
        error_setg_errno(errp, errno, "%s", path);
        return false;
    }
    put(writer, &head, sizeof(head));
    return true;
}

void state_writer_add(StateWriter *writer, const char *name, const void *data, size_t size)
{
    SectionHead head = { .name_size = htole64(strlen(name)), .data_size = htole64(size) };

    put(writer, &head, sizeof(head));
    put(writer, name, strlen(name));
    put_sparsely(writer, data, size);
}

bool state_writer_close(StateWriter *writer, Error **errp)
{
    state_writer_add(writer, "", NULL, 0);
    if (fclose(writer->file) != 0 && writer->error == 0) {
        writer->error = errno;
    }
    if (writer->error != 0) {
        error_setg_errno(errp, writer->error, "the saved PC cannot be written");
    }
    return writer->error == 0;
}

/* ---- Sections --------------------------------------------------------------------------- */

typedef struct Section {
    const char *name; /* without a 0 at its end */
    size_t name_size;
    const uint8_t *data;
    size_t data_size;
} Section;

/* Reads the section at *at and moves *at past it. Returns false if it is not all in the file. */
static bool next_section(const StateReader *reader, size_t *at, Section *section)
{
    SectionHead head;
    size_t left = reader->size - *at;

    if (left < sizeof(head)) {
        return false;
    }
    memcpy(&head, reader->bytes + *at, sizeof(head));
    left -= sizeof(head);
    section->name_size = le64toh(head.name_size);
    section->data_size = le64toh(head.data_size);
    if (section->name_size > left || section->data_size > left - section->name_size) {
        return false;
    }
    section->name = (const char *)reader->bytes + *at + sizeof(head);
    section->data = (const uint8_t *)section->name + section->name_size;
    *at += sizeof(head) + section->name_size + section->data_size;
    return true;
}

static bool is_named(const Section *section, const char *name)
{
    return section->name_size == strlen(name) &&
           memcmp(section->name, name, section->name_size) == 0;
}

/* Returns the number of a section in the file; negative if there is none. */
static int find_section(const StateReader *reader, const char *name, Section *section)
{
    size_t at = sizeof(Head);

    for (int i = 0; i < SECTIONS_MOST && next_section(reader, &at, section); i++) {
        if (is_named(section, name)) {
            return i;
        }
    }
    return -1;
}

/* ---- Reading ---------------------------------------------------------------------------- */

static bool check(const StateReader *reader, const char *path, Error **errp)
{
    Section end;
    Head head;

    if (reader->size < sizeof(head)) {
        error_setg(errp, "%s is too short to be a saved PC", path);
        return false;
    }
    memcpy(&head, reader->bytes, sizeof(head));
    if (memcmp(head.magic, MAGIC, sizeof(head.magic)) != 0) {
        error_setg(errp, "%s is not a saved PC", path);
    } else if (le64toh(head.version) != VERSION) {
        error_setg(errp, "%s is a saved PC of version %" PRIu64 ", not %d", path,
                   le64toh(head.version), VERSION);
    } else if (find_section(reader, "", &end) < 0) {
        error_setg(errp, "%s is cut short or damaged", path);
    } else {
        return true;
    }
    return false;
}

/* Maps one byte more than the file has, because an empty file could not be mapped. */
static bool map_file(StateReader *reader, int fd)
{
    struct stat status;
    void *bytes;

    if (fstat(fd, &status) != 0) {
        return false;
    }
    reader->taken = 0;
    reader->size = (size_t)status.st_size;
    bytes = mmap(NULL, reader->size + 1, PROT_READ, MAP_PRIVATE, fd, 0);
    reader->bytes = bytes;
    return bytes != MAP_FAILED;
}

bool state_reader_open(StateReader *reader, const char *path, Error **errp)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool mapped = fd >= 0 && map_file(reader, fd);

    if (!mapped) {
        error_setg_errno(errp, errno, "%s", path);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (mapped && !check(reader, path, errp)) {
        state_reader_close(reader);
        return false;
    }
    return mapped;
}

void state_reader_close(StateReader *reader)
{
    munmap((void *)reader->bytes, reader->size + 1);
}

const void *state_reader_get(StateReader *reader, const char *name, size_t size, Error **errp)
{
    Section section;
    int number = find_section(reader, name, &section);

    if (number < 0) {
        error_setg(errp, "the saved PC has no \"%s\"", name);
        return NULL;
    }
    if (section.data_size != size) {
        error_setg(errp, "\"%s\" of the saved PC has %zu bytes, not %zu", name, section.data_size,
                   size);
        return NULL;
    }
    reader->taken |= (uint64_t)1 << number;
    return section.data;
}

bool state_reader_copy(StateReader *reader, const char *name, void *data, size_t size,
                       Error **errp)
{
    const void *found = state_reader_get(reader, name, size, errp);

    if (found) {
        memcpy(data, found, size);
    }
    return found != NULL;
}

bool state_reader_all_taken(const StateReader *reader, Error **errp)
{
    size_t at = sizeof(Head);
    Section section;

    for (int i = 0; next_section(reader, &at, &section) && section.name_size != 0; i++) {
        if (!(reader->taken >> i & 1)) {
            error_setg(errp, "the saved PC has \"%.*s\", which this PC does not have",
                       (int)section.name_size, section.name);
            return false;
        }
    }
    return true;
}
