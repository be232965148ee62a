/* SPDX-License-Identifier: MIT
 *
 * Machines, regions, spaces and texts for the tests; see support.h.
 */
#include <string.h>

#include "support.h"

/* ---- Machines --------------------------------------------------------------------------- */

static void note_message(MemoryContext *ctx, MemoryLogLevel level, const char *text, void *opaque)
{
    static const char *const names[] = { "guest", "warning", "error", "misuse" };
    Machine *m = opaque;

    (void)ctx;
    g_mutex_lock(&m->lock);
    if (level != MEMORY_LOG_GUEST) {
        g_string_append_printf(m->messages, "%s: %s\n", names[level], text);
    }
    g_mutex_unlock(&m->lock);
}

void machine_setup(Machine *m, gconstpointer options)
{
    Error *err = NULL;

    m->ctx = memory_context_new(options, &err);
    g_assert_null(err);
    g_assert_nonnull(m->ctx);
    m->before = memory_context_set_current(m->ctx);
    m->regions = g_ptr_array_new_with_free_func(g_free);
    m->spaces = g_ptr_array_new_with_free_func(g_free);
    m->spies = g_ptr_array_new_with_free_func(g_free);
    m->messages = g_string_new(NULL);
    m->trace = g_string_new(NULL);
    g_mutex_init(&m->lock);
    memory_context_set_log(m->ctx, note_message, m);
    memory_context_set_verify(m->ctx, true);
}

static void drop_spaces(Machine *m)
{
    for (unsigned i = 0; i < m->spaces->len; i++) {
        AddressSpace *as = m->spaces->pdata[i];
        address_space_remove_listeners(as);
        address_space_destroy(as);
    }
    memory_drain();
}

/* An alias is younger than its target, so the youngest region ends first. */
static void drop_regions(Machine *m)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < m->regions->len; i++) {
        MemoryRegion *mr = m->regions->pdata[i];
        if (mr->container) { /* reads a private field: the interface does not tell */
            memory_region_del_subregion(mr->container, mr);
        }
    }
    memory_region_transaction_commit();
    memory_drain();
    for (unsigned i = m->regions->len; i-- > 0;) {
        object_unparent(OBJECT(m->regions->pdata[i]));
    }
    memory_drain();
}

void machine_teardown(Machine *m, gconstpointer options)
{
    Error *err = NULL;
    bool gone;

    (void)options;
    drop_spaces(m);
    drop_regions(m);
    g_assert_cmpstr(m->messages->str, ==, "");
    memory_context_set_current(m->before);
    gone = memory_context_destroy(m->ctx, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
    g_assert_true(gone);
    g_ptr_array_unref(m->regions);
    g_ptr_array_unref(m->spaces);
    g_ptr_array_unref(m->spies);
    g_string_free(m->messages, true);
    g_string_free(m->trace, true);
    g_mutex_clear(&m->lock);
}

void expect_message(Machine *m, const char *level, ...)
{
    va_list words;
    const char *word;

    g_assert_true(g_str_has_prefix(m->messages->str, level));
    g_assert_true(strchr(m->messages->str, '\n') == m->messages->str + m->messages->len - 1);
    va_start(words, level);
    while ((word = va_arg(words, const char *)) != NULL) {
        if (!strstr(m->messages->str, word)) {
            g_error("no \"%s\" in: %s", word, m->messages->str);
        }
    }
    va_end(words);
    g_string_truncate(m->messages, 0);
}

typedef struct MisuseTest {
    TestFunc *func;
} MisuseTest;

static void play_misuse(gconstpointer data)
{
    const MisuseTest *test = data;
    Machine m = { NULL };

#ifdef PHYSMEM_DEBUG
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
        return;
    }
#endif
    machine_setup(&m, NULL);
    test->func(&m, NULL);
    machine_teardown(&m, NULL);
}

void misuse_test_add(const char *path, TestFunc *func)
{
    MisuseTest *test = g_new(MisuseTest, 1);

    test->func = func;
    g_test_add_data_func_full(path, test, play_misuse, g_free);
}

/* ---- Regions and spaces ----------------------------------------------------------------- */

static uint64_t plain_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)size;
    return addr;
}

static void plain_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)addr, (void)data, (void)size;
}

const MemoryRegionOps plain_ops = {
    .read = plain_read,
    .write = plain_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static MemoryRegion *region_alloc(Machine *m)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    g_ptr_array_add(m->regions, mr);
    return mr;
}

MemoryRegion *box_new(Machine *m, const char *name, uint64_t size)
{
    MemoryRegion *mr = region_alloc(m);
    memory_region_init(mr, NULL, name, size);
    return mr;
}

MemoryRegion *io_new(Machine *m, const char *name, uint64_t size)
{
    MemoryRegion *mr = region_alloc(m);
    memory_region_init_io(mr, NULL, &plain_ops, mr, name, size);
    return mr;
}

