/* SPDX-License-Identifier: MIT
 *
 * RAM in files: which files are opened, created, extended, refused or left as they were
 * (specification 4; R18), and what is written to them.
 */
#define _GNU_SOURCE /* memfd_create */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "ram-support.h"

enum { PAGE = 4096 };

/* ---- Files and regions on them ------------------------------------------------------------ */

/* A directory for one test. It is removed, with the files in it, at the end of the scope. */
typedef struct Dir {
    char *path;
} Dir;

static void dir_remove(Dir *dir)
{
    GDir *list = g_dir_open(dir->path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(list)) != NULL) {
        g_autofree char *path = g_build_filename(dir->path, name, NULL);
        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_dir_close(list);
    g_assert_cmpint(g_rmdir(dir->path), ==, 0);
    g_free(dir->path);
}

#define DIR_FOR_TEST(dir)                                                                         \
    __attribute__((cleanup(dir_remove))) Dir dir = { g_dir_make_tmp("physmem-XXXXXX", NULL) }

static char *file_in(const Dir *dir, const char *name, size_t length)
{
    char *path = g_build_filename(dir->path, name, NULL);
    g_autofree char *content = g_malloc(length + 1);

    memset(content, 'c', length);
    g_assert_true(g_file_set_contents(path, content, (gssize)length, NULL));
    return path;
}

static off_t length_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st.st_size : -1;
}

static int byte_at(const char *path, off_t offset)
{
    int fd = open(path, O_RDONLY);
    uint8_t byte = 0;

    g_assert_cmpint(pread(fd, &byte, 1, offset), ==, 1);
    close(fd);
    return byte;
}

static unsigned files_in(const Dir *dir)
{
    GDir *list = g_dir_open(dir->path, 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name(list)) {
        n++;
    }
    g_dir_close(list);
    return n;
}

typedef struct Wanted {
    uint64_t size;
    uint64_t align;
    uint32_t flags;
    bool readonly;
} Wanted;

static bool make(MemoryRegion *mr, const char *path, Wanted w, Error **errp)
{
    return memory_region_init_ram_from_file(mr, NULL, "dimm/0", w.size, w.align, w.flags, path,
                                            w.readonly, errp);
}

