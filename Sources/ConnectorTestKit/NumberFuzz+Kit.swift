import HostileInput

/// Samples of a venue's messages with numbers in them that no sane venue sends.
public typealias NumberFuzz = HostileInput.NumberFuzz
