/* index_saved.h - prints what a folder of saved indexes holds. */
#ifndef WEFT_CLI_INDEX_SAVED_H
#define WEFT_CLI_INDEX_SAVED_H

#include "sync/snapshot_file.h"

/* After a snapshot was built and saved: a line for each index, and what it leaves out.
 * seconds: how long each took to build. */
weft_status weft_saved_print_built(const weft_snapshot *snapshot, const char *folder,
                                   const double seconds[WEFT_KIND_COUNT], weft_err *err);

/* What is saved, how far behind the store it is, and what the next start would do with it.
 * That nothing is saved, or that it is of no use, is an answer and no failure. */
weft_status weft_saved_print_status(const weft_snapshot_options *options, const char *folder,
                                    weft_err *err);

#endif
