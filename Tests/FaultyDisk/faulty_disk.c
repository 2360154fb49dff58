#include "faulty_disk.h"

#include <sqlite3.h>
#include <string.h>

/* The system's file follows in the same memory. */
typedef struct {
  sqlite3_file base;
  int is_log;
  sqlite3_file *real;
} faulty_file;

static sqlite3_vfs *system_layer;
static sqlite3_vfs layer;
static enum faulty_disk_kind kind;
static long first_failure, operations, flushes;
static int read_only, log_is_dirty;

static int fails(void)
{
  return operations++ >= first_failure && kind != FAULTY_DISK_SOUND;
}

static sqlite3_file *real(sqlite3_file *file)
{
  return ((faulty_file *)file)->real;
}

static int on_close(sqlite3_file *file)
{
  return real(file)->pMethods->xClose(real(file));
}

static int on_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset)
{
  return real(file)->pMethods->xRead(real(file), bytes, count, offset);
}

static int on_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset)
{
  if (fails() && kind != FAULTY_DISK_UNFLUSHED) {
    if (kind == FAULTY_DISK_BROKEN) return SQLITE_IOERR_WRITE;
    real(file)->pMethods->xWrite(real(file), bytes, count / 2, offset);
    return SQLITE_FULL;
  }
  if (((faulty_file *)file)->is_log) log_is_dirty = 1;
  return real(file)->pMethods->xWrite(real(file), bytes, count, offset);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
  if (fails() && kind == FAULTY_DISK_BROKEN) return SQLITE_IOERR_TRUNCATE;
  return real(file)->pMethods->xTruncate(real(file), size);
}

static int on_sync(sqlite3_file *file, int flags)
{
  if (fails() && kind != FAULTY_DISK_FULL) return SQLITE_IOERR_FSYNC;
  flushes++;
  if (((faulty_file *)file)->is_log) log_is_dirty = 0;
  /* The machine itself goes on, so that nothing need be flushed. */
  (void)flags;
  return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
  return real(file)->pMethods->xFileSize(real(file), size);
}

static int on_lock(sqlite3_file *file, int level)
{
  return real(file)->pMethods->xLock(real(file), level);
}

static int on_unlock(sqlite3_file *file, int level)
{
  return real(file)->pMethods->xUnlock(real(file), level);
}

static int on_check(sqlite3_file *file, int *result)
{
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

static int on_control(sqlite3_file *file, int operation, void *argument)
{
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int on_sector(sqlite3_file *file)
{
  return real(file)->pMethods->xSectorSize(real(file));
}

static int on_characteristics(sqlite3_file *file)
{
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int on_map(sqlite3_file *file, int region, int size, int extend, void volatile **memory)
{
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}

static int on_shared_lock(sqlite3_file *file, int offset, int count, int flags)
{
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void on_barrier(sqlite3_file *file)
{
  real(file)->pMethods->xShmBarrier(real(file));
}

static int on_unmap(sqlite3_file *file, int remove)
{
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_characteristics,
    .xShmMap = on_map,
    .xShmLock = on_shared_lock,
    .xShmBarrier = on_barrier,
    .xShmUnmap = on_unmap,
};

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *result)
{
  faulty_file *opened = (faulty_file *)file;
  memset(opened, 0, sizeof *opened);
  opened->real = (sqlite3_file *)(opened + 1);
  opened->is_log = (flags & SQLITE_OPEN_WAL) != 0;
  (void)vfs;
  if (read_only) {
    if (flags & SQLITE_OPEN_WAL) return SQLITE_CANTOPEN;
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  }
  int code = system_layer->xOpen(system_layer, name, opened->real, flags, result);
  if (code == SQLITE_OK) opened->base.pMethods = &methods;
  return code;
}

int faulty_disk_register(void)
{
  if (system_layer) return SQLITE_OK;
  system_layer = sqlite3_vfs_find(0);
  if (!system_layer) return SQLITE_ERROR;
  layer = *system_layer;
  layer.zName = "faulty-disk";
  layer.pNext = 0;
  layer.szOsFile = (int)sizeof(faulty_file) + system_layer->szOsFile;
  layer.xOpen = on_open;
  return sqlite3_vfs_register(&layer, 0);
}

void faulty_disk_fail(enum faulty_disk_kind new_kind, long operation)
{
  kind = new_kind;
  first_failure = operation;
  operations = 0;
  flushes = 0;
}

void faulty_disk_read_only(int is_read_only)
{
  read_only = is_read_only;
}

long faulty_disk_operations(void)
{
  return operations;
}

long faulty_disk_flushes(void)
{
  return flushes;
}

int faulty_disk_log_is_dirty(void)
{
  return log_is_dirty;
}
