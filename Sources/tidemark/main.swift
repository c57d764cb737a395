// The program: reads the command line, runs one command, ends with its code.
import Glibc
import Operations

let code = Program.run(Array(CommandLine.arguments.dropFirst()))
// Without the handlers of libraries at exit: a thread that hangs in one of them would use what they tear down.
_ = fflush(nil)
_exit(code.rawValue)
