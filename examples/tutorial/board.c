/* SPDX-License-Identifier: MIT
 *
 * The board of docs/guide/tutorial.md, which explains it step by step. `board N` builds the board
 * up to step N and shows what is new there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <physmem/physmem.h>
#include <physmem/unicorn.h>

#define ANY MEMTXATTRS_UNSPECIFIED

enum { RAM_SIZE = 0x100000, PAGE = 0x1000 };
enum { CONSOLE = 0x10000000, BANK = 0x10001000, TIMER = 0x10002000, COPIER = 0x10003000 };
enum { WINDOW = 0x20000000, WINDOW_SIZE = 0x4000, BANKS = 4 };
enum { SCREEN = 0x30000000, COLUMNS = 32, LINES = 4 };
enum { BOARD_RAM = 0x40000000 };

static AddressSpace *memory; /* what the first CPU sees */

/* ---- Step 1: RAM ---------------------------------------------------------------------------- */

static MemoryRegion ram;

static void add_ram(void)
{
    memory_region_init_ram(&ram, NULL, "ram", RAM_SIZE, &error_fatal);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
}

static void use_ram(void)
{
    MemTxResult result;

    address_space_stl_le(memory, 0x100, 0x12345678, ANY, NULL);
    printf("the byte at 0x101 is 0x%02x\n", address_space_ldub(memory, 0x101, ANY, NULL));
    address_space_ldl_le(memory, 0x200000, ANY, &result);
    printf("a load above the RAM %s\n", result == MEMTX_OK ? "succeeds" : "fails");
    memory_context_print_tree(memory_context_current(), stdout, false, false);
}

/* ---- Step 2: a device ----------------------------------------------------------------------- */

static MemoryRegion console;

static void console_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    putchar((int)data);
}

static const MemoryRegionOps console_ops = {
    .write = console_write,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void add_console(void)
{
    memory_region_init_io(&console, NULL, &console_ops, NULL, "console", 1);
    memory_region_add_subregion(get_system_memory(), CONSOLE, &console);
}

static void use_console(void)
{
    MemTxResult result;

    for (const char *s = "hello from the console\n"; *s; s++) {
        address_space_stb(memory, CONSOLE, (uint8_t)*s, ANY, NULL);
    }
    address_space_stl_le(memory, CONSOLE, 'x', ANY, &result);
    printf("a store of 4 bytes %s\n", result == MEMTX_OK ? "succeeds" : "fails");
}

/* ---- Step 3: a window with banks ------------------------------------------------------------ */

static MemoryRegion cartridge, window, bank;

/* The guest has chosen a bank. */
static void bank_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    memory_region_set_alias_offset(&window, data % BANKS * WINDOW_SIZE);
}

static const MemoryRegionOps bank_ops = {
    .write = bank_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void add_cartridge(void)
{
    memory_region_init_rom(&cartridge, NULL, "cartridge", BANKS * WINDOW_SIZE, &error_fatal);
    for (unsigned i = 0; i < BANKS; i++) {
        uint8_t *bytes = memory_region_get_ram_ptr(&cartridge);
        sprintf((char *)bytes + i * WINDOW_SIZE, "bank %u", i);
    }
    memory_region_init_alias(&window, NULL, "window", &cartridge, 0, WINDOW_SIZE);
    memory_region_init_io(&bank, NULL, &bank_ops, NULL, "bank", 1);
    memory_region_add_subregion(get_system_memory(), WINDOW, &window);
    memory_region_add_subregion(get_system_memory(), BANK, &bank);
}

static void show_window(void)
{
    char text[7];

    address_space_read(memory, WINDOW, ANY, text, sizeof(text));
    printf("the window shows %s\n", text);
}

static void use_cartridge(void)
{
    MemTxResult result;

    show_window();
    address_space_stb(memory, BANK, 2, ANY, NULL);
    show_window();
    address_space_stb(memory, WINDOW, 0, ANY, &result);
    printf("a store into it %s\n", result == MEMTX_OK ? "succeeds" : "fails");
    memory_context_print_views(memory_context_current(), stdout, false, false);
}

/* ---- Step 4: an interrupt ------------------------------------------------------------------- */

typedef struct Timer {
    MemoryRegion registers;
    bool *line;
} Timer;

static bool timer_line; /* where the CPU or the interrupt controller looks */
static Timer timer = { .line = &timer_line };

/* The board's clock calls this. The lock keeps the device still, as during its own callbacks. */
static void timer_tick(Timer *t)
{
    memory_context_lock(memory_context_current());
    *t->line = true;
    memory_context_unlock(memory_context_current());
}

/* Any write acknowledges the interrupt. */
static void timer_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Timer *t = opaque;

    (void)addr, (void)data, (void)size;
    *t->line = false;
}

