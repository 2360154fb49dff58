/* A file layer for SQLite that fails when it is asked to, over the system's own. For one journal at a time, and one
 * thread. */
#pragma once

/* What happens at the chosen operation and all later ones. */
enum faulty_disk_kind {
  FAULTY_DISK_SOUND,
  /* Half of what should be written is, and then the disk is full. */
  FAULTY_DISK_FULL,
  /* Writing fails for another reason. */
  FAULTY_DISK_BROKEN,
  /* Flushing fails; writing does not. */
  FAULTY_DISK_UNFLUSHED,
};

/* Registers the layer under the name "faulty-disk". 0, or SQLite's code. */
int faulty_disk_register(void);

/* From the operation of that number on (writing, cutting and flushing count, from 0) things fail; what was counted
 * starts anew. */
void faulty_disk_fail(enum faulty_disk_kind kind, long operation);

/* Files can be opened for reading only, as in a folder without rights. */
void faulty_disk_read_only(int is_read_only);

/* How many operations there were. */
long faulty_disk_operations(void);

/* How many flushes there were. */
long faulty_disk_flushes(void);

/* Whether a write-ahead log has bytes that were written after its last flush. */
int faulty_disk_log_is_dirty(void);
