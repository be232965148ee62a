/* SPDX-License-Identifier: MIT
 *
 * Finds out which machine this is (see host.h).
 */
#include "host.h"

#include <stdbool.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* Stores the value of the first line "model name : VALUE" of /proc/cpuinfo, which is there on x86
 * only. */
static void name_processor(char *name, size_t size)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    bool found = false;

    snprintf(name, size, "unknown processor");
    while (file && !found && fgets(line, sizeof(line), file)) {
        const char *value = strchr(line, ':');
        if (value && strncmp(line, "model name", 10) == 0) {
            snprintf(name, size, "%.*s", (int)strcspn(value + 2, "\n\"\\<&"), value + 2);
            found = true;
        }
    }
    if (file) {
        fclose(file);
    }
}

Host host_describe(void)
{
    Host host = { .processors = sysconf(_SC_NPROCESSORS_ONLN), .compiler = COMPILER };
    time_t now = time(NULL);
    struct utsname name;

    strftime(host.date, sizeof(host.date), "%Y-%m-%d", gmtime(&now));
    name_processor(host.processor, sizeof(host.processor));
    if (uname(&name) == 0) {
        snprintf(host.system, sizeof(host.system), "%s %s %s", name.sysname, name.release,
                 name.machine);
    }
    return host;
}

void host_print_line(FILE *file, const Host *host)
{
    fprintf(file, "%s: %s, %ld processors, %s, %s", host->date, host->processor, host->processors,
            host->system, host->compiler);
}

void host_print_json(const Host *host)
{
    printf("  \"machine\": {\"date\": \"%s\", \"processor\": \"%s\", \"processors\": %ld, "
           "\"system\": \"%s\", \"compiler\": \"%s\"}",
           host->date, host->processor, host->processors, host->system, host->compiler);
}
