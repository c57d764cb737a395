// What a restore refuses, in words: what was found, and what to do.
import Banking
import Checkpoint
import Engine
import Formats
import Kafka

extension PartitionRestore {
    /// The last way out: nothing is taken from anybody, but what was told is told once more.
    var startAnew: String { "start anew under another application name and state topic" }

    /// The partition of the changelog, in words.
    var place: String { "partition \(partition) of topic \(context.settings.stateTopic)" }

    /// What keeps the reading of the changelog before its end.
    var hindrance: String {
        "a transaction that has not ended holds \(place), or its leader cannot be reached: see "
            + "kafka-transactions find-hanging"
    }

    var headerGone: ExitError {
        ExitError(
            .configuration,
            "\(place) holds states but not the header that came before them: the topic was deleted "
                + "and made again, or its first records were deleted; bring it back, or \(startAnew)"
        )
    }

    func changelogGone(_ progress: Progress) -> ExitError {
        ExitError(
            .configuration,
            "\(place) is empty, but group \(context.settings.application) has committed offset "
                + "\(progress.position): the topic was deleted or emptied; bring it back, or "
                + startAnew)
    }

    var offsetGone: ExitError {
        ExitError(
            .configuration,
            "\(place) holds state, but group \(context.settings.application) has no committed "
                + "offset: the state is another application's, which needs a state.topic of its "
                + "own, or the group's offsets were deleted or have expired; \(startAnew)")
    }

    /// What does not fit between the states and what was committed; nil when everything does.
    func fault(of image: ChangelogImage, _ progress: Progress) -> ExitError? {
        let fault: String
        if image.newest >= progress.position {
            fault =
                "holds input up to \(image.newest), the committed offset is \(progress.position)"
        } else if image.incompleteCount > 0 {
            fault = "lacks a part of \(image.incompleteCount) large states"
        } else if !image.isWithin(progress) {
            fault = "holds a close that the committed clock has not reached"
        } else {
            return nil
        }
        return ExitError(.internalError, "\(place) \(fault): look with tidemark verify")
    }

    func otherClock(_ progress: Progress) -> ExitError {
        ExitError(
            .internalError,
            "restore of partition \(partition) did not lead to the clock that was committed with "
                + "offset \(progress.position)")
    }

    func statesGone(_ image: ChangelogImage, _ newest: Int64) -> ExitError {
        ExitError(
            .internalError,
            "\(place) holds input up to \(image.newest), but states up to \(newest) were committed: "
                + "Kafka has lost its latest records; look with tidemark verify, and \(startAnew)")
    }

    func reason(
        for misfit: Progress.Misfit, _ progress: Progress, _ offset: Int64, _ input: Watermarks
    ) -> String {
        switch misfit {
        case .otherOffset:
            "its metadata is of offset \(progress.position), the committed offset is "
                + "\(offset): another program has committed for group "
                + "\(context.settings.application)"
        case .inputGone:
            "the input is kept from \(input.low) on, restore needs it from "
                + "\(progress.lowWater) on: \(startAnew), from an input that is whole (tidemark "
                + "replay is not in this version), and keep the input longer"
        case .beyondEnd:
            "the committed offset \(offset) lies beyond the end \(input.high): topic "
                + "\(context.settings.inputTopic) was deleted and made again"
        }
    }

    func read(_ committed: CommittedOffset) throws(RestoreEnd) -> Progress {
        do throws(ProgressError) {
            return try Progress(text: committed.metadata)
        } catch {
            let group = context.settings.application
            switch error {
            case .newerFormat(let format, let writer):
                throw .exit(
                    ExitError(
                        .configuration,
                        "the offsets of group \(group) are in format \(format), written by "
                            + "Tidemark \(writer): run that version or a later one"))
            case .unreadable:
                throw .exit(
                    ExitError(
                        .configuration,
                        "the committed offset of partition \(committed.partition) in group "
                            + "\(group) was not written by Tidemark: use another name for "
                            + "the application, or delete the group"))
            }
        }
    }

    func stateError(_ error: any Error) -> ExitError {
        switch error {
        case ChangelogError.newerFormat(let format):
            return ExitError(
                .configuration,
                "\(place) holds state in format \(format), written by a later version: "
                    + "run that version or a later one")
        case HeaderError.newerFormat(let format, let writer):
            return ExitError(
                .configuration,
                "\(place) has a record in format \(format), written by Tidemark \(writer): "
                    + "run that version or a later one")
        default:
            return ExitError(
                .internalError,
                "\(place) holds a record that is not Tidemark's: restore the topic, or delete it "
                    + "with the group's offsets and build the state anew")
        }
    }

    func mismatch(_ error: HeaderMismatch) -> ExitError {
        switch error {
        case .setting("the number of partitions", let written, let now):
            return .widened(
                context.settings, from: Int(written) ?? 0, to: Int(now) ?? context.partitions)
        case .setting(let name, let written, let now):
            return ExitError(
                .configuration,
                "the state in \(place) was written with \(name) \(written), now it is \(now): "
                    + "go back to \(written), or \(startAnew)")
        case .ruleChanged(let id, let version):
            return ExitError(
                .configuration,
                "rule \(id) version \(version) has another text than the one that has judged "
                    + "entries: give it a new version and an effective_from")
        case .ruleTooEarly(let id, let version, let clock):
            let text = timeText(clock, context.settings.policy.calendar)
            return ExitError(
                .configuration,
                "rule \(id) version \(version) is new to a state that has judged entries: write "
                    + "effective_from: \(text) or later")
        }
    }
}

/// A moment as it stands in a rules file.
func timeText(_ time: Instant, _ calendar: BusinessCalendar) -> String {
    var cursor = BusinessCalendar.Cursor(calendar)
    var bytes: [UInt8] = []
    JSONText.appendTime(time, &cursor, to: &bytes)
    return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
}
