/* caravan-shim: the small parent of one task.

   The agent writes a directory with a `spec` file and starts `caravan-shim run <directory>`. The shim leaves
   the agent's session, starts the task, answers on the socket `sock` in that directory, writes the task's
   output into log files, and when the task has ended kills what it left behind, writes `exit`, and leaves.
   It needs nobody: the agent may die and come back at any moment.

     spec.c     the spec: NUL-separated key=value records, the same form that requests and replies have
     task.c     starting a process: cgroup, namespace, user, directory, exec
     runtime.c  starting a container through runc or crun
     cgroup.c   cgroups of version 1, 2 and both: make, limit, kill, measure
     proc.c     /proc: descendants and what they use, for nodes without cgroups
     control.c  the socket: frames in and out
     request.c  what each request does
     session.c  commands run inside the task (exec)
     log.c      log files and their rotation
     dockerlog.c  instead of a task: copies a docker container's output into log files
     shim.c     the event loop, start and end
*/
#ifndef SHIM_H
#define SHIM_H

#include "CShim.h"
#include <poll.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define TEXT_MAX 4096          /* a path or an error message */
#define SPEC_MAX (4 << 20)     /* the spec file, and a request */
#define CONNECTIONS_MAX 64
#define GROUPS_MAX 64
#define OUT_HIGH (256 << 10)   /* bytes waiting for a connection before its sources are left unread */
#define OUT_LIMIT (8 << 20)    /* a reader that lets so much pile up is dropped */
#define IN_HIGH (256 << 10)    /* bytes waiting for a command's stdin before the connection is left unread */
#define DRAIN_MS 2000          /* how long output is awaited after the last process has gone */
#define FLUSH_MS 2000          /* how long replies may take to leave at the end */

/* A growing byte buffer with a read position. */
typedef struct {
    char *bytes;
    size_t start, end, room;
} buffer;
void buffer_append(buffer *b, const void *bytes, size_t count);
void buffer_consume(buffer *b, size_t count);
void buffer_free(buffer *b);
static inline size_t buffer_count(const buffer *b) { return b->end - b->start; }
static inline char *buffer_head(const buffer *b) { return b->bytes + b->start; }

/* Records `key=value\0…`; the bytes stay where they are. */
typedef struct {
    const char *bytes;
    size_t count;
} records;
/* The value of the first record with that key, or NULL. */
const char *records_get(records r, const char *key);
long long records_number(records r, const char *key, long long otherwise);
/* A NULL-terminated array of all values of a key; free() the array, not the values. */
char **records_all(records r, const char *key);
void records_put(buffer *b, const char *key, const char *value);
void records_put_number(buffer *b, const char *key, long long value);
/* Reads a whole file and adds a NUL; NULL with errno on failure. */
char *read_file(const char *path, size_t limit, size_t *count);
/* Writes a file so that it is there whole or not at all; if `durable` also after a power cut. */
int write_file_atomically(const char *path, const char *bytes, size_t count, int durable);
/* Writes a short text into a kernel file; 0, or -1 with errno. */
int write_text(const char *directory, const char *name, const char *text);
long long now_ms(void);

/* --- cgroups --- */
enum { CG_UNIFIED, CG_MEMORY, CG_CPU, CG_CPUACCT, CG_PIDS, CG_COUNT };
typedef struct {
    char *directory[CG_COUNT]; /* NULL where there is none; version 2 uses CG_UNIFIED only */
    int made;                  /* whether we made them, and so remove them */
} cgroups;
/* Makes the group `path` below the mounts that are writable and sets the limits. Never fails: what can't be
   made is left out. */
void cgroups_make(cgroups *g, const char *path, long long cpu_shares, long long memory, long long memory_soft);
/* The groups that a process is in. */
void cgroups_of(cgroups *g, pid_t pid);
/* Puts the calling process in. */
void cgroups_join(const cgroups *g);
/* Kills every process inside until none is left or a second has passed. Returns how many were left. */
int cgroups_kill(const cgroups *g);
int cgroups_oom(const cgroups *g);
void cgroups_stats(const cgroups *g, buffer *out);
void cgroups_remove(cgroups *g);
void cgroups_describe(const cgroups *g, buffer *out);
void cgroups_read(cgroups *g, records r);

