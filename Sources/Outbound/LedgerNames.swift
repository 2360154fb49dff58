import Journal

// The journal's module has a class of its own name, and the trader has types of the same names as the journal's: these
// tell them apart.

/// An entry as the journal keeps it.
public typealias LedgerEntry = JournalEntry
/// What the journal gives back.
public typealias LedgerState = JournalState
/// An order as the journal gives it back.
public typealias LedgerOrder = RestoredOrder
