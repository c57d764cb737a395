// The layers of settings: file < environment < --set. Each is flattened into its settings by path and checked
// against the table; then the later hides the earlier. Maps have no meaning of their own.
import Kafka

/// The settings that were given, by path.
struct SettingsLayers {
    /// The values in force; null ones are not in it.
    private(set) var values: [String: YAMLNode] = [:]
    /// Variables that begin with TIDEMARK_ and name no setting.
    private(set) var unknownVariables: [String] = []

    /// Adds the file's settings.
    mutating func add(file root: YAMLNode) throws(Failure) {
        if root.isNull { return }
        var layer: [String: YAMLNode] = [:]
        try SettingsLayers.flatten(root, path: "", into: &layer)
        merge(layer)
    }

    /// Adds what the environment says; variables are taken in the order of their names.
    mutating func add(environment: [String: String]) throws(Failure) {
        var layer: [String: YAMLNode] = [:]
        for name in environment.keys.sorted() where name.hasPrefix("TIDEMARK_") {
            guard let path = SettingsSchema.path(ofEnvironment: name) else {
                unknownVariables.append(name)
                continue
            }
            let place = YAMLPlace(source: name)
            try SettingsLayers.put(environment[name] ?? "", path: path, at: place, into: &layer)
        }
        try SettingsLayers.refuseOffWithMap(layer)
        merge(layer)
    }

    /// Adds arguments of `--set`, each `path=value`; of one path the last counts.
    mutating func add(arguments: [String]) throws(Failure) {
        var layer: [String: YAMLNode] = [:]
        for argument in arguments {
            guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
                throw Failure(
                    .usage,
                    "--set \(argument): write a setting, = and its value, such as "
                        + "--set kafka.bootstrap_servers=127.0.0.1:9092")
            }
            let path = String(argument[..<equals])
            let place = YAMLPlace(source: "--set \(path)")
            try SettingsLayers.checkPath(path, at: place)
            let value = String(argument[argument.index(after: equals)...])
            try SettingsLayers.put(value, path: path, at: place, into: &layer)
        }
        try SettingsLayers.refuseOffWithMap(layer)
        merge(layer)
    }

    private mutating func merge(_ layer: [String: YAMLNode]) {
        for (path, node) in layer {
            if node.isNull {
                values[path] = nil
                continue
            }
            values[path] = node
            if SettingsSchema.openMap(of: path) != nil { continue }
            // `off` and the keys below it hide each other.
            for hidden in values.keys
            where hidden.hasPrefix(path + ".") || path.hasPrefix(hidden + ".") {
                if layer[hidden] == nil { values[hidden] = nil }
            }
        }
    }

    private static func put(
        _ text: String, path: String, at place: YAMLPlace, into layer: inout [String: YAMLNode]
    ) throws(Failure) {
        let isOpen = SettingsSchema.openMap(of: path) != nil
        if text.isEmpty && !isOpen {
            throw .settings(place, "the value is empty; write null to go back to the default")
        }
        let node = YAMLNode(.scalar(text, isQuoted: isOpen && text.isEmpty), at: place)
        try check(node, path: path)
        layer[path] = node
    }

    private static func flatten(
        _ node: YAMLNode, path: String, into layer: inout [String: YAMLNode]
    ) throws(Failure) {
        if node.isNull { return }
        if SettingsSchema.key(path) != nil && (node.entries == nil || !hasKeys(under: path)) {
            try check(node, path: path)
            layer[path] = node
            return
        }
        guard let entries = node.entries else {
            let what = path.isEmpty ? "the settings" : path
            throw .settings(node.place, "\(what) must be a map, not \(node.kindInWords)")
        }
        let isOpen = SettingsSchema.openMaps.contains(path)
        let names = SettingsSchema.names(under: path)
        for entry in entries {
            let inner = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            if isOpen {
                if entry.value.isNull { continue }
                try check(entry.value, path: inner)
                layer[inner] = entry.value
                continue
            }
            guard names.contains(entry.key) else {
                let complaint = Nearest.complaint("key", entry.key, among: names)
                throw .settings(entry.place, complaint)
            }
            try flatten(entry.value, path: inner, into: &layer)
        }
    }

    private static func hasKeys(under path: String) -> Bool {
        !SettingsSchema.names(under: path).isEmpty
    }

    /// Null passes; everything else must be of the setting's type.
    private static func check(_ node: YAMLNode, path: String) throws(Failure) {
        if node.isNull { return }
        if let map = SettingsSchema.openMap(of: path) {
            guard node.text != nil else {
                throw .settings(node.place, "\(path) must be a text, not \(node.kindInWords)")
            }
            let name = String(path.dropFirst(map.count + 1))
            if let hint = ClientProperties.refusal(of: name) {
                throw .settings(
                    node.place, "kafka property \"\(name)\" belongs to Tidemark: \(hint)")
            }
            return
        }
        try SettingsSchema.key(path)?.check(node)
    }

    private static func checkPath(_ path: String, at place: YAMLPlace) throws(Failure) {
        if SettingsSchema.key(path) != nil || SettingsSchema.openMap(of: path) != nil { return }
        let below = SettingsSchema.names(under: path)
        if !below.isEmpty {
            throw .settings(
                place, "this is a group; set one of its keys, such as \(path).\(below[0])")
        }
        if SettingsSchema.openMaps.contains(path) {
            throw .settings(place, "name a property after it, such as \(path).ssl.ca.location")
        }
        let names = SettingsSchema.keys.map(\.path)
        throw .settings(place, Nearest.complaint("setting", path, among: names))
    }

    private static func refuseOffWithMap(_ layer: [String: YAMLNode]) throws(Failure) {
        guard let off = layer["bank.idle_close"], !off.isNull else { return }
        if let inner = layer.first(where: {
            $0.key.hasPrefix("bank.idle_close.") && !$0.value.isNull
        }) {
            throw .settings(
                off.place,
                "bank.idle_close is off, but \(inner.value.place) sets \(inner.key); keep one")
        }
    }
}
