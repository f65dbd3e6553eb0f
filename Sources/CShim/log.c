#define _GNU_SOURCE
#include "CShim.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void file_name(const caravan_log *log, long index, char name[PATH_MAX]) {
    snprintf(name, PATH_MAX, "%s.%ld", log->prefix, index);
}

static int open_file(caravan_log *log) {
    char name[PATH_MAX];
    file_name(log, log->index, name);
    log->fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log->fd < 0) return -1;
    struct stat status;
    log->size = fstat(log->fd, &status) == 0 ? status.st_size : 0;
    log->at_line_start = 1;
    if (log->size > 0) {
        int reader = open(name, O_RDONLY | O_CLOEXEC);
        char last = '\n';
        if (reader >= 0) {
            if (pread(reader, &last, 1, log->size - 1) != 1) last = '\n';
            close(reader);
        }
        log->at_line_start = last == '\n';
    }
    return 0;
}

/* Calls `visit` for the number of every file of this log. */
static void each_file(const caravan_log *log, void (*visit)(const caravan_log *, long, void *), void *context) {
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%s", log->prefix);
    char *slash = strrchr(directory, '/');
    const char *base = slash ? strrchr(log->prefix, '/') + 1 : log->prefix;
    if (slash) *slash = 0;
    DIR *entries = opendir(slash ? (*directory ? directory : "/") : ".");
    if (!entries) return;
    size_t length = strlen(base);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (strncmp(entry->d_name, base, length) != 0 || entry->d_name[length] != '.') continue;
        char *end;
        const char *digits = entry->d_name + length + 1;
        long index = strtol(digits, &end, 10);
        if (*digits && *end == 0 && index >= 0) visit(log, index, context);
    }
    closedir(entries);
}

static void newest(const caravan_log *log, long index, void *context) {
    (void)log;
    if (index > *(long *)context) *(long *)context = index;
}

static void remove_old(const caravan_log *log, long index, void *context) {
    (void)context;
    if (index > log->index - log->max_files) return;
    char name[PATH_MAX];
    file_name(log, index, name);
    unlink(name);
}

int caravan_log_open(caravan_log *log, const char *prefix, off_t max_bytes, long max_files) {
    memset(log, 0, sizeof *log);
    log->fd = -1;
    log->prefix = strdup(prefix);
    log->max_bytes = max_bytes > 0 ? max_bytes : 1;
    log->max_files = max_files > 0 ? max_files : 1;
    if (!log->prefix) return -1;
    each_file(log, newest, &log->index);
    if (open_file(log) != 0) return -1;
    each_file(log, remove_old, NULL);
    return 0;
}

static void rotate(caravan_log *log) {
    if (log->fd >= 0) close(log->fd);
    log->index += 1;
    log->size = 0; /* also if the new file can't be opened, or the writer would rotate for ever */
    if (open_file(log) != 0) log->fd = -1;
    each_file(log, remove_old, NULL);
}

static void put(caravan_log *log, const char *bytes, size_t count) {
    if (log->fd < 0 && open_file(log) != 0) {
        log->dropped += count;
        return;
    }
    while (count > 0) {
        ssize_t written = write(log->fd, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            log->dropped += count;
            return;
        }
        log->size += written;
        log->at_line_start = bytes[written - 1] == '\n';
        bytes += written;
        count -= (size_t)written;
    }
}

void caravan_log_write(caravan_log *log, const char *bytes, size_t count) {
    while (count > 0) {
        size_t room = log->size < log->max_bytes ? (size_t)(log->max_bytes - log->size) : 0;
        if (count <= room) {
            put(log, bytes, count);
            return;
        }
        const char *newline = room > 0 ? memrchr(bytes, '\n', room) : NULL;
        size_t piece = newline ? (size_t)(newline - bytes) + 1 : log->at_line_start && log->size > 0 ? 0 : room;
        put(log, bytes, piece);
        bytes += piece;
        count -= piece;
        rotate(log);
    }
}

void caravan_log_close(caravan_log *log) {
    if (log->fd >= 0) close(log->fd);
    free(log->prefix);
    log->prefix = NULL;
    log->fd = -1;
}
