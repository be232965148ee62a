/* SPDX-License-Identifier: MIT
 *
 * Types of a program that is linked with the static library and calls nothing else: the linker
 * takes only the files of the library that the program asks for. So this test links none of the
 * tests' helpers. Its constructor runs ahead of those of the library.
 */
#include <glib.h>
#include <physmem/object.h>

typedef struct Dog {
    DeviceState parent_obj;
    int age;
} Dog;

static const TypeInfo dog_type = {
    .name = "dog",
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(Dog),
};

static ObjectClass *early_class;

__attribute__((constructor)) static void register_dog(void)
{
    type_register_static(&dog_type);
    early_class = object_class_by_name("dog");
}

static void device(void)
{
    Object *dog = object_new("dog");

    g_assert_true(object_get_class(dog) == early_class);
    g_assert_nonnull(object_dynamic_cast(dog, TYPE_DEVICE));
    object_unref(dog);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/static-types/device", device);
    return g_test_run();
}
