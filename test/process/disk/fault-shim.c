// Makes calls of the system fail on files that a test names; loaded with LD_PRELOAD. The file $MUSTER_FAULTS holds lines such as
// "write 5 muster.sqlite-wal": call (read, write, sync), errno, end of the path. It is looked at with each call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int fault(const char *call, int fd) {
  const char *faults = getenv("MUSTER_FAULTS");
  if (faults == NULL || fd < 3) return 0;
  char link[64], path[4096], text[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  if (strstr(path, "muster.sqlite") == NULL) return 0;
  int file = (int)syscall(SYS_openat, AT_FDCWD, faults, O_RDONLY);
  if (file < 0) return 0;
  ssize_t size = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  if (size <= 0) return 0;
  text[size] = 0;
  for (char *line = text; line != NULL && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    char name[16], end[256];
    int code;
    if (sscanf(line, "%15s %d %255s", name, &code, end) != 3 || strcmp(name, call) != 0) continue;
    size_t n = strlen(end);
    if ((size_t)length >= n && strcmp(path + length - n, end) == 0) return code;
  }
  return 0;
}

#define FAIL_OR(call, fd) do { int code = fault(call, fd); if (code) { errno = code; return -1; } } while (0)
#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

ssize_t read(int fd, void *b, size_t n) { REAL(ssize_t, read, int, void *, size_t); FAIL_OR("read", fd); return real(fd, b, n); }
ssize_t pread(int fd, void *b, size_t n, off_t o) { REAL(ssize_t, pread, int, void *, size_t, off_t); FAIL_OR("read", fd); return real(fd, b, n, o); }
ssize_t pread64(int fd, void *b, size_t n, off64_t o) { REAL(ssize_t, pread64, int, void *, size_t, off64_t); FAIL_OR("read", fd); return real(fd, b, n, o); }
ssize_t write(int fd, const void *b, size_t n) { REAL(ssize_t, write, int, const void *, size_t); FAIL_OR("write", fd); return real(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(ssize_t, pwrite, int, const void *, size_t, off_t); FAIL_OR("write", fd); return real(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t); FAIL_OR("write", fd); return real(fd, b, n, o); }
int fsync(int fd) { REAL(int, fsync, int); FAIL_OR("sync", fd); return real(fd); }
int fdatasync(int fd) { REAL(int, fdatasync, int); FAIL_OR("sync", fd); return real(fd); }
