const HOLE = '{n}';
const MOST_BYTES = 1024 * 1024;

/** Why this cannot be a template; undefined = it can. */
export function templateProblem(template: unknown): string | undefined {
  const bytes = Buffer.byteLength(textOf(template));
  return bytes > MOST_BYTES ? `the template is ${bytes} bytes long, more than ${MOST_BYTES}` : undefined;
}

/** The record's text for each number. In JSON, a string that is only `{n}` becomes a number. */
export function compileTemplate(template: unknown): (n: number) => string {
  const [first = '', ...rest] = textOf(template).split(HOLE);
  const [second] = rest;
  if (second === undefined) return () => first;
  if (rest.length === 1) return (n) => first + n + second;
  return (n) => {
    let text = first;
    for (const part of rest) text += n + part;
    return text;
  };
}

function textOf(template: unknown): string {
  if (typeof template === 'string') return template;
  // A quote inside a string is escaped, so `"{n}"` can only be a whole string; a name stays one.
  return (JSON.stringify(template) ?? 'null').replace(/(?<!\\)"\{n\}"(?!:)/g, HOLE);
}