static void made(MemoryRegion *mr, const char *path, Wanted w)
{
    Error *err = NULL;

    make(mr, path, w, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
}

/* The error contains the names of region and file and the word; nothing is left behind. */
static void refused(const char *path, Wanted w, const char *word)
{
    Error *err = NULL;
    MemoryRegion mr;

    g_assert_false(make(&mr, path, w, &err));
    g_assert_cmphex(memory_region_size(&mr), ==, 0);
    if (!strstr(error_get_pretty(err), "'dimm/0'") || !strstr(error_get_pretty(err), path) ||
        !strstr(error_get_pretty(err), word)) {
        g_error("no 'dimm/0', %s or \"%s\" in: %s", path, word, error_get_pretty(err));
    }
    error_free(err);
    g_assert_false(make(&mr, path, w, NULL));
}

static void gone(MemoryRegion *mr)
{
    object_unparent(OBJECT(mr));
    memory_drain();
}

/* ---- Finding and making ------------------------------------------------------------------- */

static void existing(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *path = file_in(&dir, "f", 3 * PAGE);
    MemoryRegion mr;
    uint8_t *host;
    int fd;

    (void)m, (void)data;
    made(&mr, path, (Wanted){ .size = 2 * PAGE, .flags = RAM_SHARED });
    host = memory_region_get_ram_ptr(&mr);
    g_assert_cmpint(host[5], ==, 'c');
    fd = memory_region_get_fd(&mr);
    g_assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    g_assert_cmphex(memory_region_get_alignment(&mr), ==, PAGE);
    host[5] = 's';
    memory_region_msync(&mr, 0, PAGE);
    g_assert_cmpint(byte_at(path, 5), ==, 's');
    gone(&mr);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
    g_assert_cmpint(length_of(path), ==, 3 * PAGE);
}

static void private(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *path = file_in(&dir, "f", PAGE);
    MemoryRegion mr;
    uint8_t *host;

    (void)m, (void)data;
    made(&mr, path, (Wanted){ .size = PAGE });
    host = memory_region_get_ram_ptr(&mr);
    host[5] = 'p';
    memory_region_msync(&mr, 0, PAGE);
    g_assert_cmpint(byte_at(path, 5), ==, 'c');
    /* Fresh memory has the file's contents again. */
    qemu_ram_remap(memory_region_get_ram_addr(&mr), PAGE);
    g_assert_cmpint(host[5], ==, 'c');
    gone(&mr);
}

static void extended(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *empty = file_in(&dir, "empty", 0);
    g_autofree char *fresh = g_build_filename(dir.path, "fresh", NULL);
    struct stat st;
    MemoryRegion a, b;

    (void)m, (void)data;
    made(&a, empty, (Wanted){ .size = PAGE + 1, .flags = RAM_SHARED });
    made(&b, fresh, (Wanted){ .size = 2 * PAGE, .flags = RAM_SHARED });
    g_assert_cmpint(length_of(empty), ==, 2 * PAGE);
    g_assert_cmpint(length_of(fresh), ==, 2 * PAGE);
    g_assert_cmpint(stat(fresh, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0133, ==, 0);
    gone(&a);
    gone(&b);
    g_assert_cmpint(length_of(fresh), ==, 2 * PAGE);
}

static void in_directory(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *link = NULL, *target = NULL;
    MemoryRegion mr;

    (void)m, (void)data;
    made(&mr, dir.path, (Wanted){ .size = PAGE, .flags = RAM_SHARED });
    link = g_strdup_printf("/proc/self/fd/%d", memory_region_get_fd(&mr));
    target = g_file_read_link(link, NULL);
    g_assert_nonnull(strstr(target, "dimm_0"));
    g_assert_true(g_str_has_suffix(target, "(deleted)"));
    g_assert_cmpuint(files_in(&dir), ==, 0);
    gone(&mr);
}

static void readonly(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *path = file_in(&dir, "rom", PAGE);
    MemoryRegion mr;

    (void)m, (void)data;
    g_assert_cmpint(g_chmod(path, 0400), ==, 0);
    made(&mr, path, (Wanted){ .size = PAGE, .flags = RAM_SHARED, .readonly = true });
    g_assert_true(memory_region_is_rom(&mr));
    g_assert_cmpint(fcntl(memory_region_get_fd(&mr), F_GETFL) & O_ACCMODE, ==, O_RDONLY);
    g_assert_cmpint(*(uint8_t *)memory_region_get_ram_ptr(&mr), ==, 'c');
    gone(&mr);
}

static void readonly_makes_nothing(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *path = g_build_filename(dir.path, "none", NULL);
    g_autofree char *empty = file_in(&dir, "empty", 0);
    const Wanted w = { .size = PAGE, .readonly = true };

    (void)m, (void)data;
    refused(path, w, "No such file");
    g_assert_cmpint(length_of(path), ==, -1);
    refused(empty, w, "empty");
    g_assert_cmpint(length_of(empty), ==, 0);
    refused(dir.path, w, "");
    g_assert_cmpuint(files_in(&dir), ==, 1);
}

/* ---- Refusals ----------------------------------------------------------------------------- */

static void too_short(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *path = file_in(&dir, "f", 2 * PAGE - 1);

    (void)m, (void)data;
    refused(path, (Wanted){ .size = 2 * PAGE }, "0x1fff bytes, 0x2000 are needed");
    refused(path, (Wanted){ .size = PAGE + 1 }, "0x2000");
    refused(path, (Wanted){ .size = PTRDIFF_MAX / 8 + 1 }, "0x10000000");
    g_assert_cmpint(length_of(path), ==, 2 * PAGE - 1);
}

static void bad_numbers(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *path = file_in(&dir, "f", 4 * PAGE);

    (void)m, (void)data;
    refused(path, (Wanted){ .size = PAGE, .align = PAGE / 2 }, "alignment 0x800");
    refused(path, (Wanted){ .size = PAGE, .align = 3 * PAGE }, "alignment 0x3000");
    refused(path, (Wanted){ .size = PAGE - 1 }, "size 0xfff is below 0x1000");
}

static void bad_flags(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *path = g_build_filename(dir.path, "none", NULL);
    Error *err = NULL;
    MemoryRegion mr;

    (void)m, (void)data;
    g_assert_false(make(&mr, path, (Wanted){ .size = PAGE, .flags = RAM_RESIZEABLE }, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "flags 0x4"));
    error_free(err);
    g_assert_cmpint(length_of(path), ==, -1);
}

/* What was made for a region that then could not be made is removed again. */
static void undone(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *fresh = g_build_filename(dir.path, "fresh", NULL);
    g_autofree char *empty = file_in(&dir, "empty", 0);
    const Wanted bad = { .size = PAGE, .align = 3 * PAGE };
    const Wanted vast = { .size = PAGE, .align = (uint64_t)1 << 62 };

    (void)m, (void)data;
    refused(fresh, bad, "alignment");
    g_assert_cmpint(length_of(fresh), ==, -1);
    g_assert_cmpuint(files_in(&dir), ==, 1);
    for (int i = 0; i < 2; i++) {
        MemoryRegion mr;
        /* The host has no address with that alignment, which is found out after the file was
         * extended. */
        g_assert_false(make(&mr, i ? fresh : empty, vast, NULL));
    }
    g_assert_cmpint(length_of(empty), ==, 0);
    g_assert_cmpint(length_of(fresh), ==, -1);
}

static void no_access(Machine *m, gconstpointer data)
{
    (void)m, (void)data;
    refused("/proc/version/x", (Wanted){ .size = PAGE }, "Not a directory");
    refused("/nowhere/x", (Wanted){ .size = PAGE }, "No such file");
}

/* ---- Alignment, persistence, protection --------------------------------------------------- */

static void aligned(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    MemoryRegion mr;

    (void)m, (void)data;
    made(&mr, dir.path, (Wanted){ .size = PAGE, .align = 1 << 24 });
    g_assert_cmphex(memory_region_get_alignment(&mr), ==, 1 << 24);
    g_assert_cmphex((uintptr_t)memory_region_get_ram_ptr(&mr) % (1 << 24), ==, 0);
    gone(&mr);
}

static void flags(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    MemoryRegion mr;

    (void)m, (void)data;
    made(&mr, dir.path,
         (Wanted){ .size = PAGE, .flags = RAM_PROTECTED | RAM_PMEM | RAM_NORESERVE });
    g_assert_true(memory_region_is_protected(&mr));
    g_assert_true(ramblock_is_pmem(mr.ram_block));
    g_assert_true(qemu_ram_is_noreserve(mr.ram_block));
    gone(&mr);
}

/* Returns whether the host says that a file in memory does not support the flag. The emulators of
 * other processors do not pass it on. */
static bool host_knows_map_sync(int fd)
{
    void *page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0);

    if (page != MAP_FAILED) {
        munmap(page, PAGE);
    }
    return page == MAP_FAILED && errno == EOPNOTSUPP;
}

/* An ordinary file cannot promise persistence: that gives a warning, and the file is used. */
static void persistent_shared(Machine *m, gconstpointer data)
{
    const uint32_t both = RAM_PMEM | RAM_SHARED;
    int fd = memfd_create("pmem", 0);
    MemoryRegion mr;

    (void)data;
    if (!host_knows_map_sync(fd)) {
        g_test_skip("this host does not know MAP_SYNC");
        close(fd);
        return;
    }
    g_assert_true(memory_region_init_ram_from_fd(&mr, NULL, "pm", PAGE, both, fd, 0, NULL));
    expect_message(m, "warning", "'pm'", "MAP_SYNC", NULL);
    *(uint8_t *)memory_region_get_ram_ptr(&mr) = 1;
    gone(&mr);
}

/* ---- Descriptors -------------------------------------------------------------------------- */

static void descriptor(Machine *m, gconstpointer data)
{
    int fd = memfd_create("ram", 0);
    uint8_t byte = 0;
    MemoryRegion mr;

    (void)m, (void)data;
    g_assert_cmpint(ftruncate(fd, 4 * PAGE), ==, 0);
    g_assert_cmpint(pwrite(fd, "x", 1, 2 * PAGE), ==, 1);
    g_assert_true(memory_region_init_ram_from_fd(&mr, NULL, "ram", 2 * PAGE, RAM_SHARED, fd,
                                                 2 * PAGE, NULL));
    g_assert_cmpint(memory_region_get_fd(&mr), ==, fd);
    g_assert_cmpint(qemu_ram_get_fd(mr.ram_block), ==, fd);
    g_assert_cmphex(memory_region_get_fd_offset(&mr), ==, 2 * PAGE);
    g_assert_cmpint(*(uint8_t *)memory_region_get_ram_ptr(&mr), ==, 'x');
    *(uint8_t *)memory_region_get_ram_ptr(&mr) = 'y';
    g_assert_cmpint(pread(fd, &byte, 1, 2 * PAGE), ==, 1);
    g_assert_cmpint(byte, ==, 'y');
    gone(&mr);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
}

/* Memory of a file is found with its descriptor and offset, also through windows. Other memory has
 * none. */
static void descriptor_offset(Machine *m, gconstpointer data)
{
    int fd = memfd_create("ram", 0);
    MemoryRegion *outer, *inner, mr;

    (void)data;
    g_assert_cmpint(ftruncate(fd, 4 * PAGE), ==, 0);
    g_assert_true(memory_region_init_ram_from_fd(&mr, NULL, "ram", 3 * PAGE, 0, fd, PAGE, NULL));
    inner = window_new(m, "inner", &mr, PAGE, 2 * PAGE);
    outer = window_new(m, "outer", inner, 0x800, PAGE);
    g_assert_cmphex(memory_region_get_fd_offset(inner), ==, 2 * PAGE);
    g_assert_cmphex(memory_region_get_fd_offset(outer), ==, 2 * PAGE + 0x800);
    g_assert_cmphex(memory_region_get_fd_offset(ram_new(m, "anonymous", PAGE)), ==, 0);
    g_assert_cmphex(memory_region_get_fd_offset(box_new(m, "box", PAGE)), ==, 0);
    region_drop(m, outer);
    region_drop(m, inner);
    gone(&mr);
}

static void descriptor_refused(Machine *m, gconstpointer data)
{
    static const struct {
        uint64_t size;
        ram_addr_t offset;
        const char *word;
    } bad[] = {
        { 4 * PAGE, PAGE, "0x5000 are needed" },
        { PAGE, 4 * PAGE, "0x5000 are needed" },
        { PAGE, PAGE + 1, "offset 0x1001" },
        { PAGE, RAM_ADDR_INVALID & -(ram_addr_t)PAGE, "offset 0xfffff" },
        { PAGE, PTRDIFF_MAX & -(ram_addr_t)PAGE, "offset 0x7ffff" },
        { 0, 0, "size 0" },
    };
    int fd = memfd_create("ram", 0);

    (void)m, (void)data;
    g_assert_cmpint(ftruncate(fd, 4 * PAGE), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        Error *err = NULL;
        MemoryRegion mr;
        g_assert_false(memory_region_init_ram_from_fd(&mr, NULL, "ram", bad[i].size, 0, fd,
                                                      bad[i].offset, &err));
        assert_error(err, bad[i].word);
        g_assert_cmpint(fcntl(fd, F_GETFD), !=, -1);
    }
    close(fd);
}

static void descriptor_of_nothing(Machine *m, gconstpointer data)
{
    MemoryRegion mr;
    Error *err = NULL;

    (void)m, (void)data;
    g_assert_false(memory_region_init_ram_from_fd(&mr, NULL, "ram", PAGE, 0, -1, 0, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "descriptor -1"));
    error_free(err);
}

static void descriptor_is_extended(Machine *m, gconstpointer data)
{
    int fd = memfd_create("ram", 0);
    struct stat st;
    MemoryRegion mr;

    (void)m, (void)data;
    g_assert_true(memory_region_init_ram_from_fd(&mr, NULL, "ram", PAGE, 0, fd, PAGE, NULL));
    g_assert_cmpint(fstat(fd, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, 2 * PAGE);
    gone(&mr);
}

/* ---- Contents ----------------------------------------------------------------------------- */

static void discard(Machine *m, gconstpointer data)
{
    const uint32_t kinds[] = { 0, RAM_SHARED };

    (void)m, (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        int fd = memfd_create("ram", 0);
        MemoryRegion mr;
        uint8_t *host;

        g_assert_true(memory_region_init_ram_from_fd(&mr, NULL, "ram", 3 * PAGE, kinds[i], fd,
                                                     PAGE, NULL));
        host = memory_region_get_ram_ptr(&mr);
        memset(host, 0xaa, 3 * PAGE);
        g_assert_cmpint(ram_block_discard_range(mr.ram_block, PAGE, PAGE), ==, 0);
        g_assert_cmpint(host[PAGE - 1], ==, 0xaa);
        g_assert_cmpint(host[PAGE], ==, 0);
        g_assert_cmpint(host[2 * PAGE - 1], ==, 0);
        g_assert_cmpint(host[2 * PAGE], ==, 0xaa);
        gone(&mr);
    }
}

static void discard_readonly(Machine *m, gconstpointer data)
{
    DIR_FOR_TEST(dir);
    g_autofree char *path = file_in(&dir, "rom", PAGE);
    MemoryRegion mr;

    (void)m, (void)data;
    made(&mr, path, (Wanted){ .size = PAGE, .readonly = true });
    g_assert_cmpint(ram_block_discard_range(mr.ram_block, 0, PAGE), ==, -EBADF);
    g_assert_cmpint(byte_at(path, 0), ==, 'c');
    gone(&mr);
}

static void msync_refused(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 2 * PAGE), *box = box_new(m, "box", PAGE);

    (void)data;
    memory_region_msync(ram, 0, 2 * PAGE);
    memory_region_msync(box, 0, PAGE);
    memory_region_writeback(box, 0, PAGE);
    memory_region_writeback(ram, 0, 3 * PAGE);
    memory_region_msync(ram, PAGE, 2 * PAGE);
    expect_message(m, "misuse", "'ram'", NULL);
    qemu_ram_block_writeback(ram->ram_block);
    vmstate_register_ram(ram, NULL);
    memory_global_dirty_log_start(); /* other clients log it: nothing is written back for them */
    memory_region_writeback(ram, 0, 3 * PAGE);
    memory_global_dirty_log_stop();
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    memory_region_writeback(ram, 0, 3 * PAGE);
    expect_message(m, "misuse", "'ram'", NULL);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ram-file/4/existing", existing);
    TEST("/ram-file/4/private", private);
    TEST("/ram-file/4/extended", extended);
    TEST("/ram-file/4/in-directory", in_directory);
    TEST("/ram-file/4/readonly", readonly);
    TEST("/ram-file/R18/readonly-makes-nothing", readonly_makes_nothing);
    TEST("/ram-file/4/too-short", too_short);
    TEST("/ram-file/4/bad-numbers", bad_numbers);
    TEST("/ram-file/4/bad-flags", bad_flags);
    TEST("/ram-file/4/undone", undone);
    TEST("/ram-file/4/no-access", no_access);
    TEST("/ram-file/4/aligned", aligned);
    TEST("/ram-file/4/flags", flags);
    TEST("/ram-file/4/persistent-shared", persistent_shared);
    TEST("/ram-file/4/descriptor", descriptor);
    TEST("/ram-file/4/descriptor-offset", descriptor_offset);
    TEST("/ram-file/4/descriptor-refused", descriptor_refused);
    TEST("/ram-file/4/descriptor-of-nothing", descriptor_of_nothing);
    TEST("/ram-file/4/descriptor-is-extended", descriptor_is_extended);
    TEST("/ram-file/22.5/discard", discard);
    TEST("/ram-file/22.5/discard-readonly", discard_readonly);
    misuse_test_add("/ram-file/5/msync-refused", msync_refused);
    return g_test_run();
}
