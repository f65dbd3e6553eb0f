#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const controllers[CG_COUNT] = {"", "memory", "cpu", "cpuacct", "pids"};

static int has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ',' || at[length] == '\n')) return 1;
    return 0;
}

/* Finds where the hierarchies are mounted. */
static void find_mounts(char mounts[CG_COUNT][TEXT_MAX]) {
    memset(mounts, 0, CG_COUNT * TEXT_MAX);
    FILE *file = fopen("/proc/self/mountinfo", "re");
    if (!file) return;
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        char point[TEXT_MAX], type[64], options[TEXT_MAX];
        char *dash = strstr(line, " - ");
        if (!dash || sscanf(line, "%*s %*s %*s %*s %4095s", point) != 1) continue;
        if (sscanf(dash, " - %63s %*s %4095s", type, options) != 2) continue;
        if (strcmp(type, "cgroup2") == 0) strcpy(mounts[CG_UNIFIED], point);
        if (strcmp(type, "cgroup") != 0) continue;
        for (int kind = CG_MEMORY; kind < CG_COUNT; kind++)
            if (has_word(options, controllers[kind])) strcpy(mounts[kind], point);
    }
    free(line);
    fclose(file);
}

/* Makes the directories of `path` below `mount`; in version 2 passes the controllers down on the way. */
static char *make_group(const char *mount, const char *path, int unified) {
    char directory[TEXT_MAX];
    int length = snprintf(directory, sizeof directory, "%s", mount);
    for (const char *at = path; *at;) {
        size_t part = strcspn(at, "/");
        if (part > 0) {
            if (unified) {
                write_text(directory, "cgroup.subtree_control", "+cpu");
                write_text(directory, "cgroup.subtree_control", "+memory");
                write_text(directory, "cgroup.subtree_control", "+pids");
            }
            length += snprintf(directory + length, sizeof directory - (size_t)length, "/%.*s", (int)part, at);
            if (length >= (int)sizeof directory - 256) return NULL;
            if (mkdir(directory, 0755) != 0 && errno != EEXIST) return NULL;
        }
        at += part;
        at += strspn(at, "/");
    }
    char name[TEXT_MAX + 32];
    snprintf(name, sizeof name, "%s/cgroup.procs", directory);
    return access(name, W_OK) == 0 ? strdup(directory) : NULL;
}

static void write_number(const char *directory, const char *name, long long number) {
    char text[32];
    snprintf(text, sizeof text, "%lld", number);
    if (directory) write_text(directory, name, text);
}

void cgroups_make(cgroups *g, const char *path, long long cpu_shares, long long memory, long long memory_soft) {
    char mounts[CG_COUNT][TEXT_MAX];
    memset(g, 0, sizeof *g);
    find_mounts(mounts);
    for (int kind = 0; kind < CG_COUNT; kind++)
        if (*mounts[kind]) g->directory[kind] = make_group(mounts[kind], path, kind == CG_UNIFIED);
    g->made = 1;
    if (cpu_shares > 0) {
        long long shares = cpu_shares < 2 ? 2 : cpu_shares > 262144 ? 262144 : cpu_shares;
        write_number(g->directory[CG_CPU], "cpu.shares", shares);
        write_number(g->directory[CG_UNIFIED], "cpu.weight", 1 + (shares - 2) * 9999 / 262142);
    }
    if (memory > 0) {
        write_number(g->directory[CG_MEMORY], "memory.limit_in_bytes", memory);
        write_number(g->directory[CG_UNIFIED], "memory.max", memory);
        write_number(g->directory[CG_UNIFIED], "memory.swap.max", 0);
    }
    if (memory_soft > 0) {
        write_number(g->directory[CG_MEMORY], "memory.soft_limit_in_bytes", memory_soft);
        write_number(g->directory[CG_UNIFIED], "memory.low", memory_soft);
    }
}

