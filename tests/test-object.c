/* SPDX-License-Identifier: MIT
 *
 * The object model: types, classes, interfaces, instances (specification 22.10).
 */
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* ---- Some animals ------------------------------------------------------------------------- */

typedef struct AnimalClass {
    ObjectClass parent_class;
    int legs;
    const char *inits; /* the class functions that were called for it */
} AnimalClass;

typedef struct Animal {
    Object parent_obj;
    uint64_t weight;
} Animal;

typedef struct Dog {
    Animal animal;
    char name[16];
} Dog;

typedef struct SpeakerClass {
    InterfaceClass parent_class;
    const char *(*speak)(void);
} SpeakerClass;

static GString *events; /* what happened to instances, in order */

static void note(const char *what)
{
    if (events) {
        g_string_append_printf(events, "%s ", what);
    }
}

static void assert_events(const char *want)
{
    g_assert_cmpstr(events->str, ==, want);
    g_string_truncate(events, 0);
}

static void animal_init(Object *obj)
{
    g_assert_cmpuint(((Animal *)obj)->weight, ==, 0);
    note("+animal");
}

static void animal_post_init(Object *obj)
{
    (void)obj;
    note("!animal");
}

static void animal_finalize(Object *obj)
{
    (void)obj;
    note("-animal");
}

static void animal_class_init(ObjectClass *klass, void *data)
{
    g_assert_cmpstr(data, ==, "animal data");
    ((AnimalClass *)klass)->legs = 2;
}

static void animal_class_base_init(ObjectClass *klass, void *data)
{
    ((AnimalClass *)klass)->inits = data ? data : "base";
}

static void dog_init(Object *obj)
{
    (void)obj;
    note("+dog");
}

static void dog_finalize(Object *obj)
{
    (void)obj;
    note("-dog");
}

static const char *bark(void)
{
    return "woof";
}

static const char *hum(void)
{
    return "hm";
}

static SpeakerClass *speaker_class(ObjectClass *klass)
{
    return (SpeakerClass *)object_class_dynamic_cast(klass, "speaker");
}

static void dog_class_init(ObjectClass *klass, void *data)
{
    AnimalClass *ac = (AnimalClass *)klass;

    (void)data;
    g_assert_cmpint(ac->legs, ==, 2);
    g_assert_cmpstr(ac->inits, ==, "base");
    ac->legs = 4;
    speaker_class(klass)->speak = bark;
}

static void speaker_class_init(ObjectClass *klass, void *data)
{
    (void)data;
    ((SpeakerClass *)klass)->speak = hum;
}

static const TypeInfo *const types[] = {
    /* The youngest type first: a type may be registered before its parent. */
    &(const TypeInfo){ .name = "puppy", .parent = "dog" },
    &(const TypeInfo){ .name = "dog",
                       .parent = "animal",
                       .instance_size = sizeof(Dog),
                       .instance_init = dog_init,
                       .instance_finalize = dog_finalize,
                       .class_init = dog_class_init,
                       .interfaces = (InterfaceInfo[]){ { "speaker" }, { NULL } } },
    &(const TypeInfo){ .name = "parrot",
                       .parent = "animal",
                       .instance_size = sizeof(Animal),
                       .interfaces = (InterfaceInfo[]){ { "mimic" }, { NULL } } },
    &(const TypeInfo){ .name = "animal",
                       .parent = TYPE_OBJECT,
                       .instance_size = sizeof(Animal),
                       .instance_init = animal_init,
                       .instance_post_init = animal_post_init,
                       .instance_finalize = animal_finalize,
                       .abstract = true,
                       .class_size = sizeof(AnimalClass),
                       .class_init = animal_class_init,
                       .class_base_init = animal_class_base_init,
                       .class_data = (void *)"animal data" },
    &(const TypeInfo){ .name = "speaker",
                       .parent = TYPE_INTERFACE,
                       .class_size = sizeof(SpeakerClass),
                       .class_init = speaker_class_init },
    &(const TypeInfo){ .name = "mimic", .parent = "speaker" },
};

static void register_types(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        type_register_static(types[i]);
    }
}

/* ---- Types and classes -------------------------------------------------------------------- */

