/** What all subscribers together want of the server. */
export interface Wanted {
  readonly uris: ReadonlySet<string>;
  /** The most talkative of the levels asked for; null when nobody asked. */
  readonly level: string | null;
}
