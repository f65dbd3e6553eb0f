#define _GNU_SOURCE
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Follows the output of a docker container into log files. It stands beside the container as long as that
   lives, so an agent that is away loses nothing, not even what docker itself would rotate away meanwhile.

   Every message carries docker's time stamp. After a lost connection the log is asked for again from the
   newest time stamp on, and as many messages of exactly that time are passed over as were taken before. If
   this process was killed, the file `position` says where it was, and what the log files hold beyond that is
   passed over byte by byte. So no line is lost or doubled. */

#define FRAME_MAX (4 << 20)
#define RETRY_MS_MAX 5000
#define STAMP_MAX 40

typedef struct {
    char stamp[STAMP_MAX]; /* newest time stamp taken; empty at the beginning */
    long long same;        /* messages taken with it */
    long long index, offset;
} position;

static struct {
    const char *socket, *container;
    int terminal, fd, in_body, last_round;
    buffer in;
    position positions[2];
    long long seen[2], skip[2];
    int catching_up[2];
    long long retry_at, retry_ms;
    int file, line_cut;
} d = {.fd = -1, .file = -1};

static int connect_daemon(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", d.socket);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* HTTP 1.0, so that the answer comes unchunked and ends with the connection. */
static int ask(int fd, const char *path) {
    char request[1024];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: docker\r\n\r\n", path);
    return send(fd, request, (size_t)length, MSG_NOSIGNAL) == length ? 0 : -1;
}

/* "2026-01-02T03:04:05.123456789Z" as seconds and nanoseconds, the form of docker's `since`. */
static void since_text(const char *stamp, char text[64]) {
    struct tm parts = {0};
    const char *rest = *stamp ? strptime(stamp, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;
    long nanoseconds = 0;
    if (rest && *rest == '.') {
        long scale = 100000000;
        for (rest++; *rest >= '0' && *rest <= '9' && scale > 0; rest++, scale /= 10)
            nanoseconds += (*rest - '0') * scale;
    }
    snprintf(text, 64, "%lld.%09ld", rest ? (long long)timegm(&parts) : 0LL, nanoseconds);
}

static void follow(void) {
    char since[64], path[512];
    int first = strcmp(d.positions[0].stamp, d.positions[1].stamp) > 0;
    if (d.terminal) first = 0;
    since_text(d.positions[first].stamp, since);
    d.fd = connect_daemon();
    d.in_body = 0;
    d.line_cut = 0;
    buffer_free(&d.in);
    for (int at = 0; at < 2; at++) {
        d.seen[at] = 0;
        d.catching_up[at] = *d.positions[at].stamp != 0;
    }
    snprintf(
        path, sizeof path, "/containers/%s/logs?follow=%d&stdout=1&stderr=1&timestamps=1&since=%s", d.container,
        !d.last_round, since);
    if (d.fd >= 0 && ask(d.fd, path) == 0) {
        fcntl(d.fd, F_SETFL, O_NONBLOCK);
        return;
    }
    if (d.fd >= 0) close(d.fd);
    d.fd = -1;
    d.retry_ms = d.retry_ms ? d.retry_ms * 2 : 100;
    if (d.retry_ms > RETRY_MS_MAX) d.retry_ms = RETRY_MS_MAX;
    d.retry_at = now_ms() + d.retry_ms;
}

static caravan_log *log_of(shim *s, int at) { return at == 0 ? &s->log_out : &s->log_err; }

/* How much the files hold beyond the position that was written down last. */
static long long beyond(const caravan_log *log, const position *p) {
    long long bytes = -p->offset;
    for (long index = (long)p->index; index <= log->index; index++) {
        char name[PATH_MAX];
        struct stat status;
        snprintf(name, sizeof name, "%s.%ld", log->prefix, index);
        if (stat(name, &status) == 0) bytes += status.st_size;
    }
    return bytes > 0 ? bytes : 0;
}

static void save(shim *s) {
    for (int at = 0; at < 2 && s->logs; at++) {
        d.positions[at].index = log_of(s, at)->index;
        /* What is still to be passed over belongs behind the position; that may make the offset negative. */
        d.positions[at].offset = log_of(s, at)->size - d.skip[at];
    }
    if (d.file >= 0 && pwrite(d.file, d.positions, sizeof d.positions, 0) < 0) errno = 0;
}

int dockerlog_open(shim *s) {
    d.socket = records_get(s->spec, "docker_socket");
    d.container = records_get(s->spec, "docker_container");
    d.terminal = (int)records_number(s->spec, "docker_tty", 0);
    if (!d.socket || !d.container) return -1;
    d.file = open("position", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (d.file < 0) return -1;
    int known = pread(d.file, d.positions, sizeof d.positions, 0) == sizeof d.positions;
    if (!known) memset(d.positions, 0, sizeof d.positions);
    for (int at = 0; at < 2 && s->logs; at++) {
        if (known) d.skip[at] = beyond(log_of(s, at), &d.positions[at]);
        d.positions[at].stamp[STAMP_MAX - 1] = 0;
    }
    if (!known) save(s);
    follow();
    return 0;
}

int dockerlog_fd(void) { return d.fd; }

/* One message, its time stamp in front. */
static void message(shim *s, int at, const char *bytes, size_t count) {
    position *p = &d.positions[at];
    const char *space = memchr(bytes, ' ', count < STAMP_MAX ? count : STAMP_MAX);
    if (space) {
        char stamp[STAMP_MAX];
        size_t length = (size_t)(space - bytes);
        memcpy(stamp, bytes, length);
        stamp[length] = 0;
        bytes += length + 1;
        count -= length + 1;
        int order = strcmp(stamp, p->stamp);
        if (d.catching_up[at] && order < 0) return;
        if (order == 0 && ++d.seen[at] <= p->same && d.catching_up[at]) return;
        d.catching_up[at] = 0;
        if (order != 0) d.seen[at] = 1;
        p->same = d.seen[at];
        strcpy(p->stamp, stamp);
    }
    size_t passed = (long long)count < d.skip[at] ? count : (size_t)d.skip[at];
    d.skip[at] -= (long long)passed;
    if (s->logs) caravan_log_write(log_of(s, at), bytes + passed, count - passed);
}

/* Frames of eight bytes and a payload. Returns 0 if the stream makes no sense. */
static int take_frames(shim *s) {
    while (buffer_count(&d.in) >= 8) {
        unsigned char *head = (unsigned char *)buffer_head(&d.in);
        size_t length = (size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 | head[7];
        if (length > FRAME_MAX || head[0] > 3) return 0;
        if (buffer_count(&d.in) < 8 + length) return 1;
        message(s, head[0] == 2, (char *)head + 8, length);
        buffer_consume(&d.in, 8 + length);
    }
    return 1;
}

/* A terminal's output has no frames: a message is a line, or 16 KiB of a longer one. */
static void take_lines(shim *s, int ended) {
    while (buffer_count(&d.in) > 0) {
        char *newline = memchr(buffer_head(&d.in), '\n', buffer_count(&d.in));
        size_t length = newline ? (size_t)(newline - buffer_head(&d.in)) + 1 : buffer_count(&d.in);
        if (!newline && !ended && length < FRAME_MAX) return;
        message(s, 0, buffer_head(&d.in), length);
        buffer_consume(&d.in, length);
    }
}

/* Whether the container has come to its end (or is unknown). -1 if the daemon does not answer. */
static int container_ended(void) {
    char path[512];
    int fd = connect_daemon(), ended = -1;
    if (fd < 0) return -1;
    struct timeval limit = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    snprintf(path, sizeof path, "/containers/%s/json", d.container);
    buffer in = {0};
    char piece[8192];
    ssize_t got = ask(fd, path) == 0 ? 1 : -1;
    while (got > 0 && buffer_count(&in) < FRAME_MAX && (got = read(fd, piece, sizeof piece)) > 0)
        buffer_append(&in, piece, (size_t)got);
    buffer_append(&in, "", 1);
    close(fd);
    int status = 0;
    if (sscanf(in.bytes, "HTTP/%*s %d", &status) == 1) {
        if (status == 404) ended = 1;
        if (status == 200)
            ended = !strstr(in.bytes, "\"Running\":true") && !strstr(in.bytes, "\"Restarting\":true")
                    && !strstr(in.bytes, "\"Status\":\"created\"");
    }
    buffer_free(&in);
    return ended;
}

static void finish(shim *s) {
    save(s);
    s->reaped = 1;
    s->drain_until = now_ms();
}

static void stream_ended(shim *s) {
    if (d.in_body && d.terminal) take_lines(s, 1);
    close(d.fd);
    d.fd = -1;
    save(s);
    int ended = container_ended();
    if (ended == 1 && d.last_round) return finish(s);
    /* Once more without following, in case the connection broke off before everything had come. */
    d.last_round = ended == 1;
    d.retry_ms = d.last_round ? 0 : d.retry_ms ? d.retry_ms * 2 : 100;
    if (d.retry_ms > RETRY_MS_MAX) d.retry_ms = RETRY_MS_MAX;
    d.retry_at = now_ms() + d.retry_ms;
}

/* Passes over the head of the answer; 0 while it is not whole, -1 if it is not a good one. */
static int take_head(void) {
    buffer_append(&d.in, "", 1);
    d.in.end -= 1;
    char *end = strstr(buffer_head(&d.in), "\r\n\r\n");
    if (!end) return buffer_count(&d.in) > (64 << 10) ? -1 : 0;
    int status = 0;
    if (sscanf(buffer_head(&d.in), "HTTP/%*s %d", &status) != 1 || status != 200) return -1;
    buffer_consume(&d.in, (size_t)(end + 4 - buffer_head(&d.in)));
    d.in_body = 1;
    d.retry_ms = 0;
    return 1;
}

void dockerlog_ready(shim *s) {
    char piece[64 << 10];
    ssize_t got = read(d.fd, piece, sizeof piece);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        stream_ended(s);
        return;
    }
    buffer_append(&d.in, piece, (size_t)got);
    int good = d.in_body ? 1 : take_head();
    if (good == 0) return;
    if (good > 0 && d.terminal) take_lines(s, 0);
    if (good > 0 && !d.terminal) good = take_frames(s) ? 1 : -1;
    save(s);
    if (good < 0) stream_ended(s);
}

int dockerlog_timeout(void) {
    if (d.fd >= 0) return -1;
    long long left = d.retry_at - now_ms();
    return left > 0 ? (int)left : 0;
}

void dockerlog_tick(shim *s) {
    if (d.fd >= 0 || s->reaped || now_ms() < d.retry_at) return;
    /* A container that is gone, or a daemon that answers but has no log, must not be asked for ever. */
    if (d.retry_ms >= RETRY_MS_MAX && container_ended() == 1) {
        finish(s);
        return;
    }
    follow();
}
