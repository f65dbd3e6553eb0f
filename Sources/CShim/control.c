#define _GNU_SOURCE
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A frame: a type byte, the length as four bytes, big end first, then the payload. */
#define HEADER 5

void control_open(shim *s) {
    for (int at = 0; at < CONNECTIONS_MAX; at++) s->connections[at].fd = -1;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sock"};
    unlink("sock");
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listener < 0) return;
    mode_t mask = umask(0177);
    if (bind(s->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(s->listener, 64) != 0) {
        close(s->listener);
        s->listener = -1;
    }
    umask(mask);
}

void control_accept(shim *s) {
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    for (int at = 0; at < CONNECTIONS_MAX; at++) {
        connection *c = &s->connections[at];
        if (c->fd >= 0) continue;
        memset(c, 0, sizeof *c);
        c->fd = fd;
        return;
    }
    static const char busy[] = "too many connections";
    connection full = {.fd = fd};
    control_send(&full, 'X', busy, sizeof busy - 1);
    if (write(fd, buffer_head(&full.out), buffer_count(&full.out)) < 0) errno = 0;
    buffer_free(&full.out);
    close(fd);
}

void control_close(shim *s, connection *c) {
    (void)s;
    if (c->session) session_end(c->session);
    buffer_free(&c->in);
    buffer_free(&c->out);
    close(c->fd);
    memset(c, 0, sizeof *c);
    c->fd = -1;
}

void control_send(connection *c, char type, const void *bytes, size_t count) {
    unsigned char header[HEADER] = {(unsigned char)type, (unsigned char)(count >> 24), (unsigned char)(count >> 16),
                                    (unsigned char)(count >> 8), (unsigned char)count};
    buffer_append(&c->out, header, HEADER);
    if (count > 0) buffer_append(&c->out, bytes, count);
}

void control_write(shim *s, connection *c) {
    while (buffer_count(&c->out) > 0) {
        ssize_t written = send(c->fd, buffer_head(&c->out), buffer_count(&c->out), MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno != EAGAIN) {
            control_close(s, c);
            return;
        }
        if (written < 0) break;
        buffer_consume(&c->out, (size_t)written);
    }
    if (buffer_count(&c->out) > OUT_LIMIT || (c->closing && buffer_count(&c->out) == 0)) control_close(s, c);
}

void control_read(shim *s, connection *c) {
    char piece[16 << 10];
    ssize_t got = read(c->fd, piece, sizeof piece);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        control_close(s, c);
        return;
    }
    buffer_append(&c->in, piece, (size_t)got);
    while (c->fd >= 0 && buffer_count(&c->in) >= HEADER) {
        unsigned char *head = (unsigned char *)buffer_head(&c->in);
        size_t length = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
        if (length > SPEC_MAX) {
            control_close(s, c);
            return;
        }
        if (buffer_count(&c->in) < HEADER + length) return;
        request_handle(s, c, (char)head[0], buffer_head(&c->in) + HEADER, length);
        if (c->fd >= 0) buffer_consume(&c->in, HEADER + length);
    }
}

void control_finish(shim *s) {
    for (int at = 0; at < CONNECTIONS_MAX; at++) {
        connection *c = &s->connections[at];
        if (c->fd < 0) continue;
        if (c->waits) control_send(c, 'R', buffer_head(&s->exit_record), buffer_count(&s->exit_record));
        c->waits = 0;
        if (!c->session) c->closing = 1;
    }
}
