import type { Arg, Span } from './facts.ts';
import { runsFilters } from './filters.ts';
import { isTemporary, tableName } from './names.ts';
import { within, type Frame, type Reading } from './reading.ts';
import { isShell } from './shells-table.ts';

/**
 * Environment variables whose value other programs run as a command (their manual pages say so) or load as code
 * (ld.so(8), python(1), perl(1), ruby(1), node(1), bash(1)).
 */
const RUN_AS_COMMAND: ReadonlySet<string> = new Set(
  (
    'PAGER MANPAGER GIT_PAGER SYSTEMD_PAGER BAT_PAGER AWS_PAGER PSQL_PAGER EDITOR VISUAL FCEDIT SUDO_EDITOR ' +
    'SYSTEMD_EDITOR GIT_EDITOR GIT_SEQUENCE_EDITOR KUBE_EDITOR HGEDITOR SVN_EDITOR BROWSER MANROFFOPT LESSOPEN ' +
    'LESSCLOSE GIT_SSH GIT_SSH_COMMAND GIT_ASKPASS SSH_ASKPASS SUDO_ASKPASS GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND ' +
    'RSYNC_RSH CVS_RSH SVN_SSH TAR_OPTIONS PROMPT_COMMAND PS0 PS4 MAILER SHELL RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER FACTERLIB GROFF_BIN_PATH AUTOM4TE AUTOCONF AUTOMAKE AUTOHEADER M4 MAKESHELL CONFIG_SHELL COMP_WORDBREAKS TERMINAL OPENER'
  ).split(' '),
);

const LOADED_AS_CODE: ReadonlySet<string> = new Set(
  (
    'LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES BASH_ENV ENV ZDOTDIR PYTHONSTARTUP PYTHONHOME ' +
    'PERL5OPT PERL5DB RUBYOPT NODE_OPTIONS JAVA_TOOL_OPTIONS _JAVA_OPTIONS GCONV_PATH GIT_TEMPLATE_DIR LUA_INIT ' +
    'PHPRC OPENSSL_CONF GTK_MODULES VIMINIT EXINIT PYTHONINSPECT'
  ).split(' '),
);

/** Settings of those variables that load no code. */
const HARMLESS_VALUE =
  /^$|^--(?:max-old-space-size|max_old_space_size|no-warnings|trace-\w+|openssl-legacy-provider|enable-source-maps|unhandled-rejections)[=\w]*$|^-Xm[sx]\w+$|^-[wW]$/;

/** Options of Node that load a module; of a package, by its name, that is ordinary (`--import tsx`). */
const NODE_LOADS =
  /^(?:-r|--(?:require|import|loader|experimental-loader|env-file|openssl-config|inspect(?:-\w+)?))(?:=|$)/;
const PACKAGE = /^(?:@[\w.-]+\/)?\w[\w.-]*(?:\/[\w./-]+)?$/;

function nodeLoads(value: string): boolean {
  const pieces = value.trim().split(/\s+/);
  return pieces.some((piece, i) => {
    if (!NODE_LOADS.test(piece)) return false;
    return !PACKAGE.test(piece.includes('=') ? piece.slice(piece.indexOf('=') + 1) : (pieces[i + 1] ?? ''));
  });
}

/** Notes an assignment that makes another program run or load something. */
export function assignsCommand(name: string, value: Arg, frame: Frame, span: Span, reading: Reading): void {
  if (LOADED_AS_CODE.has(name)) {
    if (value.text.split(/\s+/).every((piece) => HARMLESS_VALUE.test(piece))) return;
    if (name === 'NODE_OPTIONS' && value.sure && !nodeLoads(value.text)) return;
    if (name === 'LD_LIBRARY_PATH' && !/(?:^|:)(?:\.|\/tmp|\/var\/tmp|\/dev\/shm)/.test(value.text)) return;
    return reading.trait('interpreter_escape', `\`${name}\` makes other programs load \`${value.text}\``, span);
  }
  if (!RUN_AS_COMMAND.has(name) || value.text === '') return;
  runsValue(value, `\`${name}\``, frame, span, reading);
}

/**
 * Reads a value that some program runs as a command. A plain program name (an editor, a pager, a compressor) is
 * ordinary; a shell, an interpreter or shell syntax is an escape.
 */
export function runsValue(value: Arg, where: string, frame: Frame, span: Span, reading: Reading): void {
  const filters = runsFilters(value.text, within(frame, where, { span, input: null }), reading);
  const first = value.text.trim().split(/\s+/, 1)[0] ?? '';
  const plain = /^[\w@%+=:,./~{} -]*$/.test(value.text);
  if (filters || (plain && !isShell(tableName(first)) && !isUnusualPlace(first))) return;
  const what = `${where} makes another program run \`${shorten(value.text)}\``;
  reading.trait('interpreter_escape', what, span);
}

/** A program outside the folders where programs are installed. */
const isUnusualPlace = (program: string): boolean =>
  isTemporary(program) || /^\.{1,2}\//.test(program) || /^\$\{?TF\b/.test(program);

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
