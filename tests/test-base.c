/* SPDX-License-Identifier: MIT
 *
 * Basics of the library: errors, event notifiers (specification 2, 22.9).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "support.h"

/* ---- Errors ------------------------------------------------------------------------------- */

static void error_text(void)
{
    Error *err = NULL;

    error_setg(&err, "region '%s': size 0x%x", "ram", 16);
    g_assert_cmpstr(error_get_pretty(err), ==, "region 'ram': size 0x10");
    error_free(err);
    err = NULL;
    error_setg_errno(&err, ENOENT, "file '%s'", "x");
    g_assert_cmpstr(error_get_pretty(err), ==, "file 'x': No such file or directory");
    error_free(err);
}

static void error_nobody_wants(void)
{
    error_setg(NULL, "nobody wants to know");
    error_setg_errno(NULL, EIO, "nobody wants to know");
    error_free(NULL);
}

static void error_handed_on(void)
{
    Error *err = NULL, *first = NULL, *second = NULL;

    error_setg(&first, "first");
    error_setg(&second, "second");
    error_propagate(&err, NULL);
    g_assert_null(err);
    error_propagate(&err, first);
    error_propagate(&err, second);
    g_assert_cmpstr(error_get_pretty(err), ==, "first");
    error_propagate(NULL, err);
}

static void error_on_error(Machine *m, gconstpointer data)
{
    Error *err = NULL;

    (void)data;
    error_setg(&err, "first");
    error_setg(&err, "second");
    expect_message(m, "misuse", "first", "second", NULL);
    g_assert_cmpstr(error_get_pretty(err), ==, "first");
    error_free(err);
}

/* ---- Event notifiers ---------------------------------------------------------------------- */

static bool is_readable(const EventNotifier *e)
{
    struct pollfd p = { .fd = event_notifier_get_fd(e), .events = POLLIN };

    return poll(&p, 1, 0) == 1;
}

static void notifier_signals(void)
{
    EventNotifier e;

    g_assert_cmpint(event_notifier_init(&e, 0), ==, 0);
    g_assert_false(is_readable(&e));
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 0);
    g_assert_cmpint(event_notifier_set(&e), ==, 0);
    g_assert_cmpint(event_notifier_set(&e), ==, 0);
    g_assert_true(is_readable(&e));
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 1);
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 0);
    event_notifier_cleanup(&e);
}

static void notifier_begins_active(void)
{
    EventNotifier e;

    g_assert_cmpint(event_notifier_init(&e, 1), ==, 0);
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 1);
    event_notifier_cleanup(&e);
}

static void notifier_descriptor(void)
{
    EventNotifier e;
    int fd;

    event_notifier_init(&e, 0);
    fd = event_notifier_get_fd(&e);
    g_assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    g_assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    event_notifier_cleanup(&e);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
    g_assert_cmpint(event_notifier_get_fd(&e), ==, -1);
    event_notifier_cleanup(&e);
    g_assert_cmpint(event_notifier_set(&e), ==, -1);
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 0);
}

static void notifier_wraps(void)
{
    EventNotifier e;
    int fd = eventfd(0, EFD_NONBLOCK);

    event_notifier_init_fd(&e, fd);
    g_assert_cmpint(event_notifier_get_fd(&e), ==, fd);
    g_assert_cmpint(event_notifier_set(&e), ==, 0);
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 1);
    event_notifier_cleanup(&e);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
}

/* If an eventfd's counter is full, a write to it would block. Setting the notifier does not block,
 * and the signal is pending. */
static void notifier_full(void)
{
    EventNotifier e;
    uint64_t most = UINT64_MAX - 1;

    event_notifier_init(&e, 0);
    g_assert_cmpint(write(event_notifier_get_fd(&e), &most, sizeof(most)), ==, sizeof(most));
    g_assert_cmpint(event_notifier_set(&e), ==, 0);
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 1);
    event_notifier_cleanup(&e);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/error/text", error_text);
    g_test_add_func("/base/error/nobody-wants", error_nobody_wants);
    g_test_add_func("/base/error/handed-on", error_handed_on);
    misuse_test_add("/base/error/on-error", error_on_error);
    g_test_add_func("/base/22.9/notifier/signals", notifier_signals);
    g_test_add_func("/base/22.9/notifier/begins-active", notifier_begins_active);
    g_test_add_func("/base/22.9/notifier/descriptor", notifier_descriptor);
    g_test_add_func("/base/22.9/notifier/wraps", notifier_wraps);
    g_test_add_func("/base/22.9/notifier/full", notifier_full);
    return g_test_run();
}
