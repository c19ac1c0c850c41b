/** Files and folders that hold credentials or a person's secrets, in the spellings of the common systems. */
const SECRET_PLACE = new RegExp(
  [
    String.raw`(?:^|[\\/~])\.(?:ssh|aws|azure|gnupg|kube|docker|netrc|npmrc|pypirc|pgpass)(?:$|[\\/.:*_-])`,
    String.raw`(?:^|[\\/~])\.(?:gitconfig|git-credentials|vault-token|env|config[\\/]gcloud)(?:$|[\\/.:*_-])`,
    String.raw`(?:^|[\\/~])\.(?:bash_history|zsh_history|bashrc|zshrc|profile)(?:$|[\\/.:*_-])`,
    String.raw`(?:^|[\\/~])\.(?:mozilla|cursor|claude)(?:$|[\\/.:*_-])`,
    String.raw`\bid_(?:rsa|ed25519|ecdsa|dsa)\b`,
    String.raw`(?:^|[\\/])etc[\\/](?:passwd|shadow|sudoers|ssh|cron[.\w]*|hosts)\b`,
    String.raw`[\\/]proc[\\/](?:self|\d+)[\\/]environ`,
    String.raw`[\\/]var[\\/](?:run[\\/]secrets|log[\\/]auth)`,
    String.raw`\b(?:authorized_keys|known_hosts|login data|keychain|wallet\.dat)\b`,
    String.raw`\b(?:mcp|claude_desktop_config)\.json\b`,
    String.raw`\b(?:credentials\.(?:json|db|xml|csv)|secrets?\.(?:ya?ml|json|txt|env)|private_keys?\.\w+)\b`,
    String.raw`\bpasswords?\.(?:txt|xlsx?|csv|docx?)\b`,
    String.raw`\bmetadata\.google\.internal\b|\b169\.254\.169\.254\b`,
    String.raw`(?:^|[\\/])(?:sam|system32[\\/]config)\b[\\/]`,
  ].join('|'),
  'i',
);

/** Whether a path or file name is one where secrets live. @param chunk a word without blanks, at most 300 long */
export function isSecretPlace(chunk: string): boolean {
  return SECRET_PLACE.test(chunk);
}

const EMAIL = /^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+$/;
const ADDRESS =
  /^(?:(?:https?|ftp|wss?|file|data):\/\/|www\.)|^(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|^[\w-]{2,}(?:\.[\w-]{2,})*\.(?:ngrok\.io|webhook\.site|pipedream\.net|requestbin\.com|burpcollaborator\.net|oast\.\w+)\b/i;
const EMAIL_SAMPLE =
  /^(?:user|you|your|name|first|me|someone|somebody|john|jane|alice|bob|email|test|recipient|sender|contact|info|noreply|no-reply)[\w.+-]*@|@(?:company|domain|mydomain|yourdomain|acme|contoso|fabrikam)\b/i;

/** What kind of destination a word is, if any. Addresses that only stand for "somebody" are samples. */
export function destinationOf(chunk: string): 'email' | 'sample' | 'url' | null {
  if (chunk.includes('@') && EMAIL.test(chunk)) return EMAIL_SAMPLE.test(chunk) ? 'sample' : 'email';
  return ADDRESS.test(chunk) ? 'url' : null;
}
