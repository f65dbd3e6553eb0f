#define _GNU_SOURCE
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern int clean(const char *directory);

/* What a poll slot belongs to. */
typedef struct {
    struct pollfd fds[8 + 4 * CONNECTIONS_MAX];
    int count, signals, listener, out, err, docker;
    int connection[CONNECTIONS_MAX], session[CONNECTIONS_MAX];
} poll_set;

static int add(poll_set *set, int fd, short events) {
    if (fd < 0) return -1;
    set->fds[set->count] = (struct pollfd){.fd = fd, .events = events};
    return set->count++;
}

static void build(shim *s, poll_set *set) {
    set->count = 0;
    set->signals = add(set, s->signals, POLLIN);
    set->listener = add(set, s->listener, POLLIN);
    set->out = add(set, s->pipe_out, POLLIN);
    set->err = add(set, s->pipe_err, POLLIN);
    set->docker = s->dockerlog && !s->ended ? add(set, dockerlog_fd(), POLLIN) : -1;
    for (int at = 0; at < CONNECTIONS_MAX; at++) {
        connection *c = &s->connections[at];
        set->connection[at] = set->session[at] = -1;
        if (c->fd < 0) continue;
        short events = buffer_count(&c->out) > 0 ? POLLOUT : 0;
        if (buffer_count(&c->out) < OUT_HIGH && (!c->session || session_wants_input(c->session))) events |= POLLIN;
        set->connection[at] = add(set, c->fd, events);
        if (!c->session) continue;
        int added = session_poll(c->session, c, &set->fds[set->count]);
        if (added > 0) set->session[at] = set->count;
        set->count += added;
    }
}

static int timeout(const shim *s) {
    long long now = now_ms(), next = now + 3600000;
    if (s->kill_at && !s->reaped && s->kill_at < next) next = s->kill_at;
    if (s->reaped && !s->ended && s->drain_until < next) next = s->drain_until;
    if (s->ended && s->leave_at < next) next = s->leave_at;
    if (s->dockerlog && !s->reaped) {
        int left = dockerlog_timeout();
        if (left >= 0 && now + left < next) next = now + left;
    }
    /* A session whose command has ended while others hold its streams is looked at again soon. */
    for (int at = 0; at < CONNECTIONS_MAX; at++)
        if (s->connections[at].fd >= 0 && s->connections[at].session && next > now + 1000) next = now + 1000;
    return next > now ? (int)(next - now) : 0;
}

/* Copies what the task wrote; closes the pipe at its end. */
static void drain_pipe(shim *s, int *fd, caravan_log *log) {
    char piece[64 << 10];
    ssize_t got = read(*fd, piece, sizeof piece);
    if (got > 0 && s->logs) caravan_log_write(log, piece, (size_t)got);
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return;
    close(*fd);
    *fd = -1;
}

/* The main process is gone: nothing of the task may stay behind. */
static void main_ended(shim *s, int status) {
    s->status = status;
    s->reaped = 1;
    int killed = cgroups_oom(&s->cgroups);
    records_put_number(&s->exit_record, "code", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    records_put_number(&s->exit_record, "signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    records_put_number(&s->exit_record, "oom", killed);
    kill(-s->pid, SIGKILL);
    cgroups_kill(&s->cgroups);
    if (s->container.runtime) container_delete(&s->container);
    kill_descendants();
    s->drain_until = now_ms() + DRAIN_MS;
}

static void reap(shim *s) {
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == sizeof info) {}
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == s->pid && !s->reaped) {
            main_ended(s, status);
            continue;
        }
        for (int at = 0; at < CONNECTIONS_MAX; at++)
            if (s->connections[at].fd >= 0 && s->connections[at].session
                && session_owns(s->connections[at].session, pid, status))
                break;
    }
}

