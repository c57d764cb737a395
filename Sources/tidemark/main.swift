// The program: reads the command line, runs one command, ends with its code.
import Glibc
import Operations

let code = Program.run(Array(CommandLine.arguments.dropFirst()))
#if COUNTING
    // A handler at exit writes down what was counted (deploy/profile).
    exit(code.rawValue)
#else
    // Without the handlers of libraries at exit: a thread that hangs in one of them would use what they tear down.
    _ = fflush(nil)
    _exit(code.rawValue)
#endif
