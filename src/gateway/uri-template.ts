const EXPRESSION = /\{([+#./;?&]?)[^{}]*\}/y;

/** An RFC 6570 template as routing reads it: the literal texts around and between its expressions. */
export interface UriPattern {
  readonly first: string;
  readonly between: readonly string[];
  /** null without an expression: then only `first` itself fits. */
  readonly last: string | null;
}

/** Linear in the template. */
export function patternOf(template: string): UriPattern {
  const [first = '', ...between] = literalsOf(template);
  return { first, last: between.pop() ?? null, between };
}

/**
 * Whether `uri` could be an expansion of the template. Works by segments of literal text found in order, in time linear
 * in the URI per literal; generous on what an expression may expand to, because the result only routes.
 */
export function fits({ first, between, last }: UriPattern, uri: string): boolean {
  if (last === null) return uri === first;
  if (!uri.startsWith(first) || !uri.endsWith(last) || uri.length < first.length + last.length) return false;
  let at = first.length;
  const end = uri.length - last.length;
  for (const literal of between) {
    const found = uri.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return true;
}

/** Whether some URI fits both: as an expression may expand to anything, only beginnings and ends can contradict. */
export function overlap(one: UriPattern, other: UriPattern): boolean {
  if (one.last === null) return fits(other, one.first);
  if (other.last === null) return fits(one, other.first);
  const isBegun = one.first.startsWith(other.first) || other.first.startsWith(one.first);
  return isBegun && (one.last.endsWith(other.last) || other.last.endsWith(one.last));
}

function literalsOf(template: string): string[] {
  const literals: string[] = [];
  let from = 0;
  for (let at = template.indexOf('{'); at >= 0; at = template.indexOf('{', at)) {
    EXPRESSION.lastIndex = at;
    const expression = EXPRESSION.exec(template);
    if (expression) literals.push(template.slice(from, at));
    at += expression?.[0].length ?? 1;
    if (expression) from = at;
  }
  literals.push(template.slice(from));
  return literals;
}