static void finish(shim *s) {
    if (s->pipe_out >= 0) close(s->pipe_out);
    if (s->pipe_err >= 0) close(s->pipe_err);
    s->pipe_out = s->pipe_err = -1;
    if (s->logs) {
        caravan_log_close(&s->log_out);
        caravan_log_close(&s->log_err);
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (!records_get((records){buffer_head(&s->exit_record), buffer_count(&s->exit_record)}, "code"))
        records_put_number(&s->exit_record, "code", 0);
    records_put_number(&s->exit_record, "time_ns", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
    cgroups_remove(&s->cgroups);
    write_file_atomically("exit", buffer_head(&s->exit_record), buffer_count(&s->exit_record), 1);
    s->ended = 1;
    s->leave_at = now_ms() + FLUSH_MS;
    if (s->listener >= 0) close(s->listener);
    s->listener = -1;
    unlink("sock");
    control_finish(s);
}

static void tick(shim *s) {
    long long now = now_ms();
    if (s->dockerlog && !s->reaped) dockerlog_tick(s);
    if (s->kill_at && !s->reaped && now >= s->kill_at) {
        if (s->dockerlog) {
            s->reaped = 1;
            s->drain_until = now;
        } else {
            kill(s->pid, SIGKILL);
            kill(-s->pid, SIGKILL);
            s->kill_at = now + 1000; /* again, should the process be stuck in the kernel */
        }
    }
    if (s->reaped && !s->ended && ((s->pipe_out < 0 && s->pipe_err < 0) || now >= s->drain_until)) finish(s);
}

static void serve_connections(shim *s, const poll_set *set) {
    for (int at = 0; at < CONNECTIONS_MAX; at++) {
        connection *c = &s->connections[at];
        if (c->fd < 0) continue;
        short ready = set->connection[at] >= 0 ? set->fds[set->connection[at]].revents : 0;
        if (c->session && set->session[at] >= 0) session_ready(c->session, c);
        if (ready & (POLLIN | POLLHUP | POLLERR)) control_read(s, c);
        if (c->fd >= 0 && c->session && session_done(c->session, c)) {
            session_end(c->session);
            c->session = NULL;
            c->closing = 1;
        }
        if (c->fd >= 0 && (buffer_count(&c->out) > 0 || c->closing)) control_write(s, c);
    }
}

static int may_leave(const shim *s) {
    if (!s->ended) return 0;
    if (now_ms() >= s->leave_at) return 1;
    for (int at = 0; at < CONNECTIONS_MAX; at++)
        if (s->connections[at].fd >= 0) return 0;
    return 1;
}

static void serve(shim *s) {
    static poll_set set;
    while (!may_leave(s)) {
        build(s, &set);
        if (poll(set.fds, (nfds_t)set.count, timeout(s)) < 0 && errno != EINTR) return;
        if (set.out >= 0 && set.fds[set.out].revents) drain_pipe(s, &s->pipe_out, &s->log_out);
        if (set.err >= 0 && set.fds[set.err].revents) drain_pipe(s, &s->pipe_err, &s->log_err);
        if (set.docker >= 0 && set.fds[set.docker].revents) dockerlog_ready(s);
        if (set.signals >= 0 && set.fds[set.signals].revents) reap(s);
        serve_connections(s, &set);
        if (set.listener >= 0 && set.fds[set.listener].revents) control_accept(s);
        tick(s);
    }
}

/* Writes what `clean` needs should this process be killed. */
static void save_state(const shim *s) {
    buffer out = {0};
    records_put_number(&out, "shim", getpid());
    records_put_number(&out, "shim_start", (long long)process_start(getpid()));
    records_put_number(&out, "pid", s->pid);
    records_put_number(&out, "pid_start", s->pid > 0 ? (long long)process_start(s->pid) : 0);
    cgroups_describe(&s->cgroups, &out);
    write_file_atomically("state", buffer_head(&out), buffer_count(&out), 0);
    buffer_free(&out);
}

static int open_logs(shim *s, char error[TEXT_MAX]) {
    const char *out = records_get(s->spec, "log_out"), *err = records_get(s->spec, "log_err");
    off_t size = (off_t)records_number(s->spec, "log_max_bytes", 10 << 20);
    long files = (long)records_number(s->spec, "log_max_files", 10);
    if (!out || !err) return 0;
    s->logs = 1;
    if (caravan_log_open(&s->log_out, out, size, files) == 0 && caravan_log_open(&s->log_err, err, size, files) == 0)
        return 0;
    snprintf(error, TEXT_MAX, "open log file %s: %s", out, strerror(errno));
    return -1;
}

static int start_container(shim *s, int out, int err, char error[TEXT_MAX]) {
    s->pid = container_create(&s->container, out, err, s->pipe_err, error);
    if (s->pid < 0) return -1;
    cgroups_of(&s->cgroups, s->pid);
    if (container_go(&s->container, err, s->pipe_err, error) == 0) return 0;
    return -1;
}

static int start_task(shim *s, char error[TEXT_MAX]) {
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        snprintf(error, TEXT_MAX, "make pipes: %s", strerror(errno));
        return -1;
    }
    s->pipe_out = out[0];
    s->pipe_err = err[0];
    s->container.runtime = records_get(s->spec, "runtime");
    int result;
    if (s->container.runtime) {
        s->container.root = records_get(s->spec, "runtime_root");
        s->container.bundle = records_get(s->spec, "bundle");
        s->container.id = records_get(s->spec, "container_id");
        result = start_container(s, out[1], err[1], error);
    } else {
        const char *group = records_get(s->spec, "cgroup");
        if (group)
            cgroups_make(
                &s->cgroups, group, records_number(s->spec, "cpu_shares", 0),
                records_number(s->spec, "memory_bytes", 0), records_number(s->spec, "memory_soft_bytes", 0));
        save_state(s);
        launch_from_spec(&s->launch, s->spec);
        s->launch.cgroups = &s->cgroups;
        s->launch.out = out[1];
        s->launch.err = err[1];
        s->pid = launch_process(&s->launch, error);
        result = s->pid > 0 ? 0 : -1;
        s->launch.out = s->launch.err = -1;
    }
    close(out[1]);
    close(err[1]);
    fcntl(s->pipe_out, F_SETFL, O_NONBLOCK);
    fcntl(s->pipe_err, F_SETFL, O_NONBLOCK);
    if (result != 0) cgroups_remove(&s->cgroups);
    return result;
}

/* Says to the agent how the start went, and lets go of the pipe. */
static void tell(const char *key, const char *text) {
    buffer out = {0};
    records_put(&out, key, text);
    if (write(1, buffer_head(&out), buffer_count(&out)) < 0) errno = 0;
    buffer_free(&out);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) dup2(null, 1);
    if (null > 2) close(null);
}

