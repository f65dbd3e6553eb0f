#include "shim.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ends what a killed shim left behind: `caravan-shim clean <directory>`. Waits until it is gone, and writes
   an exit file if there is none, so that whoever asks learns that the result is not known. */
int clean(const char *directory) {
    size_t state_count = 0, spec_count = 0;
    if (chdir(directory) != 0) return errno == ENOENT ? 0 : 1;
    char *state = read_file("state", SPEC_MAX, &state_count), *spec = read_file("spec", SPEC_MAX, &spec_count);
    records s = {state, state ? state_count : 0}, p = {spec, spec ? spec_count : 0};
    pid_t shim = (pid_t)records_number(s, "shim", 0), pid = (pid_t)records_number(s, "pid", 0);
    /* A process id may belong to somebody else by now; the start time tells. */
    if (shim > 1 && process_start(shim) == (uint64_t)records_number(s, "shim_start", -1)) kill(shim, SIGKILL);
    if (pid > 1 && process_start(pid) == (uint64_t)records_number(s, "pid_start", -1)) {
        kill(-pid, SIGKILL);
        kill(pid, SIGKILL);
    }
    cgroups groups;
    cgroups_read(&groups, s);
    int left = cgroups_kill(&groups);
    container c = {records_get(p, "runtime"), records_get(p, "runtime_root"), records_get(p, "bundle"),
                   records_get(p, "container_id")};
    if (c.runtime && c.root && c.id) container_delete(&c);
    cgroups_remove(&groups);
    unlink("sock");
    if (access("exit", F_OK) != 0) {
        static const char lost[] = "code=137\0signal=9\0oom=0\0error=the task's helper process was killed";
        if (write_file_atomically("exit", lost, sizeof lost, 1) != 0) left = 1;
    }
    free(state);
    free(spec);
    return left ? 1 : 0;
}
