/* SPDX-License-Identifier: MIT
 *
 * A thread for each step that prints a line every second, beginning after the first (progress.h).
 */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include <glib.h>

static struct {
    GMutex lock;
    GCond ended;
    GThread *thread; /* NULL: no step */
    char *what;
    gboolean end; /* under the lock */
} step;

static void print_seconds(unsigned seconds)
{
    fprintf(stderr, "\r\033[Kphysmem: %s ... %u s", step.what, seconds);
    fflush(stderr);
}

static gpointer print_progress(gpointer data)
{
    gint64 start = g_get_monotonic_time();
    unsigned seconds = 0;

    (void)data;
    g_mutex_lock(&step.lock);
    while (!step.end) {
        gint64 next = start + (seconds + 1) * G_TIME_SPAN_SECOND;
        if (!g_cond_wait_until(&step.ended, &step.lock, next)) {
            print_seconds(++seconds);
        }
    }
    g_mutex_unlock(&step.lock);
    if (seconds) {
        fputs("\r\033[K", stderr);
    }
    return NULL;
}

void progress_step(const char *what)
{
    progress_end();
    if (isatty(STDERR_FILENO)) {
        step.what = g_strdup(what);
        step.end = FALSE;
        step.thread = g_thread_new("progress", print_progress, NULL);
    }
}

void progress_end(void)
{
    if (step.thread) {
        g_mutex_lock(&step.lock);
        step.end = TRUE;
        g_cond_signal(&step.ended);
        g_mutex_unlock(&step.lock);
        g_thread_join(g_steal_pointer(&step.thread));
        g_clear_pointer(&step.what, g_free);
    }
}
