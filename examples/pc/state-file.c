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

/* A hole is never the last thing in the file: the end follows. */
static void write_sparsely(FILE *file, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size; at += PAGE) {
        size_t length = size - at < PAGE ? size - at : PAGE;

        if (length == PAGE && is_zero(data + at, length)) {
            fseeko(file, PAGE, SEEK_CUR);
        } else {
            fwrite(data + at, 1, length, file);
        }
    }
}

bool state_writer_open(StateWriter *writer, const char *path, Error **errp)
{
    Head head = { .magic = MAGIC, .version = htole64(VERSION) };

    writer->file = fopen(path, "wb");
    if (writer->file == NULL) {
        error_setg_errno(errp, errno, "%s", path);
        return false;
    }
    fwrite(&head, sizeof(head), 1, writer->file);
    return true;
}

void state_writer_add(StateWriter *writer, const char *name, const void *data, size_t size)
{
    SectionHead head = { .name_size = htole64(strlen(name)), .data_size = htole64(size) };

    fwrite(&head, sizeof(head), 1, writer->file);
    fwrite(name, 1, strlen(name), writer->file);
    write_sparsely(writer->file, data, size);
}

bool state_writer_close(StateWriter *writer, Error **errp)
{
    bool failed;

    state_writer_add(writer, "", NULL, 0);
    failed = ferror(writer->file) != 0;
    failed |= fclose(writer->file) != 0;
    if (failed) {
        error_setg_errno(errp, errno, "the state file cannot be written");
    }
    return !failed;
}

/* ---- Sections --------------------------------------------------------------------------- */

typedef struct Section {
    const char *name; /* not terminated */
    size_t name_size;
    const uint8_t *data;
    size_t data_size;
} Section;

/* Takes the section at *at and puts *at behind it; false if it does not lie in the file. */
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

static bool find_section(const StateReader *reader, const char *name, Section *section)
{
    size_t at = sizeof(Head);

    while (next_section(reader, &at, section)) {
        if (is_named(section, name)) {
            return true;
        }
    }
    return false;
}

/* ---- Reading ---------------------------------------------------------------------------- */

static bool check(const StateReader *reader, const char *path, Error **errp)
{
    Section end;
    Head head;

    if (reader->size < sizeof(head)) {
        error_setg(errp, "%s: too short for a saved PC", path);
        return false;
    }
    memcpy(&head, reader->bytes, sizeof(head));
    if (memcmp(head.magic, MAGIC, sizeof(head.magic)) != 0) {
        error_setg(errp, "%s: not a saved PC", path);
    } else if (le64toh(head.version) != VERSION) {
        error_setg(errp, "%s: version %" PRIu64 ", not %d", path, le64toh(head.version), VERSION);
    } else if (!find_section(reader, "", &end)) {
        error_setg(errp, "%s: cut short or damaged", path);
    } else {
        return true;
    }
    return false;
}

/* Mapping a file of no bytes is an error of its own, hence a byte more. */
static bool map_file(StateReader *reader, int fd)
{
    struct stat status;
    void *bytes;

    if (fstat(fd, &status) != 0) {
        return false;
    }
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

const void *state_reader_get(const StateReader *reader, const char *name, size_t size,
                             Error **errp)
{
    Section section;

    if (!find_section(reader, name, &section)) {
        error_setg(errp, "the saved PC has no \"%s\"", name);
        return NULL;
    }
    if (section.data_size != size) {
        error_setg(errp, "\"%s\" of the saved PC has %zu bytes, not %zu", name, section.data_size,
                   size);
        return NULL;
    }
    return section.data;
}

bool state_reader_copy(const StateReader *reader, const char *name, void *data, size_t size,
                       Error **errp)
{
    const void *found = state_reader_get(reader, name, size, errp);

    if (found != NULL) {
        memcpy(data, found, size);
    }
    return found != NULL;
}