static void classes(Machine *m, gconstpointer data)
{
    ObjectClass *dog = object_class_by_name("dog");
    ObjectClass *puppy = object_class_by_name("puppy");

    (void)m, (void)data;
    g_assert_cmpstr(object_class_get_name(puppy), ==, "puppy");
    g_assert_true(object_class_get_parent(puppy) == dog);
    g_assert_cmpint(((AnimalClass *)puppy)->legs, ==, 4);
    g_assert_null(object_class_get_parent(object_class_by_name(TYPE_OBJECT)));
    g_assert_null(object_class_by_name("unicorn"));
    g_assert_true(object_class_dynamic_cast(puppy, "animal") == puppy);
    g_assert_null(object_class_dynamic_cast(dog, "puppy"));
}

static void interfaces(Machine *m, gconstpointer data)
{
    ObjectClass *dog = object_class_by_name("dog");
    ObjectClass *puppy = object_class_by_name("puppy");
    ObjectClass *parrot = object_class_by_name("parrot");

    (void)m, (void)data;
    g_assert_cmpstr(speaker_class(dog)->speak(), ==, "woof");
    g_assert_cmpstr(speaker_class(puppy)->speak(), ==, "woof");
    g_assert_true(speaker_class(puppy) != speaker_class(dog));
    g_assert_cmpstr(speaker_class(parrot)->speak(), ==, "hm");
    g_assert_nonnull(object_class_dynamic_cast(parrot, "mimic"));
    g_assert_null(object_class_dynamic_cast(dog, "mimic"));
    g_assert_null(speaker_class(object_class_by_name("animal")));
    g_assert_nonnull(INTERFACE_CLASS(speaker_class(dog)));
}

static void copied_registration(Machine *m, gconstpointer data)
{
    char name[] = "copied", parent[] = "dog";
    TypeInfo info = { .name = name, .parent = parent };
    Object *obj;

    (void)m, (void)data;
    type_register(&info);
    memset(name, 'x', sizeof(name) - 1);
    memset(parent, 'x', sizeof(parent) - 1);
    memset(&info, 0, sizeof(info));
    obj = object_new("copied");
    g_assert_nonnull(object_dynamic_cast(obj, "dog"));
    object_unref(obj);
}

/* Each of these calls must end the process with its message. */
static void bad_double(void)
{
    type_register_static(types[0]);
}

static void bad_parent(void)
{
    type_register(&(TypeInfo){ .name = "orphan", .parent = "nobody" });
    object_new("orphan");
}

static void bad_circle(void)
{
    type_register(&(TypeInfo){ .name = "hen", .parent = "egg" });
    type_register(&(TypeInfo){ .name = "egg", .parent = "hen" });
    object_new("hen");
}

static void bad_abstract(void)
{
    object_new("animal");
}

static void bad_interface(void)
{
    object_new("speaker");
}

static void bad_unknown(void)
{
    object_new("unicorn");
}

static void bad_size(void)
{
    Animal a;

    object_initialize(&a, sizeof(a), "dog");
}

static void bad_small(void)
{
    type_register(&(TypeInfo){ .name = "small", .parent = "dog", .instance_size = 1 });
    object_new("small");
}

static void bad_cast(void)
{
    DEVICE(object_new("dog"));
}

static const struct {
    const char *name;
    void (*func)(void);
    const char *message;
} bad[] = {
    { "double", bad_double, "*\"puppy\" is registered twice*" },
    { "parent", bad_parent, "*\"orphan\" has the unknown parent \"nobody\"*" },
    { "circle", bad_circle, "*needed to make itself*" },
    { "abstract", bad_abstract, "*\"animal\" is abstract*" },
    { "interface", bad_interface, "*\"speaker\" is abstract*" },
    { "unknown", bad_unknown, "*unknown type \"unicorn\"*" },
    { "size", bad_size, "*\"dog\" needs * bytes*" },
    { "small", bad_small, "*\"small\": its instance has 1 bytes*" },
    { "cast", bad_cast, "*object.h*DEVICE*\"dog\" is not a \"device\"*" },
};

