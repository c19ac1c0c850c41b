/** A parser that lives in WebAssembly. */
export interface Engine {
  /** Loads it, once. Until then, and while it is being replaced, `parse` answers `down`. */
  start(): Promise<void>;
  parse(text: string, dialect: string): Parsed;
}

export type Parsed =
  | { readonly outcome: 'tree'; readonly tree: unknown }
  /** The grammar refuses the text. */
  | { readonly outcome: 'refused'; readonly why: string }
  /** No instance is ready, or the instance trapped on this text. */
  | { readonly outcome: 'down'; readonly why: string };

/** One instance: returns a tree, throws what `isRefusal` knows for text that the grammar refuses. */
export interface Instance {
  parse(text: string, dialect: string): unknown;
}

/**
 * An engine that outlives its instances. A WebAssembly trap (stack overflow, out of memory, unreachable code) leaves
 * linear memory in an unknown state, so the instance is dropped, the text is reported as unreadable, and a new
 * instance is made.
 */
export function lastingEngine(create: () => Promise<Instance>, refusal: (error: unknown) => string | null): Engine {
  let instance: Instance | null = null;
  let starting: Promise<void> | null = null;
  const start = (): Promise<void> => {
    starting ??= create().then(
      (made) => {
        instance = made;
      },
      (error: unknown) => {
        starting = null; // the next start tries again
        throw error;
      },
    );
    return starting;
  };
  const replace = (): void => {
    instance = null;
    starting = null;
    start().catch(() => undefined); // stays down, and texts stay unreadable, until a start succeeds
  };
  const parse = (text: string, dialect: string): Parsed => {
    if (instance === null) return { outcome: 'down', why: 'the SQL parser is not ready' };
    try {
      return { outcome: 'tree', tree: instance.parse(text, dialect) };
    } catch (error) {
      const why = refusal(error);
      if (why !== null) return { outcome: 'refused', why };
      replace();
      return { outcome: 'down', why: 'the SQL parser broke off' };
    }
  };
  return { start, parse };
}
