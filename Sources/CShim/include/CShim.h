#ifndef CSHIM_H
#define CSHIM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The parent process of one task. See shim.h for how its parts fit together. */
int caravan_shim_main(int argc, char **argv);

/* A log that is split into files `<prefix>.<N>`, of which the newest `max_files` are kept.
   Opening goes on with the newest file that exists. */
typedef struct caravan_log {
    char *prefix;
    int fd;
    long index;
    off_t size;
    off_t max_bytes;
    long max_files;
    int at_line_start;
    uint64_t dropped; /* bytes that the disk did not take */
} caravan_log;

/* Returns 0, or -1 with errno. `prefix` is copied. */
int caravan_log_open(caravan_log *log, const char *prefix, off_t max_bytes, long max_files);
/* Writes everything, rotating as needed, at the end of a line where one is near. What the disk does not
   take is counted and dropped: a full disk must not stop the task. */
void caravan_log_write(caravan_log *log, const char *bytes, size_t count);
void caravan_log_close(caravan_log *log);

#endif
