// The pipeline's own words for levels and ends, as those of the commands.
public import Pipeline

extension Log {
    /// A sink that writes the pipeline's lines here.
    public var sink: LogSink {
        LogSink { level, message, fields in
            self.write(Log.Level(rawValue: level.rawValue) ?? .error, message, fields)
        }
    }
}

extension Failure {
    /// The end of a command that the daemon's end means.
    public init(_ error: ExitError) {
        self.init(ExitCode(rawValue: error.code.rawValue) ?? .internalError, error.message)
    }
}
