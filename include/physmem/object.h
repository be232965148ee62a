/* SPDX-License-Identifier: MIT
 *
 * The object model, as much of it as regions, IOMMU subclasses and discard managers need: single
 * inheritance with a class structure per type, interfaces, reference counts, a tree of named
 * children (specification section 22.10).
 *
 * Types are registered once for the process, from any thread, and never go. Reference counts are
 * atomic. The tree of children is changed under the context's lock.
 */
#ifndef PHYSMEM_OBJECT_H
#define PHYSMEM_OBJECT_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

typedef struct TypeImpl *Type;
typedef struct TypeInfo TypeInfo;
typedef struct InterfaceInfo InterfaceInfo;
typedef struct InterfaceClass InterfaceClass;

#define TYPE_OBJECT "object"
#define TYPE_INTERFACE "interface"
#ifndef PHYSMEM_NO_DEVICE_STATE
#define TYPE_DEVICE "device"
#endif

struct ObjectClass {
    /* private */
    Type type;
    struct InterfaceClass **interfaces; /* this class's copies, NULL-terminated; may be NULL */
};

struct Object {
#ifdef __cplusplus
    ObjectClass *klass;
#else
    ObjectClass *class;
#endif
    uint32_t ref;
    Object *parent;
    /* private */
    void (*free)(void *obj); /* NULL: the memory is somebody else's */
    MemoryContext *context;
    char *name;                        /* component of the path; NULL without a parent */
    struct ObjectChildren *children;   /* NULL: none yet */
    TAILQ_ENTRY(Object) siblings;
    Object *depends_on;                /* a region without a name: its owner, which ends it */
};

/* What a type is, told to type_register(). */
struct TypeInfo {
    const char *name;
    const char *parent;     /* TYPE_OBJECT or a type derived from it */
    size_t instance_size;   /* 0: the parent's */
    size_t instance_align;  /* 0: that of malloc */
    void (*instance_init)(Object *obj);
    void (*instance_post_init)(Object *obj);
    void (*instance_finalize)(Object *obj);
    bool abstract;
    size_t class_size;      /* 0: the parent's */
    void (*class_init)(ObjectClass *klass, void *data);
    void (*class_base_init)(ObjectClass *klass, void *data);
    void *class_data;
    InterfaceInfo *interfaces; /* ends with an entry whose type is NULL */
};

struct InterfaceInfo {
    const char *type;
};

struct InterfaceClass {
    ObjectClass parent_class;
    /* private */
    ObjectClass *concrete_class;
    Type interface_type;
};

/* An object that owns regions: the "owner" of the constructors. It has an id and a path. The
 * type is DeviceState. A program that has a type of that name itself defines
 * PHYSMEM_NO_DEVICE_STATE, and the type is PhysmemDevice. RAM gets its id for migration from its
 * device. So the program's own device begins with a PhysmemDevice, and its type has the parent
 * "device". */
struct PhysmemDevice {
    Object parent_obj;
    /* private */
    char *id;
};

/* Makes a type known. 'static': info and all it points to outlive the process's use of the type;
 * the other form copies. A second registration of a name, or an unknown parent at first use,
 * aborts with a message. */
PHYSMEM_API Type type_register_static(const TypeInfo *info);
PHYSMEM_API Type type_register(const TypeInfo *info);

/* Makes an instance in the caller's memory of 'size' bytes: zeroed, one reference. Asserts a
 * concrete type that fits. */
PHYSMEM_API void object_initialize(void *obj, size_t size, const char *type_name);

/* Makes an instance on the heap, freed with its last reference. */
PHYSMEM_API Object *object_new(const char *type_name);

/* One reference more, returned as Object; one less, which may finalize. NULL is allowed. */
PHYSMEM_API Object *object_ref(void *obj);
PHYSMEM_API void object_unref(void *obj);

/* Makes 'child' (without a parent so far) a child of 'parent' under 'name', which must be free;
 * a name that ends in "[*]" gets the first free index. The parent takes a reference. Refused with
 * a MISUSE message if the name is taken or the child has a parent. */
PHYSMEM_API void object_property_add_child(Object *parent, const char *name, Object *child);

/* Takes an object out of its parent and drops the parent's reference. No-op without a parent. */
PHYSMEM_API void object_unparent(Object *obj);

/* The object itself if it is of that type or has that interface, else NULL. NULL gives NULL. */
PHYSMEM_API Object *object_dynamic_cast(Object *obj, const char *type_name);