static void groups_of(cgroups *g, pid_t pid) {
    char mounts[CG_COUNT][TEXT_MAX], name[64];
    memset(g, 0, sizeof *g);
    find_mounts(mounts);
    snprintf(name, sizeof name, "/proc/%d/cgroup", pid);
    FILE *file = fopen(name, "re");
    if (!file) return;
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *list = strchr(line, ':');
        char *path = list ? strchr(list + 1, ':') : NULL;
        if (!path) continue;
        *path++ = 0;
        list++;
        if (strcmp(path, "/") == 0) continue; /* the root is everybody's: never to be killed or measured */
        for (int kind = 0; kind < CG_COUNT; kind++) {
            if (!*mounts[kind] || !(kind == CG_UNIFIED ? *list == 0 : has_word(list, controllers[kind]))) continue;
            char directory[2 * TEXT_MAX];
            snprintf(directory, sizeof directory, "%s%s", mounts[kind], path);
            if (access(directory, F_OK) == 0) g->directory[kind] = strdup(directory);
        }
    }
    free(line);
    fclose(file);
}

void cgroups_of(cgroups *g, pid_t pid) {
    cgroups own;
    groups_of(g, pid);
    groups_of(&own, getpid());
    /* Where the runtime made no group of its own, the process is in ours, with who knows whom. */
    for (int kind = 0; kind < CG_COUNT; kind++) {
        if (g->directory[kind] && own.directory[kind] && strcmp(g->directory[kind], own.directory[kind]) == 0) {
            free(g->directory[kind]);
            g->directory[kind] = NULL;
        }
        free(own.directory[kind]);
    }
}

void cgroups_join(const cgroups *g) {
    for (int kind = 0; kind < CG_COUNT; kind++)
        if (g->directory[kind]) write_text(g->directory[kind], "cgroup.procs", "0");
}

static char *read_in(const char *directory, const char *name) {
    char path[TEXT_MAX];
    if (!directory) return NULL;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return read_file(path, 1 << 20, NULL);
}

/* Sends SIGKILL to what is listed; how many processes that were. */
static int kill_listed(const char *directory) {
    char *list = read_in(directory, "cgroup.procs");
    int count = 0;
    for (char *at = list, *end; at && *at; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at) break;
        if (pid > 1 && pid != getpid()) count += kill((pid_t)pid, SIGKILL) == 0;
        end += *end == '\n';
    }
    free(list);
    return count;
}

