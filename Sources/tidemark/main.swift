// The program: reads the command line, runs one command, ends with its code.
import Glibc
import Operations

exit(Program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
