import { awkReach, type AwkReach } from './awk-program.ts';
import { sedReach } from './sed-script.ts';

/** What code of a language does beyond computing. */
export type Reach = AwkReach;

/** How an interpreter is given code on its command line, and which code reaches beyond computing. */
export interface Interpreter {
  /** Options whose value is code. A single letter may stand in a cluster (`perl -lne`). */
  readonly code: readonly string[];
  /** The first word that is no option is code (`awk`, `sed`, `jq`). */
  readonly first: boolean;
  /** Finds code that starts programs, evaluates text, removes or writes files, or opens connections. */
  readonly reaches: RegExp | ((code: string) => Reach);
  /** Code may also stand after the first word (`mongosh DB --eval CODE`). */
  readonly anywhere: boolean;
  /** Short options with a value, to find the first word. */
  readonly short: string;
}

const PYTHON =
  /\b(?:os\s*\.\s*(?!path\b|getcwd|environ|getenv|listdir|sep\b|name\b|uname|cpu_count|getpid|stat\b|walk|scandir|linesep|curdir|pardir|devnull|urandom|get_terminal_size|getlogin|fspath)\w+|from\s+os\s+import|import\s+os\s+as|subprocess|pty|shutil\s*\.\s*(?:rmtree|move|chown|copy\w*|unpack_archive)|from\s+shutil|socket\s*\.\s*(?:socket|create_\w+|fromfd|socketpair)|from\s+socket|import\s+socket\s+as|socketserver|asyncio\s*\.\s*(?:create_sub\w+|open_connection|start_server)|ctypes|importlib\s*\.\s*(?!metadata|resources|util\s*\.\s*find_spec)\w+|from\s+importlib\s+import\s+(?!metadata|resources)|import\s+importlib\s+as|runpy|__import__|__builtins__|__subclasses__|__globals__|__class__|__dict__|getattr|setattr|exec|eval|(?<!\bre\s{0,2}\.\s{0,2})compile|pickle|marshal|builtins|posix|multiprocessing\s*\.\s*(?!cpu_count)\w+|from\s+multiprocessing\s+import\s+(?!cpu_count)|codeop|code\s*\.\s*interact|execfile|breakpoint|(?<!\bplatform\s{0,2}\.\s{0,2})system|popen|Popen|spawn\w*|fork\w*|rmtree|unlink|rmdir|write_text|write_bytes|(?<=sys\s{0,2}\.\s{0,2})modules|telnetlib|ftplib|smtplib|paramiko|fcntl|mmap|pdb|webbrowser|antigravity|input)\b|\bopen\s*\([^)]*,\s*(?:mode\s*=\s*)?['"][^'"]*[waxWAX+]/;
const PERL =
  /\b(?:exec|system|qx|fork|unlink|rmdir|rmtree|remove_tree|eval|require|syscall|socket|Socket|kill|rename|chmod|chown|truncate|symlink|link|mkdir|dup2?|setuid|POSIX\s*::\s*(?!strftime|floor|ceil|fmod|pow|round|isatty)\w+|do\s*\(?\s*["'/$]|open\s*[( ]?\s*(?:my\s|local\s|[A-Z]|\$)[^;]*[|>])|`|\/[a-df-z]*e[a-df-z]*e[a-z]*\s*(?:[;}]|$)|\bopen\b[^;]*(?:\|\s*-|["'][^"']*\|\s*["'])/;
const RUBY =
  /\b(?:exec|system|spawn|fork|eval|instance_eval|class_eval|send|public_send|__send__|syscall|trap|(?<!\b(?:YAML|JSON|TOML|Psych|CSV)\s{0,2}\.\s{0,2})load|Open3|PTY|IO\s*\.\s*(?:popen|write)|popen|Socket|TCPSocket|FileUtils|File\s*\.\s*(?:delete|unlink|write|rename|chmod|truncate)|Dir\s*\.\s*(?:rmdir|delete|unlink)|Process|Kernel|Fiddle|require\s*\(?\s*["'](?:socket|open3|pty|fileutils|net))\b|`|%x|\bopen\s*\(?\s*["']\|/;
const NODE =
  /\b(?:child_process|(?<!\/[dgimsuvy]*\s{0,2}\.\s{0,2})exec|exec[A-Z]\w*|spawn\w*|fork|eval|Function|(?:vm|net|tls|dgram|cluster|worker_threads)(?=\s*\.\s*[a-z]\w*\s*\(|["'`])|binding|dlopen|unlink\w*|rm\w*|rmdir\w*|writeFile\w*|appendFile\w*|createWriteStream|rename\w*|copyFile\w*|truncate\w*|chmod\w*|chown\w*|symlink\w*|Deno\s*\.\s*(?:Command|run|remove\w*|write\w*|rename\w*|mkdir\w*|chmod\w*|connect\w*|listen\w*|dlopen|copy\w*|truncate\w*|kill|symlink\w*)|Bun\s*\.\s*(?:spawn\w*|write|connect|listen|serve|file|plugin)|mainModule|constructor|getBuiltinModule|repl|inspector\s*\.\s*(?:open|Session))\b|\bBun\s*\.\s*\$|\b(?:Bun|Deno)\s*\[|\[\s*["'`][^"'`]*["'`]\s*\+/;
const PHP =
  /\b(?:exec|system|passthru|shell_exec|popen|proc_open|pcntl_\w+|eval|assert|create_function|call_user_func\w*|unlink|rmdir|rename|file_put_contents|fopen|fsockopen|stream_socket_\w+|include\w*|require\w*|dl|mail|chmod|chown|copy|move_uploaded_file|putenv|(?:array_map|array_filter|array_walk|usort|uasort|uksort|preg_replace_callback|register_shutdown_function|ob_start)(?=\s*\(\s*(?:["']\s*(?:system|exec|passthru|shell_exec|popen|unlink|assert|pcntl)|\$|[^,]*\$_))|posix_(?!getpid|getuid|geteuid|getcwd|isatty|uname)\w+|socket_\w+|FFI)\b|\$_(?:GET|POST|REQUEST|COOKIE|SERVER|ENV)\b|`/i;
const LUA =
  /\b(?:os\s*\.\s*(?:execute|remove|rename|exit)|io\s*\.\s*(?:popen|open|output)|loadstring|load|dofile|loadfile|require|debug|package)\b|\bos\s*\[|\bio\s*\[/;
const TCL = /\b(?:exec|open\s*"?\||socket|load|file\s+delete|file\s+rename|spawn|eval|source|package\s+require)\b/;
const ANY =
  /\b(?:system2?|exec\w*|shell|spawn|popen|run(?!\s*\(\s*['"]?[\w./-]+\.(?:m|jl|R|sce)\b)|execute|fork|eval|Runtime|ProcessBuilder|Process|os_cmd|os:cmd|System\.cmd|Sys\.command|Unix\.\w*exec\w*|createProcess|readProcess|callCommand|callProcess|rawSystem|run-program|run-shell-command|shell-command|unlink|file\.remove|rmtree|socket\w*|ccall|shlex|call-process|make-process|start-process|term|ansi-term|delete-file|delete-directory|open_port|primitive-fork|pipe|inferior-shell|unix|dos|Diagnostics\.Process|sys\.process)\b|`|["']\s*\.\s*!|(?:^|\n)\s*:?!/;
const APPLE =
  /\bdo\s+(?:shell\s+)?script\b|\bdoShellScript\b|ObjC\.import|\$\.system|NSTask|\bdelete\b|\bempty\s+(?:the\s+)?trash\b/;
const GNUPLOT = /\bsystem\b|`|(?:^|[;\n])\s*!|["']\s*[<|]/;
const M4 = /\be?syscmd\b/;
const PUPPET = /\bexec\s*\{|\bgenerate\s*\(|\bensure\s*=>\s*['"]?absent/;
const SED_BROKEN =
  /(?:^|[;{}\n]|[0-9$]|\/[Ii]?)\s*e\b(?!\w)|s(.)(?:(?!\1)[^\\]|\\.)*\1(?:(?!\1)[^\\]|\\.)*\1[gGiIpmM0-9]*e|(?:^|[;{}\n0-9$])\s*[wW]\s*\/(?!dev\/std)/;
const JQ = /\b(?:input_filename_never)\b/;

/** What is no script by the grammar is searched for the same words, because some `sed` may read it. */
function sed(code: string): Reach {
  const reach = sedReach(code);
  const command = reach?.startsWith('e') === true ? reach.slice(1).trim() : '';
  if (command !== '') return { piece: null, unknown: false, commands: [command] };
  const piece = reach === undefined ? (SED_BROKEN.exec(code.slice(0, 2_048))?.[0] ?? null) : reach;
  return { piece, unknown: piece !== null && !piece.startsWith('w'), commands: [] };
}

const entry = (code: string, reaches: Interpreter['reaches'], rest: Partial<Interpreter> = {}): Interpreter => ({
  code: code === '' ? [] : code.split(' '),
  reaches,
  first: rest.first ?? false,
  anywhere: rest.anywhere ?? false,
  short: rest.short ?? '',
});

const AWKS = entry('-e --source', awkReach, { first: true, short: 'FvfWilE' });
const JAVASCRIPT = entry('-e -p -pe -ep --eval --print', NODE, { short: 'r' });

export const INTERPRETERS: ReadonlyMap<string, Interpreter> = new Map([
  ['python', entry('-c', PYTHON, { short: 'WXmc' })],
  ['pypy', entry('-c', PYTHON, { short: 'WXmc' })],
  ['jython', entry('-c', PYTHON)],
  ['ipython', entry('-c', PYTHON)],
  ['micropython', entry('-c', PYTHON)],
  ['sage', entry('-c', PYTHON)],
  ['perl', entry('-e -E', PERL, { short: 'I' })],
  ['perlbug', entry('', PERL)],
  ['ruby', entry('-e', RUBY, { short: 'IrCE' })],
  ['jruby', entry('-e', RUBY)],
  ['irb', entry('-e', RUBY)],
  ['pry', entry('-e', RUBY)],
  ['node', JAVASCRIPT],
  ['nodejs', JAVASCRIPT],
  ['bun', entry('-e --eval -p --print', NODE)],
  ['deno', entry('eval', NODE)],
  ['qjs', entry('-e --eval', NODE)],
  ['tsx', entry('-e --eval', NODE)],
  ['ts-node', entry('-e --eval', NODE)],
  ['coffee', entry('-e', NODE)],
  ['php', entry('-r -B -R -E', PHP)],
  ['hhvm', entry('-r', PHP)],
  ['lua', entry('-e', LUA)],
  ['luajit', entry('-e', LUA)],
  ['luau', entry('-e', LUA)],
  ['texlua', entry('-e', LUA)],
  ['awk', AWKS],
  ['gawk', AWKS],
  ['mawk', AWKS],
  ['nawk', AWKS],
  ['original-awk', AWKS],
  ['goawk', AWKS],
  ['sed', entry('-e --expression', sed, { first: true, short: 'efl' })],
  ['gsed', entry('-e --expression', sed, { first: true, short: 'efl' })],
  ['tclsh', entry('-c', TCL)],
  ['wish', entry('-c', TCL)],
  ['expect', entry('-c', TCL)],
  ['jq', entry('', JQ)],
  ['julia', entry('-e -E -L --eval --print', ANY)],
  ['R', entry('-e', ANY)],
  ['Rscript', entry('-e', ANY)],
  ['octave', entry('--eval', ANY)],
  ['octave-cli', entry('--eval', ANY)],
  ['matlab', entry('-r -batch', ANY)],
  ['scilab', entry('-e', ANY)],
  ['erl', entry('-eval -run -s', ANY)],
  ['elixir', entry('-e --eval', ANY)],
  ['iex', entry('-e --eval', ANY)],
  ['guile', entry('-c', ANY)],
  ['racket', entry('-e', ANY)],
  ['csi', entry('-e', ANY)],
  ['scheme', entry('--eval', ANY)],
  ['sbcl', entry('--eval', ANY)],
  ['clisp', entry('-x', ANY)],
  ['ecl', entry('-eval', ANY)],
  ['clojure', entry('-e --eval', ANY)],
  ['bb', entry('-e', ANY)],
  ['emacs', entry('--eval --execute -eval -execute -f', ANY, { anywhere: true })],
  ['emacsclient', entry('--eval -e', ANY, { anywhere: true })],
  ['ghc', entry('-e', ANY)],
  ['ghci', entry('-e', ANY)],
  ['csharp', entry('-e', ANY)],
  ['mono-csharp-shell', entry('-e', ANY)],
  ['runghc', entry('-e', ANY)],
  ['scala', entry('-e', ANY)],
  ['groovy', entry('-e', ANY)],
  ['jrunscript', entry('-e', ANY)],
  ['jjs', entry('-e', ANY)],
  ['jshell', entry('-e', ANY)],
  ['kotlin', entry('-e', ANY)],
  ['swift', entry('-e', ANY)],
  ['ocaml', entry('-e', ANY)],
  ['gforth', entry('-e', ANY)],
  ['slsh', entry('-e', ANY)],
  ['gimp', entry('-b --batch', ANY, { anywhere: true })],
  ['crystal', entry('eval', ANY)],
  ['dotnet-script', entry('eval', ANY)],
  ['knife', entry('-E --exec', RUBY, { anywhere: true })],
  ['puppet', entry('-e --execute', PUPPET, { anywhere: true })],
  ['osascript', entry('-e', APPLE)],
  ['gnuplot', entry('-e', GNUPLOT, { anywhere: true })],
  ['m4', entry('', M4)],
  ['gm4', entry('', M4)],
  ['exiftool', entry('-if -if1 -if2 -if3 -if4 -if5', PERL, { anywhere: true })],
  ['rpm', entry('--eval -E', /%\{?(?:lua|\()|%\(/, { anywhere: true })],
  ['rpmdb', entry('--eval -E', /%\{?(?:lua|\()|%\(/, { anywhere: true })],
  ['rpmquery', entry('--eval -E', /%\{?(?:lua|\()|%\(/, { anywhere: true })],
  ['rpmverify', entry('--eval -E', /%\{?(?:lua|\()|%\(/, { anywhere: true })],
  ['rpmbuild', entry('--eval -E', /%\{?(?:lua|\()|%\(/, { anywhere: true })],
  ['sqlmap', entry('--eval', PYTHON, { anywhere: true })],
  [
    'mongo',
    entry(
      '--eval',
      /\b(?:run|runProgram|_startMongoProgram|load|cat|removeFile|drop\w*|remove|delete\w*|shutdown\w*)\b/,
      { anywhere: true },
    ),
  ],
  [
    'mongosh',
    entry('--eval', /\b(?:require|child_process|load|drop\w*|remove|delete\w*|shutdown\w*|process)\b/, {
      anywhere: true,
    }),
  ],
]);
