// One thread of another process that stands still while the rest of it goes on, as in a call that never returns.
#ifndef THREAD_STOP_H
#define THREAD_STOP_H

// Stops the thread until `thread_go_on`, or until the calling thread ends; 0, or an error number.
int thread_stop(int thread);

// Lets it go on; called on the thread that has stopped it.
void thread_go_on(int thread);

// Takes note of its end, without which its process does not end; called on the thread that has stopped it.
void thread_reap(int thread);

#endif
