#define _GNU_SOURCE
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* A command that runs inside the task for somebody at the other end of a connection. With a terminal, `in`
   and `out` are the terminal's master and `err` is -1. */
struct session {
    pid_t pid;
    int status, reaped;
    int in, out, err;
    int terminal, close_in;
    buffer pending;
    char pid_file[32]; /* where the runtime writes the command's own process id; empty for plain processes */
};

static int nonblocking(int fd) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

/* Opens a terminal of the given size; the slave side, or -1. */
static int open_terminal(int *master, int rows, int columns) {
    char name[64];
    *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*master < 0) return -1;
    if (grantpt(*master) != 0 || unlockpt(*master) != 0 || ptsname_r(*master, name, sizeof name) != 0) return -1;
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    ioctl(*master, TIOCSWINSZ, &size);
    return open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* The runtime's command line: `runc exec [-t] --pid-file F id command…`. */
static char **runtime_arguments(const container *c, session *x, char **command) {
    static int number;
    size_t count = 0;
    while (command[count]) count++;
    char **arguments = calloc(count + 10, sizeof *arguments);
    if (!arguments) abort();
    snprintf(x->pid_file, sizeof x->pid_file, "exec-%d.pid", ++number);
    size_t at = 0;
    arguments[at++] = (char *)c->runtime;
    arguments[at++] = "--root";
    arguments[at++] = (char *)c->root;
    arguments[at++] = "exec";
    if (x->terminal) arguments[at++] = "--tty";
    arguments[at++] = "--pid-file";
    arguments[at++] = x->pid_file;
    arguments[at++] = (char *)c->id;
    memcpy(arguments + at, command, count * sizeof *command);
    return arguments;
}

static int open_streams(session *x, launch *l, int rows, int columns) {
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    if (x->terminal) {
        int slave = open_terminal(&x->in, rows, columns);
        l->in = l->out = l->err = slave;
        l->terminal = 1;
        if (slave < 0) return -1;
        nonblocking(x->in);
        x->out = x->in;
        return 0;
    }
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        for (int at = 0; at < 2; at++) {
            close(in[at]);
            close(out[at]);
        }
        return -1;
    }
    l->in = in[0];
    l->out = out[1];
    l->err = err[1];
    x->in = nonblocking(in[1]);
    x->out = nonblocking(out[0]);
    x->err = nonblocking(err[0]);
    return 0;
}

static void close_fd(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

session *session_start(shim *s, records request, char error[TEXT_MAX]) {
    extern char **environ;
    session *x = calloc(1, sizeof *x);
    if (!x) abort();
    char **command = records_all(request, "arg"), **arguments = NULL;
    launch l = s->launch;
    x->in = x->out = x->err = -1;
    x->terminal = (int)records_number(request, "tty", 0);
    l.arguments = command;
    l.oom_score = NULL;
    l.cgroups = s->container.runtime ? NULL : &s->cgroups;
    if (s->container.runtime && command[0]) {
        l.arguments = arguments = runtime_arguments(&s->container, x, command);
        l.environment = environ;
        l.directory = l.netns = l.cores = NULL;
        l.uid = l.gid = -1;
    }
    int rows = (int)records_number(request, "rows", 24), columns = (int)records_number(request, "columns", 80);
    if (open_streams(x, &l, rows, columns) != 0) snprintf(error, TEXT_MAX, "open streams: %s", strerror(errno));
    else x->pid = launch_process(&l, error);
    if (x->terminal) {
        close_fd(&l.in);
    } else {
        close_fd(&l.in);
        close_fd(&l.out);
        close_fd(&l.err);
    }
    free(command);
    free(arguments);
    if (x->pid > 0) return x;
    x->reaped = 1;
    session_end(x);
    return NULL;
}

static void flush_input(session *x) {
    while (x->in >= 0 && buffer_count(&x->pending) > 0) {
        ssize_t written = write(x->in, buffer_head(&x->pending), buffer_count(&x->pending));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN) return;
        if (written < 0) { /* the command has closed its stdin: what comes for it is of no use */
            buffer_free(&x->pending);
            if (!x->terminal) close_fd(&x->in);
            return;
        }
        buffer_consume(&x->pending, (size_t)written);
    }
    if (!x->close_in || x->in < 0 || x->terminal) return;
    close_fd(&x->in);
}

