#define _GNU_SOURCE
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void launch_from_spec(launch *l, records spec) {
    memset(l, 0, sizeof *l);
    l->arguments = records_all(spec, "arg");
    l->environment = records_all(spec, "env");
    l->directory = records_get(spec, "cwd");
    l->netns = records_get(spec, "netns");
    l->oom_score = records_get(spec, "oom_score_adj");
    l->cores = records_get(spec, "cores");
    l->uid = (long)records_number(spec, "uid", -1);
    l->gid = (long)records_number(spec, "gid", -1);
    char **groups = records_all(spec, "group");
    for (int at = 0; groups[at] && at < GROUPS_MAX; at++) l->groups[l->group_count++] = (gid_t)atol(groups[at]);
    free(groups);
    l->in = l->out = l->err = -1;
}

/* In the child: says through the pipe what went wrong, and ends. */
static _Noreturn void fail(int pipe, const char *what, const char *name) {
    char text[TEXT_MAX];
    int length = snprintf(text, sizeof text, "%s%s%s: %s", what, *name ? " " : "", name, strerror(errno));
    if (write(pipe, text, (size_t)length) < 0) _exit(126);
    _exit(127);
}

/* Keeps the process, and all that it starts, to some cores: "0,2,3". */
static void keep_to_cores(const char *list, int pipe) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    for (const char *at = list; *at;) {
        char *end;
        long core = strtol(at, &end, 10);
        if (end == at || core < 0 || core >= CPU_SETSIZE) break;
        CPU_SET(core, &cores);
        at = end + (*end == ',');
    }
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail(pipe, "use cores", list);
}

static void become_user(const launch *l, int pipe) {
    if (l->gid >= 0) {
        if (setgroups((size_t)l->group_count, l->groups) != 0) fail(pipe, "set the groups", "");
        if (setresgid((gid_t)l->gid, (gid_t)l->gid, (gid_t)l->gid) != 0) fail(pipe, "set the group", "");
    }
    if (l->uid >= 0 && setresuid((uid_t)l->uid, (uid_t)l->uid, (uid_t)l->uid) != 0) fail(pipe, "set the user", "");
}

static void plain_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void child(const launch *l, int pipe) {
    setsid();
    if (l->cgroups) cgroups_join(l->cgroups);
    if (l->cores) keep_to_cores(l->cores, pipe);
    if (l->oom_score) {
        if (write_text("/proc/self", "oom_score_adj", l->oom_score) != 0) fail(pipe, "set oom_score_adj", l->oom_score);
    }
    if (l->netns) {
        int fd = open(l->netns, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) fail(pipe, "enter network namespace", l->netns);
    }
    if (l->terminal && ioctl(l->in, TIOCSCTTY, 0) != 0) fail(pipe, "take the terminal", "");
    int null = open("/dev/null", O_RDWR);
    int streams[3] = {l->in >= 0 ? l->in : null, l->out >= 0 ? l->out : null, l->err >= 0 ? l->err : null};
    /* Above 2 first, so that no stream is overwritten before it is used. */
    for (int at = 0; at < 3; at++)
        if ((streams[at] = fcntl(streams[at], F_DUPFD_CLOEXEC, 3)) < 0) fail(pipe, "open streams", "");
    for (int at = 0; at < 3; at++) dup2(streams[at], at);
    if (null > 2) close(null);
    become_user(l, pipe);
    if (l->directory && chdir(l->directory) != 0) fail(pipe, "enter directory", l->directory);
    plain_signals();
    environ = l->environment;
    execvpe(l->arguments[0], l->arguments, l->environment);
    fail(pipe, "run", l->arguments[0]);
}

pid_t launch_process(const launch *l, char error[TEXT_MAX]) {
    int pipes[2];
    if (!l->arguments || !l->arguments[0]) {
        snprintf(error, TEXT_MAX, "no command");
        return -1;
    }
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        snprintf(error, TEXT_MAX, "make a pipe: %s", strerror(errno));
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) child(l, pipes[1]);
    close(pipes[1]);
    if (pid < 0) {
        snprintf(error, TEXT_MAX, "fork: %s", strerror(errno));
        close(pipes[0]);
        return -1;
    }
    size_t length = 0;
    ssize_t got;
    while (length < TEXT_MAX - 1) {
        got = read(pipes[0], error + length, TEXT_MAX - 1 - length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        length += (size_t)got;
    }
    close(pipes[0]);
    if (length == 0) return pid;
    error[length] = 0;
    waitpid(pid, NULL, 0);
    return -1;
}