MemoryRegion *ram_new(Machine *m, const char *name, uint64_t size)
{
    MemoryRegion *mr = region_alloc(m);
    Error *err = NULL;
    bool made = memory_region_init_ram_nomigrate(mr, NULL, name, size, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
    g_assert_true(made);
    return mr;
}

MemoryRegion *romd_new(Machine *m, const char *name, uint64_t size)
{
    MemoryRegion *mr = region_alloc(m);
    Error *err = NULL;
    bool made =
        memory_region_init_rom_device_nomigrate(mr, NULL, &plain_ops, mr, name, size, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
    g_assert_true(made);
    return mr;
}

MemoryRegion *window_new(Machine *m, const char *name, MemoryRegion *target, hwaddr offset,
                         uint64_t size)
{
    MemoryRegion *mr = region_alloc(m);
    memory_region_init_alias(mr, NULL, name, target, offset, size);
    return mr;
}

void region_drop(Machine *m, MemoryRegion *mr)
{
    memory_drain();
    object_unparent(OBJECT(mr));
    memory_drain();
    g_assert_true(g_ptr_array_remove(m->regions, mr));
}

AddressSpace *space_new(Machine *m, MemoryRegion *root, const char *name)
{
    AddressSpace *as = g_new0(AddressSpace, 1);
    address_space_init(as, root, name);
    g_ptr_array_add(m->spaces, as);
    return as;
}

void space_drop(Machine *m, AddressSpace *as)
{
    address_space_destroy(as);
    memory_drain();
    g_assert_true(g_ptr_array_remove(m->spaces, as));
}

/* ---- Maps as text ----------------------------------------------------------------------- */

static void append_range(GString *out, Int128 start, Int128 size, const MemoryRegion *mr,
                         hwaddr offset)
{
    g_string_append_printf(out, "%" PRIx64 "-%" PRIx64 " %s@%" PRIx64, int128_getlo(start),
                           int128_getlo(int128_add(start, size)) - 1, memory_region_name(mr),
                           offset);
}

static bool range_to_text(Int128 start, Int128 size, const MemoryRegion *mr, hwaddr offset,
                          void *opaque)
{
    GString *out = opaque;

    g_string_append(out, out->len ? ", " : "");
    append_range(out, start, size, mr, offset);
    return false;
}

char *map_text(AddressSpace *as)
{
    GString *out = g_string_new(NULL);

    memory_read_lock();
    flatview_for_each_range(address_space_to_flatview(as), range_to_text, out);
    memory_read_unlock();
    return g_string_free(out, false);
}

static void append_section(GString *out, const MemoryRegionSection *s)
{
    append_range(out, int128_make64(s->offset_within_address_space), s->size, s->mr,
                 s->offset_within_region);
    g_string_append(out, s->readonly ? " ro" : "");
    g_string_append(out, s->nonvolatile ? " nv" : "");
}

typedef struct Reader {
    MemoryListener listener;
    GString *out;
} Reader;

static void section_to_text(MemoryListener *l, MemoryRegionSection *s)
{
    GString *out = ((Reader *)l)->out;

    g_string_append(out, out->len ? ", " : "");
    append_section(out, s);
}

char *section_text(AddressSpace *as)
{
    Reader r = { .listener = { .name = "reader", .region_add = section_to_text },
                 .out = g_string_new(NULL) };

    memory_listener_register(&r.listener, as);
    memory_listener_unregister(&r.listener);
    return g_string_free(r.out, false);
}

/* ---- Spies ------------------------------------------------------------------------------ */

static void heard(MemoryListener *l, const char *what, MemoryRegionSection *section)
{
    Spy *s = (Spy *)l;
    GString *out = s->machine->trace;

    g_string_append_printf(out, "%s%s:%s", out->len ? " " : "", l->name, what);
    if (section) {
        g_string_append_c(out, '(');
        append_section(out, section);
        g_string_append_c(out, ')');
    }
}

static void tell_hook(MemoryListener *l, const char *what, MemoryRegionSection *section)
{
    Spy *s = (Spy *)l;

    if (s->hook) {
        s->hook(s, what, section);
    }
}

#define HEAR_PLAIN(what)                                                                          \
    static void hear_##what(MemoryListener *l)                                                    \
    {                                                                                             \
        heard(l, #what, NULL);                                                                    \
        tell_hook(l, #what, NULL);                                                                \
    }
HEAR_PLAIN(begin)
HEAR_PLAIN(commit)
HEAR_PLAIN(log_global_start)
HEAR_PLAIN(log_global_stop)

#define HEAR_SECTION(what)                                                                        \
    static void hear_##what(MemoryListener *l, MemoryRegionSection *s)                            \
    {                                                                                             \
        heard(l, #what, s);                                                                       \
        tell_hook(l, #what, s);                                                                   \
    }
HEAR_SECTION(add)
HEAR_SECTION(del)
HEAR_SECTION(nop)

#define HEAR_LOG(what)                                                                            \
    static void hear_##what(MemoryListener *l, MemoryRegionSection *s, int old_val, int new_val)  \
    {                                                                                             \
        heard(l, #what, s);                                                                       \
        g_string_append_printf(((Spy *)l)->machine->trace, "%d>%d", old_val, new_val);            \
        tell_hook(l, #what, s);                                                                   \
    }
HEAR_LOG(log_start)
HEAR_LOG(log_stop)

Spy *spy_new(Machine *m, const char *name, unsigned priority)
{
    Spy *s = g_new0(Spy, 1);

    g_ptr_array_add(m->spies, s);
    s->machine = m;
    s->listener = (MemoryListener){
        .begin = hear_begin,
        .commit = hear_commit,
        .region_add = hear_add,
        .region_del = hear_del,
        .region_nop = hear_nop,
        .log_start = hear_log_start,
        .log_stop = hear_log_stop,
        .log_global_start = hear_log_global_start,
        .log_global_stop = hear_log_global_stop,
        .priority = priority,
        .name = name,
    };
    return s;
}

void spy_start(Spy *s, AddressSpace *as)
{
    memory_listener_register(&s->listener, as);
}

Spy *spy_on(Machine *m, const char *name, unsigned priority, AddressSpace *as)
{
    Spy *s = spy_new(m, name, priority);

    s->listener.region_nop = NULL;
    spy_start(s, as);
    g_string_truncate(m->trace, 0);
    return s;
}
