/** How an interpreter is given code on its command line, and which code reaches beyond computing. */
export interface Interpreter {
  /** Options whose value is code. A single letter may stand in a cluster (`perl -lne`). */
  readonly code: readonly string[];
  /** The first word that is no option is code (`awk`, `sed`, `jq`). */
  readonly first: boolean;
  /** Code that starts programs, evaluates text, removes or writes files, or opens connections. */
  readonly reaches: RegExp;
  /** Short options with a value, to find the first word. */
  readonly short: string;
}

const PYTHON =
  /\b(?:os\s*\.\s*(?!path\b|getcwd|environ|getenv|listdir|sep\b|name\b|uname|cpu_count|getpid|stat\b|walk|scandir|linesep|curdir|pardir|devnull|urandom|get_terminal_size|getlogin|fspath)\w+|from\s+os\s+import|import\s+os\s+as|subprocess|pty|shutil\s*\.\s*(?:rmtree|move|chown)|from\s+shutil|socket(?!\s*\.\s*gethost)|ctypes|importlib|runpy|__import__|__builtins__|__subclasses__|__globals__|__class__|__dict__|getattr|setattr|exec|eval|compile|pickle|marshal|builtins|posix|multiprocessing|codeop|breakpoint|system|popen|Popen|spawn\w*|fork\w*|rmtree|unlink|rmdir|write_text|write_bytes|modules|telnetlib|ftplib|smtplib|paramiko|fcntl|mmap|pdb|webbrowser|antigravity|input)\b|\bopen\s*\([^)]*,\s*(?:mode\s*=\s*)?['"][^'"]*[waxWAX+]/;
const PERL =
  /\b(?:exec|system|qx|fork|unlink|rmdir|rmtree|remove_tree|eval|require|syscall|socket|Socket|kill|rename|chmod|chown|truncate|symlink|link|mkdir|dup2?|setuid|POSIX|do\s*[{("'/]|open\s*[( ]?\s*(?:my\s|local\s|[A-Z]|\$)[^;]*[|>])|`|\/[a-z]*e[a-z]*\s*[;}]|\|\s*-|["'][^"']*\|\s*["']/;
const RUBY =
  /\b(?:exec|system|spawn|fork|eval|instance_eval|class_eval|send|public_send|__send__|syscall|trap|load|Open3|PTY|IO\s*\.\s*(?:popen|write)|popen|Socket|TCPSocket|FileUtils|File\s*\.\s*(?:delete|unlink|write|rename|chmod|truncate)|Dir\s*\.\s*(?:rmdir|delete|unlink)|Process|Kernel|Fiddle|require\s*\(?\s*["'](?:socket|open3|pty|fileutils|net))\b|`|%x|\bopen\s*\(?\s*["']\|/;
const NODE =
  /\b(?:child_process|exec\w*|spawn\w*|fork|eval|Function|vm|net|tls|dgram|cluster|worker_threads|binding|dlopen|unlink\w*|rm\w*|rmdir\w*|writeFile\w*|appendFile\w*|createWriteStream|rename\w*|copyFile\w*|truncate\w*|chmod\w*|chown\w*|symlink\w*|Deno|Bun|mainModule|constructor|getBuiltinModule|repl|inspector)\b|\[\s*["'`][^"'`]*["'`]\s*\+/;
const PHP =
  /\b(?:exec|system|passthru|shell_exec|popen|proc_open|pcntl_\w+|eval|assert|create_function|call_user_func\w*|unlink|rmdir|rename|file_put_contents|fopen|fsockopen|stream_socket_\w+|include\w*|require\w*|dl|mail|chmod|chown|copy|move_uploaded_file|putenv|array_map|usort|preg_replace_callback|posix_\w+|socket_\w+|FFI|base64_decode|str_rot13)\b|`/i;
const LUA =
  /\b(?:os\s*\.\s*(?:execute|remove|rename|exit)|io\s*\.\s*(?:popen|open|output)|loadstring|load|dofile|loadfile|require|debug|package)\b|\bos\s*\[|\bio\s*\[/;
const AWK =
  /\bsystem\s*\(|\|\s*&?\s*(?:getline|"|\w)|"\s*\|\s*getline|\bprintf?\b[^;}\n]*\|\s*&?|\bprintf?\b[^;}\n]*>\s*"?\/(?!dev\/(?:null|std))|\/inet\/|@load|\bENVIRON\b.*\|/;
const TCL = /\b(?:exec|open\s*"?\||socket|load|file\s+delete|file\s+rename|spawn|eval|source|package\s+require)\b/;
const ANY =
  /\b(?:system|exec\w*|shell|spawn|popen|run|execute|fork|eval|Runtime|ProcessBuilder|Process|os_cmd|os:cmd|System\.cmd|unlink|file\.remove|rmtree|socket\w*|ccall|shlex|call-process|make-process|start-process|term|ansi-term|delete-file|delete-directory|open_port|primitive-fork|pipe|inferior-shell)\b|`|!/;
const SED =
  /(?:^|[;{}\n]|[0-9$]|\/[Ii]?)\s*e\b(?!\w)|s(.)(?:(?!\1)[^\\]|\\.)*\1(?:(?!\1)[^\\]|\\.)*\1[gGiIpmM0-9]*e|(?:^|[;{}\n0-9$])\s*[wW]\s*\/(?!dev\/std)/;
const JQ = /\b(?:input_filename_never)\b/;

const entry = (code: string, reaches: RegExp, rest: Partial<Interpreter> = {}): Interpreter => ({
  code: code === '' ? [] : code.split(' '),
  reaches,
  first: rest.first ?? false,
  short: rest.short ?? '',
});

const AWKS = entry('-e --source', AWK, { first: true, short: 'FvfWilE' });
const JAVASCRIPT = entry('-e -p -pe -ep --eval --print', NODE, { short: 'r' });

export const INTERPRETERS: ReadonlyMap<string, Interpreter> = new Map([
  ['python', entry('-c', PYTHON, { short: 'WXmc' })],
  ['pypy', entry('-c', PYTHON, { short: 'WXmc' })],
  ['jython', entry('-c', PYTHON)],
  ['ipython', entry('-c', PYTHON)],
  ['micropython', entry('-c', PYTHON)],
  ['sage', entry('-c', PYTHON)],
  ['perl', entry('-e -E', PERL, { short: 'IMmCFxiD0l' })],
  ['perlbug', entry('', PERL)],
  ['ruby', entry('-e', RUBY, { short: 'IrCEKFTx0' })],
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
  ['sed', entry('-e --expression', SED, { first: true, short: 'efl' })],
  ['gsed', entry('-e --expression', SED, { first: true, short: 'efl' })],
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
  ['emacs', entry('--eval --execute -eval -execute -f', ANY)],
  ['emacsclient', entry('--eval -e', ANY)],
  ['ghc', entry('-e', ANY)],
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
  ['gimp', entry('-b --batch', ANY)],
  ['crystal', entry('eval', ANY)],
  ['dotnet-script', entry('eval', ANY)],
  ['knife', entry('-E --exec', RUBY)],
  ['puppet', entry('-e --execute', ANY)],
  ['rpm', entry('--eval -E', /%\{?(?:lua|\()|%\(/)],
  ['rpmdb', entry('--eval -E', /%\{?(?:lua|\()|%\(/)],
  ['rpmquery', entry('--eval -E', /%\{?(?:lua|\()|%\(/)],
  ['rpmverify', entry('--eval -E', /%\{?(?:lua|\()|%\(/)],
  ['rpmbuild', entry('--eval -E', /%\{?(?:lua|\()|%\(/)],
  ['sqlmap', entry('--eval', PYTHON)],
  [
    'mongo',
    entry(
      '--eval',
      /\b(?:run|runProgram|_startMongoProgram|load|cat|removeFile|drop\w*|remove|delete\w*|shutdown\w*)\b/,
    ),
  ],
  ['mongosh', entry('--eval', /\b(?:require|child_process|load|drop\w*|remove|delete\w*|shutdown\w*|process)\b/)],
]);
