/* SPDX-License-Identifier: MIT
 *
 * The object model that regions, IOMMUs and discard managers need: single inheritance with a class
 * structure for each type, interfaces, reference counts, and a tree of named children
 * (specification 22.10). It has no properties and no configuration.
 *
 * Types are registered once for the process and stay. Reference counts are atomic. Unless its
 * comment says otherwise, every function here may be called from any thread. Those that change the
 * tree of children or build a path take the context's lock; they say so. The others take no lock of
 * a context, except where an object ends with its last reference.
 *
 *   obj, dev   the object or device
 *   klass      its class, or the copy of an interface's class
 *   type_name  the name of a type
 */
#ifndef PHYSMEM_OBJECT_H
#define PHYSMEM_OBJECT_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

typedef struct TypeImpl *Type;
typedef struct TypeInfo TypeInfo;
typedef struct InterfaceInfo InterfaceInfo;
typedef struct InterfaceClass InterfaceClass;

/* The names of the types that programs derive theirs from. */
#define TYPE_OBJECT "object"
#define TYPE_INTERFACE "interface"
#ifndef PHYSMEM_NO_DEVICE_STATE
#define TYPE_DEVICE "device"
#endif

/* What the instances of a type share. The structure of a class begins with that of its parent. */
struct ObjectClass {
    /* private */
    Type type;
    struct InterfaceClass **interfaces; /* this class's copies, NULL-terminated; may be NULL */
};

/* An instance. The structure of an instance begins with that of its parent type. */
struct Object {
#ifdef __cplusplus
    ObjectClass *klass;
#else
    ObjectClass *class;
#endif
    uint32_t ref;
    bool on_heap;   /* private: the memory is freed with the object */
    bool dependent; /* private: a region without a name, which its owner ends */
    Object *parent;
    /* private */
    __extension__ union {
        char *name;    /* with a parent: the component of the path; else NULL */
        Object *owner; /* of a dependent, which has no parent */
    };
    struct ObjectChildren *children; /* NULL: none yet */
    TAILQ_ENTRY(Object) siblings;
    MemoryContext *context; /* last, next to what an access to a region reads */
};

/* Describes a type. Every function may be NULL. Where no comment says otherwise, they are called in
 * the thread that makes or ends the object, with or without the context's lock. class_init and
 * class_base_init are called with an inner lock held and must take no other (docs/threads.md).
 *
 * An object is made by instance_init of all its types, the base type first, and then by
 * instance_post_init of all, in the same order. It ends by instance_finalize of all its types, the
 * base type last, when its last reference goes.
 *
 * A class is made once, when the type is first used. It begins as a copy of the parent's class.
 * Then class_base_init of all ancestors is called on it, and class_init. */
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

/* An interface that a type has. */
struct InterfaceInfo {
    const char *type;
};

/* What the structure of an interface's class begins with. */
struct InterfaceClass {
    ObjectClass parent_class;
    /* private */
    ObjectClass *concrete_class;
    Type interface_type;
};

/* An object that owns regions: the 'owner' of their constructors. It has an id and a path. RAM that
 * is registered for migration gets its id from its device. A device type of the program begins with
 * a PhysmemDevice, and its type has the parent "device".
 *
 * The type is called DeviceState. A program that has a type of that name itself defines
 * PHYSMEM_NO_DEVICE_STATE; then the type is called PhysmemDevice. */
struct PhysmemDevice {
    Object parent_obj;
    /* private */
    char *id;
};

/* Make a type known and return it. type_register_static() keeps the pointer: info and all that it
 * points to must stay. type_register() copies info. A name that is registered already aborts with a
 * message. A parent that is unknown aborts with a message when the type is first used. */
PHYSMEM_API Type type_register_static(const TypeInfo *info);
PHYSMEM_API Type type_register(const TypeInfo *info);

/* Makes an instance in the caller's memory at obj, which has 'size' bytes. The library zeroes it.
 * The instance has one reference, which is the caller's. Calls instance_init and
 * instance_post_init. Aborts with a message if the type is unknown or abstract, or does not fit
 * into the memory. */
PHYSMEM_API void object_initialize(void *obj, size_t size, const char *type_name);

