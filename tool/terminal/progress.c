/* SPDX-License-Identifier: MIT
 *
 * A thread for each step that prints a line every second (progress.h). The first second counts from
 * the first step, and steps that are soon over print nothing.
 */
#include "terminal/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>

static struct {
    GMutex lock;
    GCond ended;
    GThread *thread; /* NULL: no step */
    char *what;
    gint64 begin; /* of the first step; 0: there was none */
    gboolean end; /* under the lock */
} step;

static void print_seconds(unsigned seconds)
{
    fprintf(stderr, "\r\033[Kphysmem: %s ... %u s", step.what, seconds);
    fflush(stderr);
}

static gpointer print_progress(gpointer data)
{
    gint64 soon = g_get_monotonic_time() + G_TIME_SPAN_SECOND / 5;
    gint64 next = MAX(step.begin + G_TIME_SPAN_SECOND, soon);
    bool printed = false;

    (void)data;
    g_mutex_lock(&step.lock);
    while (!step.end) {
        if (!g_cond_wait_until(&step.ended, &step.lock, next)) {
            print_seconds((unsigned)((next - step.begin) / G_TIME_SPAN_SECOND));
            printed = true;
            next += G_TIME_SPAN_SECOND;
        }
    }
    g_mutex_unlock(&step.lock);
    if (printed) {
        fputs("\r\033[K", stderr);
    }
    return NULL;
}

void progress_step(const char *what)
{
    progress_end();
    if (isatty(STDERR_FILENO)) {
        step.begin = step.begin ? step.begin : g_get_monotonic_time();
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
