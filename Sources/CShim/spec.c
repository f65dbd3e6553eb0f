#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void buffer_append(buffer *b, const void *bytes, size_t count) {
    if (count == 0) return;
    if (b->start == b->end) b->start = b->end = 0;
    if (b->start > 0 && b->end + count > b->room) {
        memmove(b->bytes, b->bytes + b->start, b->end - b->start);
        b->end -= b->start;
        b->start = 0;
    }
    if (b->end + count > b->room) {
        size_t room = b->room ? b->room : 512;
        while (room < b->end + count) room *= 2;
        char *grown = realloc(b->bytes, room);
        if (!grown) abort(); /* nothing sensible can be done without memory */
        b->bytes = grown;
        b->room = room;
    }
    memcpy(b->bytes + b->end, bytes, count);
    b->end += count;
}

void buffer_consume(buffer *b, size_t count) {
    b->start += count;
    if (b->start < b->end) return;
    b->start = b->end = 0;
    if (b->room > (64 << 10)) buffer_free(b); /* a burst must not stay in memory */
}

void buffer_free(buffer *b) {
    free(b->bytes);
    memset(b, 0, sizeof *b);
}

/* The value if the record at `at` has the key. */
static const char *value_at(records r, size_t at, const char *key) {
    size_t length = strlen(key);
    const char *record = r.bytes + at;
    size_t rest = r.count - at;
    if (!memchr(record, 0, rest)) return NULL; /* not terminated */
    return strncmp(record, key, length) == 0 && record[length] == '=' ? record + length + 1 : NULL;
}

static size_t next_record(records r, size_t at) {
    const char *end = memchr(r.bytes + at, 0, r.count - at);
    return end ? (size_t)(end - r.bytes) + 1 : r.count;
}

const char *records_get(records r, const char *key) {
    for (size_t at = 0; at < r.count; at = next_record(r, at)) {
        const char *value = value_at(r, at, key);
        if (value) return value;
    }
    return NULL;
}

long long records_number(records r, const char *key, long long otherwise) {
    const char *value = records_get(r, key);
    if (!value || !*value) return otherwise;
    char *end;
    long long number = strtoll(value, &end, 10);
    return *end ? otherwise : number;
}

char **records_all(records r, const char *key) {
    size_t count = 0;
    for (size_t at = 0; at < r.count; at = next_record(r, at)) count += value_at(r, at, key) != NULL;
    char **values = calloc(count + 1, sizeof *values);
    if (!values) abort();
    count = 0;
    for (size_t at = 0; at < r.count; at = next_record(r, at)) {
        const char *value = value_at(r, at, key);
        if (value) values[count++] = (char *)value;
    }
    return values;
}

void records_put(buffer *b, const char *key, const char *value) {
    buffer_append(b, key, strlen(key));
    buffer_append(b, "=", 1);
    buffer_append(b, value, strlen(value) + 1);
}

void records_put_number(buffer *b, const char *key, long long value) {
    char text[32];
    snprintf(text, sizeof text, "%lld", value);
    records_put(b, key, text);
}

char *read_file(const char *path, size_t limit, size_t *count) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    buffer b = {0};
    char piece[16 << 10];
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0 && buffer_count(&b) + (size_t)got <= limit)
        buffer_append(&b, piece, (size_t)got);
    int problem = got < 0 ? errno : got > 0 ? EFBIG : 0;
    close(fd);
    if (problem) {
        buffer_free(&b);
        errno = problem;
        return NULL;
    }
    buffer_append(&b, "", 1);
    if (count) *count = b.end - 1;
    return b.bytes;
}

int write_file_atomically(const char *path, const char *bytes, size_t count, int durable) {
    char temporary[TEXT_MAX];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    int good = write(fd, bytes, count) == (ssize_t)count && (!durable || fsync(fd) == 0);
    if (close(fd) != 0 || !good || rename(temporary, path) != 0) return -1;
    if (!durable) return 0;
    int directory = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        fsync(directory);
        close(directory);
    }
    return 0;
}

int write_text(const char *directory, const char *name, const char *text) {
    char path[TEXT_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    int problem = errno;
    close(fd);
    errno = problem;
    return written < 0 ? -1 : 0;
}

long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
