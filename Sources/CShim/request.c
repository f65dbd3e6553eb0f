#include "shim.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void reply(connection *c, buffer *out) {
    control_send(c, 'R', out->bytes ? buffer_head(out) : "", buffer_count(out));
    buffer_free(out);
}

static void refuse(connection *c, const char *why) { control_send(c, 'X', why, strlen(why)); }

void task_signal(shim *s, int number) {
    if (s->pid > 0 && !s->reaped) kill(s->pid, number);
}

static void answer_status(shim *s, connection *c) {
    buffer out = {0};
    records_put(&out, "state", s->ended ? "exited" : "running");
    records_put_number(&out, "pid", s->pid);
    records_put_number(&out, "shim", getpid());
    records_put_number(&out, "log_dropped", (long long)(s->log_out.dropped + s->log_err.dropped));
    if (s->ended) buffer_append(&out, buffer_head(&s->exit_record), buffer_count(&s->exit_record));
    reply(c, &out);
}

static void answer_stats(shim *s, connection *c) {
    buffer out = {0};
    cgroups_stats(&s->cgroups, &out);
    /* Without a memory controller the sums of the processes must do. */
    processes_stats(&s->cgroups, s->pid, buffer_count(&out) == 0, &out);
    reply(c, &out);
}

static void answer_signal(shim *s, connection *c, records request) {
    int number = (int)records_number(request, "signal", 0);
    if (s->reaped) return refuse(c, "the task has ended");
    if (number <= 0 || number >= NSIG) return refuse(c, "not a signal number");
    if (kill(s->pid, number) != 0) return refuse(c, "the signal could not be sent");
    buffer out = {0};
    reply(c, &out);
}

/* The reply is the exit record, once the task is dead and its logs are complete. */
static void answer_stop(shim *s, connection *c, records request) {
    int number = (int)records_number(request, "signal", SIGINT);
    long long timeout = records_number(request, "timeout_ms", 0);
    c->waits = 1;
    if (s->reaped) return;
    long long deadline = now_ms() + (timeout > 0 ? timeout : 0);
    if (timeout > 0 && number > 0 && number < NSIG) task_signal(s, number);
    if (s->kill_at == 0 || deadline < s->kill_at) s->kill_at = deadline;
    s->stopped = 1;
}

static void answer_exec(shim *s, connection *c, records request) {
    char error[TEXT_MAX];
    if (s->reaped || s->dockerlog) return refuse(c, "the task has ended");
    if (c->session) return refuse(c, "the connection runs a command already");
    c->session = session_start(s, request, error);
    if (!c->session) return refuse(c, error);
    buffer out = {0};
    reply(c, &out);
}

void request_handle(shim *s, connection *c, char type, char *bytes, size_t count) {
    records request = {bytes, count};
    switch (type) {
    case 'Q': answer_status(s, c); break;
    case 'T':
        if (s->ended) refuse(c, "the task has ended");
        else answer_stats(s, c);
        break;
    case 'S': answer_signal(s, c, request); break;
    case 'K': answer_stop(s, c, request); break;
    case 'A': c->waits = 1; break;
    case 'E': answer_exec(s, c, request); break;
    case 'I':
        if (c->session) session_input(c->session, bytes, count);
        break;
    case 'W':
        if (c->session)
            session_resize(
                c->session, (int)records_number(request, "rows", 24), (int)records_number(request, "columns", 80));
        break;
    case 'F':
        if (!s->ended) refuse(c, "the task is still running");
        else s->leave_at = now_ms();
        break;
    default: refuse(c, "unknown request"); break;
    }
    if (s->ended) control_finish(s);
}
