#define _GNU_SOURCE
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define CREATE_MS 60000
#define DELETE_MS 15000

int run_and_wait(char *const arguments[], int out, int err, int timeout_ms) {
    char error[TEXT_MAX];
    launch l = {.arguments = (char **)arguments, .environment = environ, .uid = -1, .gid = -1, .in = -1, .out = out,
                .err = err};
    pid_t pid = launch_process(&l, error);
    if (pid < 0) {
        if (err >= 0 && write(err, error, strlen(error)) < 0) return -1;
        return -1;
    }
    int status, fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, timeout_ms) == 0) kill(pid, SIGKILL);
        close(fd);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A log line's message (`time=… level=error msg="…"`) without what is around it. */
static char *message_in(char *line) {
    char *start = strstr(line, "msg=\"");
    if (!start) return line;
    start += 5;
    char *out = start;
    for (char *at = start; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1]) at++;
        *out++ = *at;
    }
    *out = 0;
    return start;
}

/* What the runtime complained about: the last line of what it wrote. */
static void complaint(int fd, const char *what, char error[TEXT_MAX]) {
    char text[2048];
    fcntl(fd, F_SETFL, O_NONBLOCK);
    ssize_t got = read(fd, text, sizeof text - 1);
    text[got > 0 ? got : 0] = 0;
    for (char *at = text + strlen(text); at > text && at[-1] == '\n';) *--at = 0;
    char *last = strrchr(text, '\n');
    snprintf(
        error, TEXT_MAX, "%s: %s", what,
        *text ? message_in(last ? last + 1 : text) : "the runtime ended without a word");
}

pid_t container_create(const container *c, int out, int err, int err_read, char error[TEXT_MAX]) {
    char *create[] = {(char *)c->runtime, "--root", (char *)c->root, "create", "--bundle", (char *)c->bundle,
                      "--pid-file", "init.pid", (char *)c->id, NULL};
    unlink("init.pid");
    if (run_and_wait(create, out, err, CREATE_MS) != 0) {
        complaint(err_read, "create the container", error);
        container_delete(c);
        return -1;
    }
    char *text = read_file("init.pid", 64, NULL);
    pid_t pid = text ? (pid_t)atol(text) : -1;
    free(text);
    if (pid <= 1) {
        snprintf(error, TEXT_MAX, "the runtime did not say the container's process id");
        container_delete(c);
        return -1;
    }
    return pid;
}

int container_go(const container *c, int err, int err_read, char error[TEXT_MAX]) {
    char *start[] = {(char *)c->runtime, "--root", (char *)c->root, "start", (char *)c->id, NULL};
    if (run_and_wait(start, err, err, CREATE_MS) == 0) return 0;
    complaint(err_read, "start the container", error);
    container_delete(c);
    return -1;
}

void container_delete(const container *c) {
    char *arguments[] = {(char *)c->runtime, "--root", (char *)c->root, "delete", "--force", (char *)c->id, NULL};
    run_and_wait(arguments, -1, -1, DELETE_MS);
}
