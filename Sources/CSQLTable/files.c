// A file system for connections that may sort more than fits in memory, but not without bound.
//
// It passes everything on to SQLite's own, and counts the bytes by which temporary files grow. A
// write that would take them over the limit fails with SQLITE_FULL, which ends the statement. A
// connection on memory opens no other files; should one be asked for, it is refused.

#include "CSQLTable.h"

#include <string.h>

typedef struct {
    sqlite3_vfs base;
    sqlite3_vfs *real;
    int64_t limit;
    int64_t used;
} files;

typedef struct {
    sqlite3_file base;
    files *owner;
    int64_t size;
} file;

static sqlite3_file *under(sqlite3_file *outer) { return (sqlite3_file *)((file *)outer + 1); }

static int resized(file *outer, int64_t size) {
    if (size > outer->size && outer->owner->used + size - outer->size > outer->owner->limit)
        return SQLITE_FULL;
    outer->owner->used += size - outer->size;
    outer->size = size;
    return SQLITE_OK;
}

static int file_close(sqlite3_file *outer) {
    (void)resized((file *)outer, 0);
    return under(outer)->pMethods->xClose(under(outer));
}

static int file_read(sqlite3_file *outer, void *bytes, int count, sqlite3_int64 offset) {
    return under(outer)->pMethods->xRead(under(outer), bytes, count, offset);
}

static int file_write(sqlite3_file *outer, const void *bytes, int count, sqlite3_int64 offset) {
    file *counted = (file *)outer;
    if (offset + count > counted->size) {
        int code = resized(counted, offset + count);
        if (code != SQLITE_OK) return code;
    }
    return under(outer)->pMethods->xWrite(under(outer), bytes, count, offset);
}

static int file_truncate(sqlite3_file *outer, sqlite3_int64 size) {
    int code = under(outer)->pMethods->xTruncate(under(outer), size);
    if (code == SQLITE_OK && size < ((file *)outer)->size) (void)resized((file *)outer, size);
    return code;
}

static int file_sync(sqlite3_file *outer, int flags) {
    return under(outer)->pMethods->xSync(under(outer), flags);
}

static int file_size(sqlite3_file *outer, sqlite3_int64 *size) {
    return under(outer)->pMethods->xFileSize(under(outer), size);
}

static int file_lock(sqlite3_file *outer, int level) {
    return under(outer)->pMethods->xLock(under(outer), level);
}

static int file_unlock(sqlite3_file *outer, int level) {
    return under(outer)->pMethods->xUnlock(under(outer), level);
}

static int file_is_reserved(sqlite3_file *outer, int *result) {
    return under(outer)->pMethods->xCheckReservedLock(under(outer), result);
}

// Hints about sizes would make room that is not counted, so they are not passed on.
static int file_control(sqlite3_file *outer, int operation, void *argument) {
    (void)outer;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *outer) {
    return under(outer)->pMethods->xSectorSize(under(outer));
}

static int file_traits(sqlite3_file *outer) {
    return under(outer)->pMethods->xDeviceCharacteristics(under(outer));
}

// Version 1 has no memory mapping, which would write past the count.
static const sqlite3_io_methods file_methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static int files_open(sqlite3_vfs *base, const char *name, sqlite3_file *result, int flags,
                      int *actual) {
    files *owner = (files *)base;
    file *outer = (file *)result;
    memset(outer, 0, sizeof *outer);
    if (name || !(flags & SQLITE_OPEN_DELETEONCLOSE)) return SQLITE_CANTOPEN;
    outer->owner = owner;
    int code = owner->real->xOpen(owner->real, name, under(result), flags, actual);
    if (under(result)->pMethods) outer->base.pMethods = &file_methods;
    return code;
}

void *sql_files_register(const char *name, int64_t limit) {
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    if (!real) return NULL;
    size_t length = strlen(name) + 1;
    files *made = sqlite3_malloc((int)(sizeof *made + length));
    if (!made) return NULL;
    made->base = *real;
    made->real = real;
    made->limit = limit;
    made->used = 0;
    char *copy = (char *)(made + 1);
    memcpy(copy, name, length);
    made->base.pNext = NULL;
    made->base.zName = copy;
    made->base.szOsFile = (int)sizeof(file) + real->szOsFile;
    made->base.xOpen = files_open;
    if (sqlite3_vfs_register(&made->base, 0) != SQLITE_OK) {
        sqlite3_free(made);
        return NULL;
    }
    return made;
}

void sql_files_remove(void *owner) {
    sqlite3_vfs_unregister(owner);
    sqlite3_free(owner);
}
