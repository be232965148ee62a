/* SPDX-License-Identifier: MIT
 *
 * The tree of objects: children, names, paths (specification 22.10; D16).
 */
#include <stdlib.h>
#include <string.h>

#include "support.h"

static unsigned ended; /* how many instances of "thing" have ended */

static void thing_finalize(Object *obj)
{
    (void)obj;
    ended++;
}

static const TypeInfo thing_info = {
    .name = "thing",
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Object),
    .instance_finalize = thing_finalize,
};

static Object *add(Object *parent, const char *name)
{
    Object *child = object_new("thing");

    object_property_add_child(parent, name, child);
    object_unref(child);
    return child;
}

static void assert_added_as(Object *parent, const char *name, const char *want)
{
    g_assert_cmpstr(object_get_canonical_path_component(add(parent, name)), ==, want);
}

static void assert_path(Object *obj, const char *want)
{
    char *path = object_get_canonical_path(obj);

    g_assert_cmpstr(path, ==, want);
    free(path);
}

static void paths(Machine *m, gconstpointer data)
{
    Object *root = object_get_root();
    Object *bus = add(root, "bus");
    Object *loose = object_new("thing");

    (void)m, (void)data;
    assert_path(root, "/");
    assert_path(add(bus, "nic"), "/bus/nic");
    g_assert_null(object_get_canonical_path(loose));
    g_assert_null(object_get_canonical_path_component(loose));
    g_assert_null(object_get_canonical_path_component(root));
    object_unref(loose);
    object_unparent(bus);
}

static void first_free_index(Machine *m, gconstpointer data)
{
    Object *root = object_get_root();
    Object *one, *two;

    (void)m, (void)data;
    assert_added_as(root, "r[*]", "r[0]");
    one = add(root, "r[*]");
    two = add(root, "r[*]");
    g_assert_cmpstr(object_get_canonical_path_component(two), ==, "r[2]");
    object_unparent(two);
    object_unparent(one);
    assert_added_as(root, "r[*]", "r[1]");
    assert_added_as(root, "r[*]", "r[2]");
    assert_added_as(root, "r[*]", "r[3]");
    assert_added_as(root, "[*]", "[0]");
    assert_added_as(root, "s[*]", "s[0]");
}

/* A name that was given with an index takes part in the numbering. */
static void index_given_outright(Machine *m, gconstpointer data)
{
    Object *root = object_get_root();
    Object *one = add(root, "r[1]");

    (void)m, (void)data;
    assert_added_as(root, "r[*]", "r[0]");
    assert_added_as(root, "r[*]", "r[2]");
    object_unparent(one);
    assert_added_as(root, "r[*]", "r[1]");
    one = add(root, "r[3]");
    object_unparent(one);
    assert_added_as(root, "r[*]", "r[3]");
}

static void refused(Machine *m, gconstpointer data)
{
    Object *root = object_get_root();
    Object *bus = add(root, "bus"), *nic = add(bus, "nic"), *other = object_new("thing");

    (void)data;
    object_property_add_child(root, "bus", other);
    expect_message(m, "misuse", "bus", NULL);
    g_assert_null(object_get_canonical_path_component(other));
    object_property_add_child(root, "nic2", nic);
    expect_message(m, "misuse", "nic2", "nic", NULL);
    assert_path(nic, "/bus/nic");
    object_property_add_child(other, "self", other);
    expect_message(m, "misuse", "self", NULL);
    object_unparent(other);
    g_assert_cmpuint(other->ref, ==, 1);
    object_unref(other);
}

/* A parent ends with its children; a child lives on if something else references it. */
static void parents_end(Machine *m, gconstpointer data)
{
    Object *bus = object_new("thing");
    Object *kept = object_ref(add(bus, "kept"));

    (void)m, (void)data;
    add(add(bus, "nic"), "port");
    ended = 0;
    object_unref(bus);
    g_assert_cmpuint(ended, ==, 3);
    g_assert_null(kept->parent);
    g_assert_null(object_get_canonical_path_component(kept));
    object_unref(kept);
    g_assert_cmpuint(ended, ==, 4);
}

/* So many that quadratic cost would be noticed: children end in the order that is worst for a
 * list. */
static void many_children(Machine *m, gconstpointer data)
{
    enum { MANY = 100000 };
    Object *root = object_get_root();
    Object **child = g_new(Object *, MANY);

    (void)m, (void)data;
    for (unsigned i = 0; i < MANY; i++) {
        child[i] = add(root, "many[*]");
    }
    g_assert_cmpstr(object_get_canonical_path_component(child[MANY - 1]), ==, "many[99999]");
    for (unsigned i = 0; i < MANY; i += 2) {
        object_unparent(child[i]);
    }
    for (unsigned i = 0; i < MANY; i += 2) {
        g_autofree char *want = g_strdup_printf("many[%u]", i);
        child[i] = add(root, "many[*]");
        g_assert_cmpstr(object_get_canonical_path_component(child[i]), ==, want);
    }
    for (unsigned i = MANY; i-- > 0;) {
        object_unparent(child[i]);
    }
    g_free(child);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    type_register_static(&thing_info);
    TEST("/object-tree/22.10/paths", paths);
    TEST("/object-tree/22.10/first-free-index", first_free_index);
    TEST("/object-tree/22.10/index-given-outright", index_given_outright);
    misuse_test_add("/object-tree/22.10/refused", refused);
    TEST("/object-tree/22.10/parents-end", parents_end);
    TEST("/object-tree/22.10/many-children", many_children);
    return g_test_run();
}
