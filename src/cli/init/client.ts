/** The machine as far as the places of configuration files depend on it. */
export interface Places {
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that `veto init` runs in: a project, if it holds files of clients. */
  readonly folder: string;
}

/** A file in which a client keeps its servers. */
export interface ConfigPlace {
  readonly path: string;
  /** Of the project in this folder, not of the user: may have come with a repository. */
  readonly isProject: boolean;
}

/** A server as a client starts or reaches it. Texts are as written, references of the client's own included. */
export interface FoundServer {
  readonly name: string;
  /** null: reached by `url`. */
  readonly command: string | null;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | null;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly transport: 'auto' | 'streamable-http' | 'sse';
  readonly isEnabled: boolean;
}

/** What every client's file is read by. A further client is a file and a line in `clients.ts`. */
export interface ClientFormat {
  /** For the command line. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Where its documentation says that the files are, whether they are there or not. */
  places(around: Places): readonly ConfigPlace[];
  /** @throws Unreadable when the text is not what the client would read */
  read(text: string, place: ConfigPlace, around: Places): readonly FoundServer[];
  /** How it refers to what is not written in the file; groups `variable`, `fallback`, `input`, `file`. Global. */
  readonly reference: RegExp | null;
}

/** A file that its client could not read either. The message is one clause. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}
