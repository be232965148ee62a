/* SPDX-License-Identifier: MIT
 *
 * Event notifiers: an eventfd, or a pipe if the system has no eventfd. This file opens, signals and
 * clears them. topology/ and access/ decide which write of a guest signals which notifier.
 */
#define _GNU_SOURCE /* pipe2 */
#include <physmem/event_notifier.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

static bool open_eventfd(EventNotifier *e)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    e->rfd = e->wfd = fd;
    return true;
}

static bool open_pipe(EventNotifier *e)
{
    int fds[2];

    if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0) {
        return false;
    }
    e->rfd = fds[0];
    e->wfd = fds[1];
    return true;
}

int event_notifier_init(EventNotifier *e, int active)
{
    e->rfd = e->wfd = -1;
    e->initialized = false;
    if (!open_eventfd(e) && (errno != ENOSYS || !open_pipe(e))) {
        return -errno;
    }
    e->initialized = true;
    return active ? event_notifier_set(e) : 0;
}

void event_notifier_cleanup(EventNotifier *e)
{
    if (e->initialized) {
        close(e->rfd);
        if (e->wfd != e->rfd) {
            close(e->wfd); /* a pipe has two descriptors */
        }
    }
    *e = (EventNotifier){ .rfd = -1, .wfd = -1 };
}

/* Writes eight bytes, because an eventfd takes exactly so many; for a pipe the number does not
 * matter. EAGAIN means that the notifier is full, and so has been signalled. */
int event_notifier_set(EventNotifier *e)
{
    const uint64_t one = 1;
    ssize_t n;

    if (!e->initialized) {
        return -1;
    }
    do {
        n = write(e->wfd, &one, sizeof(one));
    } while (n < 0 && errno == EINTR);
    return n < 0 && errno != EAGAIN ? -errno : 0;
}

/* Returns 1 if the notifier had been signalled, else 0. One read empties an eventfd; a pipe is read
 * until nothing is left. */
int event_notifier_test_and_clear(EventNotifier *e)
{
    char buf[512];
    int found = 0;
    ssize_t n;

    if (!e->initialized) {
        return 0;
    }
    do {
        n = read(e->rfd, buf, sizeof(buf));
        found |= n > 0;
    } while (n == sizeof(buf) || (n < 0 && errno == EINTR));
    return found;
}

void event_notifier_init_fd(EventNotifier *e, int fd)
{
    e->rfd = e->wfd = fd;
    e->initialized = true;
}

int event_notifier_get_fd(const EventNotifier *e)
{
    return e->rfd;
}
