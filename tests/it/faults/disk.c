/*
 * A disk that fails on demand, laid under a process with LD_PRELOAD.
 *
 * The file named by FAULTY_DISK_ORDERS holds "<left> <error> <lasting>": after `left` more calls that write to, cut or
 * flush a file of the database, the next fails with that errno; when `lasting` is 1, so does every one after it. The
 * process counts down in the file's own memory, so that a test sees how far it came and can change the order at any
 * time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

struct orders {
    volatile long long left;
    volatile long long error;
    volatile long long lasting;
    volatile long long failed;
    volatile long long calls;
};

static struct orders *orders;

__attribute__((constructor)) static void read_orders(void)
{
    const char *path = getenv("FAULTY_DISK_ORDERS");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *memory;

    if (file < 0) {
        return;
    }
    memory = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED) {
        orders = memory;
    }
}

/* The -shm file is memory that the processes share, not storage. */
static int is_database(int file)
{
    char link[64];
    char name[4096];
    ssize_t length;

    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, name, sizeof name - 1);
    if (length < 0) {
        return 0;
    }
    name[length] = '\0';
    return strstr(name, "hazards.db") != NULL && strstr(name, "-shm") == NULL;
}

static int fails(int file)
{
    long long left;

    if (orders == NULL || !is_database(file)) {
        return 0;
    }
    __atomic_add_fetch(&orders->calls, 1, __ATOMIC_SEQ_CST);
    if (orders->left < 0) {
        return 0;
    }
    left = __atomic_fetch_sub(&orders->left, 1, __ATOMIC_SEQ_CST);
    if (left > 0) {
        return 0;
    }
    if (orders->lasting) {
        __atomic_store_n(&orders->left, 0, __ATOMIC_SEQ_CST);
    }
    __atomic_add_fetch(&orders->failed, 1, __ATOMIC_SEQ_CST);
    errno = (int)orders->error;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t length)
{
    return fails(file) ? -1 : REAL(write)(file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset)
{
    return fails(file) ? -1 : REAL(pwrite)(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset)
{
    return fails(file) ? -1 : REAL(pwrite64)(file, bytes, length, offset);
}

int fsync(int file)
{
    return fails(file) ? -1 : REAL(fsync)(file);
}

int fdatasync(int file)
{
    return fails(file) ? -1 : REAL(fdatasync)(file);
}

int ftruncate(int file, off_t length)
{
    return fails(file) ? -1 : REAL(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length)
{
    return fails(file) ? -1 : REAL(ftruncate64)(file, length);
}
