/** Command interpreters that read POSIX-like scripts. */
const SHELLS: ReadonlySet<string> = new Set(
  'sh bash dash zsh ksh ksh93 mksh pdksh oksh loksh ash fish csh tcsh rbash rksh rzsh yash elvish sash posh rc es xonsh nu osh ysh hush lksh bsh'.split(
    ' ',
  ),
);

export const isShell = (name: string): boolean => SHELLS.has(name) || SHELLS.has(name.replace(/^-/, ''));

/** Options of bash, dash, zsh and ksh that take a value in the next word. */
export const SHELL_VALUE_OPTIONS: ReadonlySet<string> = new Set(['-o', '+o', '-O', '+O', '--rcfile', '--init-file']);

/** Programs whose output is meant to be evaluated: they print settings for the calling shell. */
const PRINTS_SETTINGS: ReadonlySet<string> = new Set(
  (
    'ssh-agent keychain direnv brew pyenv rbenv nodenv jenv goenv fnm nvm asdf mise opam dircolors lesspipe ' +
    'minikube docker-machine starship zoxide atuin thefuck mcfly fzf navi conda mamba micromamba resize tset luarocks ' +
    'gpg-agent gh kubectl helm podman rustup npm pip register-python-argcomplete swiftenv chef guix perl locale ' +
    'dbus-launch gnome-keyring-daemon vault aws-vault saml2aws okteto k3d kind flux argocd pnpm deno bun uv poetry ' +
    'hatch pdm sheldon antibody volta oh-my-posh broot'
  ).split(' '),
);

/** True for `kubectl completion bash`, `ssh-agent -s`: programs that print settings to be evaluated. */
export function printsSettings(source: string): boolean {
  const [program, ...words] = source
    .replace(/[)"'`]/g, ' ')
    .trim()
    .split(/\s+/);
  if (program === undefined || /[;&|<>$]/.test(source)) return false;
  const last = program.slice(program.lastIndexOf('/') + 1);
  return (
    PRINTS_SETTINGS.has(last) || words.some((word) => /^(?:completions?|shellenv|init|hook|env|docker-env)$/.test(word))
  );
}
