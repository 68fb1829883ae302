/** `an EntityChangeEvent`, `a CloudEvent`: by the first letter, as names of types are read. */
export function withArticle(noun: string): string {
  return `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}
