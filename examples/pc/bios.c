/* SPDX-License-Identifier: MIT
 *
 * The firmware's ROM, read from a file.
 */
#include "bios.h"

#include <errno.h>
#include <stdio.h>

#include "../devices/end-region.h"
#include "map.h"

#define UNIT 0x10000
#define BIOS_MOST (16 * MiB)

/* Opens the file and checks its size. The error names the package to install. */
static FILE *open_image(const char *path, uint64_t *size, Error **errp)
{
    FILE *file = fopen(path, "rb");
    long end = -1;

    if (!file) {
        error_setg_errno(errp, errno, "%s cannot be opened (Debian: package seabios)", path);
        return NULL;
    }
    if (fseek(file, 0, SEEK_END) == 0) {
        end = ftell(file);
        rewind(file);
    }
    if (end < UNIT || end > (long)BIOS_MOST || end % UNIT != 0) {
        error_setg(errp,
                   "%s is not a BIOS: its size must be a multiple of 64 KiB, up to "
                   "16 MiB",
                   path);
        fclose(file);
        return NULL;
    }
    *size = (uint64_t)end;
    return file;
}

static bool load(Bios *bios, FILE *file, uint64_t size, const char *path, Error **errp)
{
    if (!memory_region_init_rom(&bios->rom, NULL, "bios", size, errp)) {
        return false;
    }
    if (fread(memory_region_get_ram_ptr(&bios->rom), 1, size, file) != size) {
        error_setg(errp, "%s cannot be read", path);
        end_region(&bios->rom);
        return false;
    }
    return true;
}

static void place(Bios *bios, uint64_t size)
{
    uint64_t window = size < MAP_ISA_BIOS_SIZE ? size : MAP_ISA_BIOS_SIZE;

    memory_region_init_alias(&bios->isa_window, NULL, "isa-bios", &bios->rom, size - window,
                             window);
    memory_region_transaction_begin();
    memory_region_add_subregion(bios->bus, MAP_ISA_BIOS_END - window, &bios->isa_window);
    memory_region_add_subregion(bios->bus, MAP_BIOS_END - size, &bios->rom);
    memory_region_transaction_commit();
}

bool bios_init(Bios *bios, MemoryRegion *bus, const char *path, Error **errp)
{
    uint64_t size;
    FILE *file = open_image(path, &size, errp);
    bool loaded;

    *bios = (Bios){ .bus = bus };
    if (!file) {
        return false;
    }
    loaded = load(bios, file, size, path, errp);
    fclose(file);
    if (loaded) {
        place(bios, size);
    }
    return loaded;
}

void bios_end(Bios *bios)
{
    end_region(&bios->isa_window);
    end_region(&bios->rom);
}
