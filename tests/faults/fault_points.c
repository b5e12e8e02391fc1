/* Fault points: calls of the C library on files below one folder, and large allocations. Loaded with LD_PRELOAD.

   After faults_arm every call of the chosen kinds is counted over all threads and written to the log, as "NUMBER CALL
   PATH"; writing FOLDER/words is "say". Call number `at` fails, is cut short, or is preceded by a signal to the process; all others pass.

   A stream of the C library reaches its file when its buffer is empty, full or left: there its own calls are points,
   since those inside the library cannot be seen; what it still holds when a close fails is lost. (libfiu and strace
   number calls by thread, or not at all, and know no short calls.) */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FAIL, CUT, SIGNAL }; /* what happens at the point; `value`: an errno, -, a signal */

static char root[4096], calls[256];
static size_t root_length, large;
static int what, value, log_fd = -1;
static long at, again;
static atomic_long count;

/* chosen: names of calls between spaces. least: bytes of an allocation. point: number from 1, 0 for none. second: another
   one, or -1 for all that follow. */
void faults_arm(const char *folder, const char *chosen, size_t least, long point, long second, int action, int number,
                int log)
{
    snprintf(root, sizeof root, "%s", folder);
    root_length = strlen(root);
    large = least;
    at = point;
    again = second;
    what = action;
    value = number;
    log_fd = log;
    snprintf(calls, sizeof calls, " %s ", chosen);
}

static int is_chosen_call(const char *call)
{
    const char *found = calls[0] ? strstr(calls, call) : NULL;
    return found && found[-1] == ' ' && found[strlen(call)] == ' ';
}

/* Whether this point fails (1) or is cut short (2). */
static int point(const char *call, const char *path)
{
    long number = ++count;
    int is_chosen = number == at || number == again || (again < 0 && at && number > at);
    if (log_fd >= 0) {
        char line[4300];
        int length = snprintf(line, sizeof line, "%ld %s %s%s\n", number, call, path, is_chosen ? " <" : "");
        syscall(SYS_write, log_fd, line, length);
    }
    if (!is_chosen)
        return 0;
    if (what == SIGNAL) {
        syscall(SYS_kill, getpid(), value);
        return 0;
    }
    errno = value;
    return what == CUT ? 2 : 1;
}

static int file_point(const char *call, const char *path)
{
    if (strncmp(path, root, root_length))
        return 0;
    return point(call, path + root_length);
}

static int path_point(const char *call, int folder, const char *name)
{
    char full[8300] = "";
    if (!name || !is_chosen_call(call))
        return 0;
    if (name[0] == '/')
        return file_point(call, name);
    if (folder == AT_FDCWD) {
        if (syscall(SYS_getcwd, full, 4096) < 0)
            return 0;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, full, 4096);
        if (length < 0)
            return 0;
        full[length] = 0;
    }
    strcat(full, "/");
    strncat(full, name, 4096);
    return file_point(call, full);
}

static int fd_point(const char *call, int fd)
{
    char link[64], path[4097];
    int before = errno, result;
    if (fd == log_fd)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, 4096);
    errno = before;
    if (length < 0)
        return 0;
    path[length] = 0;
    if (!strncmp(path, root, root_length) && !strcmp(path + root_length, "/words"))
        call = "say";
    result = is_chosen_call(call) ? file_point(call, path) : 0;
    if (!result)
        errno = before;
    return result;
}