static const MemoryRegionOps timer_ops = {
    .write = timer_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void add_timer(void)
{
    memory_region_init_io(&timer.registers, NULL, &timer_ops, &timer, "timer", 4);
    memory_region_add_subregion(get_system_memory(), TIMER, &timer.registers);
}

static void use_timer(void)
{
    timer_tick(&timer);
    printf("after a tick the line is %s\n", timer_line ? "high" : "low");
    address_space_stl_le(memory, TIMER, 1, ANY, NULL);
    printf("after the guest's answer it is %s\n", timer_line ? "high" : "low");
}

/* ---- Step 5: DMA ---------------------------------------------------------------------------- */

enum { COPIER_FROM = 0, COPIER_TO = 4, COPIER_LENGTH = 8, COPIER_STATUS = 12, COPIER_SIZE = 16 };

typedef struct Copier {
    MemoryRegion registers;
    AddressSpace *dma; /* what the device sees */
    uint32_t reg[4];
} Copier;

static Copier copier;

/* The addresses come from the guest, so each step may fail. */
static MemTxResult copy(const Copier *c)
{
    uint8_t buffer[256];
    uint32_t length = c->reg[COPIER_LENGTH / 4];

    if (length > sizeof(buffer)) {
        return MEMTX_ERROR;
    }
    MemTxResult result = address_space_read(c->dma, c->reg[COPIER_FROM / 4], ANY, buffer, length);
    if (result != MEMTX_OK) {
        return result;
    }
    return address_space_write(c->dma, c->reg[COPIER_TO / 4], ANY, buffer, length);
}

static uint64_t copier_read(void *opaque, hwaddr addr, unsigned size)
{
    const Copier *c = opaque;

    (void)size;
    return c->reg[addr / 4];
}

/* A write of the length begins the copy. */
static void copier_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Copier *c = opaque;

    (void)size;
    c->reg[addr / 4] = (uint32_t)data;
    if (addr == COPIER_LENGTH) {
        c->reg[COPIER_STATUS / 4] = copy(c);
    }
}

