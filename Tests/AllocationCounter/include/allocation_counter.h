// Counts what a thread asks of the heap: malloc and its relatives are defined here over glibc's own. Not under the
// sanitizers, which bring theirs.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/// Allocations of the calling thread so far; 0 for ever where they are not counted.
long allocation_count(void);

#endif