#define NEXT(name, result, ...) \
    static result (*next)(__VA_ARGS__); \
    if (!next) next = dlsym(RTLD_NEXT, #name)

static size_t part(size_t size) { return size > 1 ? size / 2 : size; }

/* ---- descriptors ---- */

#define READ_OR_WRITE(name, call, type) \
    ssize_t name(int fd, type *data, size_t size) \
    { \
        NEXT(name, ssize_t, int, type *, size_t); \
        int fault = size ? fd_point(call, fd) : 0; \
        return fault == 1 ? -1 : next(fd, data, fault ? part(size) : size); \
    }
READ_OR_WRITE(read, "read", void)
READ_OR_WRITE(write, "write", const void)

#define AT_OFFSET(name, call, type, offset_type) \
    ssize_t name(int fd, type *data, size_t size, offset_type offset) \
    { \
        NEXT(name, ssize_t, int, type *, size_t, offset_type); \
        int fault = size ? fd_point(call, fd) : 0; \
        return fault == 1 ? -1 : next(fd, data, fault ? part(size) : size, offset); \
    }
AT_OFFSET(pread, "read", void, off_t)
AT_OFFSET(pread64, "read", void, off64_t)
AT_OFFSET(pwrite, "write", const void, off_t)
AT_OFFSET(pwrite64, "write", const void, off64_t)

#define VECTOR(name, call) \
    ssize_t name(int fd, const struct iovec *parts, int number) \
    { \
        NEXT(name, ssize_t, int, const struct iovec *, int); \
        int fault = number ? fd_point(call, fd) : 0; \
        return fault == 1 ? -1 : next(fd, parts, fault ? 1 : number); \
    }
VECTOR(readv, "read")
VECTOR(writev, "write")

int fsync(int fd)
{
    NEXT(fsync, int, int);
    return fd_point("sync", fd) == 1 ? -1 : next(fd);
}

/* ---- names ---- */

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        NEXT(name, int, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return path_point(flags & O_CREAT ? "create" : "open", AT_FDCWD, path) == 1 ? -1 : next(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPEN_AT(name) \
    int name(int folder, const char *path, int flags, ...) \
    { \
        NEXT(name, int, int, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        const char *call = flags & O_CREAT ? "create" : "open"; \
        return path_point(call, folder, path) == 1 ? -1 : next(folder, path, flags, mode); \
    }
OPEN_AT(openat)
OPEN_AT(openat64)

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir, int, const char *, mode_t);
    return path_point("mkdir", AT_FDCWD, path) == 1 ? -1 : next(path, mode);
}

int unlink(const char *path)
{
    NEXT(unlink, int, const char *);
    return path_point("unlink", AT_FDCWD, path) == 1 ? -1 : next(path);
}

int unlinkat(int folder, const char *path, int flags)
{
    NEXT(unlinkat, int, int, const char *, int);
    return path_point("unlink", folder, path) == 1 ? -1 : next(folder, path, flags);
}

int rename(const char *old, const char *new)
{
    NEXT(rename, int, const char *, const char *);
    return path_point("rename", AT_FDCWD, new) == 1 ? -1 : next(old, new);
}

int renameat(int from, const char *old, int to, const char *new)
{
    NEXT(renameat, int, int, const char *, int, const char *);
    return path_point("rename", to, new) == 1 ? -1 : next(from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    NEXT(renameat2, int, int, const char *, int, const char *, unsigned);
    return path_point("rename", to, new) == 1 ? -1 : next(from, old, to, new, flags);
}

int link(const char *old, const char *new)
{
    NEXT(link, int, const char *, const char *);
    return path_point("rename", AT_FDCWD, new) == 1 ? -1 : next(old, new);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    NEXT(linkat, int, int, const char *, int, const char *, int);
    return path_point("rename", to, new) == 1 ? -1 : next(from, old, to, new, flags);
}

/* ---- streams ---- */

#define OPEN_STREAM(name) \
    FILE *name(const char *path, const char *mode) \
    { \
        NEXT(name, FILE *, const char *, const char *); \
        return path_point(mode[0] == 'r' ? "open" : "create", AT_FDCWD, path) == 1 ? NULL : next(path, mode); \
    }
OPEN_STREAM(fopen)
OPEN_STREAM(fopen64)

/* A stream reaches its file only when its buffer is empty, full, or left: those calls are points. */

static int fault_of_stream(const char *call, FILE *stream)
{
    int fault = fd_point(call, fileno(stream)) == 1;
    if (fault)
        stream->_flags |= 0x20; /* for ferror() */
    return fault;
}

size_t fread(void *data, size_t size, size_t number, FILE *stream)
{
    NEXT(fread, size_t, void *, size_t, size_t, FILE *);
    size_t held = stream->_IO_read_end - stream->_IO_read_ptr;
    return size * number > held && fault_of_stream("read", stream) ? 0 : next(data, size, number, stream);
}

size_t fwrite(const void *data, size_t size, size_t number, FILE *stream)
{
    NEXT(fwrite, size_t, const void *, size_t, size_t, FILE *);
    int is_full = __fpending(stream) + size * number > __fbufsize(stream) && __fbufsize(stream);
    return is_full && fault_of_stream("write", stream) ? 0 : next(data, size, number, stream);
}

#define SEEK(name, type) \
    int name(FILE *stream, type offset, int whence) \
    { \
        NEXT(name, int, FILE *, type, int); \
        return __fpending(stream) && fault_of_stream("write", stream) ? -1 : next(stream, offset, whence); \
    }
SEEK(fseek, long)
SEEK(fseeko, off_t)
SEEK(fseeko64, off64_t)

int fflush(FILE *stream)
{
    NEXT(fflush, int, FILE *);
    return stream && __fpending(stream) && fault_of_stream("write", stream) ? EOF : next(stream);
}

int fclose(FILE *stream)
{
    NEXT(fclose, int, FILE *);
    if (__fpending(stream) && fault_of_stream("write", stream)) {
        int reason = errno;
        __fpurge(stream);
        next(stream);
        errno = reason;
        return EOF;
    }
    return next(stream);
}

/* ---- memory ---- */

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static int has_room(const char *call, size_t size)
{
    if (size < large || !is_chosen_call(call))
        return 1;
    char text[32];
    snprintf(text, sizeof text, "%zu", size);
    return point(call, text) == 0;
}

void *malloc(size_t size) { return has_room("malloc", size) ? __libc_malloc(size) : NULL; }

void *calloc(size_t number, size_t size)
{
    return has_room("malloc", number * size) ? __libc_calloc(number, size) : NULL;
}

void *realloc(void *old, size_t size) { return has_room("malloc", size) ? __libc_realloc(old, size) : NULL; }

void *memalign(size_t step, size_t size) { return has_room("malloc", size) ? __libc_memalign(step, size) : NULL; }

void *aligned_alloc(size_t step, size_t size) { return memalign(step, size); }

int posix_memalign(void **result, size_t step, size_t size)
{
    *result = memalign(step, size);
    return *result ? 0 : ENOMEM;
}

void *mmap(void *place, size_t size, int access, int flags, int fd, off_t offset)
{
    if ((flags & MAP_ANONYMOUS) && !has_room("mmap", size)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, place, size, access, flags, fd, offset);
}

void *mmap64(void *place, size_t size, int access, int flags, int fd, off64_t offset)
{
    return mmap(place, size, access, flags, fd, offset);
}