/* Makes an instance on the heap, never NULL, with one reference, which is the caller's
 * (object_unref()). Calls instance_init and instance_post_init. The memory is freed with the last
 * reference. Aborts as object_initialize() does. */
PHYSMEM_API Object *object_new(const char *type_name);

/* Takes a reference, which is the caller's (object_unref()), and returns the object, or NULL for
 * NULL. */
PHYSMEM_API Object *object_ref(void *obj);

/* Gives a reference back. With the last one the object is finalized in the calling thread:
 * instance_finalize is called, and the end of children may take the context's lock. Does nothing
 * for NULL. */
PHYSMEM_API void object_unref(void *obj);

/* Makes 'child' a child of 'parent', which takes a reference on it. A name that ends in "[*]" gets
 * the first free index. Refused with a MISUSE message if the name is taken, if the child has a
 * parent already or is above 'parent' in the tree, or if the two belong to different contexts. Any
 * thread, not in a read section: takes the context's lock. */
PHYSMEM_API void object_property_add_child(Object *parent, const char *name, Object *child);

/* Takes an object out of its parent and drops the parent's reference, with which the object may
 * end. Does nothing for an object without a parent. Any thread, not in a read section: takes the
 * context's lock. For a region see "Life" in region.h. */
PHYSMEM_API void object_unparent(Object *obj);

/* Returns the object if it has that type or interface, else NULL. Returns NULL for NULL. No
 * reference is taken. */
PHYSMEM_API Object *object_dynamic_cast(Object *obj, const char *type_name);

/* Does the same, but aborts with a message if the object has another type. The message names both
 * types and the place of the call: file, line and function (func). The macros below fill in the
 * place. Returns NULL for NULL. */
PHYSMEM_API Object *object_dynamic_cast_assert(Object *obj, const char *type_name,
                                               const char *file, int line, const char *func);

/* Do what object_dynamic_cast() and object_dynamic_cast_assert() do, for classes: the result is
 * NULL if the class lacks that type. For an interface they return the class's own copy of the
 * interface class. The results belong to the library and stay. */
PHYSMEM_API ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type_name);
PHYSMEM_API ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass,
                                                          const char *type_name, const char *file,
                                                          int line, const char *func);

/* Return a class, and the name of a type: of an object or of a class. An object's class is never
 * NULL. object_class_by_name() returns NULL if no type has that name, and
 * object_class_get_parent() for a type without a parent. The results belong to the library and
 * stay. */
PHYSMEM_API ObjectClass *object_get_class(Object *obj);
PHYSMEM_API ObjectClass *object_class_by_name(const char *type_name);
PHYSMEM_API ObjectClass *object_class_get_parent(ObjectClass *klass);
PHYSMEM_API const char *object_class_get_name(ObjectClass *klass);
PHYSMEM_API const char *object_get_typename(const Object *obj);

/* Returns the object's name in its parent, or NULL. Valid while the object stays in its parent. */
PHYSMEM_API const char *object_get_canonical_path_component(const Object *obj);

/* Returns the path from the root of the tree, such as "/a/b[0]", or NULL if the object is not in
 * the tree. The caller frees it with free(). Any thread, not in a read section: takes the context's
 * lock. */
PHYSMEM_API char *object_get_canonical_path(const Object *obj);

/* Returns the root of the current context's tree of objects; never NULL. Borrowed. */
PHYSMEM_API Object *object_get_root(void);

/* Makes a device without any state of its own, as an owner of regions. It is on the heap, never
 * NULL, has no parent, and has one reference, which is the caller's (object_unref()). 'id' is
 * copied and may be NULL. */
PHYSMEM_API PhysmemDevice *device_new(const char *id);
/* Returns the device's id, or NULL. Valid until device_set_id() is called for the device. */
PHYSMEM_API const char *device_get_id(const PhysmemDevice *dev);

/* Gives a device an id, which is copied; NULL takes it away. It is for devices of the program's
 * own types, which device_new() does not make. RAM that has got its id already keeps it. No other
 * thread may use the device's id meanwhile: no lock is taken. */
PHYSMEM_API void device_set_id(PhysmemDevice *dev, const char *id);

/* Casts. OBJECT() and OBJECT_CLASS() check nothing. The others name the type, and abort with a
 * message for an object or class of another one (object_dynamic_cast_assert()). */
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
