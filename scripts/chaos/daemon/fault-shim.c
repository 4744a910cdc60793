/*
 * Stands between a daemon and libc. While the file $CHAOS_FAULTS/enospc exists, writes to the outbox's files fail as on a full
 * disk; while $CHAOS_FAULTS/fsync exists, flushing them fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_on(const char *fault) {
  const char *folder = getenv("CHAOS_FAULTS");
  char path[4096];
  if (folder == NULL) return 0;
  snprintf(path, sizeof path, "%s/%s", folder, fault);
  return access(path, F_OK) == 0;
}

static int is_outbox(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strstr(path, "bellhop.db") != NULL;
}

/* errno is the caller's: looking for the flag must not change it. */
static int fails(int fd, const char *fault, int with) {
  int before = errno;
  int hit = is_on(fault) && is_outbox(fd);
  errno = hit ? with : before;
  return hit;
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (real == NULL) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return fails(fd, "enospc", ENOSPC) ? -1 : real(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  return fails(fd, "enospc", ENOSPC) ? -1 : real(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  return fails(fd, "enospc", ENOSPC) ? -1 : real(fd, data, size, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  REAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
  return fails(fd, "enospc", ENOSPC) ? -1 : real(fd, parts, count, at);
}

int ftruncate(int fd, off_t size) {
  REAL(int, "ftruncate", int, off_t);
  return fails(fd, "enospc", ENOSPC) ? -1 : real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  return fails(fd, "enospc", ENOSPC) ? -1 : real(fd, size);
}

int fsync(int fd) {
  REAL(int, "fsync", int);
  return fails(fd, "fsync", EIO) ? -1 : real(fd);
}

int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return fails(fd, "fsync", EIO) ? -1 : real(fd);
}
