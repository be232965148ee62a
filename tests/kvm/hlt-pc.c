/* SPDX-License-Identifier: MIT
 *
 * PCs that do nothing by themselves; see hlt-pc.h.
 */
#include "hlt-pc.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <string.h>
#include <unistd.h>

#define BIOS_SIZE 0x10000
#define HLT '\xf4'
#define RING_SIZE 16

/* ---- Files ------------------------------------------------------------------------------ */

static char *make_file(const HltFiles *files, const char *name, char fill, gsize size)
{
    char *path = g_build_filename(files->directory, name, NULL);
    g_autofree char *bytes = g_malloc(size);

    memset(bytes, fill, size);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    return path;
}

void hlt_files_make(HltFiles *files, gconstpointer data)
{
    (void)data;
    files->directory = g_dir_make_tmp("physmem-pc-XXXXXX", NULL);
    g_assert_nonnull(files->directory);
    files->bios = make_file(files, "bios", HLT, BIOS_SIZE);
    files->disk = make_file(files, "disk", 'd', HLT_DISK_SIZE);
    files->state = g_build_filename(files->directory, "state", NULL);
}

static void remove_file(char *path)
{
    g_unlink(path);
    g_free(path);
}

void hlt_files_remove(HltFiles *files, gconstpointer data)
{
    (void)data;
    remove_file(files->state);
    remove_file(files->disk);
    remove_file(files->bios);
    g_rmdir(files->directory);
    g_free(files->directory);
}

/* ---- PCs -------------------------------------------------------------------------------- */

bool hlt_pc_is_possible(void)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        g_test_skip_printf("/dev/kvm: %s", strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

static void ignore(void *opaque, char c)
{
    (void)opaque;
    (void)c;
}

PcOptions hlt_pc_options(const HltFiles *files)
{
    return (PcOptions){
        .bios = files->bios, .disk = files->disk, .ram_size = HLT_RAM_SIZE, .serial = ignore
    };
}

Pc *hlt_pc_new(const HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);

    return pc_new(&options, &error_abort);
}

/* ---- A guest's stores ------------------------------------------------------------------- */

static void out(AddressSpace *as, hwaddr addr, uint32_t value, unsigned size)
{
    uint32_t bytes = GUINT32_TO_LE(value);

    address_space_write(as, addr, MEMTXATTRS_UNSPECIFIED, &bytes, size);
}

void hlt_port_out(Pc *pc, hwaddr port, uint32_t value, unsigned size)
{
    out(pc->io, port, value, size);
}

void hlt_config_out(Pc *pc, unsigned devfn, unsigned offset, uint32_t value, unsigned size)
{
    hlt_port_out(pc, PORT_CONFIG_ADDRESS, 0x80000000 | devfn << 8 | (offset & 0xfc), 4);
    hlt_port_out(pc, PORT_CONFIG_DATA + (offset & 3), value, size);
}

void hlt_disk_out(Pc *pc, unsigned offset, uint32_t value, unsigned size)
{
    hwaddr bar;

    memory_context_lock(pc->context);
    pci_bar_address(&pc->disk.function, 0, &bar);
    memory_context_unlock(pc->context);
    out(pc->memory, bar + offset, value, size);
}

void hlt_place_disk(Pc *pc, hwaddr bar)
{
    hlt_config_out(pc, DEVFN_DISK, PCI_BASE_ADDRESS_0, (uint32_t)bar, 4);
    hlt_config_out(pc, DEVFN_DISK, PCI_BASE_ADDRESS_1, (uint32_t)(bar >> 32), 4);
    hlt_config_out(pc, DEVFN_DISK, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
}

static void set_address(Pc *pc, unsigned offset, hwaddr address)
{
    hlt_disk_out(pc, offset, (uint32_t)address, 4);
    hlt_disk_out(pc, offset + 4, (uint32_t)(address >> 32), 4);
}

void hlt_start_disk(Pc *pc, hwaddr descriptors, hwaddr available, hwaddr used)
{
    uint8_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

    hlt_disk_out(pc, VIRTIO_PCI_COMMON_STATUS, 0, 1);
    hlt_disk_out(pc, VIRTIO_PCI_COMMON_GFSELECT, 1, 4);
    hlt_disk_out(pc, VIRTIO_PCI_COMMON_GF, 1, 4);
    hlt_disk_out(pc, VIRTIO_PCI_COMMON_STATUS, status |= VIRTIO_CONFIG_S_FEATURES_OK, 1);
    hlt_disk_out(pc, VIRTIO_PCI_COMMON_Q_SELECT, 0, 2);
    hlt_disk_out(pc, VIRTIO_PCI_COMMON_Q_SIZE, RING_SIZE, 2);
    set_address(pc, VIRTIO_PCI_COMMON_Q_DESCLO, descriptors);
    set_address(pc, VIRTIO_PCI_COMMON_Q_AVAILLO, available);
    set_address(pc, VIRTIO_PCI_COMMON_Q_USEDLO, used);
    hlt_disk_out(pc, VIRTIO_PCI_COMMON_Q_ENABLE, 1, 2);
    hlt_disk_out(pc, VIRTIO_PCI_COMMON_STATUS, status | VIRTIO_CONFIG_S_DRIVER_OK, 1);
}
