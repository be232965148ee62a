/* SPDX-License-Identifier: MIT
 *
 * The object model that regions, IOMMUs and discard managers need: single inheritance with a class
 * structure for each type, interfaces, reference counts, and a tree of named children
 * (specification 22.10). It has no properties and no configuration.
 *
 * Types are registered once for the process, from any thread, and stay. Reference counts are
 * atomic. The functions that change the tree of children take the context's lock. All others may be
 * called from any thread and take no lock.
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
    char *name;                      /* component of the path; NULL without a parent */
    struct ObjectChildren *children; /* NULL: none yet */
    TAILQ_ENTRY(Object) siblings;
    Object *depends_on; /* the owner of a region without a name, which ends it */
};

/* Describes a type. The functions may be NULL. instance_init runs from the base type to the derived
 * one when an object is made, instance_post_init after all of them, instance_finalize the other way
 * round when the last reference goes. class_base_init of all ancestors and then class_init run
 * once, on a class that begins as a copy of the parent's. */
struct TypeInfo {
    const char *name;
    const char *parent;    /* TYPE_OBJECT or a type derived from it */
    size_t instance_size;  /* 0: the parent's */
    size_t instance_align; /* 0: that of malloc() */
    void (*instance_init)(Object *obj);
    void (*instance_post_init)(Object *obj);
    void (*instance_finalize)(Object *obj);
    bool abstract;     /* the type has no instances */
    size_t class_size; /* 0: the parent's */
    void (*class_init)(ObjectClass *klass, void *data);
    void (*class_base_init)(ObjectClass *klass, void *data);
    void *class_data;          /* handed to class_init and class_base_init */
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

/* An object that owns regions: the 'owner' of their constructors. It has an id and a path. The type
 * is called DeviceState. If the program has a type of that name itself, it defines
 * PHYSMEM_NO_DEVICE_STATE, and the type is called PhysmemDevice. The program's own device begins
 * with a PhysmemDevice, and its type has the parent "device": RAM gets its id for migration from
 * its device. */
struct PhysmemDevice {
    Object parent_obj;
    /* private */
    char *id;
};

/* Makes a type known. The first form keeps the pointer: info and all that it points to must stay.
 * The second form copies info. A name that is registered already aborts with a message; so does, at
 * the first use of the type, a parent that is unknown. */
PHYSMEM_API Type type_register_static(const TypeInfo *info);
PHYSMEM_API Type type_register(const TypeInfo *info);

/* Makes an instance in the caller's memory of 'size' bytes. It is zeroed and has one reference,
 * which is the caller's. Aborts with a message if the type is unknown or abstract or does not fit
 * into the memory. */
PHYSMEM_API void object_initialize(void *obj, size_t size, const char *type_name);

/* Makes an instance on the heap with one reference, which is the caller's. It is freed with its
 * last reference. Aborts as object_initialize() does. */
PHYSMEM_API Object *object_new(const char *type_name);

/* Takes a reference and returns the object; gives one back. The object is finalized with its last
 * reference, in the thread that gives it back. Both do nothing for NULL. */
PHYSMEM_API Object *object_ref(void *obj);
PHYSMEM_API void object_unref(void *obj);

/* Makes 'child' a child of 'parent', which takes a reference on it. A name that ends in "[*]" gets
 * the first free index. Refused with a MISUSE message if the name is taken or the child has a
 * parent already. Takes the context's lock. */
PHYSMEM_API void object_property_add_child(Object *parent, const char *name, Object *child);

/* Takes an object out of its parent and drops the parent's reference. Does nothing for an object
 * without a parent. Takes the context's lock. For a region see "Life" in region.h. */
PHYSMEM_API void object_unparent(Object *obj);

/* Returns the object if it is of that type or has that interface, else NULL. NULL gives NULL. */
PHYSMEM_API Object *object_dynamic_cast(Object *obj, const char *type_name);

/* Does the same, but a cast that fails aborts with a message that names both types and the
 * place. */
PHYSMEM_API Object *object_dynamic_cast_assert(Object *obj, const char *type_name,
                                               const char *file, int line, const char *func);

/* Do the same for classes. For an interface type they return the class's own copy of the interface
 * class. */
PHYSMEM_API ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type_name);
PHYSMEM_API ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass,
                                                          const char *type_name, const char *file,
                                                          int line, const char *func);

/* Class and type of an object. The results belong to the library and stay. */
PHYSMEM_API ObjectClass *object_get_class(Object *obj);
/* Returns NULL if no type has that name. */
PHYSMEM_API ObjectClass *object_class_by_name(const char *type_name);
/* Returns NULL for a type without a parent. */
PHYSMEM_API ObjectClass *object_class_get_parent(ObjectClass *klass);
PHYSMEM_API const char *object_class_get_name(ObjectClass *klass);
PHYSMEM_API const char *object_get_typename(const Object *obj);

/* Returns the object's name in its parent, or NULL. Valid while the object stays there. */
PHYSMEM_API const char *object_get_canonical_path_component(const Object *obj);

/* Returns the path from the root of the tree, such as "/a/b[0]". NULL if the object is not in the
 * tree. The caller frees it with free(). */
PHYSMEM_API char *object_get_canonical_path(const Object *obj);

/* Returns the root of the current context's tree of objects. Borrowed. */
PHYSMEM_API Object *object_get_root(void);

/* Makes a plain owner on the heap with one reference, which is the caller's. It has no parent. 'id'
 * is copied and may be NULL. */
PHYSMEM_API PhysmemDevice *device_new(const char *id);
/* Returns the device's id, or NULL. Valid until it is set anew. */
PHYSMEM_API const char *device_get_id(const PhysmemDevice *dev);

/* Gives a device an id, which is copied; NULL takes it away. For devices of the program's own
 * types, which device_new() does not make. RAM that has an id already keeps it. Takes the context's
 * lock. */
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

/* Define checked casts as functions: NAME(obj), NAME_GET_CLASS(obj), NAME_CLASS(klass). */
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
