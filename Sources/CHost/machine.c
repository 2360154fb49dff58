#include "chost.h"
#include <errno.h>
#include <sys/timex.h>
#include <sys/vfs.h>

int chost_clock_is_kept(void) {
  struct timex state = {0};
  int status = adjtimex(&state);
  if (status < 0) return -errno;
  return status != TIME_ERROR && !(state.status & STA_UNSYNC);
}

int chost_is_remote(const char *path) {
  struct statfs status;
  if (statfs(path, &status) != 0) return -errno;
  switch ((unsigned long)status.f_type & 0xffffffff) {
  case 0x6969:      /* NFS */
  case 0x517b:      /* SMB */
  case 0xff534d42:  /* CIFS */
  case 0xfe534d42:  /* SMB 2 */
  case 0x01021997:  /* 9P */
  case 0x65735546:  /* FUSE */
    return 1;
  default:
    return 0;
  }
}
