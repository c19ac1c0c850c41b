/** A bug in Veto itself: shown to clients as "internal error" with the call id, never with its text. */
class Bug extends Error {
  override readonly name = 'Bug';
}

/** Throws `Bug` unless `condition` holds. For what the code itself guarantees, never for input. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Bug(what);
}