static int detached(const char *directory) {
    static shim s = {.pipe_out = -1, .pipe_err = -1, .listener = -1};
    char error[TEXT_MAX] = "";
    size_t count;
    sigset_t all, children;
    char *bytes = read_file("spec", SPEC_MAX, &count);
    if (!bytes) {
        snprintf(error, sizeof error, "read the spec in %s: %s", directory, strerror(errno));
        tell("error", error);
        return 1;
    }
    s.spec = (records){bytes, count};
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL); /* only the agent ends this process, through the socket */
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    s.signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    s.dockerlog = records_get(s.spec, "docker_container") != NULL;
    control_open(&s);
    int good = s.listener >= 0 && s.signals >= 0;
    if (!good) snprintf(error, sizeof error, "open the socket in %s: %s", directory, strerror(errno));
    good = good && open_logs(&s, error) == 0;
    if (good && s.dockerlog) good = dockerlog_open(&s) == 0;
    else if (good) good = start_task(&s, error) == 0;
    if (!good) {
        unlink("sock");
        tell("error", *error ? error : "the container's log can't be followed");
        return 1;
    }
    save_state(&s);
    char pid[32];
    snprintf(pid, sizeof pid, "%d", s.pid);
    tell("pid", pid);
    serve(&s);
    return 0;
}

static int run(const char *directory) {
    if (chdir(directory) != 0) return 1;
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 2);
    }
    syscall(SYS_close_range, 3, ~0U, 0); /* nothing of the agent's is kept open */
    umask(022);
    pid_t pid = fork();
    if (pid != 0) return pid < 0;
    setsid();
    return detached(directory);
}

int caravan_shim_main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "run") == 0) return run(argv[2]);
    if (argc == 3 && strcmp(argv[1], "clean") == 0) return clean(argv[2]);
    fprintf(stderr, "usage: caravan-shim run|clean DIRECTORY\nStarted by caravan, one for each task; see docs.\n");
    return 2;
}