/* --- /proc --- */
uint64_t process_start(pid_t pid); /* start time in ticks, 0 if there is no such process */
/* Kills all descendants of this process but `spare`, until none is left or a second has passed. */
int kill_descendants(void);
/* Writes a record per process, `process=<pid>:<user ticks>:<system ticks>:<rss bytes>`, and the sums. */
void processes_stats(const cgroups *g, pid_t root, int sums, buffer *out);

/* --- the task --- */
typedef struct {
    char **arguments, **environment;
    const char *directory, *netns;
    long uid, gid; /* -1: leave */
    gid_t groups[GROUPS_MAX];
    int group_count;
    const cgroups *cgroups;
    int in, out, err; /* descriptors for 0, 1, 2 */
    int terminal;     /* whether `in` is a terminal to be made the controlling one */
    const char *oom_score, *cores;
} launch;
/* Starts a process in its own session. Returns its id, or -1 with `error` filled. */
pid_t launch_process(const launch *l, char error[TEXT_MAX]);
/* Fills user, groups, directory, environment … from the spec. */
void launch_from_spec(launch *l, records spec);

/* --- containers --- */
typedef struct {
    const char *runtime, *root, *bundle, *id;
} container;
/* Makes the container, its process waiting before the task's command; so its cgroups can be read in peace. */
pid_t container_create(const container *c, int out, int err, int err_read, char error[TEXT_MAX]);
/* Lets the command run; 0, or -1. */
int container_go(const container *c, int err, int err_read, char error[TEXT_MAX]);
void container_delete(const container *c);
/* Runs a program and waits; its exit code, or -1. */
int run_and_wait(char *const arguments[], int out, int err, int timeout_ms);

/* --- the shim --- */
typedef struct session session;
typedef struct {
    int fd;
    buffer in, out;
    int waits;      /* wants the exit record when the task ends */
    int closing;    /* to be closed once `out` is empty */
    session *session;
} connection;

typedef struct {
    records spec;
    int dockerlog;
    container container; /* runtime NULL for plain processes */
    launch launch;
    cgroups cgroups;
    pid_t pid;
    int status, reaped; /* wait status of the main process */
    int ended;          /* the exit file is written */
    long long kill_at, drain_until, leave_at; /* monotonic ms, 0 for never */
    int stopped;        /* somebody asked for the end */
    int pipe_out, pipe_err;
    caravan_log log_out, log_err;
    int logs;
    int listener, signals;
    connection connections[CONNECTIONS_MAX];
    buffer exit_record;
} shim;

void control_open(shim *s);
void control_accept(shim *s);
void control_close(shim *s, connection *c);
void control_read(shim *s, connection *c);
void control_write(shim *s, connection *c);
void control_send(connection *c, char type, const void *bytes, size_t count);
void control_finish(shim *s); /* tells those who wait */
void request_handle(shim *s, connection *c, char type, char *bytes, size_t count);
void task_signal(shim *s, int number);

session *session_start(shim *s, records request, char error[TEXT_MAX]);
void session_input(session *x, const char *bytes, size_t count); /* count 0: close stdin */
void session_resize(session *x, int rows, int columns);
int session_poll(session *x, connection *c, struct pollfd *fds); /* adds up to 3 */
void session_ready(session *x, connection *c);
int session_owns(session *x, pid_t pid, int status);
int session_done(session *x, connection *c); /* sends the exit once everything is out */
int session_wants_input(const session *x);
void session_end(session *x); /* kills and frees */

int dockerlog_open(shim *s);
int dockerlog_fd(void);
void dockerlog_ready(shim *s);
int dockerlog_timeout(void);
void dockerlog_tick(shim *s);

#endif