static void dies(gconstpointer data)
{
    size_t i = GPOINTER_TO_SIZE(data);

    if (g_test_subprocess()) {
        bad[i].func();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr(bad[i].message);
}

/* ---- Instances ---------------------------------------------------------------------------- */

static void life(Machine *m, gconstpointer data)
{
    Object *obj;

    (void)m, (void)data;
    events = g_string_new(NULL);
    obj = object_new("puppy");
    assert_events("+animal +dog !animal ");
    g_assert_cmpstr(object_get_typename(obj), ==, "puppy");
    g_assert_true(object_ref(obj) == obj);
    object_unref(obj);
    assert_events("");
    object_unref(obj);
    assert_events("-dog -animal ");
    g_assert_null(object_ref(NULL));
    object_unref(NULL);
    g_string_free(events, true);
    events = NULL;
}

static void in_place(Machine *m, gconstpointer data)
{
    Dog dog;

    (void)m, (void)data;
    memset(&dog, 0x55, sizeof(dog));
    object_initialize(&dog, sizeof(dog), "dog");
    g_assert_cmpuint(dog.animal.parent_obj.ref, ==, 1);
    g_assert_cmpint(dog.name[sizeof(dog.name) - 1], ==, 0);
    g_assert_true(object_get_class(OBJECT(&dog)) == object_class_by_name("dog"));
    object_unref(&dog);
}

static void casts(Machine *m, gconstpointer data)
{
    Object *dog = object_new("dog");

    (void)m, (void)data;
    g_assert_true(object_dynamic_cast(dog, "animal") == dog);
    g_assert_true(object_dynamic_cast(dog, "speaker") == dog);
    g_assert_null(object_dynamic_cast(dog, "puppy"));
    g_assert_null(object_dynamic_cast(NULL, "dog"));
    g_assert_null(DEVICE(NULL));
    object_unref(dog);
}

static void device(Machine *m, gconstpointer data)
{
    DeviceState *dev = device_new("uart0"), *anonymous = device_new(NULL);

    (void)m, (void)data;
    g_assert_cmpstr(device_get_id(dev), ==, "uart0");
    g_assert_null(device_get_id(anonymous));
    g_assert_cmpstr(object_get_typename(OBJECT(dev)), ==, TYPE_DEVICE);
    object_unref(dev);
    object_unref(anonymous);
}

static void aligned(Machine *m, gconstpointer data)
{
    Object *obj;

    (void)m, (void)data;
    type_register(&(TypeInfo){ .name = "wide", .parent = "dog", .instance_align = 256 });
    obj = object_new("wide");
    g_assert_cmphex((uintptr_t)obj % 256, ==, 0);
    object_unref(obj);
}

/* ---- Many at once ------------------------------------------------------------------------- */

static gpointer work_in_own_context(gpointer data)
{
    MemoryContext *ctx = memory_context_new(NULL, NULL);
    g_autofree char *type_name = g_strdup_printf("thread-dog-%d", GPOINTER_TO_INT(data));

    memory_context_set_current(ctx);
    type_register(&(TypeInfo){ .name = type_name, .parent = "race-dog" });
    for (unsigned i = 0; i < 2000; i++) {
        Object *obj = object_new(i % 2 ? type_name : "race-puppy");
        object_property_add_child(object_get_root(), "d[*]", obj);
        g_assert_true(object_dynamic_cast(obj, "animal") == obj);
        object_unparent(obj);
        object_unref(obj);
    }
    memory_context_set_current(NULL);
    g_assert_true(memory_context_destroy(ctx, NULL));
    return NULL;
}

/* The thread that comes first makes the classes of these types. */
static void contexts_at_once(void)
{
    GThread *threads[4];

    type_register(&(TypeInfo){ .name = "race-puppy", .parent = "race-dog" });
    type_register(&(TypeInfo){ .name = "race-dog", .parent = "dog" });
    for (int i = 0; i < 4; i++) {
        threads[i] = g_thread_new("context", work_in_own_context, GINT_TO_POINTER(i));
    }
    for (int i = 0; i < 4; i++) {
        g_thread_join(threads[i]);
    }
}

static gpointer ref_and_unref(gpointer obj)
{
    for (unsigned i = 0; i < 100000; i++) {
        object_ref(obj);
        object_unref(obj);
    }
    return NULL;
}

static void references_at_once(Machine *m, gconstpointer data)
{
    Object *obj = object_new("dog");
    GThread *other = g_thread_new("refs", ref_and_unref, obj);

    (void)m, (void)data;
    ref_and_unref(obj);
    g_thread_join(other);
    g_assert_cmpuint(obj->ref, ==, 1);
    object_unref(obj);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    register_types();
    TEST("/object/22.10/classes", classes);
    TEST("/object/22.10/interfaces", interfaces);
    TEST("/object/22.10/copied-registration", copied_registration);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *path = g_strdup_printf("/object/22.10/dies/%s", bad[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), dies);
    }
    TEST("/object/22.10/life", life);
    TEST("/object/22.10/in-place", in_place);
    TEST("/object/22.10/casts", casts);
    TEST("/object/22.10/device", device);
    TEST("/object/22.10/aligned", aligned);
    g_test_add_func("/object/contexts-at-once", contexts_at_once);
    TEST("/object/references-at-once", references_at_once);
    return g_test_run();
}
