/* SPDX-License-Identifier: MIT
 *
 * IOMMUs that answer what the test sets; see iommu-stub.h.
 */
#include <errno.h>

#include "iommu-stub.h"

static const char *const perm_name[] = { "none", "ro", "wo", "rw" };

static const char *blank(const Machine *m)
{
    return m->trace->len ? " " : "";
}

IOMMUTLBEntry stub_entry(Stub *s, hwaddr addr)
{
    return (IOMMUTLBEntry){ .target_as = s->to, .iova = addr & ~s->mask,
                            .translated_addr = (addr & ~s->mask) + s->shift,
                            .addr_mask = s->mask, .perm = s->perm };
}

static IOMMUTLBEntry stub_translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                                    int index)
{
    Stub *s = (Stub *)iommu;

    s->asked++;
    if (s->tells) {
        g_string_append_printf(s->m->trace, "%s%s:%s%" PRIx64 "/%d", blank(s->m),
                               memory_region_name(stub_region(s)), perm_name[flag], addr, index);
    }
    return s->answer ? s->answer(s, addr, flag, index) : stub_entry(s, addr);
}

static uint64_t stub_page(IOMMUMemoryRegion *iommu)
{
    return ((Stub *)iommu)->page;
}

static int stub_flag_changed(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old_flags,
                             IOMMUNotifierFlag new_flags, Error **errp)
{
    Stub *s = (Stub *)iommu;

    g_string_append_printf(s->m->trace, "%s%s:%x-%x", blank(s->m),
                           memory_region_name(stub_region(s)), old_flags, new_flags);
    if (new_flags & s->veto_flag) {
        error_setg(errp, "veto");
        return s->veto;
    }
    return 0;
}

static void stub_replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    Stub *s = (Stub *)iommu;
    IOMMUTLBEvent event = { IOMMU_NOTIFIER_MAP, stub_entry(s, 0x3000) };

    memory_region_notify_iommu_one(n, &event);
}

static int stub_get_attr(IOMMUMemoryRegion *iommu, enum IOMMUMemoryRegionAttr attr, void *data)
{
    (void)iommu;
    if (attr != IOMMU_ATTR_SPAPR_TCE_FD) {
        return -EINVAL;
    }
    *(int *)data = 17;
    return 0;
}

static int stub_attrs_to_index(IOMMUMemoryRegion *iommu, MemTxAttrs attrs)
{
    (void)iommu;
    return attrs.secure;
}

static int stub_num_indexes(IOMMUMemoryRegion *iommu)
{
    (void)iommu;
    return 2;
}

static int stub_set_page_size_mask(IOMMUMemoryRegion *iommu, uint64_t page_size_mask, Error **errp)
{
    if (!(page_size_mask & 0x1000)) {
        error_setg(errp, "4 KiB or nothing");
        return -ENOTSUP;
    }
    ((Stub *)iommu)->page_mask = page_size_mask;
    return 0;
}

static void plain_class_init(ObjectClass *class, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(class)->translate = stub_translate;
}

static void full_class_init(ObjectClass *class, void *data)
{
    IOMMUMemoryRegionClass *k = IOMMU_MEMORY_REGION_CLASS(class);

    (void)data;
    k->translate = stub_translate;
    k->get_min_page_size = stub_page;
    k->notify_flag_changed = stub_flag_changed;
    k->get_attr = stub_get_attr;
    k->attrs_to_index = stub_attrs_to_index;
    k->num_indexes = stub_num_indexes;
    k->iommu_set_page_size_mask = stub_set_page_size_mask;
}

static void replay_class_init(ObjectClass *class, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(class)->replay = stub_replay;
}

static const TypeInfo stub_types[] = {
    { .name = TYPE_STUB, .parent = TYPE_IOMMU_MEMORY_REGION, .instance_size = sizeof(Stub),
      .class_init = plain_class_init },
    { .name = TYPE_STUB_FULL, .parent = TYPE_IOMMU_MEMORY_REGION, .instance_size = sizeof(Stub),
      .class_init = full_class_init },
    { .name = TYPE_STUB_REPLAY, .parent = TYPE_STUB_FULL, .class_init = replay_class_init },
};

__attribute__((constructor)) static void register_types(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(stub_types); i++) {
        type_register_static(&stub_types[i]);
    }
}

Stub *stub_new(Machine *m, const char *type, const char *name, uint64_t size, AddressSpace *to)
{
    Stub *s = g_new0(Stub, 1);

    memory_region_init_iommu(s, sizeof *s, type, NULL, name, size);
    g_ptr_array_add(m->regions, s);
    s->m = m;
    s->to = to;
    s->mask = 0xfff;
    s->page = 0x1000;
    s->perm = IOMMU_RW;
    return s;
}

Board board_new(Machine *m, const char *type)
{
    Board b = { .bus_root = box_new(m, "bus", 0x10000), .root = box_new(m, "system", 0x10000) };

    b.ram = ram_new(m, "ram", BOARD_SIZE);
    for (unsigned i = 0; i < BOARD_SIZE; i++) {
        host_of(b.ram)[i] = board_byte(i);
    }
    memory_region_add_subregion(b.root, 0, b.ram);
    b.system = space_new(m, b.root, "system");
    b.bus = space_new(m, b.bus_root, "bus");
    b.u = stub_new(m, type, "u", BOARD_SIZE, b.system);
    memory_region_add_subregion(b.bus_root, BOARD_AT, stub_region(b.u));
    return b;
}

static void hear(IOMMUNotifier *n, IOMMUTLBEntry *entry)
{
    Hearer *h = (Hearer *)n;

    g_string_append_printf(h->m->trace, "%s%s:%" PRIx64 "+%" PRIx64, blank(h->m), h->name,
                           entry->iova, entry->addr_mask);
    if (entry->perm != IOMMU_NONE) {
        g_string_append_printf(h->m->trace, "=%s@%" PRIx64, perm_name[entry->perm],
                               entry->translated_addr);
    }
    if (h->hook) {
        h->hook(h, entry);
    }
}

void hearer_init(Hearer *h, Machine *m, const char *name, unsigned flags, hwaddr start, hwaddr end,
                 int index)
{
    *h = (Hearer){ .m = m, .name = name };
    iommu_notifier_init(&h->n, hear, (IOMMUNotifierFlag)flags, start, end, index);
}