int cgroups_kill(const cgroups *g) {
    int left = 0;
    for (int round = 0; round < 100; round++) {
        left = 0;
        if (g->directory[CG_UNIFIED]) write_text(g->directory[CG_UNIFIED], "cgroup.kill", "1");
        for (int kind = 0; kind < CG_COUNT; kind++)
            if (g->directory[kind]) left += kill_listed(g->directory[kind]);
        if (left == 0) return 0;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return left;
}

/* The number behind a word at the start of a line, or 0. */
static long long field(const char *text, const char *word) {
    size_t length = strlen(word);
    for (const char *at = text; at && *at;) {
        if (strncmp(at, word, length) == 0 && at[length] == ' ') return strtoll(at + length, NULL, 10);
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return 0;
}

static long long number_in(const char *directory, const char *name) {
    char *text = read_in(directory, name);
    long long number = text ? strtoll(text, NULL, 10) : 0;
    free(text);
    return number;
}

int cgroups_oom(const cgroups *g) {
    char *events = read_in(g->directory[CG_UNIFIED], "memory.events");
    char *control = read_in(g->directory[CG_MEMORY], "memory.oom_control");
    int killed = field(events, "oom_kill") > 0 || field(control, "oom_kill") > 0;
    free(events);
    free(control);
    return killed;
}

/* Version 2, all in one directory. */
static int unified_stats(const char *directory, buffer *out) {
    char *memory = read_in(directory, "memory.stat");
    if (!memory) return 0;
    char *cpu = read_in(directory, "cpu.stat");
    records_put_number(out, "cpu_ns", field(cpu, "usage_usec") * 1000);
    records_put_number(out, "user_ns", field(cpu, "user_usec") * 1000);
    records_put_number(out, "system_ns", field(cpu, "system_usec") * 1000);
    records_put_number(out, "throttled_periods", field(cpu, "nr_throttled"));
    records_put_number(out, "throttled_ns", field(cpu, "throttled_usec") * 1000);
    records_put_number(out, "rss", field(memory, "anon"));
    records_put_number(out, "cache", field(memory, "file"));
    records_put_number(out, "kernel", field(memory, "kernel"));
    records_put_number(out, "usage", number_in(directory, "memory.current"));
    records_put_number(out, "max_usage", number_in(directory, "memory.peak"));
    records_put_number(out, "swap", number_in(directory, "memory.swap.current"));
    free(memory);
    free(cpu);
    return 1;
}

void cgroups_stats(const cgroups *g, buffer *out) {
    if (g->directory[CG_UNIFIED] && unified_stats(g->directory[CG_UNIFIED], out)) {
        records_put(out, "source", "cgroup2");
        return;
    }
    char *memory = read_in(g->directory[CG_MEMORY], "memory.stat");
    char *times = read_in(g->directory[CG_CPUACCT], "cpuacct.stat");
    if (memory && times) {
        long tick = 1000000000 / sysconf(_SC_CLK_TCK);
        char *cpu = read_in(g->directory[CG_CPU], "cpu.stat");
        records_put(out, "source", "cgroup1");
        records_put_number(out, "cpu_ns", number_in(g->directory[CG_CPUACCT], "cpuacct.usage"));
        records_put_number(out, "user_ns", field(times, "user") * tick);
        records_put_number(out, "system_ns", field(times, "system") * tick);
        records_put_number(out, "throttled_periods", field(cpu, "nr_throttled"));
        records_put_number(out, "throttled_ns", field(cpu, "throttled_time"));
        records_put_number(out, "rss", field(memory, "total_rss"));
        records_put_number(out, "cache", field(memory, "total_cache"));
        records_put_number(out, "swap", field(memory, "total_swap"));
        records_put_number(out, "kernel", number_in(g->directory[CG_MEMORY], "memory.kmem.usage_in_bytes"));
        records_put_number(out, "usage", number_in(g->directory[CG_MEMORY], "memory.usage_in_bytes"));
        records_put_number(out, "max_usage", number_in(g->directory[CG_MEMORY], "memory.max_usage_in_bytes"));
        free(cpu);
    }
    free(memory);
    free(times);
}

void cgroups_remove(cgroups *g) {
    for (int kind = 0; kind < CG_COUNT; kind++) {
        /* A killed process may take a moment to leave its group. */
        for (int round = 0; g->made && g->directory[kind] && round < 50; round++) {
            if (rmdir(g->directory[kind]) == 0 || errno != EBUSY) break;
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
        free(g->directory[kind]);
        g->directory[kind] = NULL;
    }
}

void cgroups_describe(const cgroups *g, buffer *out) {
    static const char *const keys[CG_COUNT] = {"cgroup.unified", "cgroup.memory", "cgroup.cpu", "cgroup.cpuacct",
                                               "cgroup.pids"};
    for (int kind = 0; kind < CG_COUNT; kind++)
        if (g->directory[kind]) records_put(out, keys[kind], g->directory[kind]);
    records_put_number(out, "cgroup.made", g->made);
}

void cgroups_read(cgroups *g, records r) {
    static const char *const keys[CG_COUNT] = {"cgroup.unified", "cgroup.memory", "cgroup.cpu", "cgroup.cpuacct",
                                               "cgroup.pids"};
    memset(g, 0, sizeof *g);
    for (int kind = 0; kind < CG_COUNT; kind++) {
        const char *directory = records_get(r, keys[kind]);
        if (directory) g->directory[kind] = strdup(directory);
    }
    g->made = (int)records_number(r, "cgroup.made", 0);
}
