/* SPDX-License-Identifier: MIT
 *
 * What is asked of a QEMU monitor, whatever protocol carries it (qmp.c, hmp.c). The
 * commands only look at the machine: it goes on as it was, running or stopped.
 */
#ifndef TOOL_SOURCE_MONITOR_H
#define TOOL_SOURCE_MONITOR_H

#include "source/source.h"

/* Gives a command of the human monitor to the machine. Returns its output with \n at the ends of
 * the lines; NULL with an error. The caller frees it. */
typedef char *MonitorAsk(Source *s, const char *command, GError **error);

/* Returns a copy of output with \n alone at the ends of the lines. The caller frees it. */
char *monitor_text(const char *output, gsize length);

/* fetch() and wait() of a SourceKind. */
char *monitor_fetch(Source *s, MonitorAsk *ask, gsize *length, GError **error);
bool monitor_wait(Source *s, MonitorAsk *ask, unsigned milliseconds, bool *changed,
                  GError **error);

#endif