void session_input(session *x, const char *bytes, size_t count) {
    if (x->in < 0 || x->close_in) return;
    if (count == 0 && x->terminal) {
        buffer_append(&x->pending, "\004", 1); /* a terminal's stdin ends with Ctrl-D */
    } else if (count == 0) {
        x->close_in = 1;
    } else {
        buffer_append(&x->pending, bytes, count);
    }
    flush_input(x);
}

void session_resize(session *x, int rows, int columns) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    if (x->terminal && x->in >= 0) ioctl(x->in, TIOCSWINSZ, &size);
}

int session_poll(session *x, connection *c, struct pollfd *fds) {
    int count = 0;
    short reads = buffer_count(&c->out) < OUT_HIGH ? POLLIN : 0;
    short writes = buffer_count(&x->pending) > 0 ? POLLOUT : 0;
    if (x->terminal) {
        if (x->out >= 0 && (reads || writes)) fds[count++] = (struct pollfd){x->out, (short)(reads | writes), 0};
        return count;
    }
    if (x->in >= 0 && writes) fds[count++] = (struct pollfd){x->in, writes, 0};
    if (x->out >= 0 && reads) fds[count++] = (struct pollfd){x->out, reads, 0};
    if (x->err >= 0 && reads) fds[count++] = (struct pollfd){x->err, reads, 0};
    return count;
}

/* Moves what there is; 0 once the stream has ended. */
static int move(int fd, connection *c, char type) {
    char piece[16 << 10];
    ssize_t got = read(fd, piece, sizeof piece);
    if (got > 0) control_send(c, type, piece, (size_t)got);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void session_ready(session *x, connection *c) {
    flush_input(x);
    if (buffer_count(&c->out) >= OUT_HIGH) return;
    if (x->out >= 0 && !move(x->out, c, 'O')) {
        if (x->terminal) x->in = -1;
        close_fd(&x->out);
    }
    if (x->err >= 0 && !move(x->err, c, 'P')) close_fd(&x->err);
}

int session_owns(session *x, pid_t pid, int status) {
    if (x->pid != pid || x->reaped) return 0;
    x->status = status;
    x->reaped = 1;
    return 1;
}

static int readable(int fd) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return fd >= 0 && poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN);
}

int session_done(session *x, connection *c) {
    /* A child that the command left behind may hold the streams open: what is there now is enough. */
    if (!x->reaped || readable(x->out) || readable(x->err)) return 0;
    buffer out = {0};
    records_put_number(&out, "code", WIFEXITED(x->status) ? WEXITSTATUS(x->status) : 128 + WTERMSIG(x->status));
    records_put_number(&out, "signal", WIFSIGNALED(x->status) ? WTERMSIG(x->status) : 0);
    control_send(c, 'Z', buffer_head(&out), buffer_count(&out));
    buffer_free(&out);
    return 1;
}

int session_wants_input(const session *x) { return buffer_count(&x->pending) < IN_HIGH; }

void session_end(session *x) {
    if (!x->reaped) {
        /* The runtime's front end can't kill what it started, so that goes first. */
        char *text = *x->pid_file ? read_file(x->pid_file, 64, NULL) : NULL;
        pid_t inner = text ? (pid_t)atol(text) : 0;
        free(text);
        if (inner > 1) kill(inner, SIGKILL);
        kill(-x->pid, SIGKILL);
        kill(x->pid, SIGKILL);
    }
    if (*x->pid_file) unlink(x->pid_file);
    if (x->terminal) x->in = -1;
    close_fd(&x->in);
    close_fd(&x->out);
    close_fd(&x->err);
    buffer_free(&x->pending);
    free(x);
}