/* The same, but a failed cast aborts with a message that names both types and the place. */
PHYSMEM_API Object *object_dynamic_cast_assert(Object *obj, const char *type_name,
                                               const char *file, int line, const char *func);

/* The same for classes; an interface type gives the class's own copy of the interface class. */
PHYSMEM_API ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type_name);
PHYSMEM_API ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass,
                                                          const char *type_name,
                                                          const char *file, int line,
                                                          const char *func);

PHYSMEM_API ObjectClass *object_get_class(Object *obj);
/* NULL for an unknown name. */
PHYSMEM_API ObjectClass *object_class_by_name(const char *type_name);
/* NULL for a root type. */
PHYSMEM_API ObjectClass *object_class_get_parent(ObjectClass *klass);
PHYSMEM_API const char *object_class_get_name(ObjectClass *klass);
PHYSMEM_API const char *object_get_typename(const Object *obj);

/* The object's name in its parent, or NULL; valid while it stays there. */
PHYSMEM_API const char *object_get_canonical_path_component(const Object *obj);

/* The path from the root of the tree, "/a/b[0]"; NULL if it is not in the tree. The caller frees
 * it with free(). */
PHYSMEM_API char *object_get_canonical_path(const Object *obj);

/* The root of the current context's tree of objects. Borrowed. */
PHYSMEM_API Object *object_get_root(void);

/* A plain owner on the heap with one reference, a child of nothing yet. 'id' is copied, may be
 * NULL. */
PHYSMEM_API PhysmemDevice *device_new(const char *id);
/* The id given, or NULL. */
PHYSMEM_API const char *device_get_id(const PhysmemDevice *dev);

/* Gives a device an id, which is copied; NULL: none. For devices of the program's own types, which
 * device_new() does not make. RAM that has an id already keeps it. Edit side. */
PHYSMEM_API void device_set_id(PhysmemDevice *dev, const char *id);

#define OBJECT(obj) ((Object *)(obj))
#define OBJECT_CLASS(klass) ((ObjectClass *)(klass))
#define OBJECT_CHECK(type, obj, name)                                                             \
    ((type *)object_dynamic_cast_assert(OBJECT(obj), (name), __FILE__, __LINE__, __func__))
#define OBJECT_CLASS_CHECK(class_type, klass, name)                                               \
    ((class_type *)object_class_dynamic_cast_assert(OBJECT_CLASS(klass), (name), __FILE__,        \
                                                    __LINE__, __func__))
#define OBJECT_GET_CLASS(class_type, obj, name)                                                   \
    OBJECT_CLASS_CHECK(class_type, object_get_class(OBJECT(obj)), name)
#define INTERFACE_CLASS(klass) OBJECT_CLASS_CHECK(InterfaceClass, klass, TYPE_INTERFACE)
#define INTERFACE_CHECK(interface, obj, name)                                                     \
    ((interface *)object_dynamic_cast_assert(OBJECT(obj), (name), __FILE__, __LINE__, __func__))

/* Checked casts as functions: NAME(obj); NAME_GET_CLASS(obj) and NAME_CLASS(klass). */
#define DECLARE_INSTANCE_CHECKER(instance_type, obj_name, type_name)                              \
    static inline __attribute__((unused)) instance_type *obj_name(const void *obj)                \
    {                                                                                             \
        return OBJECT_CHECK(instance_type, obj, type_name);                                       \
    }
#define DECLARE_CLASS_CHECKERS(class_type, obj_name, type_name)                                   \
    static inline __attribute__((unused)) class_type *obj_name##_GET_CLASS(const void *obj)       \
    {                                                                                             \
        return OBJECT_GET_CLASS(class_type, obj, type_name);                                      \
    }                                                                                             \
    static inline __attribute__((unused)) class_type *obj_name##_CLASS(const void *klass)         \
    {                                                                                             \
        return OBJECT_CLASS_CHECK(class_type, klass, type_name);                                  \
    }
#define DECLARE_OBJ_CHECKERS(instance_type, class_type, obj_name, type_name)                      \
    DECLARE_INSTANCE_CHECKER(instance_type, obj_name, type_name)                                  \
    DECLARE_CLASS_CHECKERS(class_type, obj_name, type_name)

#ifndef PHYSMEM_NO_DEVICE_STATE
DECLARE_INSTANCE_CHECKER(DeviceState, DEVICE, TYPE_DEVICE)
#endif

PHYSMEM_END_DECLS

#endif
