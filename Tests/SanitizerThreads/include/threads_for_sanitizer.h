#ifndef THREADS_FOR_SANITIZER_H
#define THREADS_FOR_SANITIZER_H

// Keeps this target in a program that needs nothing else of it.
int threads_for_sanitizer(void);

#endif
