/* SPDX-License-Identifier: MIT
 *
 * Structures on the heap and their sizes (physmem/binding.h). tests/python/ has the rest of what
 * bindings use.
 */
#include "support.h"

static void assert_refused(MemoryRegion *mr, const char *why)
{
    Error *err = NULL;
    g_assert_false(memory_region_free(mr, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, why);
    error_free(err);
}

/* Memory of which no region was made, a failed constructor, and NULL. */
static void region_never_made(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = memory_region_new();
    (void)m, (void)data;
    g_assert_true(memory_region_free(mr, NULL));
    g_assert_true(memory_region_free(NULL, NULL));
    mr = memory_region_new();
    memory_region_init_ram(mr, NULL, "ram", 0, NULL);
    g_assert_true(memory_region_free(mr, &error_abort));
}

static void region_in_use(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000), *mr = memory_region_new();
    (void)data;
    memory_region_init_ram(mr, NULL, "ram", 0x1000, &error_abort);
    memory_region_add_subregion(box, 0, mr);
    assert_refused(mr, "region 'ram' is still in container 'box': remove it first");
    memory_region_del_subregion(box, mr);
    g_assert_true(memory_region_free(mr, &error_abort));
}

static void region_with_owner(Machine *m, gconstpointer data)
{
    DeviceState *dev = device_new("dev");
    MemoryRegion *mr = memory_region_new();
    (void)m, (void)data;
    memory_region_init(mr, OBJECT(dev), "bar", 0x1000);
    assert_refused(mr, "region 'bar' has an owner: give up the owner instead");
    object_unref(OBJECT(dev));
    g_assert_true(memory_region_free(mr, &error_abort));
}

static void space(Machine *m, gconstpointer data)
{
    AddressSpace *as = address_space_new(io_new(m, "io", 0x10), "as");
    (void)data;
    assert_map(as, "0-f io@0");
    g_assert_cmpstr(as->name, ==, "as");
    address_space_destroy_free(as);
}

static void space_refused(Machine *m, gconstpointer data)
{
    (void)data;
    g_assert_null(address_space_new(NULL, "as"));
    expect_message(m, "misuse", "address_space_init", "as", NULL);
}

static void cache(Machine *m, gconstpointer data)
{
    AddressSpace *as = space_new(m, ram_new(m, "ram", 0x1000), "as");
    hwaddr len = 0x2000;
    MemoryRegionCache *cache = address_space_cache_new(as, 0x800, &len, true);
    (void)data;
    g_assert_cmphex(len, ==, 0x800);
    stl_le_phys_cached(cache, 4, 0x12345678);
    g_assert_cmphex(ldl_le_phys(as, 0x804), ==, 0x12345678);
    address_space_cache_free(cache);
    address_space_cache_free(NULL);
}

static void cache_refused(Machine *m, gconstpointer data)
{
    AddressSpace *as = space_new(m, ram_new(m, "ram", 0x1000), "as");
    hwaddr len = 0;
    (void)data;
    g_assert_null(address_space_cache_new(as, 0, &len, false));
    expect_message(m, "misuse", "address_space_cache_init", NULL);
}

static unsigned heard;

static void hear(MemoryListener *listener, MemoryRegionSection *section)
{
    (void)listener, (void)section;
    heard++;
}

static void listener(Machine *m, gconstpointer data)
{
    AddressSpace *as = space_new(m, ram_new(m, "ram", 0x1000), "as");
    MemoryListener *listener = memory_listener_new();
    (void)data;
    listener->region_del = hear;
    memory_listener_register(listener, as);
    heard = 0;
    memory_listener_free(listener);
    g_assert_cmpuint(heard, ==, 1);
    memory_listener_free(memory_listener_new());
    memory_listener_free(NULL);
}

static void sizes(void)
{
    g_assert_cmpuint(memory_sizeof("MemoryRegion"), ==, sizeof(MemoryRegion));
    g_assert_cmpuint(memory_sizeof("MemTxAttrs"), ==, sizeof(MemTxAttrs));
    g_assert_cmpuint(memory_sizeof("MemoryContext"), ==, 0);
    g_assert_cmpuint(memory_sizeof(""), ==, 0);
    g_assert_cmpuint(memory_sizeof(NULL), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/binding/region/never-made", region_never_made);
    TEST("/binding/region/in-use", region_in_use);
    TEST("/binding/region/with-owner", region_with_owner);
    TEST("/binding/space", space);
    misuse_test_add("/binding/space/refused", space_refused);
    TEST("/binding/cache", cache);
    misuse_test_add("/binding/cache/refused", cache_refused);
    TEST("/binding/listener", listener);
    g_test_add_func("/binding/sizes", sizes);
    return g_test_run();
}
