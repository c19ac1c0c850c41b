const EXPRESSION = /\{([+#./;?&]?)[^{}]*\}/y;

/**
 * Whether `uri` could be an expansion of an RFC 6570 template. Works by segments of literal text found in order, in
 * time linear in the URI per literal; generous on what an expression may expand to, because the result only routes.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const literals = literalsOf(template);
  const [first = '', ...rest] = literals;
  const last = rest.pop();
  if (last === undefined) return uri === first;
  if (!uri.startsWith(first) || !uri.endsWith(last) || uri.length < first.length + last.length) return false;
  let at = first.length;
  const end = uri.length - last.length;
  for (const literal of rest) {
    const found = uri.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return true;
}

function literalsOf(template: string): string[] {
  const literals: string[] = [];
  let literal = '';
  for (let at = 0; at < template.length;) {
    EXPRESSION.lastIndex = at;
    const expression = template[at] === '{' ? EXPRESSION.exec(template) : null;
    if (expression) {
      literals.push(literal);
      literal = '';
      at += expression[0].length;
    } else literal += template[at++];
  }
  literals.push(literal);
  return literals;
}