static const MemoryRegionOps copier_ops = {
    .read = copier_read,
    .write = copier_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void add_copier(void)
{
    copier.dma = memory;
    memory_region_init_io(&copier.registers, NULL, &copier_ops, &copier, "copier", COPIER_SIZE);
    memory_region_add_subregion(get_system_memory(), COPIER, &copier.registers);
}

static void tell_copier(uint32_t from, uint32_t to, uint32_t length)
{
    address_space_stl_le(memory, COPIER + COPIER_FROM, from, ANY, NULL);
    address_space_stl_le(memory, COPIER + COPIER_TO, to, ANY, NULL);
    address_space_stl_le(memory, COPIER + COPIER_LENGTH, length, ANY, NULL);
    printf("a copy from 0x%" PRIx32 ": status %" PRIu32 "\n", from,
           address_space_ldl_le(memory, COPIER + COPIER_STATUS, ANY, NULL));
}

static void use_copier(void)
{
    char text[7];

    tell_copier(WINDOW, 0x500, sizeof(text));
    address_space_read(memory, 0x500, ANY, text, sizeof(text));
    printf("RAM has %s\n", text);
    tell_copier(0xdead0000, 0x500, sizeof(text));
    tell_copier(COPIER, 0x500, 4);
}

/* ---- Step 6: a second CPU's view ------------------------------------------------------------ */

static MemoryRegion second_root, second_ram, everything;
static AddressSpace second;

/* The second CPU has RAM of its own at 0. Elsewhere it sees what the first one sees. */
static void add_second_cpu(void)
{
    memory_region_init(&second_root, NULL, "second-cpu", UINT64_MAX);
    memory_region_init_alias(&everything, NULL, "everything", get_system_memory(), 0, UINT64_MAX);
    memory_region_init_ram(&second_ram, NULL, "second-ram", 0x10000, &error_fatal);
    memory_region_add_subregion_overlap(&second_root, 0, &everything, 0);
    memory_region_add_subregion_overlap(&second_root, 0, &second_ram, 1);
    address_space_init(&second, &second_root, "second-cpu");
}

static void use_second_cpu(void)
{
    address_space_stl_le(memory, 0x1000, 1111, ANY, NULL);
    address_space_stl_le(&second, 0x1000, 2222, ANY, NULL);
    printf("0x1000:  %" PRIu32 " for the first CPU, %" PRIu32 " for the second\n",
           address_space_ldl_le(memory, 0x1000, ANY, NULL),
           address_space_ldl_le(&second, 0x1000, ANY, NULL));
    address_space_stl_le(&second, 0x20000, 3333, ANY, NULL);
    printf("0x20000: %" PRIu32 " for the first CPU, %" PRIu32 " for the second\n",
           address_space_ldl_le(memory, 0x20000, ANY, NULL),
           address_space_ldl_le(&second, 0x20000, ANY, NULL));
}

/* ---- Step 7: memory that comes and goes ------------------------------------------------------ */

static MemoryRegion *plug(hwaddr addr, uint64_t size)
{
    MemoryRegion *mr = calloc(1, sizeof(*mr));

    if (!mr) {
        abort();
    }
    memory_region_init_ram(mr, NULL, "plugged", size, &error_fatal);
    memory_region_add_subregion(get_system_memory(), addr, mr);
    return mr;
}

/* Waits until nobody uses the memory any more. */
static void unplug(MemoryRegion *mr)
{
    memory_region_del_subregion(get_system_memory(), mr);
    memory_region_wait_unused(mr, &error_fatal);
    free(mr);
}

static void try_plugged(const char *when)
{
    MemTxResult result;

    address_space_stl_le(memory, BOARD_RAM, 1, ANY, &result);
    printf("%s, a store there %s\n", when, result == MEMTX_OK ? "succeeds" : "fails");
}

static void use_plugging(void)
{
    try_plugged("before");
    MemoryRegion *mr = plug(BOARD_RAM, 0x200000);
    try_plugged("plugged");
    unplug(mr);
    try_plugged("unplugged");
}

/* ---- Step 8: dirty pages -------------------------------------------------------------------- */

static MemoryRegion screen;

static void add_screen(void)
{
    memory_region_init_ram(&screen, NULL, "screen", LINES * PAGE, &error_fatal);
    memory_region_add_subregion(get_system_memory(), SCREEN, &screen);
    memory_region_set_log(&screen, true, DIRTY_MEMORY_VGA);
}

/* Draws the lines that have changed since the last time. Each line is a page. */
static void refresh(void)
{
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(&screen, 0, LINES * PAGE, DIRTY_MEMORY_VGA);
    const char *text = memory_region_get_ram_ptr(&screen);

    for (hwaddr line = 0; line < LINES; line++) {
        if (memory_region_snapshot_get_dirty(&screen, snap, line * PAGE, PAGE)) {
            printf("line %" PRIu64 ": %.*s\n", line, COLUMNS, text + line * PAGE);
        }
    }
    free(snap);
}

static void use_screen(void)
{
    refresh(); /* new memory is dirty */
    puts("the guest writes to one line");
    address_space_write(memory, SCREEN + 2 * PAGE, ANY, "drawn once", 10);
    refresh();
    puts("nothing is written");
    refresh();
}

/* ---- Step 9: a guest ------------------------------------------------------------------------ */

/* clang-format off */
static const uint8_t program[] = {
    0xbe, 0x00, 0x00, 0x00, 0x20,       /*        mov esi, WINDOW       */
    0xbf, 0x00, 0x00, 0x00, 0x10,       /*        mov edi, CONSOLE      */
    0xc6, 0x05, 0, 0x10, 0, 0x10, 0x03, /*        mov byte [BANK], 3    */
    0xac,                               /* next:  lodsb                 */
    0x84, 0xc0,                         /*        test al, al           */
    0x74, 0x04,                         /*        jz done               */
    0x88, 0x07,                         /*        mov [edi], al         */
    0xeb, 0xf7,                         /*        jmp next              */
    0xf4,                               /* done:  hlt                   */
};
/* clang-format on */

static void use_guest(void)
{
    enum { CODE = 0x1000 };
    uc_engine *uc;

    address_space_write(memory, CODE, ANY, program, sizeof(program));
    if (uc_open(UC_ARCH_X86, UC_MODE_32, &uc) != UC_ERR_OK) {
        abort();
    }
    UnicornMemory *um = unicorn_memory_new(uc, memory, &error_fatal);
    uc_err err = unicorn_memory_run(um, CODE, CODE + sizeof(program) - 1, 0, 0);
    printf("\nthe guest ends: %s\n", uc_strerror(err));
    unicorn_memory_free(um);
    uc_close(uc);
}

/* ---- The board ------------------------------------------------------------------------------- */

static void nothing(void)
{
}

static const struct {
    void (*build)(void);
    void (*use)(void);
} steps[] = {
    { add_ram, use_ram },      { add_console, use_console }, { add_cartridge, use_cartridge },
    { add_timer, use_timer },  { add_copier, use_copier },   { add_second_cpu, use_second_cpu },
    { nothing, use_plugging }, { add_screen, use_screen },   { nothing, use_guest },
};

int main(int argc, char **argv)
{
    int last = argc > 1 ? atoi(argv[1]) : 0, most = sizeof(steps) / sizeof(steps[0]);

    if (last < 1 || last > most) {
        fprintf(stderr, "expected the number of a step, 1 to %d\n", most);
        return 1;
    }
    memory = memory_context_memory(memory_context_current());
    for (int i = 0; i < last; i++) {
        steps[i].build();
    }
    steps[last - 1].use();
    return 0;
}
