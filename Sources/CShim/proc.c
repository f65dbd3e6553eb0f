#include "shim.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 4096 /* looked at in one pass */
#define REPORTED_MAX 256

typedef struct {
    pid_t pid, parent;
    unsigned long long user, system, start;
    long long pages;
    int ours;
} process;

static int read_process(pid_t pid, process *p) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    char *text = read_file(path, 4096, NULL);
    char *rest = text ? strrchr(text, ')') : NULL; /* the name may hold anything, also brackets */
    char state;
    static const char format[] = " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu"
                                 " %*d %*d %*d %*d %*d %*d %llu %*u %lld";
    int fields =
        rest ? sscanf(rest + 1, format, &state, &p->parent, &p->user, &p->system, &p->start, &p->pages) : 0;
    free(text);
    p->pid = pid;
    p->ours = 0;
    return fields == 6 && state != 'Z' && state != 'X';
}

uint64_t process_start(pid_t pid) {
    process p;
    return read_process(pid, &p) ? p.start : 0;
}

/* All living processes; returns how many. */
static int read_processes(process *list) {
    DIR *proc = opendir("/proc");
    int count = 0;
    if (!proc) return 0;
    for (struct dirent *entry; count < PROCESSES_MAX && (entry = readdir(proc));)
        if (isdigit((unsigned char)*entry->d_name)) count += read_process((pid_t)atol(entry->d_name), &list[count]);
    closedir(proc);
    return count;
}

/* Marks the descendants of `root`, not itself. */
static void mark_descendants(process *list, int count, pid_t root) {
    for (int changed = 1; changed;) {
        changed = 0;
        for (int at = 0; at < count; at++) {
            if (list[at].ours) continue;
            int ours = list[at].parent == root;
            for (int other = 0; !ours && other < count; other++)
                ours = list[other].ours && list[other].pid == list[at].parent;
            if (ours) list[at].ours = changed = 1;
        }
    }
}

int kill_descendants(void) {
    process *list = malloc(PROCESSES_MAX * sizeof *list);
    int left = 0;
    if (!list) return -1;
    for (int round = 0; round < 100; round++) {
        int count = read_processes(list);
        mark_descendants(list, count, getpid());
        left = 0;
        for (int at = 0; at < count; at++)
            if (list[at].ours) left += kill(list[at].pid, SIGKILL) == 0;
        if (left == 0) break;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    free(list);
    return left;
}

/* The processes of a group, without looking at the rest of the node. */
static int read_group(const char *directory, process *list) {
    char path[TEXT_MAX];
    int count = 0;
    snprintf(path, sizeof path, "%s/cgroup.procs", directory);
    char *text = read_file(path, 1 << 20, NULL);
    for (char *at = text, *end; at && *at && count < PROCESSES_MAX; at = end + (*end == '\n')) {
        long pid = strtol(at, &end, 10);
        if (end == at) break;
        if (!read_process((pid_t)pid, &list[count])) continue;
        list[count++].ours = 1;
    }
    free(text);
    return count;
}

static void report(const process *p, buffer *out) {
    char text[160];
    long long bytes = p->pages * (long long)sysconf(_SC_PAGESIZE);
    snprintf(text, sizeof text, "%d:%llu:%llu:%lld", p->pid, p->user, p->system, bytes);
    records_put(out, "process", text);
}

void processes_stats(const cgroups *g, pid_t root, int sums, buffer *out) {
    process *list = malloc(PROCESSES_MAX * sizeof *list);
    long long user = 0, system = 0, pages = 0;
    int count = 0, reported = 0;
    if (!list) return;
    count = g->directory[CG_UNIFIED] ? read_group(g->directory[CG_UNIFIED], list) : 0;
    if (count == 0) {
        count = read_processes(list);
        for (int at = 0; at < count; at++) list[at].ours = list[at].pid == root;
        mark_descendants(list, count, getpid());
    }
    for (int at = 0; at < count; at++) {
        if (!list[at].ours) continue;
        user += (long long)list[at].user;
        system += (long long)list[at].system;
        pages += list[at].pages;
        if (reported++ < REPORTED_MAX) report(&list[at], out);
    }
    long tick = sysconf(_SC_CLK_TCK);
    records_put_number(out, "ticks_per_second", tick);
    if (sums) {
        records_put(out, "source", "proc");
        records_put_number(out, "cpu_ns", (user + system) * (1000000000 / tick));
        records_put_number(out, "user_ns", user * (1000000000 / tick));
        records_put_number(out, "system_ns", system * (1000000000 / tick));
        records_put_number(out, "rss", pages * (long long)sysconf(_SC_PAGESIZE));
        records_put_number(out, "usage", pages * (long long)sysconf(_SC_PAGESIZE));
    }
    free(list);
}
