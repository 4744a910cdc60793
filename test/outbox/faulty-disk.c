/* Preloaded, it makes the disk fail for files named outbox.db*: FAULT_FILE holds "full" or "sync", or is not there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(int fd, char kind) {
  char path[512], link[64], found = 0;
  const char *file = getenv("FAULT_FILE");
  int fault = file == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY, 0);
  if (fault < 0) return 0;
  if (syscall(SYS_read, fault, &found, 1) != 1) found = 0;
  syscall(SYS_close, fault);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (found != kind || length < 0) return 0;
  path[length] = 0;
  return strstr(path, "/outbox.db") != NULL && strstr(path, ".lock") == NULL;
}

#define WRITE(name, arguments, values)                                          \
  ssize_t name arguments {                                                      \
    static ssize_t(*next) arguments;                                            \
    if (next == NULL) next = dlsym(RTLD_NEXT, #name);                           \
    if (!fails(fd, 'f')) return next values;                                    \
    errno = ENOSPC;                                                             \
    return -1;                                                                  \
  }
#define SYNC(name)                                                              \
  int name(int fd) {                                                            \
    static int (*next)(int);                                                    \
    if (next == NULL) next = dlsym(RTLD_NEXT, #name);                           \
    if (!fails(fd, 's')) return next(fd);                                       \
    errno = EIO;                                                                \
    return -1;                                                                  \
  }

WRITE(write, (int fd, const void *data, size_t size), (fd, data, size))
WRITE(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRITE(pwrite64, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
SYNC(fsync)
SYNC(fdatasync)
