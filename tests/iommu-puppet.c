/* SPDX-License-Identifier: MIT
 *
 * IOMMUs that answer what the test sets; see iommu-puppet.h.
 */
#include <errno.h>

#include "iommu-puppet.h"

static const char *const perm_name[] = { "none", "ro", "wo", "rw" };

static const char *blank(const Machine *m)
{
    return m->trace->len ? " " : "";
}

IOMMUTLBEntry puppet_entry(Puppet *s, hwaddr addr)
{
    return (IOMMUTLBEntry){ .target_as = s->to,
                            .iova = addr & ~s->mask,
                            .translated_addr = (addr & ~s->mask) + s->shift,
                            .addr_mask = s->mask,
                            .perm = s->perm };
}

static IOMMUTLBEntry puppet_translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                                      int index)
{
    Puppet *s = (Puppet *)iommu;

    s->asked++;
    if (s->tells) {
        g_string_append_printf(s->m->trace, "%s%s:%s%" PRIx64 "/%d", blank(s->m),
                               memory_region_name(puppet_region(s)), perm_name[flag], addr, index);
    }
    return s->answer ? s->answer(s, addr, flag, index) : puppet_entry(s, addr);
}

static uint64_t puppet_page(IOMMUMemoryRegion *iommu)
{
    return ((Puppet *)iommu)->page;
}

static int puppet_flag_changed(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old_flags,
                               IOMMUNotifierFlag new_flags, Error **errp)
{
    Puppet *s = (Puppet *)iommu;

    g_string_append_printf(s->m->trace, "%s%s:%x-%x", blank(s->m),
                           memory_region_name(puppet_region(s)), old_flags, new_flags);
    if (new_flags & s->veto_flag) {
        error_setg(errp, "veto");
        return s->veto;
    }
    return 0;
}

static void puppet_replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    Puppet *s = (Puppet *)iommu;
    IOMMUTLBEvent event = { IOMMU_NOTIFIER_MAP, puppet_entry(s, 0x3000) };

    memory_region_notify_iommu_one(n, &event);
}

static int puppet_get_attr(IOMMUMemoryRegion *iommu, enum IOMMUMemoryRegionAttr attr, void *data)
{
    (void)iommu;
    if (attr != IOMMU_ATTR_SPAPR_TCE_FD) {
        return -EINVAL;
    }
    *(int *)data = 17;
    return 0;
}

static int puppet_attrs_to_index(IOMMUMemoryRegion *iommu, MemTxAttrs attrs)
{
    (void)iommu;
    return attrs.secure;
}

static int puppet_num_indexes(IOMMUMemoryRegion *iommu)
{
    (void)iommu;
    return 2;
}

static int puppet_set_page_size_mask(IOMMUMemoryRegion *iommu, uint64_t page_size_mask,
                                     Error **errp)
{
    if (!(page_size_mask & 0x1000)) {
        error_setg(errp, "4 KiB or nothing");
        return -ENOTSUP;
    }
    ((Puppet *)iommu)->page_mask = page_size_mask;
    return 0;
}

static void plain_class_init(ObjectClass *class, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(class)->translate = puppet_translate;
}

static void full_class_init(ObjectClass *class, void *data)
{
    IOMMUMemoryRegionClass *k = IOMMU_MEMORY_REGION_CLASS(class);

    (void)data;
    k->translate = puppet_translate;
    k->get_min_page_size = puppet_page;
    k->notify_flag_changed = puppet_flag_changed;
    k->get_attr = puppet_get_attr;
    k->attrs_to_index = puppet_attrs_to_index;
    k->num_indexes = puppet_num_indexes;
    k->iommu_set_page_size_mask = puppet_set_page_size_mask;
}

static void replay_class_init(ObjectClass *class, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(class)->replay = puppet_replay;
}

static const TypeInfo puppet_types[] = {
    { .name = TYPE_PUPPET,
      .parent = TYPE_IOMMU_MEMORY_REGION,
      .instance_size = sizeof(Puppet),
      .class_init = plain_class_init },
    { .name = TYPE_PUPPET_FULL,
      .parent = TYPE_IOMMU_MEMORY_REGION,
      .instance_size = sizeof(Puppet),
      .class_init = full_class_init },
    { .name = TYPE_PUPPET_REPLAY, .parent = TYPE_PUPPET_FULL, .class_init = replay_class_init },
};

__attribute__((constructor)) static void register_types(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(puppet_types); i++) {
        type_register_static(&puppet_types[i]);
    }
}

Puppet *puppet_new(Machine *m, const char *type, const char *name, uint64_t size, AddressSpace *to)
{
    Puppet *s = g_new0(Puppet, 1);

    memory_region_init_iommu(s, sizeof(*s), type, NULL, name, size);
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
    b.u = puppet_new(m, type, "u", BOARD_SIZE, b.system);
    memory_region_add_subregion(b.bus_root, BOARD_AT, puppet_region(b.u));
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
